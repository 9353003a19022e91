/** The whole demo: issuer, origin and gate, all on this machine. */
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { CAST } from './cast.ts'
import { clientToken } from './flows.ts'
import { startIssuer } from './issuer.ts'
import { lockUntilExit } from './lock.ts'
import { startOrigin } from './origin.ts'
import { findFreePort } from './ports.ts'
import { type Child, type ChildOptions, runChild, startChild } from './processes.ts'
import { copyRelocated } from './relocate.ts'
import type { TourAddresses } from './tour.ts'
import { startTraffic } from './traffic.ts'

/** Where `scopes/gateway.yaml` expects everybody. */
const USUAL_PORTS = { issuer: 9400, origin: 9401, gate: 8787 }
type Ports = typeof USUAL_PORTS

const SCOPES = 'scopes'
/** As `development` in `scopes/gateway.yaml` has them. */
export const EVENTS_PATH = '/_scopewall/events/demo'
export const RECEIVER = 'https://api.example.com/events'
/** The issuer grants it, and the map does not know it (any more): a shadow scope. */
export const UNKNOWN_SCOPE = 'reports:preview'
const WRANGLER = 'node_modules/wrangler/bin/wrangler.js'
const LOCK = '.scopewall/demo/lock'
const RELOCATED_SCOPES = '.scopewall/demo/scopes'
const READY_MILLISECONDS = 60_000

export interface WorldOptions {
  /** The project's folder. */
  readonly root: string
  /** Told of each step in a few words. */
  readonly report: (line: string) => void
  /** Whether nobody but the one who looks at it calls the gate. */
  readonly isQuiet: boolean
  /** Told everything that the child processes say. */
  readonly onOutput: (text: string) => void
}

/** How to stop what has been started so far, in the order it was started. */
export type Running = (() => Promise<void>)[]

export interface World extends TourAddresses {
  /** Resolves, should the gate end by itself, with what it said last. */
  readonly gateEnded: Promise<string>
}

/**
 * Starts everything and waits until a token of the issuer opens the gate. What runs is added to `running` as it starts,
 * so that it can be stopped even where this rejects.
 */
export async function startWorld(options: WorldOptions, running: Running): Promise<World> {
  const { root, report } = options
  lockUntilExit(join(root, LOCK))
  const ports = await choosePorts(report)
  const scopes = await placeScopes(root, ports)
  const children = describeChildren(options, scopes, ports)

  // Takes as long as the build and publishing together, and stands in the way of neither.
  const migrated = runChild(children.migrate)
  // Waited for below; until then nobody is told that it failed.
  migrated.catch(() => undefined)
  report(`building the map in ${scopes}/`)
  await runChild(children.build)
  const gateUrl = `http://localhost:${ports.gate}`
  const issuer = await startIssuer({
    port: ports.issuer,
    scopes: [...(await readScopeNames(root)), UNKNOWN_SCOPE],
    receiver: () => ({ url: `${gateUrl}${EVENTS_PATH}`, audience: RECEIVER }),
  })
  running.push(issuer.close)
  const origin = await startOrigin({ port: ports.origin, keeps: 1000 })
  running.push(origin.close)
  report(`issuer ${issuer.url}, origin ${origin.url}`)

  report('publishing the map to the local KV')
  await runChild(children.publish)
  await migrated

  report(`starting the gate ${gateUrl}`)
  const gate = startChild(children.gate)
  running.push(gate.stop)
  const gateEnded = untilEnded(gate)
  await Promise.race([
    untilOpen(gateUrl, issuer.url, gate),
    gateEnded.then((reason) => Promise.reject(new Error(reason))),
  ])
  if (!options.isQuiet) running.push(startTraffic({ gateUrl, issuerUrl: issuer.url }, CAST))
  return { gateUrl, issuerUrl: issuer.url, scopes, gateEnded }
}

async function choosePorts(report: WorldOptions['report']): Promise<Ports> {
  const ports = { ...USUAL_PORTS }
  for (const who of ['issuer', 'origin', 'gate'] as const) {
    ports[who] = await findFreePort(USUAL_PORTS[who])
    if (ports[who] !== USUAL_PORTS[who]) {
      report(`port ${USUAL_PORTS[who]} is taken, so the ${who} uses ${ports[who]} instead`)
    }
  }
  return ports
}

/** The folder of the map to build from: the example itself, or a copy that knows the other ports. */
async function placeScopes(root: string, ports: Ports): Promise<string> {
  const moves = new Map([
    [USUAL_PORTS.issuer, ports.issuer],
    [USUAL_PORTS.origin, ports.origin],
    [USUAL_PORTS.gate, ports.gate],
  ])
  if ([...moves].every(([usual, chosen]) => usual === chosen)) return SCOPES
  await copyRelocated(join(root, SCOPES), join(root, RELOCATED_SCOPES), moves)
  return RELOCATED_SCOPES
}

/** The commands of the project, as a person would run them. */
function describeChildren({ root, onOutput }: WorldOptions, scopes: string, ports: Ports) {
  const child = (name: string, script: string, args: readonly string[]): ChildOptions => ({
    name,
    command: process.execPath,
    args: [script, ...args],
    folder: root,
    // The build that wrangler runs by itself reads the first; the others keep it from calling home.
    environment: {
      SCOPEWALL_SCOPES: scopes,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
    onOutput,
  })
  const map = ['--env', 'development', '--scopes', scopes]
  const wrangler = ['dev', '--ip', '127.0.0.1', '--port', String(ports.gate), '--show-interactive-dev-session=false']
  return {
    build: child('scopewall build', 'src/cli/main.ts', ['build', ...map]),
    publish: child('scopewall publish', 'src/cli/main.ts', ['publish', ...map, '--local']),
    migrate: child('wrangler d1 migrations apply', WRANGLER, ['d1', 'migrations', 'apply', 'USAGE', '--local']),
    gate: child('the gate (wrangler dev)', WRANGLER, wrangler),
  }
}

/** What clients can be given: every scope of the map that was just built. */
async function readScopeNames(root: string): Promise<readonly string[]> {
  const bundle: typeof import('scopewall:bundle') = await import(pathToFileURL(join(root, '.scopewall/bundle.js')).href)
  const document: { scopes: object } = JSON.parse(bundle.release.text)
  return Object.keys(document.scopes)
}

async function untilEnded(gate: Child): Promise<string> {
  const end = await gate.ended
  return `${gate.name} ended with ${end}\n${gate.lastLines()}`
}

/** Waits for the gate's health, then sends one request through all three: only that proves that they know each other. */
async function untilOpen(gateUrl: string, issuerUrl: string, gate: Child): Promise<void> {
  const deadline = Date.now() + READY_MILLISECONDS
  while (!(await isHealthy(gateUrl))) {
    if (Date.now() > deadline)
      throw new Error(
        `the gate was not ready after ${READY_MILLISECONDS / 1000} seconds. It said last:\n${gate.lastLines()}`,
      )
    await setTimeout(100)
  }
  const token = await clientToken(issuerUrl, { client: 'partner', scope: 'invoices:read' })
  const { status } = await fetch(`${gateUrl}/v1/invoices`, { headers: { authorization: `Bearer ${token}` } })
  if (status !== 200) throw new Error(`the gate runs, but answered a good token with status ${status}`)
}

async function isHealthy(gateUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${gateUrl}/_scopewall/health`, { signal: AbortSignal.timeout(5000) })).ok
  } catch {
    return false
  }
}
