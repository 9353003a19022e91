/** The short name of a target: the same for the log and for every mirror, for good. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MARKED_CLAIMS, type MarkTarget } from '../../src/policy/mark.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { TARGET_KEY_BYTES, targetKey, targetKeyBytes } from '../../src/revocation/target-key.ts'

const ISSUER = 'https://login.example.com'
const scope = 'invoices:refund' as ScopeToken

/** Parts as they have been hashed since the first version: logs hold these keys. */
const PARTS: readonly (readonly [MarkTarget, readonly string[]])[] = [
  [{ kind: 'token', value: 'abc' }, ['token', 'abc']],
  [{ kind: 'subject', issuer: ISSUER, value: 'u-1' }, ['subject', ISSUER, 'u-1']],
  [{ kind: 'issuer', issuer: ISSUER }, ['issuer', ISSUER]],
  [{ kind: 'scope', scope }, ['scope', scope]],
  [{ kind: 'scope', scope, client: 'app' }, ['scope', scope, 'app']],
  [{ kind: 'jti', issuer: ISSUER, value: 'é\ud800' }, ['jti', ISSUER, 'é\ud800']],
]

describe('the key of a target', () => {
  test.each(PARTS)('of %j is the beginning of the SHA-256 of its parts', (target, parts) => {
    const digest = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16)
    expect(targetKey(target)).toBe(digest.toString('base64url'))
    expect([...targetKeyBytes(target)]).toEqual([...digest])
  })

  test('is what it was', () => {
    expect(targetKey({ kind: 'subject', issuer: ISSUER, value: 'u-1' })).toBe('7E4q-5v4CQWgq_CBMAI4-A')
    expect(TARGET_KEY_BYTES).toBe(16)
  })

  test('law: other targets have other keys, wherever one part ends and the next begins', () => {
    const text = fc.oneof(
      fc.constantFrom('a', 'aa', '"', '","', '\\', '', '\ud800', '\udc00'),
      fc.string({ maxLength: 3 }),
    )
    const target: fc.Arbitrary<MarkTarget> = fc.oneof(
      fc.record({ kind: fc.constant('token' as const), value: text }),
      fc.record({ kind: fc.constantFrom(...MARKED_CLAIMS), issuer: text, value: text }),
      fc.record({ kind: fc.constant('issuer' as const), issuer: text }),
      fc.record(
        { kind: fc.constant('scope' as const), scope: text.map((value) => value as ScopeToken), client: text },
        { requiredKeys: ['kind', 'scope'] },
      ),
    )
    const canonical = (one: MarkTarget) => Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))
    fc.assert(
      fc.property(target, target, (one, other) => {
        const isSame = JSON.stringify(canonical(one)) === JSON.stringify(canonical(other))
        expect(targetKey(one) === targetKey(other)).toBe(isSame)
      }),
      { numRuns: 2000 },
    )
  })
})
