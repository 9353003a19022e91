/** The guide shows what the command prints. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { renderDifference } from '../../src/cli/diff-view.ts'
import { decodeRelease } from '../../src/policy/decode.ts'
import { encodeRelease } from '../../src/policy/release.ts'
import { compareVersions, type Version } from '../../src/source/diff/difference.ts'
import { NOW } from '../policy/build.ts'
import { readTexts } from '../source/maps.ts'
import { GATEWAY, SERVICE } from '../support/cli.ts'

function versionOf(service: string): Version {
  const { release: document, environments } = readTexts({ 'gateway.yaml': GATEWAY, 'invoices.yaml': service })
  const release = document === undefined ? undefined : decodeRelease(encodeRelease(document))
  if (release?.ok !== true || environments === undefined) throw new Error('the map has errors')
  return { release: release.value, environments }
}

test('docs/diff.md shows what is printed for the change that it speaks of', async () => {
  const guide = await readFile(new URL('../../docs/diff.md', import.meta.url), 'utf8')
  const shown = /^\$ scopewall diff\n([\s\S]*?)\n```$/m.exec(guide)?.[1]
  const common = `${SERVICE}  /invoices/{id}: { GET: invoices:read }\n`
  const before = versionOf(`${common}  /invoices/export: { GET: invoices:refund }\n`)
  const after = versionOf(common.replace('{ allOf: [invoices:read, invoices:refund] }', 'invoices:refund'))
  expect(renderDifference(compareVersions(before, after, NOW))).toBe(shown)
})
