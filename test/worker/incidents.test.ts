/**
 * An incident from the first refusal to the last word, with everything real: requests, the queue, the desk, the revocation log, and a receiver of alerts. Batches
 * come twice all the while.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import type { Incident, IncidentAnswer, IncidentPolicy, IncidentsAnswer } from '../../src/policy/incident.ts'
import type { SecretName } from '../../src/policy/secret-name.ts'
import { isSigned, type Receiver, startReceiver } from '../audit/receiver.ts'
import { WITH_ADMIN } from '../support/admin-map.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { environmentOf } from '../support/environment.ts'
import { type StaticIssuer, startStaticIssuer } from '../support/static-issuer.ts'

const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const OPERATOR = 'scopewall:review scopewall:revoke scopewall:restore'
const PROBES = 20
const SOON = { timeout: 15_000, interval: 200 }

const rule = { quietSeconds: 60, alerts: ['tools'] } as const
const incidentsOf = (url: string): IncidentPolicy => ({
  channels: [
    { name: 'tools', kind: 'webhook', url, secret: 'TOOLS_KEY' as SecretName },
    { name: 'typo', kind: 'webhook', url, secret: 'TYPO_KEY' as SecretName },
  ],
  rules: [
    {
      ...rule,
      name: 'scope-probing',
      severity: 'medium',
      description: 'See which routes it asks for.',
      trigger: { kind: 'denials', codes: ['scope_insufficient'], by: 'token', count: PROBES, withinSeconds: 60 },
      response: { kind: 'revoke', target: 'token', forSeconds: 600 },
    },
  ],
})

let issuer: StaticIssuer
let origin: Origin
let receiver: Receiver
let gate: Deployment

beforeAll(async () => {
  ;[issuer, origin, receiver] = await Promise.all([startStaticIssuer(), startOrigin({ port: 0 }), startReceiver()])
  gate = await startDeployment({
    environment: environmentOf(issuer.issuer, origin.url, {
      incidents: incidentsOf(receiver.url),
      revocation: {
        ...{ pollSeconds: 1, maxAgeSeconds: 1, maxStaleSeconds: 60, whenStale: 'serve' },
        ...{ senders: [], roles: {} },
      },
    }),
    document: WITH_ADMIN,
    secrets: { TOOLS_KEY: KEY, TYPO_KEY: 'whsec_forgot-to-encode' },
  })
  gate.faults.delivery = () => 'twice'
})
afterAll(() => Promise.all([gate?.close(), origin?.close(), receiver?.close(), issuer?.close()]))

async function admin<Answer>(path: string, body?: object): Promise<Answer> {
  const authorization = `Bearer ${await issuer.mint({ scope: OPERATOR, sub: 'ada', client_id: 'cli' })}`
  const answer = await fetch(`${gate.url}/_scopewall/admin/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return JSON.parse(text) as Answer
}

const asks = async (path: string, token: string): Promise<number> => {
  const answer = await fetch(gate.url + path, { headers: { authorization: `Bearer ${token}` } })
  await answer.text()
  return answer.status
}
const incidents = async (): Promise<readonly Incident[]> => (await admin<IncidentsAnswer>('incidents')).incidents
const alerts = () => receiver.received.map(({ body }) => JSON.parse(body))

test('twenty refusals of one token: one incident, one signed alert, one revocation with an end; then it is undone and closed', async () => {
  const [thief, neighbour] = await Promise.all(
    ['t-1', 't-2'].map((jti) => issuer.mint({ scope: 'invoices:read', client_id: 'partner', jti })),
  )
  if (thief === undefined || neighbour === undefined) throw new Error('no tokens')
  for (let sent = 0; sent < PROBES; sent++) expect(await asks('/v1/invoices/export', thief)).toBe(403)
  expect(await asks('/v1/invoices/export', neighbour)).toBe(403)

  await vi.waitFor(async () => expect((await incidents())[0]?.response?.entry).toBeGreaterThan(0), SOON)
  const [incident, ...others] = await incidents()
  expect(others).toEqual([])
  expect(incident).toMatchObject({ rule: 'scope-probing', state: 'open', count: PROBES, group: { by: 'token' } })
  const entry = incident?.response?.entry ?? 0
  const until = Date.parse(incident?.response?.until ?? '') - Date.now()
  expect(until).toBeGreaterThan(500_000)
  expect(until).toBeLessThanOrEqual(600_000)

  await vi.waitFor(() => expect(alerts()).toHaveLength(1), SOON)
  expect(alerts()[0]).toMatchObject({ type: 'incident.opened', data: { id: incident?.id, response: { entry } } })
  expect(receiver.received.every((each) => isSigned(each, KEY, Date.now() / 1000))).toBe(true)

  await vi.waitFor(async () => expect(await asks('/v1/invoices', thief)).toBe(401), SOON)
  expect(await asks('/v1/invoices', neighbour)).toBe(200)

  const { subject } = await admin<IncidentAnswer>(`incidents/${incident?.id}`)
  expect(subject).toMatchObject({ issuer: issuer.issuer, client: 'partner' })
  await admin(`revocations/${entry}/undo`, { reason: 'a load test' })
  await vi.waitFor(async () => expect(await asks('/v1/invoices', thief)).toBe(200), SOON)

  await admin(`incidents/${incident?.id}/acknowledge`, {})
  await admin(`incidents/${incident?.id}/close`, { note: 'a load test' })
  await vi.waitFor(() => expect(alerts()).toHaveLength(3), SOON)
  expect(alerts().map(({ type }) => type)).toEqual(['incident.opened', 'incident.acknowledged', 'incident.closed'])

  // Every batch came twice, and nothing of that shows.
  const { marks } = await admin<{ marks: readonly unknown[] }>('revocations?active=false')
  expect(marks).toHaveLength(1)
  const [{ repeated, refused } = { repeated: 0, refused: 0 }] = (
    await gate.database
      .prepare('SELECT SUM(repeated) AS repeated, SUM(refused) AS refused FROM delivery')
      .all<{ repeated: number; refused: number }>()
  ).results
  expect([repeated > 0, refused]).toEqual([true, 0])
  expect(await incidents()).toMatchObject([{ id: incident?.id, state: 'closed', count: PROBES }])
}, 90_000)

test('a channel whose secret was pasted wrongly is told of at start, and the gate goes on', () => {
  expect(gate.events()).toContainEqual(expect.objectContaining({ code: 'channel_unusable', channel: 'typo' }))
})
