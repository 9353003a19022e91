/** What must hold before a map goes live: its policy tests. There is no option to go on without. */
import { isError } from '../source/diagnostic.ts'
import { EXIT, Stop } from './exit.ts'
import type { SoundMap } from './map.ts'
import { loadTestFiles, runTests, thresholdsOf } from './policy-tests.ts'
import { renderDiagnostics, summarize } from './report.ts'
import { note } from './terminal.ts'
import { describeShare, renderFailures } from './test-report.ts'

/** Stops where a policy test fails, or they cover less than `gateway.yaml` asks for. A map without tests and thresholds passes. */
export async function requirePassingTests(scopes: string, map: SoundMap): Promise<void> {
  const thresholds = map.map.conventions.tests
  const sources = await loadTestFiles(scopes)
  if (sources.length === 0 && Object.keys(thresholds).length === 0) return
  const run = runTests(scopes, sources, map)
  const { diagnostics, tested, coverage, folder } = run
  if (diagnostics.some(isError)) {
    note(`${renderDiagnostics(diagnostics, sources)}\n`)
    throw new Stop(EXIT.mapHasErrors, `the policy tests have errors: ${summarize(diagnostics)}`)
  }
  const failed = tested.filter(({ passed }) => !passed).length
  if (failed > 0) {
    note(`${renderFailures(run)}\n`)
    throw new Stop(
      EXIT.denied,
      `${failed} of ${tested.length} expectations in ${folder} do not hold: nothing was published`,
    )
  }
  const short = thresholdsOf(coverage, thresholds).find(({ isReached }) => !isReached)
  if (short !== undefined)
    throw new Stop(
      EXIT.denied,
      `the policy tests cover ${describeShare(short.name, short.share)}, less than the ${short.percent} % of gateway.yaml: nothing was published`,
      'see `scopewall test --coverage`',
    )
}
