/** The doors of senders: who is believed, what is answered, and that nothing is acknowledged before it is in the log (RFC 8935, and webhooks). */
import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { EventLine } from '../../src/admin/event-log.ts'
import { createEventDoors } from '../../src/admin/events.ts'
import type { EventSender } from '../../src/policy/revocation-policy.ts'
import { issuerAt } from '../support/environment.ts'
import { memoryEventLog } from '../support/event-log.ts'
import { fakeNetwork, keySetOf } from '../support/fake-network.ts'
import { type SigningKey, signingKey } from '../support/static-issuer.ts'
import { CAEP, eventClaims, KNOWN_TYPES, RISC, SCIM, SSF, signEvent } from '../support/transmitter.ts'

const IDP = 'https://idp.example.com'
const NOW = 1_615_305_200_000
const BASE = 'https://api.example.com/_scopewall/events'
const AUDIENCE = `${BASE}/workforce`
const SECRETS: Readonly<Record<string, string>> = {
  PUSH: 'Bearer push-secret',
  AUTH0: 'auth0-secret',
  OKTA: 'okta-secret',
  KEYCLOAK: 'keycloak-secret',
  SCIM: 'scim-secret',
}

const SENDERS: readonly EventSender[] = [
  {
    name: 'workforce',
    kind: 'ssf',
    issuer: IDP,
    transmitter: IDP,
    audiences: [AUDIENCE],
    algorithms: ['RS256'],
    authorization: 'PUSH',
    acr: {},
    whenRiskIsHigh: 'step-up',
    acceptsSubjectType: false,
  },
  { name: 'auth0', kind: 'auth0', issuer: IDP, secret: 'AUTH0' },
  { name: 'okta', kind: 'okta', issuer: IDP, secret: 'OKTA', subject: 'login' },
  { name: 'keycloak', kind: 'keycloak', issuer: IDP, secret: 'KEYCLOAK' },
  { name: 'people', kind: 'scim', issuer: IDP, secret: 'SCIM', subject: 'userName' },
]

let key: SigningKey
beforeAll(async () => {
  key = await signingKey('RS256', 'k1')
})

function receiver({ critical = [] as readonly string[] } = {}) {
  const network = fakeNetwork()
  network.answers.set(`${IDP}/.well-known/ssf-configuration`, {
    issuer: IDP,
    jwks_uri: `${IDP}/jwks`,
    critical_subject_members: critical,
  })
  network.answers.set(`${IDP}/jwks`, keySetOf(key))
  const memory = memoryEventLog()
  const lines: EventLine[] = []
  const doors = createEventDoors({
    environment: {
      name: 'test',
      issuers: [issuerAt(IDP)],
      revocation: {
        pollSeconds: 2,
        maxAgeSeconds: 5,
        maxStaleSeconds: 60,
        whenStale: 'refuse',
        senders: SENDERS,
        roles: {},
      },
    },
    log: memory.log,
    secrets: {
      text: (name) => SECRETS[name] ?? '',
      connection: () => {
        throw new TypeError('a binding is missing')
      },
    },
    fetch: network.fetch,
    clock: () => NOW,
    record: (line) => lines.push(line),
  })
  const knock = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const name = path.split(/[/?]/)[0]
    const door = doors.find((each) => each.path.replace('/*', '').endsWith(`/${name}`))
    if (door === undefined) throw new Error('there is no such door')
    return door.open(new Request(`${BASE}/${path}`, init), () => undefined)
  }
  return { network, memory, lines, doors, knock }
}

const jsonOf = async (answer: Response) => (await answer.json()) as Record<string, unknown>

const SESSION = { format: 'opaque', id: 's-1' }
const claims = (type = `${CAEP}session-revoked`, members: object = {}, subject: unknown = SESSION, rest: object = {}) =>
  eventClaims(type, members, subject, { iss: IDP, aud: AUDIENCE, ...rest })
const push = async (payload = claims(), headers: Record<string, string> = {}): Promise<RequestInit> => ({
  method: 'POST',
  headers: { 'content-type': 'application/secevent+jwt', authorization: 'Bearer push-secret', ...headers },
  body: await signEvent(payload, key),
})

const JANE = { format: 'iss_sub', iss: IDP, sub: 'jane' }
/** Each type, what is entered, and the members without which it is none. */
const EVENTS: readonly [type: string, kinds: readonly string[], members: object][] = [
  [`${CAEP}session-revoked`, ['mark'], {}],
  [`${CAEP}token-claims-change`, ['mark'], { claims: { role: 'ro-admin' } }],
  [`${CAEP}credential-change`, ['mark'], { credential_type: 'password', change_type: 'revoke' }],
  [`${CAEP}assurance-level-change`, ['mark'], { namespace: 'NIST-AAL', current_level: 'nist-aal1' }],
  [`${CAEP}device-compliance-change`, ['mark'], { previous_status: 'compliant', current_status: 'not-compliant' }],
  [`${CAEP}risk-level-change`, ['mark'], { principal: 'USER', current_level: 'HIGH' }],
  [`${CAEP}session-established`, [], {}],
  [`${CAEP}session-presented`, [], {}],
  [`${RISC}account-credential-change-required`, ['mark'], {}],
  [`${RISC}account-purged`, ['mark'], {}],
  [`${RISC}account-disabled`, ['mark', 'mark'], {}],
  [`${RISC}account-enabled`, ['lift'], {}],
  [`${RISC}identifier-changed`, ['mark'], {}],
  [`${RISC}identifier-recycled`, ['mark'], {}],
  [`${RISC}credential-compromise`, ['mark', 'mark'], { credential_type: 'password' }],
  [`${RISC}opt-in`, ['note'], {}],
  [`${RISC}opt-out-initiated`, ['note'], {}],
  [`${RISC}opt-out-cancelled`, ['note'], {}],
  [`${RISC}opt-out-effective`, ['note'], {}],
  [`${RISC}recovery-activated`, ['note'], {}],
  [`${RISC}recovery-information-changed`, ['note'], {}],
  [`${RISC}sessions-revoked`, ['mark'], {}],
  [`${SCIM}prov:deactivate`, ['mark', 'mark'], {}],
  [`${SCIM}prov:activate`, ['lift'], {}],
  [`${SCIM}prov:delete`, ['mark'], {}],
  [`${SCIM}prov:put:full`, ['mark'], {}],
  [`${SCIM}prov:put:notice`, ['mark'], {}],
  [`${SCIM}prov:patch:full`, ['mark'], {}],
  [`${SCIM}prov:patch:notice`, ['mark'], {}],
  [`${SCIM}prov:create:full`, ['note'], {}],
  [`${SCIM}prov:create:notice`, ['note'], {}],
  [`${SCIM}feed:add`, ['note'], {}],
  [`${SCIM}feed:remove`, ['note'], {}],
]

describe('Shared Signals', () => {
  test('[PSH-3] an event is in the log before it is answered: 202, without a body and without a type', async () => {
    const { knock, memory, lines } = receiver()
    const answer = await knock('workforce', await push())
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([202, null, ''])
    expect(memory.entries.map(({ action }) => action.kind)).toEqual(['mark', 'mark'])
    expect(lines).toEqual([
      {
        event: 'signal',
        at: new Date(NOW).toISOString(),
        environment: 'test',
        sender: 'workforce',
        outcome: 'accepted',
        types: [`${CAEP}session-revoked`],
        entries: 2,
      },
    ])
    expect(JSON.stringify(lines)).not.toContain('s-1')
  })

  test('[SET-5] the same event again is acknowledged again, and not entered again', async () => {
    const { knock, memory, lines } = receiver()
    const payload = claims()
    for (const _ of [1, 2, 3]) expect((await knock('workforce', await push(payload))).status).toBe(202)
    expect(memory.entries).toHaveLength(2)
    expect(lines.map(({ entries }) => entries)).toEqual([2, 0, 0])
  })

  test('[PSH-1] only POST', async () => {
    const { knock } = receiver()
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await knock('workforce', { method })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    }
  })

  test.each(['application/jwt', 'application/json', 'text/plain', 'application/secevent+jwtx', ''])(
    '[PSH-1] a body of the type %o is not looked at',
    async (type) => {
      const { knock, memory } = receiver()
      expect((await knock('workforce', await push(claims(), { 'content-type': type }))).status).toBe(415)
      expect(memory.entries).toEqual([])
    },
  )

  test('[PSH-1] parameters of the type change nothing, and what is longer than 64 KiB is refused', async () => {
    const { knock } = receiver()
    expect(
      (await knock('workforce', await push(claims(), { 'content-type': 'Application/SecEvent+JWT; charset=utf-8' })))
        .status,
    ).toBe(202)
    const long = { ...(await push()), body: 'a'.repeat(65_537) }
    expect((await knock('workforce', long)).status).toBe(400)
    expect((await knock('workforce', await push(claims(undefined, { more: 'x'.repeat(40_000) })))).status).toBe(202)
  })

  test.each([[''], ['push-secret'], ['bearer push-secret'], ['Bearer push-secretx']])(
    '[PSH-2] with %o as Authorization nobody is believed',
    async (authorization) => {
      const { knock, memory } = receiver()
      const answer = await knock('workforce', await push(claims(), { authorization }))
      expect([answer.status, (await jsonOf(answer)).err]).toEqual([400, 'authentication_failed'])
      expect(memory.entries).toEqual([])
    },
  )

  test.each<[string, object, string]>([
    ['invalid_issuer', { iss: 'https://other.example' }, 'invalid_issuer'],
    ['invalid_audience', { aud: 'https://other.example' }, 'invalid_audience'],
    ['invalid_request, for sub', { sub: 'jane' }, 'invalid_request'],
    ['invalid_request, for exp', { exp: 1 }, 'invalid_request'],
    [
      'invalid_request, for an event against its definition',
      { events: { [`${CAEP}risk-level-change`]: {} } },
      'invalid_request',
    ],
  ])('[PSH-4] %s: 400 with the code, a description and its language', async (_, rest, err) => {
    const { knock, memory, lines } = receiver()
    const answer = await knock('workforce', await push(claims(undefined, {}, SESSION, rest)))
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(answer.headers.get('content-language')).toBe('en')
    expect(Object.keys(await jsonOf(answer.clone()))).toEqual(['err', 'description'])
    expect(await answer.json()).toMatchObject({ err })
    expect(memory.entries).toEqual([])
    expect(lines).toMatchObject([{ outcome: 'refused', detail: err }])
  })

  test('[PSH-4] a key that is not the transmitter’s: invalid_key', async () => {
    const stranger = await signingKey('RS256', 'k1')
    const answer = await receiver().knock('workforce', { ...(await push()), body: await signEvent(claims(), stranger) })
    expect(await answer.json()).toMatchObject({ err: 'invalid_key' })
  })

  test.each(['failing', 'refusing'] as const)('[PSH-5] a log that is %s: come again', async (mode) => {
    const { knock, memory, lines } = receiver()
    memory.mode = mode
    const payload = claims()
    const answer = await knock('workforce', await push(payload))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(lines).toMatchObject([{ outcome: 'unavailable', detail: 'log' }])
    memory.mode = 'up'
    expect((await knock('workforce', await push(payload))).status).toBe(202)
    expect(memory.entries).toHaveLength(2)
  })

  test('[PSH-5] a log that does not answer is waited for, and not for ever', async () => {
    const { knock, memory } = receiver()
    await knock('workforce', await push())
    memory.mode = 'hanging'
    const init = await push()
    vi.useFakeTimers()
    try {
      const answer = knock('workforce', init)
      await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0))
      await vi.advanceTimersByTimeAsync(5_000)
      expect((await answer).status).toBe(503)
    } finally {
      vi.useRealTimers()
    }
  })

  test('[PSH-5] keys that cannot be had: come again', async () => {
    const { knock, network } = receiver()
    network.answers.set(`${IDP}/jwks`, 500)
    expect((await knock('workforce', await push())).status).toBe(503)
  })

  test('[SET-4] an event about somebody with a critical member that is in no token is discarded, acknowledged and noted', async () => {
    const subject = {
      format: 'complex',
      user: { format: 'iss_sub', iss: IDP, sub: 'jane' },
      group: { format: 'opaque', id: 'g' },
    }
    const strict = receiver({ critical: ['group'] })
    expect((await strict.knock('workforce', await push(claims(undefined, {}, subject)))).status).toBe(202)
    expect(strict.memory.entries.map(({ action }) => action.kind)).toEqual(['note'])
    const lenient = receiver({ critical: ['device'] })
    expect((await lenient.knock('workforce', await push(claims(undefined, {}, subject)))).status).toBe(202)
    expect(lenient.memory.entries.map(({ action }) => action.kind)).toEqual(['mark'])
  })

  test('[SSF-3] a stream that was stopped is in the log, and in a line for the operator', async () => {
    const { knock, lines, memory } = receiver()
    const stream = { format: 'opaque', id: 'stream-1' }
    await knock('workforce', await push(claims(`${SSF}stream-updated`, { status: 'disabled' }, stream)))
    expect(lines).toMatchObject([{ outcome: 'accepted', stream: 'disabled' }])
    expect(memory.entries).toHaveLength(1)
  })

  test('there is no type of event that is not below', () => {
    expect(EVENTS.map(([type]) => type).sort()).toEqual([...KNOWN_TYPES].sort())
  })

  test.each(EVENTS)('%s is taken, and what follows from it is in the log', async (type, kinds, members) => {
    const { knock, memory, lines } = receiver()
    const answer = await knock('workforce', await push(claims(type, members, JANE)))
    expect([answer.status, ...memory.entries.map(({ action }) => action.kind)]).toEqual([202, ...kinds])
    expect(lines).toMatchObject([{ outcome: 'accepted', types: [type], entries: kinds.length }])
    expect(JSON.stringify(lines)).not.toContain('jane')
  })

  test.each(EVENTS)('[PSH-4] %s is refused where it is not what its definition says', async (type, _, members) => {
    const { knock, memory, lines } = receiver()
    const bad = [
      claims(type, { ...members, event_timestamp: 'yesterday' }, JANE),
      claims(type, members, JANE, { sub_id: undefined }),
      claims(type, members, { ...JANE, more: 'x' }),
      claims(type, members, JANE, { events: { [type]: 'happened' } }),
      ...(Object.keys(members).length === 0 ? [] : [claims(type, {}, JANE)]),
    ]
    for (const payload of bad) {
      const answer = await knock('workforce', await push(payload))
      expect([answer.status, (await jsonOf(answer)).err]).toEqual([400, 'invalid_request'])
    }
    expect(memory.entries).toEqual([])
    expect(lines.map(({ outcome }) => outcome)).toEqual(bad.map(() => 'refused'))
  })
})

describe('webhooks', () => {
  const send = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const OKTA = {
    data: { events: [{ uuid: 'u', eventType: 'user.session.clear', target: [{ type: 'User', alternateId: 'jane' }] }] },
  }
  const AUTH0 = { specversion: '1.0', id: 'e', type: 'user.deleted', data: { object: { user_id: 'auth0|1' } } }
  const KEYCLOAK = { uid: 'k', type: 'admin.USER-DELETE', resourcePath: 'users/u1' }
  const signed = (body: unknown, secret = 'keycloak-secret') =>
    send(body, { 'x-keycloak-signature': createHmac('sha256', secret).update(JSON.stringify(body)).digest('hex') })

  test('each is believed by what it knows, and answered with 204', async () => {
    const { knock, memory, lines } = receiver()
    expect((await knock('okta', send(OKTA, { authorization: 'okta-secret' }))).status).toBe(204)
    expect((await knock('auth0', send(AUTH0, { authorization: 'Bearer auth0-secret' }))).status).toBe(204)
    expect((await knock('keycloak', signed(KEYCLOAK))).status).toBe(204)
    expect(memory.entries.map(({ author, origin }) => [author, origin.event])).toEqual([
      [{ kind: 'sender', name: 'okta' }, 'user.session.clear'],
      [{ kind: 'sender', name: 'auth0' }, 'user.deleted'],
      [{ kind: 'sender', name: 'keycloak' }, 'admin.USER-DELETE'],
    ])
    expect(lines.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'accepted'])
    expect(JSON.stringify(lines)).not.toMatch(/jane|auth0\|1|u1/)
  })

  test.each<[string, string, RequestInit]>([
    ['no secret', 'okta', send(OKTA)],
    ['the secret of another', 'okta', send(OKTA, { authorization: 'auth0-secret' })],
    ['an empty header', 'auth0', send(AUTH0, { authorization: '' })],
    ['an empty bearer token', 'auth0', send(AUTH0, { authorization: 'Bearer ' })],
    ['no signature', 'keycloak', send(KEYCLOAK)],
    ['a signature under another key', 'keycloak', signed(KEYCLOAK, 'x')],
    [
      'a signature of another body',
      'keycloak',
      { ...signed(KEYCLOAK), body: JSON.stringify({ ...KEYCLOAK, resourcePath: 'users/u2' }) },
    ],
  ])('%s: 401, and nothing is entered', async (_, path, init) => {
    const { knock, memory } = receiver()
    const answer = await knock(path, init)
    expect([answer.status, answer.headers.has('www-authenticate')]).toEqual([401, true])
    expect(memory.entries).toEqual([])
  })

  test('Okta asks once whether the address is its owner’s', async () => {
    const { knock } = receiver()
    const answer = await knock('okta', { headers: { 'x-okta-verification-challenge': 'challenge-1' } })
    expect([answer.status, await answer.json()]).toEqual([200, { verification: 'challenge-1' }])
    expect((await knock('okta')).status).toBe(400)
    expect((await knock('okta', { headers: { 'x-okta-verification-challenge': 'x'.repeat(1025) } })).status).toBe(400)
    expect((await knock('auth0')).headers.get('allow')).toBe('POST')
  })

  test('Auth0 sends one event, a list, or one a line', async () => {
    const { knock, memory } = receiver()
    const log = (id: number) => ({ log_id: String(id), data: { type: 'sdu', user_id: `auth0|${id}` } })
    const headers = { authorization: 'auth0-secret' }
    expect((await knock('auth0', send([log(1), log(2)], headers))).status).toBe(204)
    expect((await knock('auth0', send(`${JSON.stringify(log(3))}\n${JSON.stringify(log(4))}\n`, headers))).status).toBe(
      204,
    )
    expect(memory.entries).toHaveLength(4)
    expect((await knock('auth0', send('{"a":', headers))).status).toBe(400)
  })

  test('thousands of events are entered in parts', async () => {
    const { knock, memory } = receiver()
    const logs = Array.from({ length: 2_500 }, (_, index) => ({
      log_id: String(index),
      data: { type: 'sdu', user_id: 'a' },
    }))
    expect((await knock('auth0', send(logs, { authorization: 'auth0-secret' }))).status).toBe(204)
    expect(memory.entries).toHaveLength(2_500)
  })

  test.each<[number, string, RequestInit]>([
    [405, 'keycloak', { method: 'PUT' }],
    [415, 'okta', send(OKTA, { authorization: 'okta-secret', 'content-type': 'text/plain' })],
    [400, 'okta', send('{}', { authorization: 'okta-secret' })],
    [400, 'okta', send('nothing', { authorization: 'okta-secret' })],
    [413, 'okta', send('x'.repeat(1_048_577), { authorization: 'okta-secret' })],
    [413, 'keycloak', send('x'.repeat(65_537))],
    [400, 'okta', { ...send('', { authorization: 'okta-secret' }), body: new Uint8Array([0x7b, 0xff, 0x7d]) }],
  ])('%i from %s', async (status, path, init) => {
    expect((await receiver().knock(path, init)).status).toBe(status)
  })

  test('a log that is away: come again', async () => {
    const { knock, memory } = receiver()
    memory.mode = 'failing'
    const answer = await knock('keycloak', signed(KEYCLOAK))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  })
})

describe('SCIM', () => {
  const ask = (method: string, body?: object, headers: Record<string, string> = {}): RequestInit => ({
    method,
    headers: { authorization: 'Bearer scim-secret', 'content-type': 'application/scim+json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

  test('a user is looked for, created, asked for, put aside and deleted', async () => {
    const { knock, memory } = receiver()
    const looked = await knock('people/Users?filter=userName%20eq%20%22jane%22', ask('GET'))
    expect([looked.status, (await jsonOf(looked)).totalResults]).toEqual([200, 0])
    const created = await knock('people/Users', ask('POST', { userName: 'jane', externalId: '7' }))
    expect(created.headers.get('content-type')).toBe('application/scim+json')
    const { id, meta } = await jsonOf(created)
    const location = `${BASE}/people/Users/${id}`
    expect([created.headers.get('location'), meta]).toEqual([location, { resourceType: 'User', location }])
    expect((await jsonOf(await knock(`people/Users/${id}`, ask('GET')))).meta).toEqual(meta)
    expect([created.status, (await jsonOf(await knock(`people/Users/${id}`, ask('GET')))).userName]).toEqual([
      201,
      'jane',
    ])
    const aside = { Operations: [{ op: 'replace', value: { active: false } }] }
    expect((await knock(`people/Users/${id}`, ask('PATCH', aside))).status).toBe(200)
    expect((await knock(`people/Users/${id}`, ask('DELETE'))).status).toBe(204)
    expect(memory.entries.map(({ action }) => action.kind)).toEqual(['lift', 'mark', 'mark', 'mark', 'mark'])
  })

  test.each<[number, string, RequestInit]>([
    [401, 'people/Users', { method: 'GET' }],
    [401, 'people/Users/YQ', ask('DELETE', undefined, { authorization: 'Bearer okta-secret' })],
    [404, 'people/Roles', ask('GET')],
    [404, 'people/Users/YQ/more', ask('GET')],
    [404, 'people/Users/!', ask('GET')],
    [405, 'people/Users', ask('DELETE')],
    [405, 'people/Users/YQ', ask('POST', {})],
    [415, 'people/Users', ask('POST', {}, { 'content-type': 'text/plain' })],
    [400, 'people/Users', ask('POST', {})],
    [400, 'people/Users?filter=userName%20sw%20%22j%22', ask('GET')],
    [400, 'people/Users/YQ', ask('PUT', { userName: 'b' })],
    [413, 'people/Users', ask('POST', { userName: 'x'.repeat(1_048_577) })],
    [200, 'people/ServiceProviderConfig', ask('GET')],
  ])('%i from %s', async (status, path, init) => {
    const answer = await receiver().knock(path, init)
    expect(answer.status).toBe(status)
    if (status >= 400) expect(await answer.json()).toMatchObject({ status: String(status) })
  })

  test('a log that is away: come again', async () => {
    const { knock, memory } = receiver()
    memory.mode = 'failing'
    expect((await knock('people/Users/YQ', ask('DELETE'))).status).toBe(503)
  })
})

test('there is a door for each sender, and none for anybody else', () => {
  expect(receiver().doors.map(({ path }) => path)).toEqual([
    '/_scopewall/events/workforce',
    '/_scopewall/events/auth0',
    '/_scopewall/events/okta',
    '/_scopewall/events/keycloak',
    '/_scopewall/events/people/*',
  ])
})
