/** A difference as plain data for programs. Members are those of `Difference`, rules by their ids, callers by what their tokens would say. */
import type { Decision, Match } from '../../policy/decision.ts'
import type { Witness } from './compare.ts'
import { describeGain, describeLoss } from './describe.ts'
import type { Difference } from './difference.ts'
import type { RouteChange } from './routes.ts'
import { failuresIn, summarize } from './summary.ts'

export function differenceJson(difference: Difference): object {
  const { routes, later, scopes, hosts, environments, wording, isWhole } = difference
  return {
    summary: summarize(difference),
    kinds: [...failuresIn(difference)],
    whole: isWhole,
    routes: routes.map(routeJson),
    later: later.map(({ day, change }) => ({ day, ...routeJson(change) })),
    scopes,
    hosts,
    ...(environments !== undefined && { environments }),
    wording,
  }
}

function routeJson(route: RouteChange): object {
  const { change, methods, example, becomesPublic, isSpelling, introspection, revocation, comparison } = route
  const { gains, losses, mayGain, mayLose, proofs } = comparison
  return {
    route: route.route,
    change,
    public: becomesPublic,
    spelling: isSpelling,
    before: matchJson(route.before),
    after: matchJson(route.after),
    methods,
    example: `${example.method} https://${example.host}${example.path}`,
    gains: gains.map((witness) => witnessJson(witness, describeGain)),
    losses: losses.map((witness) => witnessJson(witness, describeLoss)),
    ...((mayGain || mayLose) && { unknown: [...(mayGain ? ['gains'] : []), ...(mayLose ? ['losses'] : [])] }),
    ...(introspection !== undefined && { introspection }),
    ...(revocation !== undefined && { revocation }),
    ...(proofs !== undefined && { proofs }),
  }
}

const matchJson = (match: Match): string => (match.kind === 'rule' ? match.rule.id : match.kind)

const asIs = (text: string): string => text

function witnessJson(witness: Witness, describe: (witness: Witness, code: typeof asIs) => string): object {
  const { caller, stance, before, after, now } = witness
  return {
    text: describe(witness, asIs),
    before: outcomeOf(before),
    after: outcomeOf(after),
    ...(stance.environment !== undefined && { environment: stance.environment }),
    ...(caller.upgrade && { upgrade: true }),
    token: caller.evidence.kind === 'verified' ? tokenJson(caller.evidence.principal, now) : null,
  }
}

const outcomeOf = (decision: Decision): string => (decision.kind === 'deny' ? decision.denials[0].code : decision.kind)

type Verified = Extract<Witness['caller']['evidence'], { readonly kind: 'verified' }>

/** Ages in seconds. */
function tokenJson(principal: Verified['principal'], now: number): object {
  const { scopes, client, actor, authentication, issuedAt, lifetimeSeconds, confirmation } = principal
  const { at, acrs, amr } = authentication
  return {
    scopes: [...scopes],
    ...(client !== undefined && { client }),
    ...(actor !== undefined && { actor: actor.name ?? null }),
    ...(acrs.length > 0 && { acr: acrs }),
    ...(amr.length > 0 && { amr }),
    ...(at !== undefined && { authAge: now - at }),
    ...(issuedAt !== undefined && { tokenAge: now - issuedAt }),
    ...(lifetimeSeconds !== undefined && { lifetime: lifetimeSeconds }),
    ...(confirmation !== undefined && {
      bound: [
        ...(confirmation.keyThumbprint === undefined ? [] : ['dpop']),
        ...(confirmation.certificateThumbprint === undefined ? [] : ['mtls']),
      ],
    }),
    ...(principal.services.size > 0 && { services: [...principal.services] }),
    ...(principal.authorizationDetails.length > 0 && { authorizationDetails: principal.authorizationDetails }),
  }
}
