/**
 * `npm run standards`: runs the tests and writes `docs/standards.md`; exits with 1 and a list where an item is open.
 * With the path of a report of vitest's JSON reporter it takes that one. `--check` compares instead of writing.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { SECTIONS } from './items.ts'
import { NOT_APPLICABLE } from './not-applicable.ts'
import { proofsOf, renderStandards } from './render.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = join(root, 'docs/standards.md')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
})
const [given] = positionals
const report: unknown = JSON.parse(given === undefined ? await runTests() : await readFile(given, 'utf8'))
const { text, gaps } = renderStandards(SECTIONS, NOT_APPLICABLE, proofsOf(report, root))
const complaints = [...(values.check ? await difference() : []), ...gaps]
if (!values.check) await writeFile(page, text)
for (const complaint of complaints) console.error(complaint)
if (complaints.length > 0) process.exitCode = 1

/** The report of all tests. That some fail is for the report to say. */
async function runTests(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'standards-'))
  const file = join(folder, 'report.json')
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, '--includeTaskLocation']
  try {
    await new Promise<void>((resolve, reject) => {
      const vitest = join(root, 'node_modules/vitest/vitest.mjs')
      const child = spawn(process.execPath, [vitest, ...args], { cwd: root, stdio: 'inherit' })
      child.on('error', reject)
      child.on('close', () => resolve())
    })
    return await readFile(file, 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The first line in which the committed page is another. */
async function difference(): Promise<readonly string[]> {
  const committed = (await readFile(page, 'utf8').catch(() => '')).split('\n')
  const current = text.split('\n')
  const length = Math.max(committed.length, current.length)
  const line = Array.from({ length }, (_, index) => index).find((index) => committed[index] !== current[index])
  if (line === undefined) return []
  const show = (lines: readonly string[]) => lines[line] ?? '(the page has ended)'
  return [
    `docs/standards.md is out of date from line ${line + 1}: run npm run standards`,
    `  committed: ${show(committed)}`,
    `  now:       ${show(current)}`,
  ]
}
