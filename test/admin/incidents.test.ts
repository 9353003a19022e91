/** The routes about incidents: what they ask the desk, what they take, and whom they tell whom it is about. */
import { describe, expect, test } from 'vitest'
import type { IncidentDeskLink } from '../../src/audit/incident-desk.ts'
import type { Incident, IncidentChange, IncidentQuery, IncidentRecord } from '../../src/policy/incident.ts'
import { adminOver, callerWith } from './admin.ts'

const INCIDENT: Incident = {
  id: 'inc_7',
  rule: 'probing',
  severity: 'high',
  title: 'A title',
  state: 'open',
  group: { by: 'token', name: null },
  openedAt: '2026-11-28T12:00:00.000Z',
  lastEventAt: '2026-11-28T12:00:00.000Z',
  count: 3,
  evidence: [],
  history: [],
  alerts: [],
}
const RECORD: IncidentRecord = { incident: INCIDENT, subject: { issuer: 'https://issuer.example', subject: 'mallory' } }
const POLICY = {
  rules: [
    {
      name: 'probing',
      severity: 'high',
      description: 'Look.',
      trigger: { kind: 'notice', notices: [{ event: 'sink', codes: 'any' }] },
      quietSeconds: 60,
      alerts: [],
    },
  ],
  channels: [],
} as const

function over(scopes = 'scopewall:review scopewall:revoke', { isOff = false, isUnbound = false } = {}) {
  const asked: unknown[] = []
  const incidents: IncidentDeskLink = {
    observe: async () => {},
    list: async (query: IncidentQuery) => {
      asked.push(query)
      return { incidents: [INCIDENT], next: null, watch: { since: null, dropped: 0 } }
    },
    find: async (id) => (id === 'inc_7' ? RECORD : undefined),
    change: async (id: string, change: IncidentChange) => {
      asked.push([id, change])
      return id === 'inc_7' ? RECORD : id === 'inc_8' ? 'unchanged' : 'no_such_incident'
    },
  }
  const admin = adminOver({
    evidence: callerWith(scopes),
    ...(!isUnbound && { incidents }),
    environment: isOff ? {} : { incidents: POLICY },
  })
  return { ...admin, asked }
}

test('they are listed by what is asked, and by nothing else', async () => {
  const { get, asked } = over()
  expect(
    await (await get('incidents?state=open&severity=high&rule=probing&before=inc_9&limit=5')).json(),
  ).toMatchObject({
    incidents: [{ id: 'inc_7' }],
  })
  expect((await get('incidents')).status).toBe(200)
  expect(asked).toEqual([
    { state: 'open', severity: 'high', rule: 'probing', before: 'inc_9', limit: 5 },
    { limit: 50 },
  ])
  for (const query of [
    'stat=open',
    'state=opened',
    'state=open&state=open',
    'limit=0',
    'limit=201',
    'before=7',
    'rule=',
    'severity=HIGH',
  ])
    expect([query, (await get(`incidents?${query}`)).status]).toEqual([query, 400])
  expect(asked).toHaveLength(2)
})

describe('one of them', () => {
  test('comes with what its rule says', async () => {
    expect(await (await over().get('incidents/inc_7')).json()).toEqual({
      incident: INCIDENT,
      description: 'Look.',
      subject: RECORD.subject,
    })
    expect((await over().get('incidents/inc_9')).status).toBe(404)
  })

  test('names whom it is about to nobody who could not revoke them', async () => {
    const text = await (await over('scopewall:review').get('incidents/inc_7')).text()
    expect(JSON.parse(text)).toEqual({ incident: INCIDENT, description: 'Look.' })
    expect(text).not.toContain('mallory')
  })
})

describe('a change', () => {
  test('is made by whoever asks, with a note', async () => {
    const { post, asked } = over()
    expect((await post('incidents/inc_7/acknowledge', {})).status).toBe(200)
    expect((await post('incidents/inc_7/close', { note: 'A new key.' })).status).toBe(200)
    expect(asked).toEqual([
      ['inc_7', { to: 'acknowledged', by: 'ada' }],
      ['inc_7', { to: 'closed', by: 'ada', note: 'A new key.' }],
    ])
  })

  test.each<[string, string, unknown, number]>([
    ['closing without a note', 'inc_7/close', {}, 400],
    ['a note of nothing', 'inc_7/close', { note: ' ' }, 400],
    ['a note of two lines', 'inc_7/close', { note: 'a\nb' }, 400],
    ['a note that is too long', 'inc_7/close', { note: 'x'.repeat(501) }, 400],
    ['a member that is not known', 'inc_7/acknowledge', { notes: 'x' }, 400],
    ['a body that is no object', 'inc_7/acknowledge', [], 400],
    ['a body that is not JSON', 'inc_7/acknowledge', '{', 400],
    ['a body that is too large', 'inc_7/close', { note: 'x'.repeat(5000) }, 413],
    ['what is so already', 'inc_8/close', { note: 'x' }, 409],
    ['what is not there', 'inc_9/close', { note: 'x' }, 404],
  ])('%s is a problem', async (_, path, body, status) => {
    expect((await over().post(`incidents/${path}`, body)).status).toBe(status)
  })
})

test('where there is no desk, the answer says why', async () => {
  expect(await (await over(undefined, { isOff: true, isUnbound: true }).get('incidents')).json()).toMatchObject({
    status: 404,
    detail: expect.stringContaining('`incidents` is off'),
  })
  expect(await (await over(undefined, { isUnbound: true }).get('incidents')).json()).toMatchObject({
    status: 404,
    detail: expect.stringContaining('INCIDENTS'),
  })
})
