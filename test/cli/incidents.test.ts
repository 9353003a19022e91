/** `scopewall incidents test`, over the sample that ships with the documentation, and what it says where something is wrong. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorkplace, type Workplace } from '../support/cli.ts'

const sample = (name: string): string => fileURLToPath(new URL(`../../docs/incidents/${name}`, import.meta.url))
const SCOPES = fileURLToPath(new URL('../../scopes', import.meta.url))

let place: Workplace
beforeAll(async () => {
  place = await makeWorkplace()
})
afterAll(() => place.close())

const run = (events: string, ...more: readonly string[]) =>
  place.run('incidents', 'test', events, '--scopes', SCOPES, ...more)

test('the sample makes the incidents that stand beside it, and the guide shows', async () => {
  const { code, stdout } = await run(sample('events.ndjson'), '--skip-learning', '--expected', sample('expected.yaml'))
  expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([0, 'as expected'])
  const guide = await readFile(new URL('../../docs/incidents.md', import.meta.url), 'utf8')
  expect(guide).toContain(stdout.trimEnd())
})

test('while first uses are learned, one is missing, and the exit code says so', async () => {
  const { code, stdout } = await run(sample('events.ndjson'), '--expected', sample('expected.yaml'), '--json')
  const { incidents, differences } = JSON.parse(stdout)
  expect([code, incidents.length, differences]).toEqual([
    4,
    3,
    [expect.stringMatching(/^expected, and not there: .*critical-first-use/)],
  ])
})

test('what is no event stops it at its line, and an unknown rule at its name', async () => {
  await place.write('events.ndjson', '{"event":"release","code":"activated"}\n{"what":1}\n')
  const strange = await run('events.ndjson')
  expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining('events.ndjson:2: the line is neither')])
  await place.write('expected.yaml', 'incidents: [{ rule: scope-probin }]\n')
  const unknown = await run(sample('events.ndjson'), '--expected', 'expected.yaml')
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean `scope-probing`?')])
})
