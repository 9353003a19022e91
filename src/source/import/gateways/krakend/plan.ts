/** KrakenD: the endpoints of its configuration. */
import { quoted } from '../../../diagnostic.ts'
import type { ImportFinding } from '../../imported.ts'
import { NOBODY } from '../access.ts'
import { entriesOf, field, type Node } from '../node.ts'
import { type PathPattern, segmentShape, unknownPattern } from '../path-pattern.ts'
import type { Note, Part, Plan, Resolution } from '../plan.ts'
import { byRank, EMPTY, type Shape, TAIL } from '../shape.ts'
import { settingsNotes } from '../token-settings.ts'
import { accessOfEndpoint, type EndpointAccess } from './access.ts'
import { type Endpoint, endpointsOf, isParameter, VALIDATORS } from './endpoints.ts'
import { judgeKrakend } from './judge.ts'

interface EndpointPart extends Part {
  /** What its rank is told by. */
  readonly shape: Shape | undefined
}

export function planKrakend(documents: readonly Node[]): Plan<EndpointPart> {
  const endpoints = documents.flatMap(endpointsOf).map((endpoint) => {
    const construct = `endpoint ${quoted(`${endpoint.method} ${endpoint.path}`)}`
    return { endpoint, construct, asks: accessOfEndpoint(endpoint, construct) }
  })
  const looking = endpoints.filter(({ asks }) => asks.settings !== undefined)
  const settings = settingsNotes(looking.map(({ asks }) => asks.settings ?? new Map()))
  return {
    product: 'KrakenD',
    parts: endpoints.map((each) =>
      partOf(each.endpoint, each.construct, each.asks, settings[looking.indexOf(each)] ?? []),
    ),
    resolve,
    judge: judgeKrakend(endpoints.map(({ endpoint }) => endpoint)),
    findings: documents.flatMap(findingsOfService),
    failOpen: endpoints.flatMap(({ asks }) => asks.failOpen),
  }
}

function partOf(endpoint: Endpoint, construct: string, asks: EndpointAccess, settings: readonly Note[]): EndpointPart {
  const pattern = patternOf(endpoint.path)
  const fault: readonly Note[] =
    typeof pattern === 'string' ? [{ verdict: 'unrepresentable', message: `its path has no template: ${pattern}` }] : []
  const path = typeof pattern === 'string' ? unknownPattern(endpoint.path, '/') : pattern
  return {
    construct,
    at: endpoint.at,
    service: endpoint.backend ?? 'krakend',
    hosts: [],
    methods: new Set([endpoint.method]),
    paths: [path],
    notes: [...asks.notes, ...settings, ...fault],
    access: asks.access,
    shape: path.sure.at(-1),
  }
}

/** The error is a text. */
function patternOf(path: string): PathPattern | string {
  if (!path.startsWith('/')) return 'it does not begin with `/`'
  const parts = path.slice(1).split('/')
  const isWildcard = parts.at(-1) === '*'
  const shape = segmentShape(isWildcard ? parts.slice(0, -1) : parts, isParameter)
  if (!shape.ok) return shape.error
  const sure = isWildcard
    ? [
        [...shape.value, EMPTY],
        [...shape.value, TAIL],
      ]
    : [shape.value]
  // The templates are exact, so that they can tell by themselves.
  return { text: path, matches: (other) => matchesParts(parts, isWildcard, other), sure, near: [], samples: [] }
}

function matchesParts(parts: readonly string[], isWildcard: boolean, path: string): boolean {
  const given = path.slice(1).split('/')
  if (isWildcard ? given.length < parts.length : given.length !== parts.length) return false
  return parts.every(
    (part, index) =>
      part === given[index] || (isParameter(part) && given[index] !== '') || (isWildcard && index === parts.length - 1),
  )
}

/** The router's own order is the map's: word before parameter before wildcard. */
function resolve(covering: readonly EndpointPart[]): Resolution | undefined {
  const known = covering.filter(({ shape }) => shape !== undefined)
  const [first, second] = known.toSorted((a, b) => byRank(b.shape ?? [], a.shape ?? []))
  if (first === undefined) return covering[0] && { access: NOBODY, by: covering }
  if (second === undefined || byRank(first.shape ?? [], second.shape ?? []) !== 0)
    return { access: first.access, by: [first] }
  const message = `two endpoints cover the same requests, with which KrakenD does not start: ${first.construct} and ${second.construct}`
  return { access: NOBODY, by: [first, second], remark: { verdict: 'unrepresentable', message } }
}

/** What is configured for all endpoints at once. */
function findingsOfService(document: Node): readonly ImportFinding[] {
  return entriesOf(field(document, 'extra_config')).flatMap(([name, { at }]): readonly ImportFinding[] => {
    const construct = `service setting ${quoted(name)}`
    if (VALIDATORS.includes(name) || name === 'auth/api-keys' || name === 'auth/basic')
      return [
        {
          construct,
          at,
          verdict: 'unrepresentable',
          message: 'what it asks of all endpoints is in none of their rules',
        },
      ]
    if (name === 'auth/revoker' || name === 'github.com/devopsfaith/bloomfilter')
      return [
        {
          construct,
          at,
          verdict: 'looser',
          message: 'tokens that it refuses as revoked are not known to the map',
          help: 'publish revocations where the issuer can: introspection or a status list',
        },
      ]
    if (/^(plugin|security)\/(http-server|policies)/.test(name))
      return [
        {
          construct,
          at,
          verdict: 'looser',
          message: 'it may refuse or redirect requests, and no map does what it does',
        },
      ]
    return []
  })
}
