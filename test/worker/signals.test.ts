/** Events of identity providers through the doors of the whole Worker: what was told leads to the refusal of tokens, by the log and the mirror, in real workerd. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'
import { type RunningGate, startGate } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { type SigningKey, type StaticIssuer, signingKey, startStaticIssuer } from '../support/static-issuer.ts'
import { CAEP, eventClaims, RISC, SSF, signEvent } from '../support/transmitter.ts'

const AUDIENCE = 'https://sp.example.com/caep'
const SECRETS = { PUSH: 'Bearer push-secret', KEYCLOAK: 'keycloak-secret', OKTA: 'okta-secret', SCIM: 'scim-secret' }

let issuer: StaticIssuer
let origin: Origin
let gate: RunningGate
let key: SigningKey

beforeAll(async () => {
  const [elliptic, rsa] = await Promise.all([signingKey('ES256', 'access'), signingKey('RS256', 'events')])
  key = rsa
  ;[issuer, origin] = await Promise.all([startStaticIssuer([elliptic, rsa]), startOrigin({ port: 0 })])
  const of = { issuer: issuer.issuer }
  gate = await startGate({
    document: INVOICING,
    secrets: SECRETS,
    environment: environmentOf(issuer.issuer, origin.url, {
      issuers: [
        issuerAt(issuer.issuer, {
          identifiers: { session: 'sid', device: 'device', user: 'uid' },
          maxLifetimeSeconds: 3_000_000_000,
        }),
      ],
      revocation: {
        pollSeconds: 1,
        maxAgeSeconds: 2,
        maxStaleSeconds: 60,
        whenStale: 'refuse',
        senders: [
          {
            ...of,
            name: 'workforce',
            kind: 'ssf',
            transmitter: issuer.issuer,
            audiences: [AUDIENCE],
            algorithms: ['RS256'],
            authorization: 'PUSH',
            acr: {},
            whenRiskIsHigh: 'step-up',
            acceptsSubjectType: false,
          },
          { ...of, name: 'keycloak', kind: 'keycloak', secret: 'KEYCLOAK' },
          { ...of, name: 'okta', kind: 'okta', secret: 'OKTA', subject: 'id', knownAs: 'user' },
          { ...of, name: 'people', kind: 'scim', secret: 'SCIM', subject: 'userName' },
        ],
        roles: { [issuer.issuer]: { support: ['invoices:create' as ScopeToken] } },
      },
    }),
  })
})
afterAll(() => Promise.all([gate?.close(), origin?.close(), issuer?.close()]))

const now = () => Math.floor(Date.now() / 1000)
const user = (sub: string) => ({ format: 'iss_sub', iss: issuer.issuer, sub })
const claims = (type: string, members: object, subject: unknown, rest: object = {}) =>
  eventClaims(type, members, subject, { iss: issuer.issuer, aud: AUDIENCE, iat: now(), ...rest })

async function push(
  payload: Readonly<Record<string, unknown>>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${gate.url}/_scopewall/events/workforce`, {
    method: 'POST',
    headers: { 'content-type': 'application/secevent+jwt', authorization: SECRETS.PUSH, ...headers },
    body: await signEvent(payload, key),
  })
}

const read = (token: string) => fetch(`${gate.url}/v1/invoices`, { headers: { authorization: `Bearer ${token}` } })
const mint = (of: object) => issuer.mint({ scope: 'invoices:read', ...of })

/** Each isolate follows the log: asks until the answer is the one, or too much time has passed. */
async function becomes(token: string, status: number): Promise<Response> {
  const end = Date.now() + 15_000
  for (;;) {
    const answer = await read(token)
    if (answer.status === status || Date.now() > end) return answer
    await answer.body?.cancel()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe('Shared Signals', () => {
  test('[REV-1] a session that was revoked: tokens of it until then, and none after', async () => {
    const sid = 'dMTlD|1600802906337.16|16008.16'
    const [until, after, other] = await Promise.all([
      mint({ sid, iat: 1_615_304_991 }),
      mint({ sid, iat: 1_615_304_992 }),
      mint({ sid: 'another', iat: 1_615_304_991 }),
    ])
    for (const token of [until, after, other]) expect((await read(token)).status).toBe(200)
    const event = claims(`${CAEP}session-revoked`, { event_timestamp: 1_615_304_991 }, { format: 'opaque', id: sid })
    const told = await push(event)
    expect([told.status, told.headers.get('content-type'), await told.text()]).toEqual([202, null, ''])
    const refused = await becomes(until, 401)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
    for (const token of [after, other]) expect((await read(token)).status).toBe(200)
    expect((await push(event)).status).toBe(202)
  })

  test('an account that is disabled, told in the wrong order: it stays as it is now, and old tokens stay revoked', async () => {
    const old = await mint({ sub: 'disabled', iat: now() - 60 })
    const at = now() - 30
    const fresh = await mint({ sub: 'disabled', iat: now() })
    expect((await push(claims(`${RISC}account-disabled`, { event_timestamp: at }, user('disabled')))).status).toBe(202)
    expect((await becomes(fresh, 401)).status).toBe(401)
    expect((await push(claims(`${RISC}account-enabled`, { event_timestamp: at + 10 }, user('disabled')))).status).toBe(
      202,
    )
    expect((await becomes(fresh, 200)).status).toBe(200)
    expect((await push(claims(`${RISC}account-disabled`, { event_timestamp: at + 5 }, user('disabled')))).status).toBe(
      202,
    )
    // Something that is told later has arrived: so has what was told before.
    const witness = await mint({ sub: 'witness', iat: now() - 60 })
    await push(claims(`${CAEP}session-revoked`, {}, user('witness')))
    expect((await becomes(witness, 401)).status).toBe(401)
    expect((await read(fresh)).status).toBe(200)
    expect((await read(old)).status).toBe(401)
  })

  test('a credential that changed: the person authenticates again', async () => {
    const at = now() - 10
    const before = await mint({ sub: 'changed', auth_time: at - 100 })
    const since = await mint({ sub: 'changed', auth_time: at + 5 })
    const members = { credential_type: 'password', change_type: 'update', event_timestamp: at }
    expect((await push(claims(`${CAEP}credential-change`, members, user('changed')))).status).toBe(202)
    const refused = await becomes(before, 401)
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_user_authentication"')
    expect((await read(since)).status).toBe(200)
  })

  test('[SSF-5] a device of one person that is not compliant, until it is', async () => {
    const [laptop, phone, somebody] = await Promise.all([
      mint({ sub: 'owner', device: 'laptop' }),
      mint({ sub: 'owner', device: 'phone' }),
      mint({ sub: 'somebody', device: 'laptop' }),
    ])
    const subject = { format: 'complex', user: user('owner'), device: { format: 'opaque', id: 'laptop' } }
    const change = (current_status: string, event_timestamp: number) =>
      push(
        claims(
          `${CAEP}device-compliance-change`,
          { previous_status: 'compliant', current_status, event_timestamp },
          subject,
        ),
      )
    await change('not-compliant', now() - 20)
    expect((await becomes(laptop, 401)).status).toBe(401)
    for (const token of [phone, somebody]) expect((await read(token)).status).toBe(200)
    await change('compliant', now() - 10)
    expect((await becomes(laptop, 200)).status).toBe(200)
  })

  test('[PSH-4] what is not believed is not done, and nothing of it is in the log of the Worker', async () => {
    const token = await mint({ sub: 'unharmed' })
    const event = (rest: object) => claims(`${CAEP}session-revoked`, {}, user('unharmed'), rest)
    for (const [rest, headers, err] of [
      [{ sub: 'unharmed' }, {}, 'invalid_request'],
      [{ exp: now() + 60 }, {}, 'invalid_request'],
      [{ aud: 'https://api.example.com' }, {}, 'invalid_audience'],
      [{ iss: 'https://elsewhere.example' }, {}, 'invalid_issuer'],
      [{}, { authorization: 'Bearer other' }, 'authentication_failed'],
    ] as const) {
      const answer = await push(event(rest), headers)
      expect([answer.status, await answer.json()]).toEqual([400, { err, description: expect.any(String) }])
      expect(answer.headers.get('content-language')).toBe('en')
    }
    expect((await read(token)).status).toBe(200)
    expect(JSON.stringify(gate.events())).not.toContain('unharmed')
    expect(gate.events()).toContainEqual(
      expect.objectContaining({ event: 'signal', sender: 'workforce', outcome: 'refused', detail: 'invalid_audience' }),
    )
  })

  test('[SET-6] an event opens nothing, and a token tells nothing', async () => {
    expect((await read(await signEvent(claims(`${CAEP}session-revoked`, {}, user('a')), key))).status).toBe(401)
    const answer = await fetch(`${gate.url}/_scopewall/events/workforce`, {
      method: 'POST',
      headers: { 'content-type': 'application/secevent+jwt', authorization: SECRETS.PUSH },
      body: await mint({}),
    })
    expect(answer.status).toBe(400)
  })

  test('[SSF-3] a stream that was stopped shows in the log of the Worker', async () => {
    expect(
      (await push(claims(`${SSF}stream-updated`, { status: 'paused' }, { format: 'opaque', id: 's' }))).status,
    ).toBe(202)
    expect(gate.events()).toContainEqual(expect.objectContaining({ event: 'signal', stream: 'paused' }))
  })
})

test('a role that was taken away: only tokens that hold what went with it', async () => {
  const [holding, not] = await Promise.all([
    mint({ sub: 'clerk', scope: 'invoices:read invoices:create', iat: now() - 5 }),
    mint({ sub: 'clerk', iat: now() - 5 }),
  ])
  const body = JSON.stringify({
    uid: 'k-1',
    time: Date.now(),
    type: 'admin.REALM_ROLE_MAPPING-DELETE',
    resourcePath: 'users/clerk/role-mappings/realm',
    representation: JSON.stringify([{ id: 'r', name: 'support' }]),
  })
  const signature = createHmac('sha256', SECRETS.KEYCLOAK).update(body).digest('hex')
  const send = (headers: Record<string, string>) =>
    fetch(`${gate.url}/_scopewall/events/keycloak`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
  expect(
    (await send({ 'x-keycloak-signature': signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) })).status,
  ).toBe(401)
  expect((await send({ 'x-keycloak-signature': signature })).status).toBe(204)
  expect((await becomes(holding, 401)).status).toBe(401)
  expect((await read(not)).status).toBe(200)
})

test('a person whom tokens call something else: found by the other name alone', async () => {
  const [theirs, another] = await Promise.all([
    mint({ sub: 'jane@example.com', uid: '00u1', iat: now() - 5 }),
    mint({ sub: '00u1', uid: '00u2', iat: now() - 5 }),
  ])
  const target = [{ id: '00u1', type: 'User', alternateId: 'jane@example.com' }]
  const answer = await fetch(`${gate.url}/_scopewall/events/okta`, {
    method: 'POST',
    headers: { authorization: SECRETS.OKTA, 'content-type': 'application/json' },
    body: JSON.stringify({ data: { events: [{ uuid: 'o-1', eventType: 'user.session.clear', target }] } }),
  })
  expect(answer.status).toBe(204)
  expect((await becomes(theirs, 401)).status).toBe(401)
  expect((await read(another)).status).toBe(200)
})

test('a user whom provisioning put aside, and brought back', async () => {
  const ask = (path: string, method: string, body: object) =>
    fetch(`${gate.url}/_scopewall/events/people/${path}`, {
      method,
      headers: { authorization: `Bearer ${SECRETS.SCIM}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify(body),
    })
  const created = await ask('Users', 'POST', { userName: 'leaver' })
  const { id } = (await created.json()) as { id: string }
  expect(created.status).toBe(201)
  const token = await mint({ sub: 'leaver', iat: now() + 5 })
  expect((await becomes(token, 200)).status).toBe(200)
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  expect(
    (await ask(`Users/${id}`, 'PATCH', { Operations: [{ op: 'replace', value: { active: false } }] })).status,
  ).toBe(200)
  expect((await becomes(token, 401)).status).toBe(401)
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  expect((await ask(`Users/${id}`, 'PATCH', { Operations: [{ op: 'replace', value: { active: true } }] })).status).toBe(
    200,
  )
  const again = await mint({ sub: 'leaver', iat: now() + 5 })
  expect((await becomes(again, 200)).status).toBe(200)
})

test('a sender that nobody named is not found', async () => {
  const answer = await fetch(`${gate.url}/_scopewall/events/stranger`, { method: 'POST' })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
})
