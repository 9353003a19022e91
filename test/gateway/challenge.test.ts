/** The `WWW-Authenticate` value: RFC 6750 section 3, RFC 9470 section 3, RFC 9728 section 5.1. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderChallenge } from '../../src/gateway/challenge.ts'
import type { Voice } from '../../src/gateway/voice.ts'
import { type Denial, WIRE } from '../../src/policy/denial.ts'
import type { NonEmpty } from '../../src/policy/result.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { releaseOf, ruleOf } from '../policy/build.ts'
import { parseChallenge } from '../support/challenge.ts'
import { DENIALS, scopes } from './denials.ts'

const REALM: Voice = {
  realm: 'api.example.com',
  metadataUrl: 'https://api.example.com/.well-known/oauth-protected-resource',
  metadataUrls: new Map(),
  problemsUrl: 'https://api.example.com/_scopewall/problems/',
  schemes: ['bearer'],
  dpopAlgorithms: '',
}
const ORDER = ['realm', 'error', 'error_description', 'scope', 'acr_values', 'max_age', 'resource_metadata']

const challenge = (denials: NonEmpty<Denial>, asks: readonly ScopeToken[] = []) =>
  renderChallenge({ denials, asks }, REALM)

/** What must hold of any challenge at all, whatever it is for. */
function expectWellFormed(value: string): void {
  const { scheme, parameters } = parseChallenge(value)
  expect(scheme).toBe('Bearer')
  expect(Object.keys(parameters)).toEqual(ORDER.filter((name) => name in parameters))
  expect(parameters).toMatchObject({ realm: REALM.realm, resource_metadata: REALM.metadataUrl })
  expect(parameters.scope ?? 'x').toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/)
  expect(parameters.acr_values ?? 'x').toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/)
  expect(parameters.error ?? 'x').toMatch(/^[a-z_]+$/)
  expect(parameters.error_description ?? 'x').toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/)
  expect(parameters.max_age ?? '0').toMatch(/^(0|[1-9][0-9]*)$/)
  expect(new Headers({ 'www-authenticate': value }).get('www-authenticate')).toBe(value)
}

describe.each(DENIALS.map((denial) => [JSON.stringify(denial), denial] as const))('%s', (_, denial) => {
  test.each([
    ['no scope', []],
    ['one scope', scopes('a:read')],
    ['several scopes', scopes('a:read', 'b:admin')],
  ])(
    '[BRR-7] [BRR-8] [BRR-9] [PRM-5] with %s to ask for: one well-formed challenge or none, as the table says',
    (_, asks) => {
      const value = challenge([denial], asks)
      const { challenge: form, title } = WIRE[denial.code]
      expect(value === undefined).toBe(form.kind === 'none')
      if (value === undefined) return
      expectWellFormed(value)
      const { error, error_description, scope } = parseChallenge(value).parameters
      expect([error, error_description]).toEqual(form.kind === 'error' ? [form.error, title] : [undefined, undefined])
      expect(scope ?? '').toBe(asks.join(' '))
    },
  )
})

test('[BRR-7] [PRM-5] without credentials the scopes to ask for are named, and no error', () => {
  expect(challenge([{ code: 'credential_missing' }], scopes('b:admin'))).toBe(
    `Bearer realm="api.example.com", scope="b:admin", resource_metadata="${REALM.metadataUrl}"`,
  )
})

test('an invalid token is told what to ask for anew', () => {
  expect(challenge([{ code: 'token_invalid', detail: 'expired' }], scopes('a:read'))).toBe(
    `Bearer realm="api.example.com", error="invalid_token", error_description="${WIRE.token_invalid.title}", scope="a:read", resource_metadata="${REALM.metadataUrl}"`,
  )
})

test.each(['signature', 'expired', 'unknown_key', 'audience'] as const)(
  '[ERR-4] why a token is invalid is not told: %s',
  (detail) => {
    expect(challenge([{ code: 'token_invalid', detail }])).toBe(
      challenge([{ code: 'token_invalid', detail: 'claims' }]),
    )
  },
)

test('[STU-1] all that lacks is in one challenge, in the form of the first denial', () => {
  const denials: NonEmpty<Denial> = [
    { code: 'step_up_required', acr: ['phr', 'phrh'], maxAgeSeconds: 300 },
    { code: 'token_too_old', maxSeconds: 600 },
    { code: 'scope_insufficient', required: scopes('a', 'b'), missing: scopes('b') },
  ]
  expect(challenge(denials, scopes('a', 'b'))).toBe(
    `Bearer realm="api.example.com", error="insufficient_user_authentication", error_description="${WIRE.step_up_required.title}", ` +
      `scope="a b", acr_values="phr phrh", max_age="300", resource_metadata="${REALM.metadataUrl}"`,
  )
})

test('[BRR-8] [BRR-9] [STU-1] whatever names a map may hold, every challenge is well-formed and says them as they are', () => {
  const token = fc.stringMatching(/^[\x21\x23-\x5B\x5D-\x7E]{1,12}$/)
  const several = fc.uniqueArray(token, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(several, several, fc.nat(), (required, acr, maxAgeSeconds) => {
      const value = challenge(
        [
          { code: 'step_up_required', acr: acr as unknown as NonEmpty<string>, maxAgeSeconds },
          { code: 'scope_insufficient', required: required as never, missing: required as never },
        ],
        required as never,
      )
      expectWellFormed(value ?? '')
      expect(parseChallenge(value ?? null).parameters).toMatchObject({
        scope: required.join(' '),
        acr_values: acr.join(' '),
        max_age: `${maxAgeSeconds}`,
      })
    }),
  )
})

describe('where DPoP is spoken, too', () => {
  const VOICE: Voice = { ...REALM, schemes: ['bearer', 'dpop'], dpopAlgorithms: 'ES256 Ed25519' }
  const COMMON = `realm="api.example.com", resource_metadata="${REALM.metadataUrl}"`
  const ALGS = 'algs="ES256 Ed25519"'
  const failed = (code: 'token_invalid' | 'proof_invalid', error: string) =>
    `realm="api.example.com", error="${error}", error_description="${WIRE[code].title}", resource_metadata="${REALM.metadataUrl}"`

  test('[DPP-23] where no bearer token could be accepted, none is asked for, and what failed is said in the one challenge', () => {
    const alone: Voice = { ...VOICE, schemes: ['dpop'] }
    expect(renderChallenge({ denials: [{ code: 'credential_missing' }], asks: [] }, alone)).toBe(
      `DPoP ${COMMON}, ${ALGS}`,
    )
    expect(
      renderChallenge({ denials: [{ code: 'token_invalid', detail: 'not_bound' }], asks: [], scheme: 'bearer' }, alone),
    ).toBe(`DPoP ${failed('token_invalid', 'invalid_token')}, ${ALGS}`)
  })

  test('[DPP-23] [DPP-24] without credentials both schemes are offered, Bearer first and without an error', () => {
    expect(renderChallenge({ denials: [{ code: 'credential_missing' }], asks: [] }, VOICE)).toBe(
      `Bearer ${COMMON}, DPoP ${COMMON}, ${ALGS}`,
    )
  })

  test('[DPP-23] [DPP-24] what failed with one scheme is said in its own challenge alone, which comes first', () => {
    expect(
      renderChallenge({ denials: [{ code: 'proof_invalid', detail: 'stale' }], asks: [], scheme: 'dpop' }, VOICE),
    ).toBe(`DPoP ${failed('proof_invalid', 'invalid_dpop_proof')}, ${ALGS}, Bearer ${COMMON}`)
    expect(
      renderChallenge({ denials: [{ code: 'token_invalid', detail: 'binding' }], asks: [], scheme: 'bearer' }, VOICE),
    ).toBe(`Bearer ${failed('token_invalid', 'invalid_token')}, DPoP ${COMMON}, ${ALGS}`)
  })

  test('[BRR-3] [DPP-24] where it was not clear which was meant, both say what was wrong', () => {
    const value = renderChallenge({ denials: [{ code: 'credential_malformed', detail: 'several' }], asks: [] }, VOICE)
    expect(value?.match(/error="invalid_request"/g)).toHaveLength(2)
  })

  test('[STU-1] a step-up is asked for in the scheme of the token', () => {
    const value = renderChallenge(
      { denials: [{ code: 'step_up_required', acr: ['phr'], maxAgeSeconds: 5 }], asks: [], scheme: 'dpop' },
      VOICE,
    )
    expect(value).toMatch(/^DPoP [^D]*error="insufficient_user_authentication"[^D]*acr_values="phr", max_age="5"/)
  })
})

test('[RES-3] [PRM-5] the challenge of a service that is a resource of its own points to its own metadata', () => {
  const voice: Voice = { ...REALM, metadataUrls: new Map([['tested', 'https://api.example.com/own']]) }
  const [rule] = releaseOf({ rules: [ruleOf('GET /x')] }).rules
  const of = (withRule: typeof rule) =>
    renderChallenge({ denials: [{ code: 'credential_missing' }], asks: [], ...(withRule && { rule: withRule }) }, voice)
  expect(of(rule)).toContain('resource_metadata="https://api.example.com/own"')
  expect(of(undefined)).toContain(`resource_metadata="${REALM.metadataUrl}"`)
})
