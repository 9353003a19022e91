import { describe, expect, it } from 'vitest'
import {
  clientsOfScope,
  grantedScopes,
  leastPrivilege,
  selectClients,
} from '../../../src/console/web/model/client-usage.ts'
import { indexMap } from '../../../src/console/web/model/map-index.ts'
import { filterCounts, SCOPE_FILTERS, scopeRows, selectScopes } from '../../../src/console/web/model/scope-list.ts'
import type { ClientUsage, ScopesAnswer, ScopeUsage } from '../../../src/policy/usage-answers.ts'
import { documentOf, scopesOf } from '../../policy/build.ts'

const NOW = Date.UTC(2026, 10, 28, 12)

const index = indexMap(
  documentOf({
    scopes: scopesOf(['a:read', 'a:never'], {
      'a:admin': { sensitivity: 'critical', owner: 'team-security', review: '2026-12-01' },
      'a:old': { deprecated: { since: '2026-01-01' } },
    }),
  }),
)

const used = (scope: string, rest: Partial<ScopeUsage>): ScopeUsage => ({
  scope,
  isKnown: true,
  exercised: 0,
  missing: 0,
  held: 0,
  clients: 0,
  trend: [0, 0],
  ...rest,
})

const answer: ScopesAnswer = {
  from: '',
  to: '',
  countedSince: null,
  scopes: [
    used('a:read', { exercised: 50, clients: 2, lastExercised: '2026-11-28' }),
    used('a:admin', { exercised: 2, clients: 1, lastExercised: '2026-11-01' }),
    used('a:old', { exercised: 7, clients: 3 }),
    used('ghost', { isKnown: false, held: 9 }),
  ],
}

describe('the list of scopes', () => {
  const rows = scopeRows(index, answer, NOW)
  const names = (view: Partial<Parameters<typeof selectScopes>[1]>) =>
    selectScopes(rows, { search: '', ...view }).map(({ name }) => name)

  it('has the scopes of the map, used or not, and those that tokens hold besides', () => {
    expect(names({})).toEqual(['a:admin', 'a:never', 'a:old', 'a:read', 'ghost'])
    expect(rows.find(({ name }) => name === 'a:never')?.usage).toMatchObject({ exercised: 0, trend: [0, 0] })
  })

  it.each([
    ['unused', ['a:never']],
    ['shadow', ['ghost']],
    ['deprecated', ['a:old']],
    ['critical', ['a:admin']],
    ['review due', ['a:admin']],
  ] as const)('shows those that are %s, and counts them', (filter, expected) => {
    expect(names({ filter })).toEqual(expected)
    expect(filterCounts(rows)[filter]).toBe(expected.length)
  })

  it('does not call a scope unused while counts are not known', () => {
    const unknown = scopeRows(index, undefined, NOW)
    expect(filterCounts(unknown).unused).toBe(0)
    expect(SCOPE_FILTERS.map((filter) => filterCounts(unknown)[filter])).toEqual([0, 0, 1, 1, 1])
  })

  it('is searched by name, owner, service and reason', () => {
    expect(names({ search: 'SECURITY' })).toEqual(['a:admin'])
  })
})

const client = (name: string | null, rest: Partial<ClientUsage>): ClientUsage => ({
  issuer: 'https://login.example.com/',
  client: name,
  allowed: 0,
  observed: 0,
  denied: 0,
  lastSeen: '2026-11-28T10:00:00Z',
  granted: [],
  suggested: [],
  trend: [],
  ...rest,
})

describe('what a client needs', () => {
  const greedy = client('greedy', {
    allowed: 10,
    granted: [
      { scope: 'a:admin', exercised: 10 },
      { scope: 'ghost', exercised: 0 },
      { scope: 'a:never', exercised: 0 },
    ],
    suggested: ['a:read'],
  })
  const modest = client('modest', {
    allowed: 99,
    denied: 3,
    granted: [{ scope: 'a:read', exercised: 99 }],
    suggested: ['a:read'],
  })

  it('is said as what to drop and what to grant in its place', () => {
    expect(leastPrivilege(greedy)).toEqual({
      text: 'a:read',
      dropped: ['a:admin', 'a:never', 'ghost'],
      added: ['a:read'],
    })
    expect(leastPrivilege(modest)).toBeUndefined()
  })

  it('is not known where nothing was let in', () => {
    const refused = client('refused', {
      allowed: 0,
      denied: 7,
      granted: [{ scope: 'a:read', exercised: 0 }],
      suggested: [],
    })
    expect(leastPrivilege(refused)).toBeUndefined()
  })

  it('is told scope by scope, the most used first', () => {
    expect(grantedScopes(greedy, index).map(({ scope, verdict }) => [scope, verdict])).toEqual([
      ['a:admin', 'spare'],
      ['a:never', 'spare'],
      ['ghost', 'shadow'],
    ])
  })

  it('can be looked for, filtered and sorted', () => {
    const names = (view: Partial<Parameters<typeof selectClients>[1]>) =>
      selectClients([greedy, modest, client(null, {})], { search: '', ...view }).map((each) => each.client)
    expect(names({})).toEqual(['modest', 'greedy', null])
    expect(names({ filter: 'over-granted' })).toEqual(['greedy'])
    expect(names({ filter: 'refused' })).toEqual(['modest'])
    expect(names({ search: 'mod' })).toEqual(['modest'])
  })

  it('names those who hold a scope, whether they use it or not', () => {
    expect(clientsOfScope([greedy, modest], 'a:read').map((each) => [each.client.client, each.exercised])).toEqual([
      ['modest', 99],
    ])
    expect(clientsOfScope([greedy, modest], 'ghost')).toHaveLength(1)
  })
})
