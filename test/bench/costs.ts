/**
 * `npm run costs`: what being on record costs a month at Cloudflare's list prices, with the arithmetic. What is written to the database is not estimated: minutes of made-up traffic go
 * through the real store and SQLite counts the rows. Assumptions and prices are constants below; `--json` prints everything as one document.
 */
import { parseArgs } from 'node:util'
import { foldPending } from '../../src/audit/usage/fold.ts'
import { createUsageStore } from '../../src/audit/usage/store.ts'
import type { EventBatch, UsageTally } from '../../src/policy/event-batch.ts'
import { type MemoryDatabase, memoryDatabase } from '../support/sqlite-d1.ts'

/** Dollars a million, as listed in November 2026, and how many millions a month the $5 plan includes. */
const PRICES = {
  'queue operations': { price: 0.4, included: 1 },
  'rows written': { price: 1, included: 50 },
  'calls of objects': { price: 0.15, included: 1 },
  'Worker requests': { price: 0.3, included: 10 },
  'processor ms': { price: 0.02, included: 30 },
  'log lines': { price: 0.6, included: 20 },
} as const
type Unit = keyof typeof PRICES

/** An API of some size: rules and clients are used as unevenly as words are (Zipf). */
const RULES = 60
const CLIENTS = 50
const REFUSED = 0.01
/** Isolates that are busy at a time, by thousands of requests a second and at least so many; measured nowhere. */
const LEAST_ISOLATES = 4
const ISOLATES_PER_1000 = 75
/** `max_batch_size` of `wrangler.toml`, and its `max_batch_timeout` in seconds. */
const MESSAGES_A_DELIVERY = 20
const DELIVERY_SECONDS = 2
/** Single decisions kept: the store's own bound is 20,000 an hour. A row, its entry in the index, and both again when they are deleted. */
const KEPT_AN_HOUR = 20_000
const ROWS_A_DECISION = 4
/** Of one event in a message (`docs/events.md`), and what one operation of the queue covers. */
const EVENT_BYTES = 800
const OPERATION_BYTES = 64_000
/** Written and, a month later, deleted. */
const ROWS_A_BATCH_ID = 2
/** Of a request at the gate (`npm run bench:revocation`). */
const GATE_CPU_MS = 0.6
const MONTH_SECONDS = 30 * 86_400
const FIRST_MINUTE = 1_795_867_200

interface Scenario {
  readonly requests: number
  /** `events.flush` of the map, and one event for so many allowed requests. */
  readonly flushSeconds: number
  readonly sampleAllows: number
  /** How long a stretch of counting is tried. */
  readonly minutes: number
}

const SCENARIOS: readonly Scenario[] = [
  { requests: 10e6, flushSeconds: 1, sampleAllows: 10, minutes: 5 },
  { requests: 1e9, flushSeconds: 5, sampleAllows: 100, minutes: 5 },
  { requests: 10e9, flushSeconds: 10, sampleAllows: 1000, minutes: 1 },
]

interface Month extends Scenario {
  readonly requestsASecond: number
  readonly isolates: number
  readonly messages: number
  readonly deliveries: number
  readonly countRows: number
  readonly decisions: number
  readonly lines: readonly Line[]
  readonly dollars: number
  /** What the gate itself costs: its requests. */
  readonly gateDollars: number
}

async function monthOf(scenario: Scenario): Promise<Month> {
  const { requests, flushSeconds, sampleAllows } = scenario
  const requestsASecond = requests / MONTH_SECONDS
  const isolates = Math.max(LEAST_ISOLATES, Math.round((requestsASecond / 1000) * ISOLATES_PER_1000))
  // An isolate sends what came in the seconds after its first request; then it waits for another first one.
  const ofOne = requestsASecond / isolates
  const requestsAMessage = 1 + ofOne * windowSeconds(flushSeconds, ofOne * REFUSED)
  const messages = requests / requestsAMessage
  const messagesASecond = messages / MONTH_SECONDS
  const deliveries = messages / Math.min(MESSAGES_A_DELIVERY, 1 + messagesASecond * DELIVERY_SECONDS)
  const countRows =
    (await rowsAMinute(scenario, requestsASecond, requestsAMessage, messages / deliveries)) * (MONTH_SECONDS / 60)
  const events = requests * (REFUSED + (1 - REFUSED) / sampleAllows)
  const decisions = Math.min(events, KEPT_AN_HOUR * (MONTH_SECONDS / 3600))
  const lines = [
    line(
      'a message: write, read, delete',
      'queue operations',
      3 * messages * operationsOf(requestsAMessage, sampleAllows),
    ),
    line('counts', 'rows written', countRows),
    line('ids of messages', 'rows written', ROWS_A_BATCH_ID * messages),
    line('single decisions', 'rows written', ROWS_A_DECISION * decisions),
    // The desk of incidents is shown what is refused, message by message; the tail gets one call a delivery.
    line('incidents and the tail', 'calls of objects', Math.min(messages, requests * REFUSED) + deliveries),
    line('deliveries of the queue', 'Worker requests', deliveries),
    line('refused requests', 'log lines', requests * REFUSED),
  ]
  const gate = [
    line('requests', 'Worker requests', requests),
    line('processor time', 'processor ms', GATE_CPU_MS * requests),
  ]
  const gateDollars = billed(gate)
  return {
    ...scenario,
    requestsASecond,
    isolates,
    messages,
    deliveries,
    countRows,
    decisions,
    lines,
    dollars: billed([...gate, ...lines]) - gateDollars,
    gateDollars,
  }
}

/** A window lasts as long as `flush` says, or a second longer than until something is refused in it, which happens so often a second. */
const windowSeconds = (flushSeconds: number, refusals: number): number =>
  1 + (1 - Math.exp(-refusals * (flushSeconds - 1))) / refusals

interface Line {
  readonly what: string
  readonly unit: Unit
  readonly count: number
  /** At list price, before anything that is included. */
  readonly dollars: number
}

const line = (what: string, unit: Unit, count: number): Line => ({
  what,
  unit,
  count,
  dollars: (count / 1e6) * PRICES[unit].price,
})

/** What a bill would say: what is included is taken off once for all lines of a unit. */
function billed(lines: readonly Line[]): number {
  const units = Object.keys(PRICES) as Unit[]
  return units.reduce((sum, unit) => {
    const count = lines.filter((each) => each.unit === unit).reduce((all, each) => all + each.count, 0)
    return sum + Math.max(0, count / 1e6 - PRICES[unit].included) * PRICES[unit].price
  }, 0)
}

/**
 * Rows that counting writes and deletes in a minute, by SQLite's own count; of the second of two stretches, when the rows of the hour and the day are there. The
 * ids of messages are left out.
 */
async function rowsAMinute(
  { minutes }: Scenario,
  requestsASecond: number,
  requestsAMessage: number,
  messagesADelivery: number,
): Promise<number> {
  const database = memoryDatabase()
  const store = createUsageStore(database)
  const draw = zipf()
  const secondsADelivery = (requestsAMessage * messagesADelivery) / requestsASecond
  const run = async (from: number, to: number): Promise<number> => {
    const before = changes(database)
    let messages = 0
    let owed = 0
    for (let now = from; now < to; now += secondsADelivery) {
      owed += messagesADelivery
      const batches = Array.from({ length: Math.floor(owed) }, () => batchOf(Math.floor(now), requestsAMessage, draw))
      owed -= batches.length
      messages += batches.length
      if (batches.length > 0) await store.write(batches, Math.floor(now))
    }
    await foldPending(database)
    return changes(database) - before - messages
  }
  await run(FIRST_MINUTE, FIRST_MINUTE + 60 * minutes)
  const written = await run(FIRST_MINUTE + 60 * minutes, FIRST_MINUTE + 120 * minutes)
  database.sqlite.close()
  return written / minutes
}

/** A message is charged by each 64 KB; an event in it is some 800 bytes, and at least one message has no less than one operation. */
function operationsOf(requestsAMessage: number, sampleAllows: number): number {
  const draw = zipf()
  const events = requestsAMessage * (REFUSED + (1 - REFUSED) / sampleAllows) * EVENT_BYTES
  const sizes = Array.from({ length: 50 }, () => JSON.stringify(batchOf(FIRST_MINUTE, requestsAMessage, draw)).length)
  return sizes.reduce((sum, size) => sum + Math.ceil((size + events) / OPERATION_BYTES), 0) / sizes.length
}

const changes = (database: MemoryDatabase): number =>
  Number((database.rows('SELECT total_changes() AS changes')[0] as { changes: number }).changes)

function batchOf(minute: number, size: number, draw: (most: number) => number): EventBatch {
  const tallies = new Map<string, number>()
  for (let request = 0; request < size; request++) {
    const key = [draw(RULES), draw(CLIENTS), random() < REFUSED ? 'scope_insufficient' : 'allow'].join(' ')
    tallies.set(key, (tallies.get(key) ?? 0) + 1)
  }
  return {
    format: 1,
    id: crypto.randomUUID(),
    environment: 'production',
    from: minute * 1000,
    to: minute * 1000 + 999,
    usage: [...tallies].map(([key, count]) => tallyOf(key, count)),
    decisions: [],
    notices: [],
    sinks: [{ sink: 'log', sent: 1, lost: 0 }],
    uncounted: 0,
  }
}

/** A client holds three scopes; each rule asks for one. */
function tallyOf(key: string, count: number): UsageTally {
  const [rule = '', client = '', outcome = ''] = key.split(' ')
  const scope = `service${Number(rule) % 6}:read`
  const scopes = [0, 1, 2].map((index) => `service${(Number(client) + index) % 6}:read`)
  return {
    row: {
      release: 'a'.repeat(64),
      host: 'api.example.com',
      method: 'GET',
      path: `/v1/resource${rule}/{id}`,
      credential: 'verified',
      client: `client-${client}`,
      scopes,
      tokenAge: 900,
      lifetime: 3600,
      outcome: outcome === 'allow' ? 'allow' : 'scope_insufficient',
    },
    rule: `GET api.example.com/v1/resource${rule}/{id}`,
    service: `service${Number(rule) % 6}`,
    issuer: 'https://login.example.com/',
    ...(outcome === 'allow'
      ? { by: [scope], exercised: [scope] }
      : { codes: ['scope_insufficient'] as const, missing: [scope] }),
    count,
  }
}

/** The same draws in each run: a linear congruential generator is fair enough for shares. */
let seed = 1
function random(): number {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
  return seed / 2 ** 32
}

/** Numbers below `most`, the n-th of them a share of 1/n. */
function zipf(): (most: number) => number {
  const sums = new Map<number, readonly number[]>()
  const sumsOf = (most: number) => {
    let sum = 0
    return Array.from({ length: most }, (_, index) => (sum += 1 / (index + 1)))
  }
  return (most) => {
    const known = sums.get(most) ?? sumsOf(most)
    sums.set(most, known)
    const at = random() * (known.at(-1) ?? 1)
    return known.findIndex((sum) => at < sum)
  }
}

function render({ lines, dollars, gateDollars, ...month }: Month): string {
  const head = `${millions(month.requests)} requests a month: ${month.requestsASecond.toFixed(1)} a second at ${month.isolates} busy isolates, flush ${month.flushSeconds} s, sampleAllows ${month.sampleAllows}`
  const rows = lines.map(
    ({ what, unit, count, dollars: each }) =>
      `  ${what.padEnd(32)}${millions(count).padStart(10)} ${unit.padEnd(17)} × $${PRICES[unit].price.toFixed(2)}/M = ${money(each).padStart(9)}`,
  )
  return [
    head,
    ...rows,
    `  ${'being on record, beyond what the plan includes'.padEnd(74)}${money(dollars).padStart(9)}`,
    `  ${'the gate itself, beyond what the plan includes'.padEnd(74)}${money(gateDollars).padStart(9)}`,
  ].join('\n')
}

const millions = (count: number): string =>
  `${(count / 1e6).toLocaleString('en', { maximumFractionDigits: count < 1e7 ? 2 : 0 })} M`
const money = (dollars: number): string =>
  `$${dollars.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const months = []
for (const scenario of SCENARIOS) months.push(await monthOf(scenario))
if (values.json) console.log(JSON.stringify({ prices: PRICES, months }, undefined, 2))
else for (const month of months) console.log(render(month), '\n')
