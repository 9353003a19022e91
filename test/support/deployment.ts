/**
 * A whole deployment on this machine: the built Worker in Miniflare with KV, Durable Objects, D1, a queue that it consumes itself, and assets; loopback only.
 * `faults` says what goes wrong: deliveries that come again, a consumer that crashes, a database that is away.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import type { Environment } from '../../src/policy/environment.ts'
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import { digestOf, parseEvents } from './gate.ts'
import { COMPATIBILITY } from './workerd.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const MIGRATIONS = join(root, 'src/audit/migrations')
const ASSETS = join(root, '.scopewall/console')
const CONSUMER = 'gate'

/** `twice`: one after the other, both in full; `crash-after`: all was done, and nothing acknowledged. */
export type DeliveryFate = 'deliver' | 'twice' | 'twice-at-once' | 'crash-before' | 'crash-after'
/** `fail-after`: it was done, and whoever asked was not told. */
export type CallFate = 'work' | 'fail' | 'fail-after'

/** What goes wrong from now on. Each can be exchanged at any moment; at the beginning nothing does. */
export interface Faults {
  delivery: (messages: number, bodies: readonly unknown[]) => DeliveryFate
  /** `operation` as D1 names it: `batch`, `run`, `all`, `first`, `raw`. */
  database: (operation: string) => CallFate
  /** Calls from the Worker to `INCIDENTS` and `TAIL`. */
  object: (binding: string, method: string) => CallFate
}

export interface DeploymentSetup {
  readonly environment: Environment
  /** The bundled release. */
  readonly document: ReleaseDocument
  readonly serial?: number
  readonly secrets?: Readonly<Record<string, string>>
  /** Bindings that this deployment does not have, such as `USAGE`. */
  readonly without?: readonly string[]
  /** Gates that share everything, each an isolate of its own; the first consumes the queue. One, unless said otherwise. */
  readonly gates?: number
  /** How long the queue waits for further messages, in seconds. */
  readonly batchTimeout?: number
}

export interface Deployment {
  /** `http://127.0.0.1:port` of the first gate. */
  readonly url: string
  readonly urls: readonly string[]
  readonly faults: Faults
  /** Bindings as the Worker has them, without the faults. */
  readonly bindings: Readonly<Record<string, unknown>>
  readonly database: D1
  /** Each delivery: how many messages, and what became of it. */
  readonly deliveries: { readonly messages: number; readonly fate: DeliveryFate }[]
  /** The JSON events that the Workers logged so far. */
  events(): readonly Readonly<Record<string, unknown>>[]
  readonly lines: readonly string[]
  /** Puts a message into the queue, whatever it is. */
  send(body: unknown): Promise<void>
  /** What the platform does as often as `crons` says. */
  schedule(cron?: string, at?: Date): Promise<void>
  close(): Promise<void>
}

/** As much of D1 as tests use. */
type D1 = Awaited<ReturnType<Miniflare['getD1Database']>>

let built: Promise<string> | undefined

/** The Worker and the faults around it, bundled as wrangler would. */
const faultyWorkerCode = (): Promise<string> => {
  built ??= build({
    absWorkingDir: root,
    entryPoints: ['test/support/faulty-worker.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:workers', 'scopewall:bundle'],
    logLevel: 'silent',
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '')
  return built
}

const OBJECTS = {
  PROOFS: 'ProofRegistry',
  REVOCATIONS: 'RevocationHub',
  LEDGER: 'TokenLedger',
  INCIDENTS: 'IncidentDesk',
  TAIL: 'LiveTail',
} as const

export async function startDeployment(setup: DeploymentSetup): Promise<Deployment> {
  const { environment, document, serial = 0, secrets = {}, without = [], gates = 1, batchTimeout = 0.2 } = setup
  const code = await faultyWorkerCode()
  const text = encodeRelease(document)
  const bundle = `export const environment = ${JSON.stringify(environment)}\nexport const release = ${JSON.stringify({ digest: digestOf(text), serial, text })}\n`
  const faults: Faults = { delivery: () => 'deliver', database: () => 'work', object: () => 'work' }
  const deliveries: { messages: number; fate: DeliveryFate }[] = []
  const lines: string[] = []
  const queue = `scopewall-events-${environment.name}`
  const names = Array.from({ length: gates }, (_, index) => (index === 0 ? CONSUMER : `${CONSUMER}-${index + 1}`))
  const kept = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)))

  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ message }) => lines.push(...message.split('\n')),
      workers: names.map((name) => ({
        name,
        modules: [
          { type: 'ESModule' as const, path: 'worker.js', contents: code },
          { type: 'ESModule' as const, path: 'scopewall:bundle', contents: bundle },
        ],
        compatibilityDate: COMPATIBILITY.date,
        compatibilityFlags: [...COMPATIBILITY.flags],
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
        bindings: { SCOPEWALL_ENVIRONMENT: environment.name, ...secrets },
        kvNamespaces: { SCOPES: 'scopes' },
        d1Databases: kept({ USAGE: 'usage' }),
        queueProducers: kept({ EVENTS: { queueName: queue } }),
        ...(name === CONSUMER && {
          queueConsumers: { [queue]: { maxBatchTimeout: batchTimeout, maxBatchSize: 20, maxRetries: 100 } },
        }),
        analyticsEngineDatasets: kept({ ANALYTICS: { dataset: 'scopewall' } }),
        durableObjects: kept(
          Object.fromEntries(
            Object.entries(OBJECTS)
              .filter(([, className]) => code.includes(`class ${className} `) || code.includes(`${className} = class`))
              .map(([binding, className]) => [
                binding,
                { className, useSQLite: true, ...(name !== CONSUMER && { scriptName: CONSUMER }) },
              ]),
          ),
        ),
        ...(existsSync(ASSETS) &&
          !without.includes('ASSETS') && {
            assets: {
              directory: ASSETS,
              binding: 'ASSETS',
              run_worker_first: true,
              routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
            },
          }),
        serviceBindings: {
          FAULTS: async (request: { json(): Promise<unknown> }) =>
            new (await import('miniflare')).Response(answerFault((await request.json()) as Question)),
        },
      })),
    }),
  )

  function answerFault(question: Question): string {
    if (question.kind === 'database') return faults.database(question.operation)
    if (question.kind === 'object') return faults.object(question.binding, question.method)
    const fate = faults.delivery(question.messages, question.bodies)
    deliveries.push({ messages: question.messages, fate })
    return fate
  }

  await runtime.ready
  const urls = await Promise.all(
    names.map(async (name) => String(await runtime.unsafeGetDirectURL(name)).replace(/\/$/, '')),
  )
  const database = await runtime.getD1Database('USAGE', CONSUMER).catch(() => undefined)
  if (database !== undefined) await migrate(database)
  const bindings = await runtime.getBindings(CONSUMER)
  return {
    url: urls[0] ?? '',
    urls,
    faults,
    bindings,
    get database() {
      if (database === undefined) throw new Error('this deployment has no D1')
      return database
    },
    deliveries,
    events: () => parseEvents(lines),
    lines,
    send: async (body) => void (await (await runtime.getQueueProducer('EVENTS', CONSUMER)).send(body)),
    schedule: async (cron = '17 * * * *', at = new Date()) => {
      await (await runtime.getWorker(CONSUMER)).scheduled({ cron, scheduledTime: at })
    },
    close: () => runtime.dispose(),
  }
}

type Question =
  | { readonly kind: 'delivery'; readonly messages: number; readonly bodies: readonly unknown[] }
  | { readonly kind: 'database'; readonly operation: string }
  | { readonly kind: 'object'; readonly binding: string; readonly method: string }

/** What `wrangler d1 migrations apply` does, without its notes of what was done already. */
async function migrate(database: D1): Promise<void> {
  for (const statement of migrationStatements()) await database.prepare(statement).run()
}

/** The statements of all migrations, in order. */
export function migrationStatements(): readonly string[] {
  if (!existsSync(MIGRATIONS)) return []
  return readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .flatMap((name) =>
      readFileSync(join(MIGRATIONS, name), 'utf8')
        .replace(/^\s*--.*$/gm, '')
        .split(/;\s*$/m)
        .map((statement) => statement.trim())
        .filter((statement) => statement !== ''),
    )
}
