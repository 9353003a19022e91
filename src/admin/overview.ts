/** The route that tells how the gate is: this environment as this isolate knows it, and the others as their gates say themselves. */
import type { Exchange } from '../gateway/exchange.ts'
import type { AdminRoute } from '../policy/admin-routes.ts'
import type { EnvironmentHealth, OverviewAnswer } from '../policy/console-answers.ts'
import { json } from './answers.ts'
import type { Handler } from './call.ts'
import { createNeighbours } from './neighbours.ts'
import type { AdminParts } from './parts.ts'

type OverviewRoute = Extract<AdminRoute, 'GET /_scopewall/admin/overview'>
type OverviewParts = Pick<AdminParts, 'gate' | 'probes' | 'bindings' | 'fetch'>

export function overviewHandlers(parts: OverviewParts): Readonly<Record<OverviewRoute, Handler>> {
  const { environment } = parts.gate
  const neighbours = createNeighbours(environment.siblings ?? [], parts.fetch)
  return {
    async 'GET /_scopewall/admin/overview'({ exchange }) {
      const [issuers, others] = await Promise.all([
        issuersOf(parts, exchange),
        neighbours.healths(exchange.milliseconds),
      ])
      const revocation = await revocationOf(parts, exchange)
      return json({
        at: new Date(exchange.milliseconds).toISOString(),
        environments: [await ownHealth(parts, exchange, issuers, revocation), ...others],
        issuers,
        revocation,
        bindings: parts.bindings,
      } satisfies OverviewAnswer)
    },
  }
}

const KEYS = {
  fresh: undefined,
  stale: 'it could not be asked lately: its keys of an earlier time serve',
  none: 'its keys cannot be had: none of its tokens can be judged',
  asked: 'its tokens are introspected, one by one',
} as const

async function issuersOf(
  { probes }: OverviewParts,
  { milliseconds, waitUntil }: Exchange,
): Promise<OverviewAnswer['issuers']> {
  const standings = (await Promise.all(probes.map((probe) => probe.standings(milliseconds, waitUntil)))).flat()
  return standings.map(({ issuer, keys }) => {
    const detail = KEYS[keys]
    return {
      issuer,
      state: keys === 'none' || keys === 'stale' ? 'unreachable' : 'ok',
      ...(detail !== undefined && { detail }),
    }
  })
}

/** What an isolate that was only just born knows is what it learns now. */
async function revocationOf(
  { gate: { revocations } }: OverviewParts,
  { milliseconds, waitUntil }: Exchange,
): Promise<OverviewAnswer['revocation']> {
  await revocations?.ready(milliseconds, waitUntil)
  return revocations?.status(milliseconds) ?? 'off'
}

async function ownHealth(
  { gate }: OverviewParts,
  { milliseconds, waitUntil }: Exchange,
  issuers: OverviewAnswer['issuers'],
  revocation: OverviewAnswer['revocation'],
): Promise<EnvironmentHealth> {
  const own = { environment: gate.environment.name, isOwn: true }
  const active = await gate.releases.current(milliseconds, waitUntil)
  if (active === undefined) return { ...own, state: 'degraded', detail: 'there is no release to judge by' }
  const { digest, serial, source, expires, candidate } = active
  const faults = [
    ...(revocation !== 'off' && revocation.freshness !== 'fresh' ? ['what is known of revocations is stale'] : []),
    ...(issuers.some(({ state }) => state !== 'ok') ? ['an issuer cannot be reached'] : []),
  ]
  return {
    ...own,
    state: faults.length === 0 ? 'ok' : 'degraded',
    release: { digest, serial, source, ...(expires !== undefined && { expires }) },
    ...(candidate && { candidate: { digest: candidate.digest, since: candidate.since } }),
    ...(faults.length > 0 && { detail: faults.join('; ') }),
  }
}
