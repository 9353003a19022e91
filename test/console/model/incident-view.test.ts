import { describe, expect, it } from 'vitest'
import { revocable, selectIncidents, stateCounts, timelineOf } from '../../../src/console/web/model/incident-view.ts'
import { authorWords, limitWords, targetWords, timeText } from '../../../src/console/web/model/mark-words.ts'
import type { DecisionEvent } from '../../../src/policy/decision-event.ts'
import type { Incident } from '../../../src/policy/incident.ts'
import type { EpochSeconds } from '../../../src/policy/result.ts'
import type { ScopeToken } from '../../../src/policy/scope.ts'

const decision = (at: string): DecisionEvent => ({
  event: 'decision',
  format: 1,
  at,
  decision: at,
  environment: 'production',
  outcome: 'deny',
  gateMs: 0,
  oneIn: 1,
})

const incident = (id: string, rest: Partial<Incident> = {}): Incident => ({
  id,
  rule: 'probing',
  severity: 'medium',
  title: 'Probing',
  state: 'open',
  group: { by: 'client', name: 'partner' },
  openedAt: '2026-11-28T10:00:00Z',
  lastEventAt: '2026-11-28T10:10:00Z',
  count: 2,
  evidence: [],
  history: [],
  alerts: [],
  ...rest,
})

describe('incidents', () => {
  const list = [
    incident('closed', { state: 'closed', severity: 'critical' }),
    incident('low', { severity: 'low' }),
    incident('new', { severity: 'critical', openedAt: '2026-11-28T11:00:00Z' }),
    incident('old', { severity: 'critical' }),
    incident('seen', { state: 'acknowledged' }),
  ]

  it('come as they are urgent: open, grave, new', () => {
    expect(selectIncidents(list, {}).map(({ id }) => id)).toEqual(['new', 'old', 'low', 'seen', 'closed'])
    expect(selectIncidents(list, { state: 'closed' }).map(({ id }) => id)).toEqual(['closed'])
    expect(stateCounts(list)).toEqual({ open: 3, acknowledged: 1, closed: 1 })
  })

  it('are told in order, with a gap for the events that are counted only', () => {
    const evidence = [
      '2026-11-28T10:00:00Z',
      '2026-11-28T10:01:00Z',
      '2026-11-28T10:09:00Z',
      '2026-11-28T10:10:00Z',
    ].map(decision)
    const history = [
      { at: '2026-11-28T10:01:00Z', to: 'open' },
      { at: '2026-11-28T10:20:00Z', to: 'acknowledged', by: 'u-1' },
    ] as const
    const timeline = timelineOf(incident('x', { evidence, history, count: 24 }))
    expect(timeline.map(({ kind }) => kind)).toEqual([
      'decision',
      'decision',
      'gap',
      'state',
      'decision',
      'decision',
      'state',
    ])
    expect(timeline.find(({ kind }) => kind === 'gap')).toMatchObject({ count: 20 })
  })

  it('offer a revocation only where the group has a name that tokens have', () => {
    expect(revocable(incident('x'))).toEqual({ kind: 'client', value: 'partner' })
    expect(revocable(incident('x', { group: { by: 'all', name: null } }))).toBeUndefined()
    expect(revocable(incident('x', { group: { by: 'rule', name: 'GET /a' } }))).toBeUndefined()
    expect(revocable(incident('x', { group: { by: 'client', name: `hmac:${'0a'.repeat(16)}` } }))).toBeUndefined()
  })
})

describe('marks in words', () => {
  it('keep names apart', () => {
    expect(targetWords({ kind: 'scope', scope: 'a:read' as ScopeToken, client: 'partner' })).toEqual({
      kind: 'scope',
      name: 'a:read',
      link: 'for',
      further: 'partner',
    })
    expect(targetWords({ kind: 'issuer', issuer: 'https://x/' })).toEqual({ kind: 'all tokens of', name: 'https://x/' })
  })

  it('say what a mark is limited to', () => {
    const at = 1_793_534_400 as EpochSeconds
    expect(limitWords({ kind: 'revoke', issuedUntil: at, holding: ['a:read' as ScopeToken] })).toEqual([
      'issued up to 2026-11-01T12:00:00Z',
      'holding a:read',
    ])
    expect(limitWords({ kind: 'suspend' })).toEqual([])
    expect(timeText(1e15)).toBe('second 1000000000000000')
    expect(authorWords({ kind: 'principal', issuer: 'i', client: 'c' })).toBe('c')
  })
})
