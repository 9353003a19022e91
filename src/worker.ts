/** The composition root: the only file that sees `Env`. Wires the rooms once per isolate and exports the gate. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { environment, release } from 'scopewall:bundle'
import type { ExecutionContext, KVNamespace } from '@cloudflare/workers-types'
import { logEvent } from './audit/log.ts'
import { type App, createApp, createRefusingApp } from './gateway/app.ts'
import { voiceOf } from './gateway/voice.ts'
import { kvReader } from './release/kv.ts'
import { createReleaseLoader } from './release/loader.ts'
import { cacheMemory } from './token/cache-memory.ts'
import { createTokenVerifier } from './token/verify.ts'

interface Env {
  readonly SCOPES: KVNamespace
  /** Must name the environment that was built in, so that no configuration runs under another's trust anchors. */
  readonly SCOPEWALL_ENVIRONMENT: string
}

/** A cache like everything else in an isolate: it can be lost and built again at any moment. */
let app: App | undefined

function createWiredApp(env: Env): App {
  const newDecisionId = () => crypto.randomUUID()
  const voice = voiceOf(environment)
  if (env.SCOPEWALL_ENVIRONMENT !== environment.name) {
    logEvent({
      event: 'fault',
      code: 'environment_mismatch',
      builtFor: environment.name,
      runsAs: env.SCOPEWALL_ENVIRONMENT,
    })
    return createRefusingApp(voice, newDecisionId)
  }
  const longestStaleSeconds = Math.max(...environment.issuers.map((issuer) => issuer.keysMaxStaleSeconds))
  return createApp({
    environment,
    voice,
    releases: createReleaseLoader({
      read: kvReader(env.SCOPES),
      bundled: release,
      coldStart: environment.coldStart,
      refreshSeconds: environment.refreshSeconds,
      maxAgeSeconds: environment.maxAgeSeconds,
      report: logEvent,
    }),
    tokens: createTokenVerifier({
      issuers: environment.issuers,
      fetch: (url, init) => fetch(url, init),
      memory: cacheMemory(() => caches.open('scopewall-key-sets'), longestStaleSeconds),
    }),
    clock: () => Date.now(),
    newDecisionId,
    fetchUpstream: (input, init) => fetch(input, init),
    record: logEvent,
  })
}

function handle(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
  app ??= createWiredApp(env)
  return app(request, (work) => context.waitUntil(work))
}

export default { fetch: handle }

/** For service bindings: Workers of the same zone reach the origin past a route, but not past this. */
export class Gate extends WorkerEntrypoint<Env> {
  fetch(request: Request): Response | Promise<Response> {
    return handle(request, this.env, this.ctx)
  }
}
