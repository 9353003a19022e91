/** What the Worker does when nobody waits for an answer: it takes in what isolates put on record, adds it up, and keeps the desk of incidents. */
import { environment, release } from 'scopewall:bundle'
import type { MessageBatch } from '@cloudflare/workers-types'
import { bundledAdminRules } from './admin/release.ts'
import { type Consumer, createConsumer } from './audit/consume.ts'
import { durableIncidentDesk, type IncidentDeskLink } from './audit/incident-desk.ts'
import { type DeskParts, IncidentDeskObject } from './audit/incident-desk-object.ts'
import { durableTail } from './audit/live-tail.ts'
import { logEvent } from './audit/log.ts'
import { foldPending } from './audit/usage/fold.ts'
import { createUsageStore } from './audit/usage/store.ts'
import { sweepUsage } from './audit/usage/sweep.ts'
import type { Env } from './bindings.ts'
import { secretsIn } from './gateway/configuration.ts'
import { openingScopes, rateScopes } from './policy/rated-scopes.ts'
import { kvReader } from './release/kv.ts'
import { createReleaseLoader } from './release/loader.ts'
import type { ReleaseEvent } from './release/report.ts'
import { trustOf } from './release/signature.ts'
import { durableLog } from './revocation/log.ts'

let consumer: Consumer | undefined

/** Scopes are rated by the release that is live, and by the one that was built in where nobody can say. */
export function incidentDeskOf(env: Env): IncidentDeskLink | undefined {
  if (env.INCIDENTS === undefined || environment.incidents === undefined) return undefined
  const [releases, own] = [releasesIn(env, logEvent), bundledAdminRules(release)]
  return durableIncidentDesk(env.INCIDENTS, environment.name, async (scopes) => {
    const beside: Promise<unknown>[] = []
    const waitUntil = (work: Promise<unknown>) => void beside.push(work)
    const [live, admin] = await Promise.all([
      releases.current(Date.now(), waitUntil),
      own.current(Date.now(), waitUntil),
    ])
    await Promise.allSettled(beside)
    const rated = live ?? admin
    return rated === undefined
      ? {}
      : rateScopes(rated.release, admin ? openingScopes(admin.release) : new Set(), scopes)
  })
}

const createWiredConsumer = (env: Env): Consumer => {
  const incidents = incidentDeskOf(env)
  const tail = env.TAIL && durableTail(env.TAIL, environment.name)
  return createConsumer({
    environment: environment.name,
    ...(env.USAGE && { store: createUsageStore(env.USAGE) }),
    ...(incidents && { observe: incidents.observe }),
    ...(tail && { publish: tail.publish }),
    clock: () => Date.now(),
    report: logEvent,
  })
}

/** What isolates put on record. Under another environment's name nothing is taken in: it waits until that is mended. */
export async function consume({ messages }: MessageBatch, env: Env): Promise<void> {
  if (env.SCOPEWALL_ENVIRONMENT !== environment.name) throw new TypeError('built for another environment')
  consumer ??= createWiredConsumer(env)
  await consumer(messages)
}

/** Each hour: what still waits is added up, and what is older than it is kept for is deleted. */
export async function sweep(_: unknown, { USAGE }: Env): Promise<void> {
  if (USAGE === undefined) return
  await foldPending(USAGE)
  await sweepUsage(USAGE, Math.floor(Date.now() / 1000))
}

export const releasesIn = (env: Env, report: (event: ReleaseEvent) => void) =>
  createReleaseLoader({
    read: kvReader(env.SCOPES),
    trust: trustOf(environment),
    bundled: release,
    coldStart: environment.coldStart,
    refreshSeconds: environment.refreshSeconds,
    maxAgeSeconds: environment.maxAgeSeconds,
    report,
  })

/** Bound in `wrangler.toml` as INCIDENTS. */
export class IncidentDesk extends IncidentDeskObject<Env> {
  protected override parts(): DeskParts {
    const log = environment.revocation && this.env.REVOCATIONS && durableLog(this.env.REVOCATIONS, environment.name)
    return {
      environment: environment.name,
      origin: new URL(environment.resource).origin,
      policy: environment.incidents ?? { rules: [], channels: [] },
      plainClients: environment.events.client === 'plain',
      ...(log && { append: log.append }),
      fetch: (url, init) => fetch(url, init),
      secret: secretsIn(this.env).text,
      clock: () => Date.now(),
      report: logEvent,
    }
  }
}
