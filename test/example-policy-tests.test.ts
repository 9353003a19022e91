/**
 * The policy tests of the example map hold, leave nothing open, and notice when a rule is changed: coverage that does not mean that would be a number
 * and nothing else.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeRelease } from '../src/policy/decode.ts'
import { encodeRelease, type ReleaseDocument, type RuleEntry, type ScopeEntry } from '../src/policy/release.ts'
import type { EpochSeconds } from '../src/policy/result.ts'
import { canonicalAlternatives } from '../src/source/compile.ts'
import { coverageOf } from '../src/source/policy-test/coverage.ts'
import type { TestFile } from '../src/source/policy-test/model.ts'
import { readPolicyTests } from '../src/source/policy-test/read-tests.ts'
import { runPolicyTests } from '../src/source/policy-test/run-tests.ts'
import { readMap } from '../src/source/read-map.ts'

const filesIn = (folder: string) =>
  readdirSync(new URL(`../${folder}/`, import.meta.url))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({
      path: `${folder}/${name}`,
      bytes: readFileSync(new URL(`../${folder}/${name}`, import.meta.url)),
    }))

const TODAY = '2026-11-28'
const { map, release: example } = readMap(filesIn('scopes'), TODAY)
if (example === undefined) throw new Error('the example map has errors')
const { files, diagnostics } = readPolicyTests(filesIn('scopes/tests'), map)

function run(document: ReleaseDocument, tests = files) {
  const release = decodeRelease(encodeRelease(document))
  if (!release.ok) throw new Error(release.error)
  const tested = runPolicyTests(tests, { release: release.value, pathBytes: 4096, today: TODAY })
  return { release: release.value, tested }
}

test('they hold', () => {
  expect(diagnostics).toEqual([])
  expect(run(example).tested.filter(({ passed }) => !passed)).toEqual([])
})

test('they leave nothing open', () => {
  const { release, tested } = run(example)
  const open = Object.values(coverageOf(release, tested, (Date.parse(TODAY) / 1000) as EpochSeconds)).flat()
  expect(open.filter(({ gap }) => gap !== undefined)).toEqual([])
})

test('each file names its schema', () => {
  for (const { path } of files)
    expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/schema\/tests\.schema\.json\n/,
    )
})

describe('some test fails where', () => {
  const survives = (document: ReleaseDocument, tests = files): boolean =>
    run(document, tests).tested.every(({ passed }) => passed)
  const decided = Map.groupBy(run(example).tested, ({ decision }) => decision.rule?.id)
  /** Those that the rule decides. What it asks for touches no others, and there are many changes to try. */
  const testsOf = ({ method, host, path }: RuleEntry): readonly TestFile[] => {
    const cases = new Set(decided.get(`${method} ${host}${path}`)?.map(({ test }) => test))
    return files.map((file) => ({ ...file, cases: file.cases.filter((each) => cases.has(each)) }))
  }
  const withRule = (index: number, rule: RuleEntry): ReleaseDocument => ({
    ...example,
    rules: example.rules.map((each, place) => (place === index ? rule : each)),
  })
  const withScope = (name: string, entry: ScopeEntry): ReleaseDocument => ({
    ...example,
    scopes: { ...example.scopes, [name]: entry },
  })
  const names = Object.keys(example.scopes)

  /** The rule without what it requires. */
  const bare = ({ anyOf: _anyOf, public: _public, authenticated: _authenticated, ...rest }: RuleEntry): RuleEntry =>
    rest

  /** Every other requirement of the same kind, and both that ask for no scope. */
  function otherRequirements(rule: RuleEntry): readonly RuleEntry[] {
    const rest = bare(rule)
    const { stepUp: _, maxTokenAgeSeconds: _age, ...open } = rest
    const ways = (anyOf: readonly (readonly string[])[]) => ({ ...rest, anyOf: canonicalAlternatives(anyOf) })
    const { anyOf } = rule
    if (anyOf === undefined) return [{ ...open, authenticated: 'Changed.' }, ...names.map((name) => ways([[name]]))]
    return [
      { ...open, public: 'Changed.' },
      { ...rest, authenticated: 'Changed.' },
      ...names.filter((name) => JSON.stringify(anyOf) !== JSON.stringify([[name]])).map((name) => ways([[name]])),
      ...(anyOf.length > 1 ? anyOf.map((_, out) => ways(anyOf.filter((_, place) => place !== out))) : []),
      ...anyOf.flatMap((way, place) =>
        way.length > 1
          ? way.map((out) => ways(anyOf.map((each, at) => (at === place ? each.filter((name) => name !== out) : each))))
          : [],
      ),
    ]
  }

  test('a rule asks for something else', { timeout: 60_000 }, () => {
    const changed = example.rules.flatMap((rule, index) => otherRequirements(rule).map((other) => ({ index, other })))
    expect(changed.length).toBeGreaterThan(800)
    const unnoticed = changed.filter(({ index, other }) => survives(withRule(index, other), testsOf(other)))
    expect(unnoticed.map(({ other }) => JSON.stringify(other))).toEqual([])
  })

  test('a rule is gone', () => {
    const without = example.rules.map((_, index) => example.rules.filter((_, place) => place !== index))
    expect(without.filter((rules) => survives({ ...example, rules }))).toEqual([])
  })

  test('a rule or a scope asks for less, or a scope implies less', () => {
    const rules = example.rules.flatMap((rule, index) => {
      const { stepUp, maxTokenAgeSeconds, ...rest } = rule
      return [
        ...(stepUp === undefined
          ? []
          : [withRule(index, { ...rest, ...(maxTokenAgeSeconds && { maxTokenAgeSeconds }) })]),
        ...(maxTokenAgeSeconds === undefined ? [] : [withRule(index, { ...rest, ...(stepUp && { stepUp }) })]),
      ]
    })
    const scopes = names.flatMap((name) => {
      const { stepUp, maxTokenAgeSeconds, implies = [], ...rest } = example.scopes[name] ?? never()
      const own = { ...rest, ...(implies.length > 0 && { implies }) }
      return [
        ...(stepUp === undefined
          ? []
          : [withScope(name, { ...own, ...(maxTokenAgeSeconds && { maxTokenAgeSeconds }) })]),
        ...(maxTokenAgeSeconds === undefined ? [] : [withScope(name, { ...own, ...(stepUp && { stepUp }) })]),
        ...implies.map((out) =>
          withScope(name, {
            ...(example.scopes[name] ?? never()),
            // What implies it goes with it: a release holds whole closures.
            implies: implies.filter((each) => each !== out && example.scopes[each]?.implies?.includes(out) !== true),
          }),
        ),
      ]
    })
    expect([rules.length, scopes.length]).toEqual([1, 29])
    expect([...rules, ...scopes].filter((each) => survives(each))).toEqual([])
  })
})

function never(): never {
  throw new Error('a name without an entry')
}
