/** Names of strangers (clients, subjects, scopes, reasons) at a terminal, in a log and as JSON: text, and nothing that acts. The review and the catalogue have tests of their own. */
import { expect, test, vi } from 'vitest'
import { logEvent } from '../../src/audit/log.ts'
import { describeAuthor, describeLimits, describeTarget } from '../../src/cli/render-log.ts'
import { jsonText, renderTable, visible } from '../../src/cli/terminal.ts'
import { renderTokens } from '../../src/cli/token-table.ts'
import { type EpochSeconds, epochSeconds } from '../../src/policy/result.ts'
import { quoted } from '../../src/source/diagnostic.ts'

const ISSUER = 'https://login.example.com'
const NOW: EpochSeconds = epochSeconds(Date.parse('2026-11-28T00:00:00Z'))

const HOSTILE = [
  '\u001B]0;owned\u0007',
  '\u001B[2J\u001B[H',
  '\u009B31m',
  '\u202Egnp.exe\u2066',
  'two\r\nlines\n',
  'nothing\u200Bhere\uFEFF',
  "=cmd|'/c calc'!A1",
  '</script>',
]

/** What a terminal acts upon, or shows otherwise than it is written. */
const ACTIVE = /\p{C}/u

test.each(HOSTILE)('%j does nothing at a terminal', (name) => {
  const target = { kind: 'client', issuer: name, value: name } as const
  const lines = [
    visible(name),
    quoted(name),
    describeTarget(target, { kind: 'revoke', matching: { session: name } }),
    describeLimits({ kind: 'step-up', acr: [name] }),
    describeAuthor({ kind: 'principal', issuer: name, subject: name }),
    describeAuthor({ kind: 'sender', name }),
  ]
  expect(lines.filter((line) => ACTIVE.test(line))).toEqual([])
  expect(renderTable(['a', 'b'], [[visible(name), visible(name)]]).split('\n')).toHaveLength(2)
})

test.each(HOSTILE)('%j does nothing in the table of tokens', (name) => {
  const token = {
    fingerprint: name,
    issuer: ISSUER,
    client: name,
    subject: name,
    scopes: [name],
    issuedAt: NOW,
    expiresAt: NOW,
    bound: [],
    acr: [],
    firstSeen: NOW,
    lastSeen: NOW,
    uses: 1,
  }
  const told = { subjects: 'plain', at: NOW, sampling: [], missed: 0, kept: 1, estimated: 1, tokens: [token] } as const
  const lines = renderTokens(told, undefined).split('\n')
  expect(lines.filter((line) => ACTIVE.test(line))).toEqual([])
  expect(lines).toHaveLength(
    renderTokens({ ...told, tokens: [{ ...token, client: 'a' }] }, undefined).split('\n').length,
  )
})

test.each(HOSTILE)('%j is one line of a log, and the same text again for whoever reads it', (client) => {
  const written = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  logEvent({ event: 'decision', client })
  const [line = ''] = written.mock.calls[0] ?? []
  written.mockRestore()
  expect(line).not.toMatch(ACTIVE)
  expect(JSON.parse(line)).toEqual({ event: 'decision', client })
  expect(JSON.parse(jsonText({ [client]: client }))).toEqual({ [client]: client })
  expect(jsonText([client]).replaceAll('\n', '')).not.toMatch(ACTIVE)
})
