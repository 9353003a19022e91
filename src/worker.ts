/** The composition root: the only file that sees `Env`. Wires the rooms once per isolate and exports the gate. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { environment, release } from 'scopewall:bundle'
import type {
  D1Database,
  DurableObjectId,
  ExecutionContext,
  KVNamespace,
  MessageBatch,
} from '@cloudflare/workers-types'
import { createAdminDoors } from './admin/doors.ts'
import { createEventDoors } from './admin/events.ts'
import { createRating } from './admin/rating.ts'
import { type Consumer, createConsumer } from './audit/consume.ts'
import { faultEvent } from './audit/event.ts'
import type { EventQueue } from './audit/event-queue.ts'
import { durableIncidentDesk, type IncidentDeskLink, type IncidentDesks } from './audit/incident-desk.ts'
import { type DeskParts, IncidentDeskObject } from './audit/incident-desk-object.ts'
import { deskPartsOf } from './audit/incident-desk-parts.ts'
import { durableTail, type LiveTails } from './audit/live-tail.ts'
import { logEvent } from './audit/log.ts'
import { createSightings } from './audit/sightings.ts'
import { durableTokenLedger, type TokenLedgers } from './audit/token-ledger.ts'
import { foldPending } from './audit/usage/fold.ts'
import { createUsageStore } from './audit/usage/store.ts'
import { sweepUsage } from './audit/usage/sweep.ts'
import { createConsoleDoors } from './console/doors.ts'
import { type App, createApp, createRefusingApp, type Door } from './gateway/app.ts'
import type { GateParts } from './gateway/exchange.ts'
import { createSigner } from './gateway/signer.ts'
import { voiceOf } from './gateway/voice.ts'
import { boundIn } from './policy/bindings.ts'
import type { Environment } from './policy/environment.ts'
import { bindingNames, secretNames } from './policy/environment-needs.ts'
import type { RevocationLog } from './policy/revocation-log.ts'
import type { RevocationPolicy } from './policy/revocation-policy.ts'
import { kvReader, kvStore } from './release/kv.ts'
import { createReleaseLoader } from './release/loader.ts'
import { trustOf } from './release/signature.ts'
import { coloCache } from './revocation/colo-cache.ts'
import { durableLog, type RevocationHubs } from './revocation/log.ts'
import { createMirror, type Revocations } from './revocation/mirror.ts'
import { createAccessVerifier } from './token/access.ts'
import { cacheMemory } from './token/cache-memory.ts'
import type { Secrets } from './token/client-authentication.ts'
import { createNonceIssuer, readNonceSecret } from './token/nonce.ts'
import { settleWithin } from './token/patience.ts'
import { durableReplayStore, type ProofRegistries } from './token/replay.ts'
import { createTokenVerifier } from './token/verify.ts'

export { TokenLedger } from './audit/ledger-object.ts'
export { LiveTail } from './audit/live-tail-object.ts'
export { RevocationHub } from './revocation/log-object.ts'
export { ProofRegistry } from './token/replay-object.ts'

interface Env {
  readonly SCOPES: KVNamespace
  /** Must name the environment that was built in, so that no configuration runs under another's trust anchors. */
  readonly SCOPEWALL_ENVIRONMENT: string
  /** Which DPoP proofs were used. Asked only where a route, a scope, an issuer or the environment wants each proof to serve once. */
  readonly PROOFS?: ProofRegistries<DurableObjectId>
  /** The revocation log: one object an environment. */
  readonly REVOCATIONS?: RevocationHubs<DurableObjectId>
  /** Which tokens were seen lately. Without it none are remembered, and nothing else changes. */
  readonly LEDGER?: TokenLedgers<DurableObjectId>
  /** What is put on record goes through it, to be counted and kept. Without it, nothing is counted. */
  readonly EVENTS?: EventQueue
  /** The counts, and the decisions that are kept. */
  readonly USAGE?: D1Database
  /** Who watches decisions as they are made. */
  readonly TAIL?: LiveTails<DurableObjectId>
  /** What became an incident. */
  readonly INCIDENTS?: IncidentDesks<DurableObjectId>
  /** The console's files. */
  readonly ASSETS?: { readonly fetch: (address: string) => Promise<Response> }
  /** Secrets and certificate bindings, by the names that the environment gives them. */
  readonly [name: string]: unknown
}

/** A cache like everything else in an isolate: it can be lost and built again at any moment. */
let app: App | undefined

const REPLAY_DEADLINE_MS = 2_000

function createWiredApp(env: Env): App {
  const newDecisionId = () => crypto.randomUUID()
  const voice = voiceOf(environment)
  const fault = configurationFault(env)
  if (fault !== undefined) {
    logEvent({ event: 'fault', ...fault })
    return createRefusingApp(voice, newDecisionId)
  }
  const secrets = secretsOf(env)
  const { dpop, originSignature, tokenAudit } = environment
  const ledger = env.LEDGER && durableTokenLedger(env.LEDGER)
  const nonceSecret = dpop?.nonceSecret === undefined ? undefined : readNonceSecret(secrets.text(dpop.nonceSecret))
  const log = environment.revocation && env.REVOCATIONS && durableLog(env.REVOCATIONS, environment.name)
  const revocations = environment.revocation && log && mirrorOf(environment.revocation, log, env.SCOPES)
  const allIssuers = [...environment.issuers, ...(environment.admin?.issuers ?? [])]
  const longestStaleSeconds = Math.max(...allIssuers.map((issuer) => issuer.keysMaxStaleSeconds))
  const memory = cacheMemory(() => caches.open('scopewall-key-sets'), environment.name, longestStaleSeconds)
  const verifierFor = (issuers: Environment['issuers']) =>
    createTokenVerifier({
      environment: { ...environment, issuers },
      fetch: (url, init) => fetch(url, init),
      memory,
      secrets,
      ...(nonceSecret && { nonces: createNonceIssuer(nonceSecret) }),
      report: (fault) => logEvent(faultEvent(fault, Date.now(), environment.name)),
      ...(env.PROOFS && { replays: durableReplayStore(env.PROOFS, REPLAY_DEADLINE_MS) }),
    })
  const tokens = verifierFor(environment.issuers)
  const { issuers: adminIssuers, access } = environment.admin ?? {}
  const adminTokens = adminIssuers === undefined ? tokens : verifierFor(adminIssuers)
  const parts: GateParts = {
    environment,
    voice,
    releases: releasesIn(env),
    tokens,
    ...(revocations && { revocations }),
    ...(originSignature && { signer: createSigner(originSignature, secrets.text, () => crypto.randomUUID()) }),
    ...(tokenAudit && {
      sightings: createSightings({
        send: ledger?.record,
        subjects: tokenAudit.subjects,
        clock: () => Date.now(),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        report: logEvent,
      }),
    }),
    clock: () => Date.now(),
    newDecisionId,
    fetchUpstream: (input, init) => fetch(input, init),
    record: logEvent,
  }
  const doors = consoleDoors(env, parts)
  if (log === undefined) return createApp(parts, doors)
  const namers = [...new Set([tokens, adminTokens])]
  const tail = env.TAIL && durableTail(env.TAIL, environment.name)
  const incidents = incidentDeskOf(env)
  return createApp(parts, [
    ...doors,
    ...createAdminDoors({
      gate: parts,
      tokens: adminTokens,
      ...(access && {
        access: createAccessVerifier({
          policy: access,
          resource: environment.resource,
          mostBytes: environment.limits.tokenBytes,
          fetch: (url, init) => fetch(url, init),
          memory,
        }),
      }),
      namers,
      bundled: release,
      log,
      ...(ledger && { ledger }),
      probes: namers,
      releases: kvStore(env.SCOPES),
      bindings: boundIn(env),
      ...(tail && { tail }),
      ...(incidents && { incidents }),
      fetch: (url, init) => fetch(url, init),
      report: logEvent,
    }),
    ...createEventDoors({
      environment,
      log,
      secrets,
      fetch: (url, init) => fetch(url, init),
      memory,
      clock: () => Date.now(),
      record: logEvent,
    }),
  ])
}

const releasesIn = (env: Env) =>
  createReleaseLoader({
    read: kvReader(env.SCOPES),
    trust: trustOf(environment),
    bundled: release,
    coldStart: environment.coldStart,
    refreshSeconds: environment.refreshSeconds,
    maxAgeSeconds: environment.maxAgeSeconds,
    report: logEvent,
  })

/** The gate decides about every request (`run_worker_first`); files are had from the assets by path, whatever the host. */
function consoleDoors({ ASSETS: assets }: Env, gate: GateParts): readonly Door[] {
  return createConsoleDoors({
    gate,
    fetch: (url, init) => fetch(url, init),
    ...(assets && { asset: (path) => assets.fetch(`https://assets.invalid${path}`) }),
  })
}

function mirrorOf(policy: RevocationPolicy, log: RevocationLog, namespace: KVNamespace): Revocations {
  return createMirror({
    policy,
    log,
    shared: coloCache(() => caches.open('scopewall-revocations'), environment.name, policy.pollSeconds),
    read: kvReader(namespace),
    settleWithin,
    clock: () => Date.now(),
    report: logEvent,
  })
}

/** What keeps this deployment from judging at all: it runs as another environment, or lacks something that its environment names. */
function configurationFault(env: Env): object | undefined {
  if (env.SCOPEWALL_ENVIRONMENT !== environment.name)
    return { code: 'environment_mismatch', builtFor: environment.name, runsAs: env.SCOPEWALL_ENVIRONMENT }
  const secret = secretNames(environment).find((name) => typeof env[name] !== 'string' || env[name] === '')
  if (secret !== undefined) return { code: 'secret_missing', name: secret }
  const nonceSecret = environment.dpop?.nonceSecret
  if (nonceSecret !== undefined && readNonceSecret(String(env[nonceSecret])) === undefined)
    return { code: 'secret_malformed', name: nonceSecret }
  const binding = bindingNames(environment).find((name) => typeof env[name] !== 'object' || env[name] === null)
  return binding === undefined ? undefined : { code: 'binding_missing', name: binding }
}

function secretsOf(env: Env): Secrets {
  return {
    text(name) {
      const value = env[name]
      if (typeof value !== 'string' || value === '') throw new TypeError('a secret is missing')
      return value
    },
    connection(name) {
      const binding = env[name] as { readonly fetch: typeof fetch } | undefined
      if (binding === undefined) throw new TypeError('a certificate binding is missing')
      return (url, init) => binding.fetch(url, init)
    },
  }
}

function handle(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
  app ??= createWiredApp(env)
  return app(request, (work) => context.waitUntil(work))
}

let consumer: Consumer | undefined

function incidentDeskOf(env: Env): IncidentDeskLink | undefined {
  if (env.INCIDENTS === undefined || environment.incidents === undefined) return undefined
  return durableIncidentDesk(
    env.INCIDENTS,
    environment.name,
    createRating(releasesIn(env), release, () => Date.now()),
  )
}

const createWiredConsumer = (env: Env): Consumer => {
  const incidents = incidentDeskOf(env)
  return createConsumer({
    environment: environment.name,
    ...(env.USAGE && { store: createUsageStore(env.USAGE) }),
    ...(incidents && { observe: incidents.observe }),
    clock: () => Date.now(),
    report: logEvent,
  })
}

/** What isolates put on record. Under another environment's name nothing is taken in: it waits until that is mended. */
async function consume({ messages }: MessageBatch, env: Env): Promise<void> {
  if (env.SCOPEWALL_ENVIRONMENT !== environment.name) throw new TypeError('built for another environment')
  consumer ??= createWiredConsumer(env)
  await consumer(messages)
}

/** Each hour: what still waits is added up, and what is older than it is kept for is deleted. */
async function sweep(_: unknown, { USAGE }: Env): Promise<void> {
  if (USAGE === undefined) return
  await foldPending(USAGE)
  await sweepUsage(USAGE, Math.floor(Date.now() / 1000))
}

export default { fetch: handle, queue: consume, scheduled: sweep }

/** For service bindings: Workers of the same zone reach the origin past a route, but not past this. */
export class Gate extends WorkerEntrypoint<Env> {
  fetch(request: Request): Response | Promise<Response> {
    return handle(request, this.env, this.ctx)
  }
}

/** Bound in `wrangler.toml` as INCIDENTS. */
export class IncidentDesk extends IncidentDeskObject<Env> {
  protected override parts(): DeskParts {
    const log = environment.revocation && this.env.REVOCATIONS && durableLog(this.env.REVOCATIONS, environment.name)
    return deskPartsOf(environment, log, secretsOf(this.env).text)
  }
}
