/**
 * From the log's acknowledgement of a revocation to the last instance that refuses: real workerd, several instances of the gate that share nothing but one log, each asked
 * with the token over and over. Trials overlap, so that hundreds fit into a minute.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { nearestRank } from '../../../src/cli/quantile.ts'
import type { RevocationPolicy } from '../../../src/policy/revocation-policy.ts'
import { environmentOf } from '../../support/environment.ts'
import { gateService } from '../../support/gate.ts'
import { INVOICING } from '../../support/invoicing.ts'
import { startKvServer } from '../../support/kv-server.ts'
import { type HubClient, hubAt, hubService } from '../../support/revocation-hub.ts'
import { type StaticIssuer, startStaticIssuer } from '../../support/static-issuer.ts'
import { startWorkerd } from '../../support/workerd.ts'

export interface PropagationFigures {
  readonly instances: number
  /** Whether the instances share one data centre's cache, or are each in another. */
  readonly isOneDataCentre: boolean
  readonly trials: number
  /** Milliseconds until the last instance refused; too long by `probeMilliseconds` at most. */
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly probeMilliseconds: number
  /** Revocations that were known although the instance had slept through them, and those that were not. */
  readonly afterSleep: { readonly refused: number; readonly passed: number }
  /** How often the log was asked in a second, by all instances. */
  readonly pollsPerSecond: number
}

/** The defaults. */
const POLICY: RevocationPolicy = {
  pollSeconds: 2,
  maxAgeSeconds: 5,
  maxStaleSeconds: 60,
  whenStale: 'refuse-critical',
  senders: [],
  roles: {},
}
const PROBE_MS = 100
const BETWEEN_TRIALS_MS = 150
/** Past the age at which a request waits. */
const SLEEP_MS = 6_000
const SLEEPERS = 20
/** Nothing takes as long, or something is wrong. */
const GIVE_UP_MS = 30_000

const ORIGIN = "export default { fetch: () => new Response('{}') }"

export async function measurePropagation(
  instances: number,
  isOneDataCentre: boolean,
  trials: number,
  sleeps: number,
): Promise<PropagationFigures> {
  const [issuer, kv, origin] = await Promise.all([
    startStaticIssuer(),
    startKvServer(),
    startWorkerd([{ name: 'origin', modules: [{ name: 'origin.js', code: ORIGIN }] }]),
  ])
  const upstream = `http://127.0.0.1:${origin.ports.origin}`
  const names = Array.from({ length: instances }, (_, index) => `gate${index}`)
  const gates = [...names, 'sleeper'].map((name) =>
    gateService({
      name,
      document: INVOICING,
      environment: environmentOf(issuer.issuer, upstream, { revocation: POLICY }),
      kv: kv.address,
      hub: 'hub',
    }),
  )
  const workerd = await startWorkerd(await Promise.all([hubService('hub', kv.address), ...gates]), {
    cache: isOneDataCentre ? 'memory' : 'nothing',
  })
  const hub = hubAt(workerd.ports.hub ?? 0, 'test')
  const portOf = (name: string) => workerd.ports[name] ?? 0
  try {
    const begun = performance.now()
    const asked = await hub.asks()
    const times: Promise<number>[] = []
    for (let trial = 0; trial < trials; trial++) {
      times.push(runTrial(issuer, hub, names.map(portOf), trial))
      await pause(BETWEEN_TRIALS_MS)
    }
    const sorted = (await Promise.all(times)).sort((a, b) => a - b)
    const pollsPerSecond = ((await hub.asks()) - asked) / ((performance.now() - begun) / 1000)
    return {
      instances,
      isOneDataCentre,
      trials,
      p50: nearestRank(sorted, 0.5),
      p99: nearestRank(sorted, 0.99),
      max: sorted.at(-1) ?? Number.NaN,
      probeMilliseconds: PROBE_MS,
      afterSleep: await wakeUp(issuer, hub, portOf('sleeper'), sleeps),
      pollsPerSecond,
    }
  } finally {
    await Promise.all([workerd.close(), origin.close(), kv.close(), issuer.close()])
  }
}

const tokenOf = (issuer: StaticIssuer, id: string): Promise<string> =>
  issuer.mint({ scope: 'invoices:read', sub: id, jti: id })

/** Milliseconds. Every instance has let the token in before. */
async function runTrial(
  issuer: StaticIssuer,
  hub: HubClient,
  ports: readonly number[],
  trial: number,
): Promise<number> {
  const id = `trial-${trial}`
  const token = await tokenOf(issuer, id)
  for (const port of ports) await expectStatus(port, token, 200)
  await hub.revoke({ kind: 'jti', issuer: issuer.issuer, value: id })
  const acknowledged = performance.now()
  return Math.max(...(await Promise.all(ports.map((port) => untilRefused(port, token, acknowledged)))))
}

async function untilRefused(port: number, token: string, since: number): Promise<number> {
  for (;;) {
    const sent = performance.now() - since
    const status = await ask(port, token)
    if (status === 401) {
      await expectStatus(port, token, 401)
      return sent
    }
    if (status !== 200) throw new Error(`a gate answered ${status}`)
    if (sent > GIVE_UP_MS) throw new Error('a gate still lets in what was revoked')
    await pause(PROBE_MS)
  }
}

/** An instance that nobody asks has no timer that would tell it anything: the first request that wakes it must wait for the news. */
async function wakeUp(
  issuer: StaticIssuer,
  hub: HubClient,
  port: number,
  sleeps: number,
): Promise<PropagationFigures['afterSleep']> {
  let [refused, passed] = [0, 0]
  for (let sleep = 0; sleep < sleeps; sleep++) {
    const ids = Array.from({ length: SLEEPERS }, (_, index) => `sleep-${sleep}-${index}`)
    const tokens = await Promise.all(ids.map((id) => tokenOf(issuer, id)))
    for (const token of tokens) await expectStatus(port, token, 200)
    await pause(SLEEP_MS)
    for (const value of ids) await hub.revoke({ kind: 'jti', issuer: issuer.issuer, value })
    for (const status of await Promise.all(tokens.map((token) => ask(port, token)))) {
      if (status === 401) refused++
      else passed++
    }
  }
  return { refused, passed }
}

async function ask(port: number, token: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/invoices`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await response.arrayBuffer()
  return response.status
}

async function expectStatus(port: number, token: string, expected: number): Promise<void> {
  const status = await ask(port, token)
  if (status !== expected) throw new Error(`a gate answered ${status} where ${expected} was due`)
}
