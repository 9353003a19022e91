/** Each profile through the whole verifier: its access tokens pass, signed as the provider signs, and its ID tokens never do. */

import { generateProof, type KeyPair, generateKeyPair as proofKeys } from 'dpop'
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Issuer } from '../../src/policy/issuer.ts'
import type { MarkedClaim } from '../../src/policy/mark.ts'
import { markedName } from '../../src/policy/standing.ts'
import { environmentOf, GATEWAY, serviceOf } from '../source/maps.ts'
import { background, keySetOf } from '../support/fake-network.ts'
import { bearer, dpop, sending, verifierFor } from '../support/present.ts'
import { type SigningKey, signingKey } from '../support/static-issuer.ts'
import { FIXTURE_NOW, FIXTURES, type ProfileFixture, type SampleToken } from './fixtures.ts'

const NOW = FIXTURE_NOW * 1000
const keys = new Map<string, SigningKey>()
let sender: KeyPair
let thumbprint: string

beforeAll(async () => {
  for (const alg of ['RS256', 'ES256']) keys.set(alg, await signingKey(alg, 'kid'))
  sender = await proofKeys('ES256')
  thumbprint = await calculateJwkThumbprint(await exportJWK(sender.publicKey))
})

/** As `gateway.yaml` would have it: the issuer, its profile, and nothing else that the profile can know. */
function issuerOf({ profile, issuer, audience }: ProfileFixture): Issuer {
  const keysLine = issuer.includes('@') ? `, keys: "https://www.googleapis.com/service_accounts/v1/jwk/${issuer}"` : ''
  const gateway = GATEWAY.replace(
    /issuers: .*/,
    `issuers: [{ issuer: ${JSON.stringify(issuer)}, profile: ${profile}, audience: ${JSON.stringify(audience)}${keysLine} }]`,
  )
  return environmentOf({ ...serviceOf('  /x: { GET: a:read }\n'), 'gateway.yaml': gateway }).issuers[0]
}

function sign({ header, claims }: SampleToken, changed: Record<string, unknown> = {}): Promise<string> {
  const key = keys.get(String(header.alg))
  if (key === undefined) throw new Error(`no key for ${String(header.alg)}`)
  return new SignJWT(JSON.parse(JSON.stringify({ ...claims, ...changed })))
    .setProtectedHeader(JSON.parse(JSON.stringify({ ...header, kid: 'kid' })))
    .sign(key.privateKey)
}

function verifier(fixture: ProfileFixture) {
  const compiled = issuerOf(fixture)
  // Where the keys are is for discovery and its tests; here they are at hand.
  const issuer: Issuer = { ...compiled, keys: { kind: 'jwks', uri: 'https://keys.example.com' } }
  return verifierFor(
    {
      issuers: [issuer],
      dpop: { algorithms: ['ES256'], maxAgeSeconds: 60, futureLeewaySeconds: 10, singleUse: 'asked' },
    },
    { fetch: async () => Response.json(keySetOf(...keys.values())) },
  )
}

describe.each(FIXTURES.map((fixture) => [fixture.profile, fixture.variant, fixture] as const))(
  '%s: %s',
  (_, __, fixture) => {
    const isBound = Object.hasOwn(fixture.accessToken.claims, 'cnf')

    test('its access tokens pass, and say who may do what', async () => {
      const token = await sign(fixture.accessToken, isBound ? { cnf: { jkt: thumbprint } } : {})
      const { waitUntil } = background()
      const proof = isBound ? await proofAt(token) : undefined
      const evidence = await verifier(fixture).evidence(
        isBound ? dpop(token) : bearer(token),
        sending(proof === undefined ? {} : { dpop: proof }),
        false,
        NOW,
        waitUntil,
      )
      if (evidence.kind !== 'verified') throw new Error(JSON.stringify(evidence))
      const { scopes, client, subject, authentication } = evidence.principal
      for (const [name, claim] of Object.entries(issuerOf(fixture).identifiers))
        expect([name, markedName(evidence.principal, name as MarkedClaim)]).toEqual([
          name,
          fixture.accessToken.claims[claim],
        ])
      expect({ scopes: [...scopes].sort(), client, subject, acrs: authentication.acrs }).toEqual({
        scopes: [...fixture.expected.scopes].sort(),
        client: fixture.expected.client,
        subject: fixture.expected.subject,
        acrs: fixture.expected.acrs ?? [],
      })
    })

    test('[JAT-1] [BCP-9] its ID tokens never do, although they have the same issuer, key and audience', async () => {
      const { waitUntil } = background()
      const evidence = await verifier(fixture).evidence(
        bearer(await sign(fixture.idToken)),
        sending(),
        false,
        NOW,
        waitUntil,
      )
      expect(evidence.kind).toBe('rejected')
    })

    test.each((fixture.refused ?? []).map((sample) => [sample.what, sample] as const))(
      'nor does %s',
      async (_, sample) => {
        const { waitUntil } = background()
        const evidence = await verifier(fixture).evidence(bearer(await sign(sample)), sending(), false, NOW, waitUntil)
        expect(evidence.kind).toBe('rejected')
      },
    )
  },
)

/** `dpop` reads the machine's clock; the fixtures have their own. */
async function proofAt(token: string): Promise<string> {
  const made = await generateProof(sender, 'https://api.example.com/v1/invoices', 'GET', undefined, token)
  const [header = '', payload = ''] = made.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  return new SignJWT({ ...JSON.parse(payload), iat: FIXTURE_NOW })
    .setProtectedHeader(JSON.parse(header))
    .sign(sender.privateKey)
}
