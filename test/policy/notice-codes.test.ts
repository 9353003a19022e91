/** The list of notices against the rooms that make them: one that is missing in either does not compile. */
import { expect, test } from 'vitest'
import type { Change } from '../../src/audit/candidate-event.ts'
import type { SightingsEvent } from '../../src/audit/sightings.ts'
import { NOTICE_CODES } from '../../src/policy/notice-codes.ts'
import type { ReleaseEvent } from '../../src/release/report.ts'
import type { RevocationEvent } from '../../src/revocation/report.ts'

type Listed<Event extends keyof typeof NOTICE_CODES> = (typeof NOTICE_CODES)[Event][number]
type Same<A, B> = [A, B] extends [B, A] ? true : false

test('each room says what is listed, and nothing else', () => {
  const release: Same<Listed<'release'>, ReleaseEvent['code']> = true
  const revocation: Same<Listed<'revocation'>, RevocationEvent['code']> = true
  const candidate: Same<Listed<'candidate'>, Change> = true
  const audit: Same<Listed<'token_audit'>, SightingsEvent['code']> = true
  expect([release, revocation, candidate, audit]).not.toContain(false)
  for (const codes of Object.values(NOTICE_CODES)) expect(new Set(codes).size).toBe(codes.length)
})
