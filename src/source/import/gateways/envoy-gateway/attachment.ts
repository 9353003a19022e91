/** Which security policy is for a rule of a route: the one that is attached most closely, to the rule, the route, the listener or the gateway. */
import type { GatewayRef, Route, RouteRule, SecurityPolicy } from './resources.ts'

export interface Attachment {
  /** Empty: none is. */
  readonly policies: readonly SecurityPolicy[]
  /** Why it cannot be told which of them counts, if it cannot. */
  readonly unclear?: string
}

export function attachmentOf(policies: readonly SecurityPolicy[], route: Route, rule: RouteRule): Attachment {
  const byLabels = policies.filter(({ isForLabels }) => isForLabels)
  if (byLabels.length > 0)
    return { policies: byLabels, unclear: 'a policy picks what it is for by labels, and may be for it' }
  const ofRoute = (section: string | undefined) =>
    attached(policies, route.namespace, 'HTTPRoute', route.name, (each) => each === section)
  const [ofRule, ofWhole] = [rule.name === undefined ? [] : ofRoute(rule.name), ofRoute(undefined)]
  const own = ofRule.length > 0 ? ofRule : ofWhole
  return own.length > 0 ? severalAreUnclear(own) : ofGateways(policies, route)
}

const severalAreUnclear = (policies: readonly SecurityPolicy[]): Attachment =>
  policies.length < 2
    ? { policies }
    : {
        policies,
        unclear: 'several policies are attached to it, of which the oldest counts, and no manifest tells which that is',
      }

function ofGateways(policies: readonly SecurityPolicy[], { gateways }: Route): Attachment {
  // Sets of listeners are of a gateway that the route does not name.
  if (gateways.some(({ kind }) => kind !== 'Gateway')) {
    const possible = policies.filter(({ targets }) => targets.some(({ kind }) => kind !== 'HTTPRoute'))
    if (possible.length > 0)
      return { policies: possible, unclear: 'which gateway it is attached to cannot be told, and some have policies' }
  }
  const found = gateways.map((gateway) => ofGateway(policies, gateway))
  const all = [...new Set(found.flatMap((each) => each.policies))]
  const unclear = found.find((each) => each.unclear !== undefined)?.unclear
  if (unclear !== undefined) return { policies: all, unclear }
  const isAlike = found.every((each) => each.policies.length === found[0]?.policies.length)
  return isAlike || all.length === 0
    ? severalAreUnclear(all)
    : { policies: all, unclear: 'it is attached to several gateways, and not all of them have a policy' }
}

function ofGateway(policies: readonly SecurityPolicy[], { namespace, name, listener }: GatewayRef): Attachment {
  const whole = attached(policies, namespace, 'Gateway', name, (section) => section === undefined)
  const ofListeners = attached(policies, namespace, 'Gateway', name, (section) => section !== undefined)
  if (listener === undefined && ofListeners.length > 0)
    return {
      policies: [...ofListeners, ...whole],
      unclear: 'a listener of its gateway has a policy of its own, and it names no listener',
    }
  const closer = attached(policies, namespace, 'Gateway', name, (section) => section === listener)
  return severalAreUnclear(closer.length > 0 ? closer : whole)
}

function attached(
  policies: readonly SecurityPolicy[],
  namespace: string,
  kind: string,
  name: string,
  isSection: (section: string | undefined) => boolean,
): readonly SecurityPolicy[] {
  return policies.filter(
    (policy) =>
      policy.namespace === namespace &&
      policy.targets.some((target) => target.kind === kind && target.name === name && isSection(target.section)),
  )
}
