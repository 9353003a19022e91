/** The composition root: wires the rooms once per isolate and exports the gate. What is done in the background is in `background.ts`. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { environment, release } from 'scopewall:bundle'
import type { ExecutionContext, KVNamespace } from '@cloudflare/workers-types'
import { createAdminDoors } from './admin/doors.ts'
import { createEventDoors } from './admin/events.ts'
import { faultEvent } from './audit/fault-event.ts'
import { unusableChannels } from './audit/incidents/send-alert.ts'
import { durableTail } from './audit/live-tail.ts'
import { logEvent } from './audit/log.ts'
import { makeSinks } from './audit/make-sinks.ts'
import { createRecorder, type Recorder } from './audit/recorder.ts'
import { createSightings } from './audit/sightings.ts'
import { durableTokenLedger } from './audit/token-ledger.ts'
import { consume, incidentDeskOf, releasesIn, sweep } from './background.ts'
import type { Env } from './bindings.ts'
import { createConsoleDoors } from './console/doors.ts'
import { type App, createApp, createRefusingApp, type Door } from './gateway/app.ts'
import { configurationFault, secretsIn } from './gateway/configuration.ts'
import type { GateParts } from './gateway/exchange.ts'
import { createSigner } from './gateway/signer.ts'
import { voiceOf } from './gateway/voice.ts'
import { boundIn } from './policy/bindings.ts'
import type { Environment } from './policy/environment.ts'
import type { RevocationLog } from './policy/revocation-log.ts'
import type { RevocationPolicy } from './policy/revocation-policy.ts'
import { kvReader, kvStore } from './release/kv.ts'
import { coloCache } from './revocation/colo-cache.ts'
import { durableLog, tellingWhenFull } from './revocation/log.ts'
import { createMirror, type Revocations } from './revocation/mirror.ts'
import { createAccessVerifier } from './token/access.ts'
import { cacheMemory } from './token/cache-memory.ts'
import type { Secrets } from './token/client-authentication.ts'
import { createNonceIssuer, readNonceSecret } from './token/nonce.ts'
import { settleWithin } from './token/patience.ts'
import { durableReplayStore } from './token/replay.ts'
import { createTokenVerifier } from './token/verify.ts'

export { TokenLedger } from './audit/ledger-object.ts'
export { LiveTail } from './audit/live-tail-object.ts'
export { IncidentDesk } from './background.ts'
export { RevocationHub } from './revocation/log-object.ts'
export { ProofRegistry } from './token/replay-object.ts'

/** A cache like everything else in an isolate: it can be lost and built again at any moment. */
let app: App | undefined

const REPLAY_DEADLINE_MS = 2_000

function createWiredApp(env: Env, colo: string | undefined): App {
  const newDecisionId = () => crypto.randomUUID()
  const voice = voiceOf(environment)
  const fault = configurationFault(environment, env)
  if (fault !== undefined) {
    logEvent({ event: 'fault', ...fault })
    return createRefusingApp(voice, newDecisionId)
  }
  const secrets = secretsIn(env)
  const recorder = recorderOf(env, secrets, colo)
  const bindings = boundIn(env)
  const unbound = bindings.flatMap(({ name, isBound }) => (isBound ? [] : [name]))
  if (unbound.length > 0) logEvent({ event: 'deployment', code: 'bindings_missing', names: unbound })
  unusableChannels(environment.incidents?.channels ?? [], secrets.text).forEach(recorder.note)
  const { dpop, originSignature, tokenAudit } = environment
  const ledger = env.LEDGER && durableTokenLedger(env.LEDGER)
  const nonceSecret = dpop?.nonceSecret === undefined ? undefined : readNonceSecret(secrets.text(dpop.nonceSecret))
  const log = environment.revocation && env.REVOCATIONS && logOf(env.REVOCATIONS, recorder)
  const revocations = environment.revocation && log && mirrorOf(environment.revocation, log, env.SCOPES, recorder)
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
      report: (fault) => recorder.note(faultEvent(fault, Date.now(), environment.name)),
      ...(env.PROOFS && { replays: durableReplayStore(env.PROOFS, REPLAY_DEADLINE_MS) }),
    })
  const tokens = verifierFor(environment.issuers)
  const { issuers: adminIssuers, access } = environment.admin ?? {}
  const adminTokens = adminIssuers === undefined ? tokens : verifierFor(adminIssuers)
  const parts: GateParts = {
    environment,
    voice,
    releases: releasesIn(env, recorder.note),
    tokens,
    ...(revocations && { revocations }),
    ...(originSignature && { signer: createSigner(originSignature, secrets.text, () => crypto.randomUUID()) }),
    ...(tokenAudit && {
      sightings: createSightings({
        send: ledger?.record,
        subjects: tokenAudit.subjects,
        clock: () => Date.now(),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        report: recorder.note,
      }),
    }),
    clock: () => Date.now(),
    newDecisionId,
    fetchUpstream: (input, init) => fetch(input, init),
    recorder,
    unbound,
  }
  const doors = consoleDoors(env, parts)
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
      ...(log && { log }),
      ...(ledger && { ledger }),
      ...(env.USAGE && { usage: env.USAGE }),
      probes: namers,
      releases: kvStore(env.SCOPES),
      bindings,
      ...(tail && { tail }),
      ...(incidents && { incidents }),
      fetch: (url, init) => fetch(url, init),
      report: recorder.note,
    }),
    ...(log === undefined
      ? []
      : createEventDoors({
          environment,
          log,
          secrets,
          fetch: (url, init) => fetch(url, init),
          memory,
          clock: () => Date.now(),
          record: recorder.note,
        })),
  ])
}

function recorderOf(env: Env, secrets: Secrets, colo: string | undefined): Recorder {
  const { name, events } = environment
  const clock = () => Date.now()
  const reach = { fetch: (url: string, init: RequestInit) => fetch(url, init), secret: secrets.text, clock }
  const parts = { ...reach, binding: (each: string) => env[each] }
  return createRecorder({
    environment: name,
    policy: events,
    ...(events.hashKey !== undefined && { hashKey: secrets.text(events.hashKey) }),
    sinks: makeSinks(events.sinks, parts, logEvent),
    ...(env.EVENTS && { queue: env.EVENTS }),
    colo,
    clock,
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    settleWithin,
    random: () => Math.random(),
    newId: () => crypto.randomUUID(),
    log: logEvent,
  })
}

/** The gate decides about every request (`run_worker_first`); files are had from the assets by path, whatever the host. */
function consoleDoors({ ASSETS: assets }: Env, gate: GateParts): readonly Door[] {
  return createConsoleDoors({
    gate,
    fetch: (url, init) => fetch(url, init),
    ...(assets && { asset: (path) => assets.fetch(`https://assets.invalid${path}`) }),
  })
}

const logOf = (hubs: NonNullable<Env['REVOCATIONS']>, recorder: Recorder): RevocationLog =>
  tellingWhenFull(durableLog(hubs, environment.name), recorder.note, () => Date.now())

function mirrorOf(
  policy: RevocationPolicy,
  log: RevocationLog,
  namespace: KVNamespace,
  recorder: Recorder,
): Revocations {
  return createMirror({
    policy,
    log,
    shared: coloCache(() => caches.open('scopewall-revocations'), environment.name, policy.pollSeconds),
    read: kvReader(namespace),
    settleWithin,
    clock: () => Date.now(),
    report: recorder.note,
  })
}

function handle(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
  app ??= createWiredApp(env, coloOf(request))
  return app(request, (work) => context.waitUntil(work))
}

/** Where this isolate is: it stays there. */
const coloOf = ({ cf }: Request & { readonly cf?: { readonly colo?: unknown } }): string | undefined =>
  typeof cf?.colo === 'string' ? cf.colo.slice(0, 8) : undefined

export default { fetch: handle, queue: consume, scheduled: sweep }

/** For service bindings: Workers of the same zone reach the origin past a route, but not past this. */
export class Gate extends WorkerEntrypoint<Env> {
  fetch(request: Request): Response | Promise<Response> {
    return handle(request, this.env, this.ctx)
  }
}
