/**
 * `npm run bench`: the matcher at growing maps, the gate beside a bare pass-through Worker in the same run, and the gate with and without a record of what it decides.
 * `--quick` takes fewer rounds; `--json` prints the figures as one JSON document.
 */
import { parseArgs } from 'node:util'
import { measureEvents } from './events.ts'
import { type GateFigures, measureGate } from './gate.ts'
import { type MatcherFigures, measureMatcher } from './matcher.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
})
const EVENT_COUNT = 500
const [rounds, count] = values.quick ? [6, 150] : [60, 250]
const say = (text: string) => void (values.json || console.log(text))

say('Matcher and release (this Node; look-ups of fresh strings, spread over all rules)')
say('   rules   release bytes   encode ms   load ms   look-up ns')
const matcher: MatcherFigures[] = []
for (const rules of [10, 1_000, 11_000]) {
  const figures = measureMatcher(rules)
  matcher.push(figures)
  say(matcherRow(figures))
}

const gate: GateFigures[] = []
for (const [rules, algorithm] of [
  [11_000, 'ES256'],
  [11_000, 'RS256'],
  [10, 'ES256'],
] as const) {
  const figures = await measureGate(rules, algorithm, rounds, count)
  gate.push(figures)
  say(
    `\nGate in raw workerd, ${rules} rules, ${algorithm}, ${rounds} rounds of ${count} requests (Worker ${figures.workerBytes} bytes before minification)`,
  )
  say('  contestant            requests/s   CPU µs/request')
  for (const [name, { requestsPerSecond, cpuMicroseconds }] of Object.entries(figures.contestants)) {
    say(
      `  ${name.padEnd(20)}  ${requestsPerSecond.toFixed(0).padStart(10)}   ${cpuMicroseconds.toFixed(0).padStart(14)}`,
    )
  }
  say(`  warm token / bare pass-through                      ${figures.warmOverBare.toFixed(3)}`)
  say(`  (new token - warm token) / one raw subtle.verify    ${figures.newTokenOverVerify.toFixed(2)}`)
}

const eventRounds = values.quick ? 6 : 30
say(`\nWarm tokens on record, ${eventRounds} rounds of ${EVENT_COUNT} requests, with what is done in the background`)
say('  allowed requests that have an event   CPU µs/request   over none on record')
const events = await measureEvents(eventRounds, EVENT_COUNT)
for (const [name, { cpuMicroseconds, overOff }] of Object.entries(events))
  say(`  ${name.padEnd(36)}  ${cpuMicroseconds.toFixed(0).padStart(14)}   ${overOff.toFixed(3).padStart(19)}`)

if (values.json) console.log(JSON.stringify({ matcher, gate, events }, undefined, 2))

function matcherRow({
  rules,
  releaseBytes,
  encodeMilliseconds,
  loadMilliseconds,
  lookUpNanoseconds,
}: MatcherFigures): string {
  const columns: readonly [string, number][] = [
    [String(rules), 8],
    [String(releaseBytes), 16],
    [encodeMilliseconds.toFixed(1), 12],
    [loadMilliseconds.toFixed(1), 10],
    [lookUpNanoseconds.toFixed(0), 13],
  ]
  return columns.map(([text, width]) => text.padStart(width)).join('')
}
