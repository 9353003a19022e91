/** Where the map covers an operation: asked of the gate's own matcher, with a path that the operation's template means. */
import type { Release } from '../../policy/decode.ts'
import { decidingPattern, matchRequest } from '../../policy/matcher.ts'
import { readTarget } from '../../policy/read-target.ts'
import type { Rule } from '../../policy/rule.ts'
import { parseTemplate } from '../../policy/template.ts'
import { quoted, quotedList } from '../diagnostic.ts'
import { readTemplate } from '../import/template.ts'
import type { ApiOperation } from '../openapi/api.ts'

/** How the addresses of a description become those of the map. */
export interface Placing {
  /** Instead of the hosts of its servers. */
  readonly host?: string
  /** Instead of the base paths of its servers. */
  readonly basePath?: string
  /** A host that some environment answers on -> the host of the map. */
  readonly aliases: ReadonlyMap<string, string>
  /** What examples have in place of a parameter. */
  readonly value: string
}

/** One address of an operation, as requests to it would be. */
export interface Spot {
  readonly host: string
  /** The template with its base path, as written. */
  readonly path: string
}

export type Location =
  | { readonly kind: 'rule'; readonly spot: Spot; readonly rule: Rule; readonly isBroader: boolean }
  | { readonly kind: 'none'; readonly spot?: Spot; readonly why: string; readonly help?: string }

/**
 * One location for each address on a host of the map. An operation without any such address has one, which says so: on other hosts the map
 * has nothing to say.
 */
export function locate(release: Release, operation: ApiOperation, placing: Placing): readonly Location[] {
  const spots = spotsOf(release, operation, placing)
  const known = spots.filter(({ host }) => decidingPattern(release.table, host) !== undefined)
  if (known.length > 0) return known.map((spot) => locateSpot(release, operation, spot, placing.value))
  const hosts = [...new Set(spots.map(({ host }) => host))].filter((host) => host !== '')
  const why =
    hosts.length === 0
      ? 'its servers name no host'
      : `the map has no host ${hosts.length === 1 ? '' : 'of '}${quotedList(hosts)}`
  return [{ kind: 'none', why, help: 'say which host of the map it is served on: `--host <name>`' }]
}

/** Each address once. A server without a host stands for the map's only one, if there is but one. */
function spotsOf(
  release: Release,
  { servers, path }: ApiOperation,
  { host, basePath, aliases, value }: Placing,
): readonly Spot[] {
  const [only, ...others] = new Set(release.rules.map((rule) => rule.host))
  const fallback = only !== undefined && others.length === 0 && !only.startsWith('*') ? only : ''
  const addresses = servers.flatMap((server) => server.addresses)
  const spots = addresses.map((address): Spot => {
    const named = (host ?? address.host ?? fallback).replace(/\{[^{}]*\}/g, value)
    return { host: aliases.get(named) ?? named, path: `${basePath ?? address.basePath}${path}` }
  })
  return [...new Map(spots.map((spot) => [`${spot.host}${spot.path}`, spot])).values()]
}

function locateSpot(release: Release, operation: ApiOperation, spot: Spot, value: string): Location {
  const { template, example, verdict, message } = readTemplate(spot.path, operation.slashParameters, value)
  if (template === undefined || example === undefined)
    return { kind: 'none', spot, why: `the map cannot have such a path: ${message ?? 'it is no template'}` }
  const target = readTarget(operation.method, `https://${spot.host}${example}`, example.length, new Map(), release)
  if (!target.ok)
    return {
      kind: 'none',
      spot,
      why:
        target.error.code === 'method_refused'
          ? `the gate refuses ${quoted(operation.method)} always`
          : 'the gate refuses such a path as ambiguous',
    }
  const match = matchRequest(release.table, target.value.host, target.value.path, target.value.method)
  if (match.kind === 'ambiguous')
    return {
      kind: 'none',
      spot,
      why: 'the gate refuses such a path: an origin could take it for that of a stronger rule',
    }
  if (match.kind === 'unmapped') return { kind: 'none', spot, why: unmapped(match.otherMethods) }
  const shape = shapeOf(template)
  return {
    kind: 'rule',
    spot,
    rule: match.rule,
    isBroader: verdict === 'stricter' || shapeOf(match.rule.path) !== shape,
  }
}

const unmapped = (otherMethods: readonly string[]): string =>
  otherMethods.length === 0 ? 'no rule covers it' : `the map has ${otherMethods.join(', ')} at this path`

const shapeOf = (template: string): string | undefined => {
  const parsed = parseTemplate(template)
  return parsed.ok ? parsed.value.shape : undefined
}
