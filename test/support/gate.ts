/** The built Worker in real workerd with any environment and release, as tests of the whole need it. */
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Environment } from '../../src/policy/environment.ts'
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import { startWorkerd, type Workerd, type WorkerdService, type WorkerModule } from './workerd.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let built: Promise<string> | undefined

/** The Worker's code as wrangler bundles it, save for the generated module, which stays apart so that each test brings its own. */
export function workerCode(): Promise<string> {
  built ??= build({
    absWorkingDir: root,
    entryPoints: ['src/worker.ts'],
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

export interface GateSetup {
  readonly environment: Environment
  readonly document: ReleaseDocument
  /** Serial of the bundled release. */
  readonly serial?: number
  /** `127.0.0.1:port` of the KV server; without it nothing listens where KV should be. */
  readonly kv?: string
  readonly name?: string
  /** What the Worker is told it runs as, if not its environment's own name. */
  readonly runsAs?: string
  readonly secrets?: Readonly<Record<string, string>>
  /** Whether the registry of used proofs is bound; it is. */
  readonly hasProofs?: boolean
  /** The service that keeps the revocation log; without it the gate has one of its own, where its environment has a log at all. */
  readonly hub?: string
  /** Whether the revocation log is bound; it is. */
  readonly hasLog?: boolean
  /** Whether the ledger of tokens is bound; it is. */
  readonly hasLedger?: boolean
  /** A request header with the JSON of `request.cf`. */
  readonly cfHeader?: string
  /** `127.0.0.1:port` of the server that takes what is sent to the queue; without it, none is bound. */
  readonly queue?: string
}

export interface RunningGate extends Workerd {
  readonly port: number
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** The JSON events that the Worker logged so far. */
  events(): readonly Readonly<Record<string, unknown>>[]
}

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** The gate as a workerd service, for setups with further services beside it. */
export async function gateService({
  environment,
  document,
  serial = 0,
  kv,
  name = 'gate',
  runsAs,
  secrets = {},
  hasProofs = true,
  hub,
  hasLog = true,
  hasLedger = true,
  cfHeader,
  queue,
}: GateSetup): Promise<WorkerdService> {
  const text = encodeRelease(document)
  const bundle: WorkerModule = {
    name: 'scopewall:bundle',
    code: `export const environment = ${JSON.stringify(environment)}\nexport const release = ${JSON.stringify({ digest: digestOf(text), serial, text })}\n`,
  }
  return {
    name,
    modules: [{ name: 'worker.js', code: await workerCode() }, bundle],
    vars: { SCOPEWALL_ENVIRONMENT: runsAs ?? environment.name, ...secrets },
    durableObjects: {
      ...(hasProofs && { PROOFS: 'ProofRegistry' }),
      ...(hasLedger && { LEDGER: 'TokenLedger' }),
      ...(hasLog &&
        environment.revocation !== undefined && {
          REVOCATIONS: hub === undefined ? 'RevocationHub' : { className: 'RevocationHub', service: hub },
        }),
    },
    ...(cfHeader !== undefined && { cfHeader }),
    kv: { SCOPES: kv ?? NOWHERE },
    ...(queue !== undefined && { queues: { EVENTS: queue } }),
  }
}

// The discard port of loopback: nothing listens there.
const NOWHERE = '127.0.0.1:9'

export async function startGate(setup: GateSetup): Promise<RunningGate> {
  const service = await gateService(setup)
  const workerd = await startWorkerd([service])
  const port = workerd.ports[service.name] ?? 0
  return { ...workerd, port, url: `http://127.0.0.1:${port}`, events: () => parseEvents(workerd.lines) }
}

/** Logged lines that are JSON objects; the runtime's own messages are left out. */
export function parseEvents(lines: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  return lines.flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line)
      return typeof value === 'object' && value !== null ? [value as Record<string, unknown>] : []
    } catch {
      return []
    }
  })
}
