/** The report of a measurement, for people: the numbers, and how they were come by. */
import type { Propagation } from './propagation.ts'
import { paint, renderFacts } from './terminal.ts'

export interface PropagationReport {
  /** Scheme, host and port that were asked. */
  readonly address: string
  readonly everySeconds: number
  readonly serial: number
  readonly digest: string
  readonly countedFrom: 'pointer-write' | 'published-at'
  /** ISO 8601, UTC. */
  readonly beganAt: string
  readonly propagation: Propagation
}

export function renderPropagation(report: PropagationReport): string {
  const { propagation } = report
  const { connections, unseen, answers, failures, wentBack, lookedFor } = propagation
  const quantiles = (['p50', 'p90', 'p99', 'max'] as const).map((name) => {
    const value = propagation[name]
    return [name, value === undefined ? paint('red', `more than ${lookedFor} s`) : `${value.toFixed(1)} s`] as const
  })
  const seen = `${connections - unseen} of ${connections} saw it`
  const back = `${wentBack.answers} answers on ${wentBack.connections} connections`
  return [
    `release ${report.digest.slice(0, 12)}, serial ${report.serial}, at ${report.address}`,
    '',
    renderFacts([
      ...quantiles,
      ['connections', unseen === 0 ? seen : paint('red', seen)],
      ['went back', wentBack.answers === 0 ? 'none' : paint('yellow', back)],
      ['answers', `${answers}${failures === 0 ? '' : `, and ${failures} failures`}`],
      ['data centres', coloText(propagation.colos)],
    ]),
    '',
    ...methodOf(report).map((line) => paint('dim', line)),
  ].join('\n')
}

const coloText = (colos: Propagation['colos']): string =>
  Object.entries(colos)
    .map(([colo, count]) => `${colo} ${count}`)
    .join(', ') || 'not said'

/** How the numbers came about and what they are not, a sentence a line. */
function methodOf({ everySeconds, countedFrom, beganAt, propagation }: PropagationReport): readonly string[] {
  const { connections, clockOffset } = propagation
  const from =
    countedFrom === 'pointer-write'
      ? `Counted from ${beganAt}, when this machine began to write the pointer; one clock measured both ends.`
      : `Counted from ${beganAt}, when by its publisher's clock the publish began: its own writes are part of the time, and so is any difference of the two clocks.`
  const clocks =
    countedFrom === 'published-at' && clockOffset !== undefined
      ? [
          `This machine's clock and the edge's differ by ${Math.abs(clockOffset).toFixed(0)} s (to a second or so); the publisher's is not known.`,
        ]
      : []
  return [
    `Method: ${connections} connections of their own from this machine, each asked for /_scopewall/health every ${everySeconds} s, spread evenly; a connection has the release with its first answer of that serial or a higher one.`,
    from,
    ...clocks,
    `Each time is an upper bound: the release was there up to ${everySeconds} s and one round trip earlier. Quantiles are nearest-rank over connections; one that never saw it counts as longer than all others.`,
    'An answer is one isolate. The questions keep isolates awake, and all come from this place: quiet isolates and far data centres can take longer.',
  ]
}
