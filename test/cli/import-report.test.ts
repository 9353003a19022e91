/** The report of an import is about texts of others. */
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { renderImport } from '../../src/cli/import-report.ts'

const HOSTILE = 'GET /a\n::warning file=x::y\u001b[2J'

test('no text of the source begins a line of its own, or tells the terminal something', () => {
  const at = { file: 'api.yaml', line: 1, column: 1 }
  const findings = (['exact', 'stricter'] as const).map((verdict) => ({
    construct: HOSTILE,
    at,
    verdict,
    message: HOSTILE,
  }))
  const failOpen = [{ construct: HOSTILE, at, message: HOSTILE }]
  const text = stripVTControlCharacters(renderImport({ services: [], findings, failOpen, cases: [] }, true))
  expect(text).not.toMatch(/^::/m)
  expect(text).toContain('GET /a ::warning file=x::y [2J')
})
