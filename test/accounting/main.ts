/**
 * `npm run accounting`: mixed requests through a whole deployment of two isolates, while deliveries come twice, the consumer crashes and D1 is away. The client and
 * the origin count for themselves; what the gate has counted must be the same, each refusal must be found by the id that the client was told, and the events must be
 * as many as the sampling says. In the end all batches come once more, and change nothing. `--quick` sends 2,000, else 100,000.
 */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { environmentOf } from '../support/environment.ts'
import { startStaticIssuer } from '../support/static-issuer.ts'
import { CLIENTS, DOCUMENT, drawsFrom, type Kind, kindOf, kindsAt, tokensFor } from './requests.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    requests: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
const count = Number(values.requests ?? (values.quick ? 2_000 : 100_000))
const SAMPLE = 10
const CONNECTIONS = 8
const DRAIN_MS = 120_000
/** Whose a token is that is not valid, nobody knows; nor that of a request whose token was not looked at. */
const UNKNOWN = ['token_invalid', 'credential_malformed', 'unmapped', 'target_ambiguous', 'method_refused']

const draw = drawsFrom(Number(values.seed))
const issuer = await startStaticIssuer()
let arrived = 0
const origin = http.createServer((request, response) => {
  arrived++
  request.resume()
  response.end('{}')
})
await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
const deployment = await startDeployment({
  environment: environmentOf(issuer.issuer, `http://127.0.0.1:${(origin.address() as AddressInfo).port}`, {
    events: { sampleAllows: SAMPLE, flushSeconds: 1, client: 'plain', subject: 'omitted', token: 'omitted', sinks: [] },
    revocation: {
      pollSeconds: 5,
      maxAgeSeconds: 30,
      maxStaleSeconds: 3_600,
      whenStale: 'serve',
      senders: [],
      roles: {},
    },
  }),
  document: DOCUMENT,
  gates: 2,
})
const faulted = { database: 0, objects: 0 }
/** Every batch that was delivered, by its id. */
const batches = new Map<string, unknown>()
injectFaults(deployment)

const kinds = kindsAt(Math.floor(Date.now() / 1000))
const tokens = await tokensFor(issuer, kinds)
const sent = new Map<string, number>()
let forwarded = 0
/** Of refusals, as the client was told them. */
const refusals: string[] = []
const surprises = new Map<string, number>()
const startedAt = performance.now()
await sendAll()
const seconds = (performance.now() - startedAt) / 1000
calm(deployment)

await drained()
await deliverAgain()
const isRight = [report(await counted()), await reportEvents(), await reportRefusals()].every(Boolean)
await deployment.close()
await new Promise((resolve) => origin.close(resolve))
await issuer.close()
process.exitCode = isRight ? 0 : 1

/** Of ten deliveries about four go wrong; of ten writes about one; and twice D1 is away altogether for a while. */
function injectFaults({ faults }: Deployment): void {
  const fates = drawsFrom(Number(values.seed) + 1)
  faults.delivery = (_, bodies) => {
    for (const body of bodies) batches.set((body as { id: string }).id, body)
    return (['twice', 'twice-at-once', 'crash-before', 'crash-after'] as const)[fates() % 10] ?? 'deliver'
  }
  const outages = [0.3, 0.7].map((share) => share * count)
  faults.database = () => {
    const number = [...sent.values()].reduce((sum, each) => sum + each, 0)
    const isAway = outages.some((from) => number >= from && number < from + count / 20)
    const fate = isAway ? 'fail' : ((['fail', 'fail-after'] as const)[fates() % 20] ?? 'work')
    if (fate !== 'work') faulted.database++
    return fate
  }
  faults.object = () => {
    const fate = (['fail', 'fail-after'] as const)[fates() % 20] ?? 'work'
    if (fate !== 'work') faulted.objects++
    return fate
  }
}

function calm({ faults }: Deployment): void {
  faults.delivery = (_, bodies) => {
    for (const body of bodies) batches.set((body as { id: string }).id, body)
    return 'deliver'
  }
  faults.database = () => 'work'
  faults.object = () => 'work'
}

async function sendAll(): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  let next = 0
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < count) {
        if (++next % 10_000 === 0) console.error(`› ${next} requests`)
        await sendOne(agent, kindOf(kinds, draw()), CLIENTS[draw() % CLIENTS.length] ?? '', draw(), next)
      }
    }),
  )
  agent.destroy()
}

async function sendOne(agent: http.Agent, kind: Kind, client: string, number: number, turn: number): Promise<void> {
  const token = tokens.get(`${kind.name} ${client}`)
  const { hostname, port } = new URL(deployment.urls[turn % deployment.urls.length] ?? '')
  const { status, decision } = await new Promise<{ status: number; decision: unknown }>((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    http
      .request(
        { agent, hostname, port, method: kind.method ?? 'GET', path: kind.path(number), headers },
        (response) => {
          response.resume()
          const decision = response.headers['scopewall-decision']
          response.on('end', () => resolve({ status: response.statusCode ?? 0, decision }))
        },
      )
      .on('error', reject)
      .end()
  })
  if (status !== kind.status) add(surprises, `${kind.name}: ${status} instead of ${kind.status}`)
  if (kind.outcome === 'deny') refusals.push(String(decision))
  if (kind.reaches) forwarded++
  const isKnown = token !== undefined && !UNKNOWN.includes(kind.code ?? '') && kind.name !== 'public'
  add(sent, [kind.outcome, kind.code ?? '', isKnown ? client : ''].join('|'))
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Waits until the gate has counted as much as was sent, or for so long that nothing more comes. */
async function drained(): Promise<void> {
  await until(async () => [...(await counted()).values()].reduce((sum, each) => sum + each, 0) >= count)
}

/** What is taken in twice by then shows in the counts. */
async function deliverAgain(): Promise<void> {
  const before = await repeated()
  for (const body of batches.values()) await deployment.send(body)
  await until(async () => (await repeated()) >= before + batches.size)
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DRAIN_MS
  while (!(await isSo()) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 1_000))
}

async function repeated(): Promise<number> {
  const { results } = await deployment.database
    .prepare('SELECT SUM(repeated) AS repeated FROM delivery')
    .all<{ repeated: number | null }>()
  return results[0]?.repeated ?? 0
}

/** By outcome, code and client. */
async function counted(): Promise<ReadonlyMap<string, number>> {
  await deployment.schedule()
  const { results } = await deployment.database
    .prepare('SELECT outcome, code, client, SUM(count) AS count FROM traffic WHERE period = 86400 GROUP BY 1, 2, 3')
    .all<{ outcome: string; code: string; client: string; count: number }>()
  return new Map(results.map((row) => [[row.outcome, row.code, row.client].join('|'), row.count]))
}

function report(counted: ReadonlyMap<string, number>): boolean {
  const rows = new Map<string, { sent: number; counted: number; wrong: number }>()
  for (const key of new Set([...sent.keys(), ...counted.keys()])) {
    const name = key.split('|').slice(0, 2).join(' ').trim()
    const row = rows.get(name) ?? { sent: 0, counted: 0, wrong: 0 }
    const [own, theirs] = [sent.get(key) ?? 0, counted.get(key) ?? 0]
    rows.set(name, { sent: row.sent + own, counted: row.counted + theirs, wrong: row.wrong + Number(own !== theirs) })
  }
  console.log('outcome and code                 client   gate      kinds of client that differ')
  for (const [name, row] of [...rows].sort(([, a], [, b]) => b.sent - a.sent))
    console.log(
      `${name.padEnd(32)} ${String(row.sent).padStart(6)} ${String(row.counted).padStart(6)}  ${row.wrong === 0 ? '-' : row.wrong}`,
    )
  const isExact = [...rows.values()].every(({ wrong }) => wrong === 0)
  const fates = Object.entries(Object.groupBy(deployment.deliveries, ({ fate }) => fate)).map(
    ([fate, all = []]) => `${all.length} ${fate}`,
  )
  console.log(
    `\norigin saw ${arrived}, the client says ${forwarded} were let through; ${(count / seconds).toFixed(0)} requests/s`,
  )
  console.log(
    `deliveries: ${fates.join(', ')}; failed calls of D1: ${faulted.database}, of Durable Objects: ${faulted.objects}`,
  )
  for (const [what, times] of surprises) console.log(`unexpected: ${what} (${times})`)
  return isExact && arrived === forwarded && surprises.size === 0
}

/** Of the refused and the observed each has an event; of those let in one in ten, give or take what chance does in one of ten million runs. */
async function reportEvents(): Promise<boolean> {
  const { results } = await deployment.database
    .prepare(
      `SELECT SUM(kept) + SUM(dropped) AS events, SUM(dropped) AS dropped, SUM(uncounted) AS uncounted, SUM(repeated) AS repeated,
        (SELECT SUM(sent) FROM sink) AS sent, (SELECT SUM(lost) FROM sink) AS lost FROM delivery`,
    )
    .all<Record<'events' | 'dropped' | 'uncounted' | 'repeated' | 'lost', number | null>>()
  const { events = 0, dropped = 0, uncounted = 0, repeated = 0, lost = 0 } = results[0] ?? {}
  const of = (outcome: string) => [...sent].reduce((sum, [key, each]) => sum + (key.startsWith(outcome) ? each : 0), 0)
  const sampled = (events ?? 0) - of('deny') - of('observe')
  const expected = of('allow') / SAMPLE
  const deviation = Math.sqrt(expected * (1 - 1 / SAMPLE))
  console.log(
    `events: ${events} (${dropped ?? 0} of them not kept); of ${of('allow')} let in, ${sampled} sampled, ${expected.toFixed(0)} ± ${(5.4 * deviation).toFixed(0)} expected`,
  )
  console.log(`uncounted ${uncounted ?? 0}, lost ${lost ?? 0}, batches that came again ${repeated ?? 0}`)
  return Math.abs(sampled - expected) <= 5.4 * deviation && (uncounted ?? 0) === 0 && (lost ?? 0) === 0
}

/** Each refusal that there was room for is found by the id that the client was told; all of them, while an hour has room. */
async function reportRefusals(): Promise<boolean> {
  const [{ dropped = 0 } = {}] = (
    await deployment.database.prepare('SELECT SUM(dropped) AS dropped FROM delivery').all<{ dropped: number }>()
  ).results
  const [{ found = 0 } = {}] = (
    await deployment.database
      .prepare("SELECT COUNT(*) AS found FROM json_each(?1) JOIN decision ON decision.id = value AND outcome = 'deny'")
      .bind(JSON.stringify(refusals))
      .all<{ found: number }>()
  ).results
  console.log(`refusals found by their ids: ${found} of ${refusals.length}; no room for ${dropped} decisions`)
  return found <= refusals.length && found >= refusals.length - dropped
}
