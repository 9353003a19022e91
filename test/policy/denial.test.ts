/** The one table of what a refusal looks like on the wire. */
import { describe, expect, test } from 'vitest'
import { type DenialCode, isDenialCode, WIRE } from '../../src/policy/denial.ts'

const rows = Object.entries(WIRE) as [DenialCode, (typeof WIRE)[DenialCode]][]

test.each<[DenialCode, number, string | undefined]>([
  ['target_ambiguous', 400, 'none'],
  ['method_refused', 501, 'none'],
  ['unmapped', 403, 'none'],
  ['upgrade_refused', 403, 'none'],
  ['credential_missing', 401, 'bare'],
  ['credential_malformed', 400, 'invalid_request'],
  ['token_invalid', 401, 'invalid_token'],
  ['step_up_required', 401, 'insufficient_user_authentication'],
  ['proof_invalid', 401, 'invalid_dpop_proof'],
  ['nonce_required', 401, 'use_dpop_nonce'],
  ['client_refused', 403, 'insufficient_scope'],
  ['actor_refused', 403, 'insufficient_scope'],
  ['sender_constraint_required', 401, 'invalid_token'],
  ['token_too_old', 401, 'invalid_token'],
  ['token_too_long_lived', 401, 'invalid_token'],
  ['authorization_details_insufficient', 403, 'insufficient_scope'],
  ['scope_insufficient', 403, 'insufficient_scope'],
  ['scope_retired', 403, 'insufficient_scope'],
  ['scope_suspended', 403, 'insufficient_scope'],
  ['unavailable', 503, 'none'],
  ['upstream_unreachable', 502, 'none'],
  ['not_found', 404, 'none'],
])('%s is %i with the challenge %s', (code, status, challenge) => {
  const wire = WIRE[code]
  expect([wire.status, wire.challenge.kind === 'error' ? wire.challenge.error : wire.challenge.kind]).toEqual([
    status,
    challenge,
  ])
})

describe.each(rows)('%s', (code, wire) => {
  test('[ERR-1] carries a challenge wherever RFC 9110 demands one, and an error code only as RFC 6750 has it', () => {
    if (wire.status === 401) expect(wire.challenge.kind).not.toBe('none')
    if (wire.challenge.kind !== 'error') return
    const status = {
      invalid_request: 400,
      invalid_token: 401,
      invalid_dpop_proof: 401,
      use_dpop_nonce: 401,
      insufficient_user_authentication: 401,
      insufficient_scope: 403,
    }
    expect(wire.status).toBe(status[wire.challenge.error])
  })

  test('[BRR-9] has a title that fits into error_description, and differs from the others', () => {
    expect(wire.title).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/)
    expect(rows.filter(([, { title }]) => title === wire.title)).toHaveLength(1)
    expect(wire.remedy).not.toBe('')
  })

  test('is a code in snake_case', () => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(isDenialCode(code)).toBe(true)
  })
})

test('only what fails on scope grounds may be observed', () => {
  expect(rows.filter(([, { scopeGrounds }]) => scopeGrounds).map(([code]) => code)).toEqual([
    'scope_insufficient',
    'scope_retired',
  ])
})

test.each(['', 'none', 'constructor', '__proto__', 'toString', 'UNMAPPED'])('%j is no code', (text) => {
  expect(isDenialCode(text)).toBe(false)
})
