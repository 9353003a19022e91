import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTokenVerifier } from '../../src/token/verify.ts'
import { issuerAt } from '../support/environment.ts'
import { NO_SECRETS } from '../support/present.ts'
import { type StaticIssuer, startStaticIssuer } from '../support/static-issuer.ts'

let issuer: StaticIssuer
beforeAll(async () => {
  issuer = await startStaticIssuer()
})
afterAll(() => issuer.close())

const namesOf = (token: string) =>
  createTokenVerifier({
    environment: { issuers: [issuerAt(issuer.issuer, { requiresSenderConstraint: true })], services: {} },
    fetch,
    secrets: NO_SECRETS,
  }).names(token, Date.now(), () => {})

describe('what a token is called', () => {
  test('is known of one that is good by itself, whoever holds the key that it is bound to', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60
    const token = await issuer.mint({ jti: 'j1', sub: 'u1', client_id: 'c1', exp, cnf: { jkt: 'A'.repeat(43) } })
    expect(await namesOf(token)).toEqual({
      ok: true,
      value: {
        issuer: issuer.issuer,
        fingerprint: expect.stringMatching(/^[\w-]{43}$/),
        subject: 'u1',
        client: 'c1',
        tokenId: 'j1',
        expiresAt: exp,
      },
    })
  })

  test('is not believed of one that somebody else signed, or that has ended', async () => {
    const token = await issuer.mint({ jti: 'j1' })
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`
    for (const each of [forged, await issuer.mint({ exp: 1 }), 'nonsense']) expect((await namesOf(each)).ok).toBe(false)
  })
})
