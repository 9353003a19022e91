/** RFC 7009, in shape. */
import { describe, expect, test } from 'vitest'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { NOW } from '../policy/build.ts'
import { adminOver, ISSUER, LEEWAY } from './admin.ts'

const names = {
  issuer: ISSUER,
  fingerprint: 'F'.repeat(43),
  subject: 'user-1',
  client: 'partner',
  tokenId: 'j1',
  expiresAt: (NOW + 300) as EpochSeconds,
}
const withTokens = () =>
  adminOver({ tokens: { 'good.token.x': names, 'other.issuer.down': 'unavailable', 'early.token.x': 'early' } })

describe('whoever holds a token', () => {
  test('has it revoked until its end, in the name that the token gives', async () => {
    const admin = withTokens()
    const answer = await admin.burn('token=good.token.x&token_type_hint=access_token')
    expect([answer.status, await answer.text(), answer.headers.get('cache-control')]).toEqual([200, '', 'no-store'])
    const about = {
      author: { kind: 'principal', issuer: ISSUER, subject: 'user-1', client: 'partner' },
      origin: { via: 'self' },
    }
    const action = { kind: 'mark', effect: { kind: 'revoke' }, expires: NOW + 300 + 2 * LEEWAY }
    expect(admin.log.entries).toMatchObject([
      { ...about, action: { ...action, target: { kind: 'token', value: names.fingerprint } } },
      { ...about, action: { ...action, target: { kind: 'jti', issuer: ISSUER, value: 'j1' } } },
    ])
  })

  test('makes the log no longer by asking twice, and has it revoked anew where that was undone', async () => {
    const admin = withTokens()
    await admin.burn('token=good.token.x')
    await admin.burn('token=good.token.x')
    expect(admin.log.entries).toHaveLength(2)
    await admin.post('revocations/1/undo', { reason: 'a mistake' })
    expect((await admin.burn('token=good.token.x')).status).toBe(200)
    expect(admin.log.entries).toHaveLength(5)
  })

  test.each<[string, object]>([
    ['ends before the token does', { expires: NOW + 60 }],
    ['is about some scopes alone', { holding: ['invoices:refund'] }],
    ['is about tokens issued earlier alone', { issuedBefore: NOW - 3600 }],
  ])('has it revoked also where a mark is there that %s', async (_, limits) => {
    const admin = withTokens()
    const target = { kind: 'token', value: names.fingerprint }
    await admin.post('revocations', { target, reason: 'r', expires: 'never', ...limits })
    await admin.burn('token=good.token.x')
    await admin.burn('token=good.token.x')
    expect(admin.log.entries.slice(1)).toMatchObject([
      { origin: { via: 'self' }, action: { target, effect: { kind: 'revoke' }, expires: NOW + 300 + 2 * LEEWAY } },
      { origin: { via: 'self' }, action: { target: { kind: 'jti' } } },
    ])
  })

  test('makes the log no longer where the whole token is marked already, for as long or longer', async () => {
    const admin = withTokens()
    const target = { kind: 'token', value: names.fingerprint }
    await admin.post('revocations', { target, reason: 'r', expires: NOW + 4000 })
    expect((await admin.burn('token=good.token.x')).status).toBe(200)
    expect(admin.log.entries).toHaveLength(1)
  })

  test('is not told that a token is revoked that begins to be good later', async () => {
    const answer = await withTokens().burn('token=early.token.x')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  })

  test('is told the same of a token that is not good', async () => {
    const admin = withTokens()
    const answer = await admin.burn('token=nonsense')
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(admin.log.entries).toEqual([])
  })

  test('is told that refresh tokens are not revoked here, and not that one was', async () => {
    const answer = await withTokens().burn('token=nonsense&token_type_hint=refresh_token')
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'unsupported_token_type' }])
    expect((await withTokens().burn('token=good.token.x&token_type_hint=refresh_token')).status).toBe(200)
  })

  test('is asked to come again where nobody can say, or the log cannot be asked', async () => {
    const admin = withTokens()
    const down = await admin.burn('token=other.issuer.down')
    admin.log.isUp = false
    for (const answer of [down, await admin.burn('token=good.token.x')]) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
      expect(await answer.text()).not.toContain('secret')
    }
    expect(JSON.stringify(admin.records)).not.toContain('good.token.x')
  })
})

test('where the log is full, nobody is told that a token was burned', async () => {
  const admin = withTokens()
  admin.log.isFull = true
  const answer = await admin.burn('token=good.token.x')
  expect([answer.status, await answer.json()]).toEqual([503, { error: 'temporarily_unavailable' }])
})

test.each<[string, string, RequestInit]>([
  ['without a token', 'token_type_hint=access_token', {}],
  ['with an empty token', 'token=', {}],
  ['with two tokens', 'token=a&token=b', {}],
  ['with two hints', 'token=a&token_type_hint=x&token_type_hint=y', {}],
  ['with a token and the end of its line', 'token=good.token.x%0A', {}],
  ['with a whole header', 'token=Bearer+good.token.x', {}],
  ['with a token that is longer than any that is taken', `token=${'a'.repeat(8193)}`, {}],
  ['as JSON', '{"token":"a"}', { headers: { 'content-type': 'application/json' } }],
  ['that is too large', `token=${'a'.repeat(30_000)}`, {}],
])('a form %s is invalid_request', async (_, body, init) => {
  const answer = await withTokens().burn(body, init)
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
})

test('the token is never in an address: only POST is answered', async () => {
  const admin = withTokens()
  const answer = await admin.ask('self', '/_scopewall/revoke?token=good.token.x')
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  expect(admin.log.entries).toEqual([])
})
