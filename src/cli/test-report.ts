/** What came of policy tests, as people and as programs read it. */
import type { Decision } from '../policy/decision.ts'
import { splitUrl } from '../policy/target.ts'
import type { Place } from '../source/diagnostic.ts'
import type { ScopeMap } from '../source/model.ts'
import { type Coverage, type Covered, type Share, shareOf } from '../source/policy-test/coverage.ts'
import type { Expected } from '../source/policy-test/model.ts'
import { nearRules } from '../source/policy-test/near-rules.ts'
import { isLackOfScope, type Tested } from '../source/policy-test/run-tests.ts'
import { explainDecision, explainRule } from './explanation.ts'
import type { TestRun, Threshold } from './policy-tests.ts'
import { count, excerpt, linesOf, placeOf } from './report.ts'
import { paint, renderTable, visible } from './terminal.ts'

/** What a case expects, as it would be written. */
export function describeExpected(expected: Expected): string {
  if (expected.kind !== 'denials') return expected.kind
  const { codes, isComplete, missing, required } = expected
  return written(codes.join(', '), isComplete || codes.length > 1, missing, required)
}

/** What was decided, in the words of what was expected. */
export function describeDecided(decision: Decision, expected: Expected): string {
  if (decision.kind === 'allow')
    return typeof decision.by === 'string' ? `allow (${decision.by})` : `allow (by ${decision.by.join(' and ')})`
  const codes = decision.denials.map(({ code }) => code)
  if (decision.kind === 'observe') return `observe (${codes.join(', ')})`
  const lack = decision.denials.find(isLackOfScope)
  const wanted = expected.kind === 'denials' ? expected : undefined
  const missing = wanted?.required !== undefined && wanted.missing === undefined ? undefined : lack?.missing
  return written(codes.join(', '), codes.length > 1, missing, wanted?.required && lack?.required)
}

function written(
  codes: string,
  isList: boolean,
  missing: readonly string[] | undefined,
  required: readonly string[] | undefined,
): string {
  if (!isList && missing === undefined && required === undefined) return codes
  const parts = [
    `deny: ${isList ? `[${codes}]` : codes}`,
    ...(missing === undefined ? [] : [`missing: [${missing.join(', ')}]`]),
    ...(required === undefined ? [] : [`required: [${required.join(', ')}]`]),
  ]
  return `{ ${parts.join(', ')} }`
}

/** More than these say nothing new to a reader; `--json` has them all. */
const MOST_SHOWN = 50

/** Empty where all passed. */
export function renderFailures(run: TestRun): string {
  const failures = run.tested.filter(({ passed }) => !passed)
  const lines = linesOf(run.sources)
  const shown = failures.slice(0, MOST_SHOWN).map((each) => renderFailure(each, run, lines))
  const rest = failures.length - shown.length
  return [...shown, ...(rest > 0 ? [paint('dim', `and ${rest} more; --json has them all`)] : [])].join('\n\n')
}

function renderFailure(tested: Tested, run: TestRun, lines: ReturnType<typeof linesOf>): string {
  const { test, expectation, match, decision } = tested
  const name = test.name === undefined ? '' : `  ${paint('dim', visible(test.name))}`
  return [
    `${paint('bold', placeOf(expectation.at))}  ${paint('red', 'failed')}  ${visible(test.text)} as ${paint('bold', visible(expectation.caller))}${name}`,
    ...excerpt(expectation.at, lines),
    `    ${paint('red', `- ${describeExpected(expectation.expected)}`)}`,
    `    ${paint('green', `+ ${describeDecided(decision, expectation.expected)}`)}`,
    ...[...explainRule(match, run.release), ...explainDecision(decision)].map((line) => `    ${line}`),
    ...near(tested, run).map((line) => `    ${line}`),
  ].join('\n')
}

/** Where no rule covers the request although one was meant to. */
function near({ test, match }: Tested, { release, environment }: TestRun): readonly string[] {
  if (match?.kind !== 'unmapped' || match.otherMethods.length > 0) return []
  const url = splitUrl(test.request.url)
  if (!url.ok) return []
  const host = environment?.hostAliases[url.value.host] ?? url.value.host
  const ids = nearRules(release.rules, test.request.method, host, url.value.path).map(({ id }) => id)
  return ids.length === 0 ? [] : [`${paint('cyan', 'near:')}     ${ids.join(', ')}`]
}

const PARTS = [
  'rules',
  'scopes',
  'alternatives',
  'conditions',
  'implications',
] as const satisfies readonly (keyof Coverage)[]

/** `rules 45 of 47 (95.7 %)`. Rounded down, so that 100 % means all. */
export const describeShare = (name: string, share: Share): string =>
  `${name} ${share.covered} of ${share.total}${share.total === 0 ? '' : ` (${percentOf(share)} %)`}`

const percentOf = ({ covered, total }: Share): number => (total === 0 ? 100 : Math.floor((covered * 1000) / total) / 10)

/** What is not covered, with its place in the map. */
export function renderCoverage(coverage: Coverage, map: ScopeMap): string {
  const places = placesIn(map)
  const rows = PARTS.flatMap((part) =>
    coverage[part].flatMap(({ subject, gap }) =>
      gap === undefined ? [] : [[placeText(places.get(subject)), subject, gap]],
    ),
  )
  return rows.length === 0
    ? paint('green', 'nothing is left open: every rule, scope, alternative, condition and implication is covered')
    : renderTable(['WHERE', 'NOT COVERED', 'BECAUSE'], rows)
}

const placeText = (at: Place | undefined): string => (at === undefined ? '' : placeOf(at))

/** By the rule's `METHOD host/path`, and by scope. */
const placesIn = ({ rules, scopes }: ScopeMap): ReadonlyMap<string, Place> =>
  new Map([
    ...rules.map(({ method, host, template, at }) => [`${method} ${host}${template.text}`, at] as const),
    ...scopes.map(({ name, at }) => [name, at] as const),
  ])

export function renderSummary(run: TestRun, thresholds: readonly Threshold[], isFiltered: boolean): string {
  const { folder, tested, coverage } = run
  const failed = tested.filter(({ passed }) => !passed).length
  const files = new Set(tested.map(({ file }) => file)).size
  const requests = new Set(tested.map(({ test }) => test)).size
  const verdict = failed === 0 ? paint('green', 'all hold') : paint('red', `${failed} failed`)
  return [
    ...notesOn(tested),
    `${folder}: ${count(files, 'file')}, ${count(requests, 'request')}, ${count(tested.length, 'expectation')}: ${verdict}`,
    ...(isFiltered
      ? [paint('dim', 'coverage is that of all tests, and is not judged with --filter')]
      : [`covered: ${PARTS.map((part) => describeShare(part, shareOf(coverage[part]))).join(', ')}`]),
    ...thresholds
      .filter(({ isReached }) => !isReached)
      .map(({ name, percent, share }) =>
        paint(
          'red',
          `${describeShare(name, share)} is less than the ${percent} % that are asked for; --coverage says what is left open`,
        ),
      ),
  ].join('\n')
}

/** A refusal that holds only because the request is nowhere in the map may be a mistake in the path. */
function notesOn(tested: readonly Tested[]): readonly string[] {
  const vain = tested.filter(
    ({ passed, expectation, match }) => passed && expectation.expected.kind === 'deny' && match?.kind !== 'rule',
  )
  const [first] = vain
  if (first === undefined) return []
  return [
    `${paint('yellow', 'note:')} ${count(vain.length, 'expectation')} of \`deny\` ${vain.length === 1 ? 'holds' : 'hold'} because no rule decides, as at ${placeOf(first.expectation.at)}; write \`unmapped\` where that is meant`,
  ]
}

/** The same for programs. */
export function testFacts(run: TestRun, thresholds: readonly Threshold[], map: ScopeMap): unknown {
  const failures = run.tested.filter(({ passed }) => !passed)
  const places = placesIn(map)
  return {
    ok:
      failures.length === 0 &&
      thresholds.every(({ isReached }) => isReached) &&
      run.diagnostics.every(({ severity }) => severity !== 'error'),
    expectations: run.tested.length,
    failed: failures.length,
    failures: failures.map(({ test, expectation, decision }) => ({
      at: expectation.at,
      request: test.text,
      caller: expectation.caller,
      expected: describeExpected(expectation.expected),
      decided: describeDecided(decision, expectation.expected),
      rule: decision.rule?.id ?? null,
      ...(decision.kind === 'allow' ? { by: decision.by } : { denials: decision.denials }),
    })),
    coverage: Object.fromEntries(PARTS.map((part) => [part, coverageFacts(run.coverage[part], places)])),
    thresholds: thresholds.map(({ name, percent, isReached }) => ({ name, percent, isReached })),
    diagnostics: run.diagnostics,
  }
}

const coverageFacts = (all: readonly Covered[], places: ReadonlyMap<string, Place>) => ({
  ...shareOf(all),
  percent: percentOf(shareOf(all)),
  open: all.flatMap(({ subject, gap }) => (gap === undefined ? [] : [{ subject, gap, at: places.get(subject) }])),
})
