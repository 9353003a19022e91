/** What is said where a change does not complete. */
import { expect, test } from 'vitest'
import { faultOf } from '../../src/cli/publishing.ts'

test('nobody is led to go on from a serial that a stranger chose', () => {
  const key = 'history/9999999998'
  const forged = { code: 'pointer_untrusted', key, reason: 'signature_invalid', serial: 9_999_999_998 } as const
  for (const fault of [forged, { code: 'pointer_malformed', key, detail: 'it is not a JSON object' } as const]) {
    const { message, help } = faultOf(fault)
    expect(message).toContain(`\`${key}\``)
    expect(help).toMatch(/ask the edge \(\/_scopewall\/health\) .* `--above`/)
    expect(help).not.toContain('9999999998')
  }
})

test('the name of somebody else does not move the cursor', () => {
  const live = { digest: 'a'.repeat(64), serial: 2, publishedAt: '2026-11-28T12:00:00Z', by: 'ana\u202ecba' }
  expect(faultOf({ code: 'overtaken', live }).message).toContain('by ana cba')
})
