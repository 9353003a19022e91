import { describe, expect, test } from 'vitest'
import { type EpochSeconds, ok } from '../../src/policy/result.ts'
import { fingerprintOf } from '../../src/token/fingerprint.ts'
import { NOW } from '../policy/build.ts'
import { WITH_ADMIN } from '../support/admin-map.ts'
import { issuerAt } from '../support/environment.ts'
import { adminOver, ISSUER, LEEWAY, LIFETIME } from './admin.ts'

const SUBJECT = { kind: 'subject', issuer: ISSUER, value: 'u1' }
const USUAL_END = NOW + LIFETIME + 2 * LEEWAY
const iso = (seconds: number) => new Date(seconds * 1000).toISOString()

describe('a mark', () => {
  test('is written with who asked for it, and the answer says what was', async () => {
    const admin = adminOver()
    const answer = await admin.post('revocations', { target: SUBJECT, reason: 'left the company' })
    expect(answer.status).toBe(201)
    expect(await answer.json()).toEqual({
      entries: [{ entry: 1, target: SUBJECT, effect: { kind: 'revoke' }, expires: USUAL_END }],
      head: { seq: 1, hash: expect.any(String) },
    })
    expect(admin.log.entries).toMatchObject([
      {
        author: { kind: 'principal', issuer: ISSUER, subject: 'ada', client: 'cli' },
        origin: { via: 'admin' },
        action: {
          kind: 'mark',
          target: SUBJECT,
          effect: { kind: 'revoke' },
          reason: 'left the company',
          expires: USUAL_END,
        },
      },
    ])
  })

  const marked = async (body: object, environment = {}) => {
    const admin = adminOver({ environment })
    const answer = await admin.post('revocations', { target: SUBJECT, reason: 'r', ...body })
    expect(await answer.text()).toContain('entries')
    return admin.log.entries[0]?.action as { target: object; effect: object; expires?: number }
  }

  test('the issuer need not be named where there is one', async () => {
    expect((await marked({ target: { kind: 'session', value: 's' } })).target).toEqual({
      kind: 'session',
      issuer: ISSUER,
      value: 's',
    })
  })

  test('names of people in mail domains are one, however they are typed', async () => {
    const { target } = await marked({ target: { kind: 'email', value: 'Ada@Example.COM' } })
    expect(target).toMatchObject({ value: 'Ada@example.com' })
  })

  test.each([
    ['now', NOW],
    [iso(NOW - 60), NOW - 60],
    [NOW - 60, NOW - 60],
    ['2026-01-31T12:00:00.9+01:00', Date.parse('2026-01-31T11:00:00Z') / 1000],
  ])('about tokens that were issued before %s', async (issuedBefore, issuedUntil) => {
    expect((await marked({ issuedBefore })).effect).toEqual({ kind: 'revoke', issuedUntil })
  })

  test('about tokens that hold a scope alone', async () => {
    expect((await marked({ holding: ['invoices:read'] })).effect).toEqual({
      kind: 'revoke',
      holding: ['invoices:read'],
    })
  })

  test('of a client has the prefix that the gate gives to its name', async () => {
    const environment = { issuers: [issuerAt(ISSUER, { clientPrefix: 'access:' })] } as const
    const admin = adminOver({ environment })
    const post = (value: string) => admin.post('revocations', { target: { kind: 'client', value }, reason: 'r' })
    expect(await (await post('partner')).json()).toMatchObject({
      status: 400,
      detail: 'no token would be revoked: names of clients of this issuer begin with access:',
    })
    expect((await post('access:partner')).status).toBe(201)
  })

  test('ends when it is told to, or never', async () => {
    expect((await marked({ expires: iso(NOW + 60) })).expires).toBe(NOW + 60)
    expect(await marked({ expires: 'never' })).not.toHaveProperty('expires')
  })

  test('never ends where an issuer says nothing of how long its tokens live', async () => {
    expect(await marked({}, { issuers: [issuerAt(ISSUER)] })).not.toHaveProperty('expires')
  })

  test.each<[string, object]>([
    ['without a reason', { target: SUBJECT }],
    ['with an empty reason', { target: SUBJECT, reason: ' ' }],
    ['with a reason of several lines', { target: SUBJECT, reason: 'a\nb' }],
    ['with a reason that moves a cursor', { target: SUBJECT, reason: 'a\u001b[2J' }],
    ['with a reason as long as a book', { target: SUBJECT, reason: 'a'.repeat(501) }],
    ['with a member that is not known', { target: SUBJECT, reason: 'r', holdings: ['invoices:read'] }],
    ['of another kind', { target: { kind: 'person', value: 'u1' }, reason: 'r' }],
    ['of an issuer that nobody trusts', { target: { ...SUBJECT, issuer: 'https://other.example' }, reason: 'r' }],
    ['by a name that no token of the issuer has', { target: { kind: 'device', value: 'd1' }, reason: 'r' }],
    ['of nobody', { target: { kind: 'subject', issuer: ISSUER }, reason: 'r' }],
    ['that is a kill switch', { target: { kind: 'scope', scope: 'invoices:read' }, reason: 'r' }],
    ['of a whole issuer', { target: { kind: 'issuer', issuer: ISSUER }, reason: 'r' }],
    ['of tokens to come', { target: SUBJECT, reason: 'r', issuedBefore: iso(NOW + 60) }],
    ['of no time', { target: SUBJECT, reason: 'r', issuedBefore: 'yesterday' }],
    ['until a day that the calendar does not have', { target: SUBJECT, reason: 'r', expires: '2031-02-30T00:00:00Z' }],
    ['that has ended', { target: SUBJECT, reason: 'r', expires: iso(NOW) }],
    ['of holders of no scope', { target: SUBJECT, reason: 'r', holding: [] }],
    ['of holders of an unknown scope', { target: SUBJECT, reason: 'r', holding: ['invoices:raed'] }],
    ['of what is no fingerprint', { target: { kind: 'token', value: 'abc' }, reason: 'r' }],
    ['of a token twice', { target: { kind: 'token', value: 'A'.repeat(43), token: 'a.b.c' }, reason: 'r' }],
    ['of a token with blanks', { target: { kind: 'token', token: 'a b' }, reason: 'r' }],
    ['of a token that is too long', { target: { kind: 'token', token: 'a'.repeat(8193) }, reason: 'r' }],
    ['that is a list', []],
  ])('%s is refused, and repeats nothing of it', async (_, body) => {
    const admin = adminOver()
    const answer = await admin.post('revocations', body)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.text()).not.toMatch(/u1|raed|yesterday|a b/)
    expect(admin.log.entries).toEqual([])
  })

  test('of more scopes than an entry of the log has room for is refused, and not asked for again', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `orders:${'x'.repeat(200)}${index}`)
    const scope = { service: 'invoices', owner: 'o', reason: 'r', sensitivity: 'low' } as const
    const more = Object.fromEntries(names.map((name) => [name, scope]))
    const admin = adminOver({ document: { ...WITH_ADMIN, scopes: { ...WITH_ADMIN.scopes, ...more } } })
    expect((await admin.post('revocations', { target: SUBJECT, reason: 'r', holding: names })).status).toBe(400)
    expect(
      (await admin.post('revocations', { target: SUBJECT, reason: 'r', holding: names.slice(0, 30) })).status,
    ).toBe(201)
  })

  test('bodies have a type, a size and an encoding', async () => {
    const admin = adminOver()
    expect((await admin.post('revocations', '{}', 'text/plain')).status).toBe(415)
    expect((await admin.post('revocations', '{')).status).toBe(400)
    expect((await admin.post('revocations', `"${'a'.repeat(1024 * 1024)}"`)).status).toBe(413)
  })
})

describe('a token that is brought along', () => {
  const TOKEN = 'e30.e30.c2ln'
  const names = { issuer: ISSUER, fingerprint: 'F'.repeat(43), tokenId: 'j1', expiresAt: (NOW + 300) as EpochSeconds }

  test('is marked by its fingerprint and its jti, until its end', async () => {
    const admin = adminOver({ tokens: { [TOKEN]: names } })
    const answer = await admin.post('revocations', { target: { kind: 'token', token: TOKEN }, reason: 'leaked' })
    const expires = NOW + 300 + 2 * LEEWAY
    expect(await answer.json()).toMatchObject({
      entries: [
        { target: { kind: 'token', value: names.fingerprint }, expires },
        { target: { kind: 'jti', issuer: ISSUER, value: 'j1' }, expires },
      ],
    })
  })

  test('is marked by its fingerprint alone where it is not good: its jti may be somebody else’s', async () => {
    const admin = adminOver()
    const answer = await admin.post('revocations', { target: { kind: 'token', token: TOKEN }, reason: 'leaked' })
    const value = await fingerprintOf(TOKEN)
    expect(await answer.json()).toMatchObject({ entries: [{ target: { kind: 'token', value }, expires: USUAL_END }] })
    expect(JSON.stringify([admin.log.entries, admin.records])).not.toContain(TOKEN)
  })

  test.each<[string, { readonly expiresAt?: EpochSeconds }, object]>([
    [
      'until the clock furthest behind has passed its end',
      { expiresAt: NOW as EpochSeconds },
      { expires: NOW + 2 * LEEWAY },
    ],
    ['without end where its own is not known', {}, {}],
  ])('is marked %s', async (_, expiry, end) => {
    const { expiresAt: __, ...nameless } = names
    const admin = adminOver({ tokens: { [TOKEN]: { ...nameless, ...expiry } } })
    const target = { kind: 'token', token: TOKEN }
    await admin.post('revocations', { target, reason: 'leaked' })
    const named = { kind: 'token', value: names.fingerprint }
    const mark = { kind: 'mark', target: named, effect: { kind: 'revoke' }, reason: 'leaked' }
    expect(admin.log.entries[0]?.action).toEqual({ ...mark, ...end })
  })
})

describe('kill switches', () => {
  test('suspend a scope, for everybody or for one client, until they are undone', async () => {
    const admin = adminOver()
    for (const client of [{}, { client: 'partner' }])
      await admin.post('kill-switches', { target: { kind: 'scope', scope: 'invoices:read', ...client }, reason: 'r' })
    expect(admin.log.entries.map(({ action }) => action)).toEqual([
      { kind: 'mark', target: { kind: 'scope', scope: 'invoices:read' }, effect: { kind: 'suspend' }, reason: 'r' },
      {
        kind: 'mark',
        target: { kind: 'scope', scope: 'invoices:read', client: 'partner' },
        effect: { kind: 'suspend' },
        reason: 'r',
      },
    ])
  })

  test('stop an issuer', async () => {
    const admin = adminOver()
    await admin.post('kill-switches', { target: { kind: 'issuer' }, reason: 'breached', issuedBefore: 'now' })
    expect(admin.log.entries[0]?.action).toMatchObject({
      target: { kind: 'issuer', issuer: ISSUER },
      effect: { kind: 'revoke', issuedUntil: NOW },
    })
  })

  test('cannot be about a scope that implies the one that could take it back', async () => {
    const lead = {
      service: 'scopewall',
      owner: 'o',
      reason: 'r',
      sensitivity: 'high',
      implies: ['scopewall:restore'],
    } as const
    const scopes = { ...WITH_ADMIN.scopes, 'scopewall:lead': lead }
    const admin = adminOver({ document: { ...WITH_ADMIN, scopes } })
    const body = { target: { kind: 'scope', scope: 'scopewall:lead' }, reason: 'r' }
    expect(await (await admin.post('kill-switches', body)).text()).toContain('nobody could take the switch back')
  })

  test.each<[string, object]>([
    ['a scope that the map does not know', { target: { kind: 'scope', scope: 'invoices:raed' } }],
    ['the scope that could take it back', { target: { kind: 'scope', scope: 'scopewall:restore' } }],
    ['tokens of a time', { target: { kind: 'scope', scope: 'invoices:read' }, issuedBefore: 'now' }],
    ['a subject', { target: SUBJECT }],
  ])('cannot be about %s', async (_, body) => {
    const admin = adminOver()
    expect((await admin.post('kill-switches', { reason: 'r', ...body })).status).toBe(400)
    expect(admin.log.entries).toEqual([])
  })
})

describe('many at once', () => {
  const mark = (value: string, more: object = {}) => ({ target: { kind: 'subject', value }, reason: 'r', ...more })

  test.each([
    ['application/json', JSON.stringify([mark('a'), mark('b')])],
    ['application/x-ndjson', `${JSON.stringify(mark('a'))}\n\n${JSON.stringify(mark('b'))}\n`],
  ])('as %s', async (type, body) => {
    const admin = adminOver()
    const answer = await admin.post('revocations/bulk', body, type)
    expect(await answer.json()).toMatchObject({ entries: [{ entry: 1 }, { entry: 2 }] })
  })

  test('all or nothing, and each flaw is named by its line', async () => {
    const admin = adminOver()
    const lines = [mark('a'), mark(''), mark('c', { expires: 'soon' })].map((each) => JSON.stringify(each))
    const answer = await admin.post('revocations/bulk', `${lines.join('\n')}\nnonsense`, 'application/x-ndjson')
    expect(answer.status).toBe(400)
    const { errors } = (await answer.json()) as { errors: readonly { at: string }[] }
    expect(errors.map(({ at }) => at)).toEqual(['line 2', 'line 3', 'line 4'])
    expect(admin.log.entries).toEqual([])
  })

  test('of tokens ask whose they are side by side, and keep their order', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `t${index}`)
    let [asking, most] = [0, 0]
    const admin = adminOver({
      naming: async (token) => {
        most = Math.max(most, ++asking)
        // The later ones are answered first.
        await new Promise((resolve) => setTimeout(resolve, 30 - (Number(token.slice(1)) % 25)))
        asking--
        return ok({ issuer: ISSUER, fingerprint: token.padEnd(43, 'x') })
      },
    })
    const marks = names.map((token) => ({ target: { kind: 'token', token }, reason: 'leaked' }))
    expect((await admin.post('revocations/bulk', marks)).status).toBe(201)
    expect(most).toBe(25)
    expect(admin.log.entries.map(({ action }) => action)).toMatchObject(
      names.map((name) => ({ target: { value: name.padEnd(43, 'x') } })),
    )
  })

  test('are no kill switches', async () => {
    const switches = [{ target: { kind: 'scope', scope: 'invoices:read' }, reason: 'r' }]
    expect((await adminOver().post('revocations/bulk', switches)).status).toBe(400)
  })

  test('are bounded', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => mark(`u${index}`))
    expect((await adminOver().post('revocations/bulk', many(500))).status).toBe(201)
    expect((await adminOver().post('revocations/bulk', many(501))).status).toBe(413)
    expect((await adminOver().post('revocations/bulk', [])).status).toBe(400)
    expect((await adminOver().post('revocations/bulk', {})).status).toBe(400)
  })
})

describe('a full log', () => {
  test('takes nothing, says so, and when to come again; what makes room is taken', async () => {
    const admin = adminOver()
    await admin.post('revocations', { target: SUBJECT, reason: 'r' })
    admin.log.isFull = true
    for (const [path, body] of [
      ['revocations', { target: SUBJECT, reason: 'r' }],
      ['revocations/bulk', [{ target: SUBJECT, reason: 'r' }]],
    ] as const) {
      const answer = await admin.post(path, body)
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '300'])
      expect(await answer.json()).toMatchObject({ status: 503, code: 'log_full', title: 'The revocation log is full' })
    }
    expect((await admin.post('revocations/1/undo', { reason: 'r' })).status).toBe(200)
    expect(admin.log.entries).toHaveLength(2)
  })
})

describe('undo', () => {
  test('takes a mark back, once, and says who did', async () => {
    const admin = adminOver()
    await admin.post('revocations', { target: SUBJECT, reason: 'r' })
    expect((await admin.post('revocations/1/undo', { reason: 'it was somebody else' })).status).toBe(200)
    expect(admin.log.entries[1]).toMatchObject({ author: { subject: 'ada' }, action: { kind: 'undo', mark: 1 } })
    expect((await admin.post('revocations/1/undo', { reason: 'again' })).status).toBe(409)
    expect((await admin.post('revocations/2/undo', { reason: 'an undo' })).status).toBe(404)
    expect((await admin.post('revocations/9/undo', { reason: 'nothing' })).status).toBe(404)
  })

  test('needs a reason and a number', async () => {
    const admin = adminOver()
    await admin.post('revocations', { target: SUBJECT, reason: 'r' })
    expect((await admin.post('revocations/1/undo', {})).status).toBe(400)
    expect((await admin.post('revocations/01/undo', { reason: 'r' })).status).toBe(400)
    expect((await admin.post('revocations/x/undo', { reason: 'r' })).status).toBe(400)
    expect(admin.log.entries).toHaveLength(1)
  })
})
