/** `scopewall test`: the policy tests of the map, and what they leave open. */
import { isError } from '../../source/diagnostic.ts'
import type { ScopeMap, TestThresholds } from '../../source/model.ts'
import type { Tested } from '../../source/policy-test/run-tests.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { renderJunit } from '../junit.ts'
import { requireEnvironment, requireSoundMap } from '../map.ts'
import { loadTestFiles, runTests, type TestRun, type Threshold, testsFolder, thresholdsOf } from '../policy-tests.ts'
import { renderDiagnostics, summarize } from '../report.ts'
import { note, paint, print, printJson } from '../terminal.ts'
import { renderCoverage, renderFailures, renderSummary, testFacts } from '../test-report.ts'

export interface TestOptions {
  readonly scopes: string
  readonly env?: string
  readonly filter?: string
  readonly coverage?: boolean
  readonly minRules?: number
  readonly minScopes?: number
  readonly format: 'human' | 'junit'
  readonly json?: boolean
}

export async function test(options: TestOptions): Promise<ExitCode> {
  const map = await requireSoundMap(options.scopes)
  const environment = options.env === undefined ? undefined : requireEnvironment(map, options.env)
  const sources = await loadTestFiles(options.scopes)
  if (sources.length === 0)
    throw new Stop(
      EXIT.mapHasErrors,
      `there are no policy tests in ${testsFolder(options.scopes)}`,
      'write the first one as docs/tests.md says',
    )
  const whole = runTests(options.scopes, sources, map, environment)
  const run = options.filter === undefined ? whole : only(whole, options.filter)
  const thresholds =
    options.filter === undefined ? thresholdsOf(run.coverage, asked(options, map.map.conventions.tests)) : []
  say(run, thresholds, map.map, options)
  if (run.diagnostics.some(isError)) return EXIT.mapHasErrors
  const isSound = run.tested.every(({ passed }) => passed) && thresholds.every(({ isReached }) => isReached)
  return isSound ? EXIT.done : EXIT.denied
}

/** What is said on the command line stands before `gateway.yaml`. */
const asked = ({ minRules, minScopes }: TestOptions, written: TestThresholds): TestThresholds => ({
  ...written,
  ...(minRules !== undefined && { minRules }),
  ...(minScopes !== undefined && { minScopes }),
})

function only(run: TestRun, text: string): TestRun {
  const tested = run.tested.filter((each) => isAbout(each, text.toLowerCase()))
  if (tested.length > 0) return { ...run, tested }
  throw new Stop(
    EXIT.usage,
    `no policy test is about \`${text}\``,
    'it looks for the text in files, names, requests and callers',
  )
}

const isAbout = (
  { file, test: { name = '', text: request }, expectation: { caller } }: Tested,
  text: string,
): boolean => [file.path, file.about, name, request, caller].some((part) => part.toLowerCase().includes(text))

function say(run: TestRun, thresholds: readonly Threshold[], map: ScopeMap, options: TestOptions): void {
  if (options.json) printJson(testFacts(run, thresholds, map))
  else if (options.format === 'junit') sayAsJunit(run)
  else print(describe(run, thresholds, map, options))
}

/** Of files with errors there is nothing to show to a CI system but the exit code. */
function sayAsJunit(run: TestRun): void {
  if (run.diagnostics.length > 0) note(renderDiagnostics(run.diagnostics, run.sources))
  if (!run.diagnostics.some(isError)) print(renderJunit(run))
}

function describe(run: TestRun, thresholds: readonly Threshold[], map: ScopeMap, options: TestOptions): string {
  const { diagnostics, sources, coverage, folder } = run
  const found = diagnostics.length === 0 ? [] : [renderDiagnostics(diagnostics, sources)]
  if (diagnostics.some(isError))
    return [...found, paint('red', `${folder}: ${summarize(diagnostics)}; nothing is said of the rest`)].join('\n\n')
  const parts = [
    ...found,
    renderFailures(run),
    options.coverage ? renderCoverage(coverage, map) : '',
    renderSummary(run, thresholds, options.filter !== undefined),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}
