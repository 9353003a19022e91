/**
 * `npm run bench:revocation`: how long a revocation takes to reach the last instance, what marks cost a request and an isolate, and how often the log is asked as isolates
 * grow. `--quick` takes fewer of everything; `--json` prints the figures as one JSON document.
 */
import { parseArgs } from 'node:util'
import { type CostFigures, type MemoryFigures, measureCosts, measureMemory } from './marks.ts'
import { type PollFigures, simulatePolls } from './polls.ts'
import { measurePropagation, type PropagationFigures } from './propagation.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
})
const isQuick = values.quick
const say = (text: string) => void (values.json || console.log(text))
const columns = (...cells: readonly (readonly [string | number, number])[]): string =>
  cells.map(([text, width]) => String(text).padStart(width)).join('')
const whole = (value: number): string => value.toFixed(0)

say('Memory of an isolate (this Node)')
say(columns(['marks', 11], ['MiB', 8], ['bytes each', 13]))
const memory: MemoryFigures[] = []
for (const marks of isQuick ? [1_000, 100_000] : [1_000, 100_000, 1_000_000]) {
  const figures = measureMemory(marks)
  memory.push(figures)
  say(columns([marks, 11], [(figures.bytes / 2 ** 20).toFixed(1), 8], [whole(figures.bytes / marks), 13]))
}

say('\nPolls of the log, simulated with the gate’s own mirror: 120 ms to the log and back, default settings')
say(columns(['data centres', 14], ['isolates', 11], ['polls/s', 10], ['unshared', 11], ['oldest s', 11]))
const polls: PollFigures[] = []
for (const [dataCentres, isolatesEach] of isQuick
  ? ([
      [1, 1],
      [1, 30],
      [20, 5],
    ] as const)
  : ([
      [1, 1],
      [1, 10],
      [1, 100],
      [1, 500],
      [30, 10],
      [100, 20],
      [300, 10],
    ] as const)) {
  const figures = await simulatePolls({ dataCentres, isolatesEach, requestsPerSecond: 2 })
  polls.push(figures)
  say(
    columns(
      [dataCentres, 14],
      [figures.isolates, 11],
      [figures.pollsPerSecond.toFixed(1), 10],
      [figures.pollsPerSecondAlone.toFixed(1), 11],
      [figures.oldest, 11],
    ),
  )
}

say('\nFrom the acknowledgement to the last instance that refuses (raw workerd, default settings)')
say(
  columns(
    ['instances', 11],
    ['one cache', 11],
    ['trials', 8],
    ['p50 ms', 9],
    ['p99 ms', 9],
    ['max ms', 9],
    ['polls/s', 9],
    ['after sleep', 14],
  ),
)
const propagation: PropagationFigures[] = []
for (const isOneDataCentre of [true, false]) {
  const figures = await measurePropagation(6, isOneDataCentre, isQuick ? 40 : 300, isQuick ? 1 : 5)
  propagation.push(figures)
  const { refused, passed } = figures.afterSleep
  say(
    columns(
      [figures.instances, 11],
      [isOneDataCentre ? 'yes' : 'no', 11],
      [figures.trials, 8],
      [whole(figures.p50), 9],
      [whole(figures.p99), 9],
      [whole(figures.max), 9],
      [figures.pollsPerSecond.toFixed(1), 9],
      [`${refused}/${refused + passed}`, 14],
    ),
  )
}

const [rounds, count] = isQuick ? [3, 100] : [20, 250]
say(`\nProcessor time of a request (raw workerd, ${rounds} rounds of ${count} requests, the log in the same process)`)
say(columns(['marks', 11], ['warm µs', 10], ['new µs', 10], ['first answer ms', 18], ['appends/s', 12]))
const costs: readonly CostFigures[] = await measureCosts(
  isQuick ? [undefined, 0, 1_000] : [undefined, 0, 1_000, 1_000_000],
  rounds,
  count,
)
for (const { marks, warmMicroseconds, newMicroseconds, firstAnswerMilliseconds, appendsPerSecond } of costs)
  say(
    columns(
      [marks ?? 'off', 11],
      [whole(warmMicroseconds), 10],
      [whole(newMicroseconds), 10],
      [whole(firstAnswerMilliseconds), 18],
      [appendsPerSecond === undefined ? '' : whole(appendsPerSecond), 12],
    ),
  )

if (values.json) console.log(JSON.stringify({ memory, polls, propagation, costs }, undefined, 2))
