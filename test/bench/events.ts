/**
 * What it costs to have requests on record: gates that differ in nothing else, each in a workerd of its own, in the same rounds. A round is a load on each of them and
 * then as long as it takes until what it left in the background is done, which counts with it.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EventPolicy } from '../../src/policy/event-policy.ts'
import { environmentOf, LOGGED_REFUSALS } from '../support/environment.ts'
import { type RunningGate, startGate } from '../support/gate.ts'
import { signingKey, startStaticIssuer } from '../support/static-issuer.ts'
import { startWorkerd } from '../support/workerd.ts'
import { ORIGIN } from './gate.ts'
import { load, processorMilliseconds } from './load.ts'
import { mapOf } from './map.ts'
import { median, shuffled } from './numbers.ts'

export interface EventFigure {
  /** Processor time of a warm token's request, in the median of rounds. */
  readonly cpuMicroseconds: number
  /** The same over that of a gate that keeps no record, in the median of the ratios within each round. */
  readonly overOff: number
}

/** Allowed requests that have an event of their own. All are counted, unless it is off. */
const RECORDINGS = ['off', 'one in 100', 'every one'] as const
type Recording = (typeof RECORDINGS)[number]

const POLICIES: Readonly<Record<Recording, EventPolicy>> = {
  off: { ...LOGGED_REFUSALS, sinks: [] },
  'one in 100': { ...LOGGED_REFUSALS, sampleAllows: 100 },
  'every one': LOGGED_REFUSALS,
}

/** A flush begins a second after the first request of a round, and the queue answers at once. */
const FLUSHED_MS = 1_500
/** Rounds that are not counted. */
const WARM_UP = 3

export async function measureEvents(rounds: number, count: number): Promise<Record<Recording, EventFigure>> {
  const { document, paths } = mapOf(1_000)
  const path = paths.find((candidate) => candidate.endsWith('/lines')) ?? '/'
  const scope = document.rules.find((rule) => rule.path.replace('{id}', 'f3a9c0d1') === path)?.anyOf?.[0]?.[0] ?? ''
  const issuer = await startStaticIssuer([await signingKey('ES256')])
  const origin = await startWorkerd([{ name: 'origin', modules: [{ name: 'origin.js', code: ORIGIN }] }])
  const queue = await startQueue()
  const base = environmentOf(issuer.issuer, `http://127.0.0.1:${origin.ports.origin}`)
  const gates = new Map<Recording, RunningGate>()
  try {
    for (const name of RECORDINGS) {
      const environment = { ...base, events: POLICIES[name] }
      gates.set(name, await startGate({ environment, document, ...(name !== 'off' && { queue: addressOf(queue) }) }))
    }
    const token = await issuer.mint({ scope })
    const costs: Record<Recording, number>[] = []
    for (let round = -WARM_UP; round < rounds; round++) {
      const cost = await measureRound(gates, path, count, `Bearer ${token}`)
      if (round >= 0) costs.push(cost)
    }
    return figures(costs)
  } finally {
    await Promise.all([...gates.values(), origin, issuer].map((each) => each.close()))
    queue.close()
  }
}

async function measureRound(
  gates: ReadonlyMap<Recording, RunningGate>,
  path: string,
  count: number,
  authorization: string,
): Promise<Record<Recording, number>> {
  const before = new Map([...gates].map(([name, { pid }]) => [name, processorMilliseconds(pid)]))
  for (const [name, { pid, port }] of shuffled([...gates])) {
    const { statuses } = await load({ pid, port }, path, count, () => authorization)
    if (statuses[200] !== count) throw new Error(`${name}: expected only 200, got ${JSON.stringify(statuses)}`)
  }
  await new Promise((resolve) => setTimeout(resolve, FLUSHED_MS))
  const spent = [...gates].map(
    ([name, { pid }]) => [name, processorMilliseconds(pid) - (before.get(name) ?? 0)] as const,
  )
  return Object.fromEntries(spent.map(([name, cpu]) => [name, (1000 * cpu) / count])) as Record<Recording, number>
}

function figures(costs: readonly Record<Recording, number>[]): Record<Recording, EventFigure> {
  const figure = (name: Recording): EventFigure => ({
    cpuMicroseconds: median(costs.map((cost) => cost[name])),
    overOff: median(costs.map((cost) => cost[name] / cost.off)),
  })
  return { off: figure('off'), 'one in 100': figure('one in 100'), 'every one': figure('every one') }
}

/** Takes whatever is sent to it. */
async function startQueue(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('{}'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const addressOf = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`
