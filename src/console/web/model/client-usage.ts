/** What clients hold and what of that they use, as lists and pages show it. */
import type { ClientUsage } from '../../../policy/usage-answers.ts'
import type { MapIndex } from './map-index.ts'
import { wordsOf } from './map-tree.ts'
import { compareTexts } from './scope-list.ts'

/** A client as addresses and keys name it: no other has the same. */
export const clientKey = ({ issuer, client }: Pick<ClientUsage, 'issuer' | 'client'>): string =>
  JSON.stringify([issuer, client])

export interface GrantedScope {
  readonly scope: string
  readonly exercised: number
  readonly lastExercised?: string
  /** `kept`: the suggestion has it. `spare`: it can go. `shadow`: the map does not know it, so it can go, too. */
  readonly verdict: 'kept' | 'spare' | 'shadow'
}

/** The most used first, then by name. */
export const grantedScopes = ({ granted, suggested }: ClientUsage, index: MapIndex): readonly GrantedScope[] =>
  granted
    .map(
      (each): GrantedScope => ({
        ...each,
        verdict: suggested.includes(each.scope) ? 'kept' : index.scopes.has(each.scope) ? 'spare' : 'shadow',
      }),
    )
    .sort((a, b) => b.exercised - a.exercised || compareTexts(a.scope, b.scope))

export interface LeastPrivilege {
  /** The scopes to grant, as an authorization server takes them: ascending, with spaces between. */
  readonly text: string
  /** Granted, and not suggested. */
  readonly dropped: readonly string[]
  /** Suggested, and not granted: narrower ones in place of one that implies them. */
  readonly added: readonly string[]
}

/** Undefined: it holds no more than it needs, or none of its requests was let in, so that nobody can say what it needs. */
export function leastPrivilege({ granted, suggested, allowed }: ClientUsage): LeastPrivilege | undefined {
  if (allowed === 0 && suggested.length === 0) return undefined
  const held = granted.map(({ scope }) => scope)
  const dropped = held.filter((scope) => !suggested.includes(scope)).sort()
  const added = suggested.filter((scope) => !held.includes(scope)).sort()
  return dropped.length + added.length === 0 ? undefined : { text: [...suggested].sort().join(' '), dropped, added }
}

export const requestsOf = ({ allowed, observed, denied }: ClientUsage): number => allowed + observed + denied

export const CLIENT_FILTERS = ['over-granted', 'refused', 'observed'] as const
export type ClientFilter = (typeof CLIENT_FILTERS)[number]

const FILTERS: Readonly<Record<ClientFilter, (client: ClientUsage) => boolean>> = {
  'over-granted': (client) => leastPrivilege(client) !== undefined,
  refused: ({ denied }) => denied > 0,
  observed: ({ observed }) => observed > 0,
}

export const clientCounts = (clients: readonly ClientUsage[]): Readonly<Record<ClientFilter, number>> => {
  const counts = { 'over-granted': 0, refused: 0, observed: 0 }
  for (const client of clients) for (const filter of CLIENT_FILTERS) if (FILTERS[filter](client)) counts[filter]++
  return counts
}

export interface ClientListView {
  readonly search: string
  readonly filter?: ClientFilter
}

export function selectClients(
  clients: readonly ClientUsage[],
  { search, filter }: ClientListView,
): readonly ClientUsage[] {
  const words = wordsOf(search)
  return clients
    .filter((client) => {
      const text = `${client.client ?? ''}\n${client.issuer}`.toLowerCase()
      return (filter === undefined || FILTERS[filter](client)) && words.every((word) => text.includes(word))
    })
    .sort((a, b) => requestsOf(b) - requestsOf(a) || compareTexts(clientKey(a), clientKey(b)))
}

/** Who exercises or holds a scope. The busiest first. */
export interface ScopeClient {
  readonly client: ClientUsage
  readonly exercised: number
  readonly lastExercised?: string
}

export const clientsOfScope = (clients: readonly ClientUsage[], scope: string): readonly ScopeClient[] =>
  clients
    .flatMap((client): readonly ScopeClient[] => {
      const grant = client.granted.find((each) => each.scope === scope)
      if (grant === undefined) return []
      const { exercised, lastExercised } = grant
      return [{ client, exercised, ...(lastExercised !== undefined && { lastExercised }) }]
    })
    .sort((a, b) => b.exercised - a.exercised || compareTexts(clientKey(a.client), clientKey(b.client)))
