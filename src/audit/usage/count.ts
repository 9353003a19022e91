/** Batches -> the rows that they add up to. Pure: what is counted here is what is written, in one transaction (write.ts). */
import { canonicalJson } from '../../policy/canonical-json.ts'
import type { DecisionEvent, Outcome } from '../../policy/decision-event.ts'
import type { EventBatch, UsageTally } from '../../policy/event-batch.ts'
import { DAY, HOUR, MINUTE, RETENTION, type SqlValue, startOf } from './database.ts'
import type { Tables } from './tables.ts'

/** Rows that have a key and numbers: those of equal keys become one. */
class Sums {
  readonly #rows = new Map<string, SqlValue[]>()

  /** `add`: summed up, in this order; `latest`: the greatest stays. */
  add(key: readonly SqlValue[], add: readonly number[], latest: number): void {
    const name = JSON.stringify(key)
    const row = this.#rows.get(name)
    if (row === undefined) {
      this.#rows.set(name, [...key, ...add, latest])
      return
    }
    for (const [index, number] of add.entries()) row[key.length + index] = Number(row[key.length + index]) + number
    row[row.length - 1] = Math.max(Number(row[row.length - 1]), latest)
  }

  rows(): readonly (readonly SqlValue[])[] {
    return [...this.#rows.values()]
  }
}

/** What `batches` add up to. None of them may have been counted before. `now` in seconds. */
export function countBatches(batches: readonly EventBatch[], now: number): Tables {
  const sums = {
    traffic: new Sums(),
    scope_use: new Sums(),
    unmapped: new Sums(),
    observed: new Sums(),
    replay: new Sums(),
    sink: new Sums(),
    delivery: new Sums(),
  }
  const holdings = new Map<string, Holding>()
  for (const batch of batches) {
    const [from, to] = [Math.floor(batch.from / 1000), Math.floor(batch.to / 1000)]
    for (const tally of batch.usage) addTally(tally, batch.environment, from, to)
    for (const { sink, sent, lost } of batch.sinks)
      sums.sink.add([startOf(to, HOUR), sink], [sent, lost], lost > 0 ? to : 0)
    sums.delivery.add([startOf(to, HOUR)], [1, batch.uncounted], 0)
  }
  return {
    batch: batches.map(({ id, to }) => [dayOf(to), id]),
    traffic: sums.traffic.rows(),
    scope_use: sums.scope_use.rows(),
    holding: [...holdings.values()].map((each) => [each.scope, each.issuer, each.client, each.day, each.exercisedOn]),
    unmapped: sums.unmapped.rows(),
    observed: sums.observed.rows(),
    replay: sums.replay.rows().map((row) => row.slice(0, -1)),
    sink: sums.sink.rows(),
    delivery: sums.delivery.rows().map((row) => row.slice(0, -1)),
  }

  function addTally(tally: UsageTally, environment: string, from: number, to: number): void {
    const { row, rule = '', service = '', issuer = '', count } = tally
    const { client = '' } = row
    const outcome: Outcome = row.outcome === 'allow' || row.outcome === 'observe' ? row.outcome : 'deny'
    const code = tally.codes?.[0] ?? (outcome === 'deny' ? row.outcome : '')
    const alternative = outcome === 'allow' && tally.by !== undefined ? JSON.stringify(tally.by) : ''
    const day = startOf(from, DAY)
    const isLate = from < now - RETENTION.minute ? 1 : 0
    sums.traffic.add(
      [startOf(from, MINUTE), isLate, service, rule, issuer, client, outcome, code, alternative],
      [count],
      to,
    )
    const request = canonicalJson({ environment, ...row })
    sums.replay.add([day, request], [count], to)
    if (tally.shape !== undefined) sums.unmapped.add([day, row.host, row.method, tally.shape], [count], to)
    if (outcome === 'observe')
      sums.observed.add(
        [day, rule, issuer, client, JSON.stringify(tally.codes ?? []), JSON.stringify(tally.missing ?? [])],
        [count],
        to,
      )
    addScopes(tally, outcome, issuer, client, from, to)
  }

  function addScopes(
    { row, exercised = [], missing = [], deprecated = [], count }: UsageTally,
    outcome: Outcome,
    issuer: string,
    client: string,
    from: number,
    to: number,
  ): void {
    if (row.credential !== 'verified') return
    const held = row.scopes ?? []
    const used = outcome === 'allow' ? new Set(exercised) : NONE
    const lacked = outcome === 'allow' ? NONE : new Set(missing)
    const rested = outcome === 'allow' ? new Set(deprecated) : NONE
    for (const scope of new Set([...held, ...used, ...lacked, ...rested])) {
      const isHeld = outcome !== 'deny' && held.includes(scope)
      const add = [used.has(scope), lacked.has(scope), isHeld, rested.has(scope)].map((is) => (is ? count : 0))
      if (add.every((each) => each === 0)) continue
      sums.scope_use.add([startOf(from, HOUR), scope, issuer, client], add, to)
    }
    for (const scope of held) hold({ scope, issuer, client, day: startOf(from, DAY), exercisedOn: 0 }, used.has(scope))
  }

  function hold(holding: Holding, isExercised: boolean): void {
    const key = JSON.stringify([holding.scope, holding.issuer, holding.client, holding.day])
    const exercisedOn = isExercised ? holding.day : 0
    const known = holdings.get(key)
    if (known === undefined) holdings.set(key, { ...holding, exercisedOn })
    else if (exercisedOn > 0) holdings.set(key, { ...known, exercisedOn })
  }
}

const NONE: ReadonlySet<string> = new Set()

interface Holding {
  readonly scope: string
  readonly issuer: string
  readonly client: string
  readonly day: number
  /** That day, or 0. */
  readonly exercisedOn: number
}

/** The day that a batch is remembered under: the same however often and however late it comes. `to` in milliseconds. */
export const dayOf = (to: number): number => startOf(Math.floor(to / 1000), DAY)

/** Names with a space before, between and after, so that one is found without being taken for a part of another: no scope and no code has a space in it. */
const spaced = (names: Iterable<string>): string => ` ${[...names].join(' ')} `

export function decisionRow(event: DecisionEvent): readonly SqlValue[] {
  const { by, held = [], missing = [] } = event
  const scopes = new Set([...(Array.isArray(by) ? by : []), ...held, ...missing])
  return [
    Date.parse(event.at),
    event.decision,
    event.outcome,
    spaced(event.codes ?? []),
    event.rule ?? '',
    event.service ?? '',
    event.client ?? '',
    spaced(scopes),
    JSON.stringify(event),
  ]
}
