/** What a request costs as marks grow, and what they take of memory: the gate in raw workerd beside its log, and the same gate without one. */
import { setTimeout as pause } from 'node:timers/promises'
import type { EpochSeconds, NonEmpty } from '../../../src/policy/result.ts'
import type { NewEntry } from '../../../src/policy/revocation-log.ts'
import type { RevocationPolicy } from '../../../src/policy/revocation-policy.ts'
import { createLogCopy } from '../../../src/revocation/log-copy.ts'
import { targetKey } from '../../../src/revocation/target-key.ts'
import { environmentOf } from '../../support/environment.ts'
import { gateService } from '../../support/gate.ts'
import { type KvServer, startKvServer } from '../../support/kv-server.ts'
import { type HubClient, hubAt, hubService } from '../../support/revocation-hub.ts'
import { type StaticIssuer, startStaticIssuer } from '../../support/static-issuer.ts'
import { startWorkerd, type Workerd } from '../../support/workerd.ts'
import { type Load, load } from '../load.ts'
import { mapOf } from '../map.ts'
import { median } from '../numbers.ts'

export interface CostFigures {
  /** Undefined: revocation is off. */
  readonly marks: number | undefined
  /** Medians over the rounds, of processor time of the whole process: the log beside the gate included. */
  readonly warmMicroseconds: number
  readonly newMicroseconds: number
  /** Until the first answer of an instance that knew nothing. */
  readonly firstAnswerMilliseconds: number
  /** Entries a second, until the log had them all. */
  readonly appendsPerSecond?: number
}

const POLICY: RevocationPolicy = {
  pollSeconds: 2,
  maxAgeSeconds: 5,
  maxStaleSeconds: 60,
  whenStale: 'refuse',
  senders: [],
  roles: {},
}
const RULES = 10
const WARM_UP = 3
const BATCH = 5_000
/** Until the log has put a big snapshot into KV. */
const SNAPSHOT_MS = 180_000
const PATIENCE_MS = 60_000

const ORIGIN = `export default { fetch: () => new Response('{"ok":true}', { headers: { 'content-type': 'application/json' } }) }`

interface Contestant {
  readonly marks: number | undefined
  readonly gate: Workerd
  readonly kv: KvServer
  readonly firstAnswerMilliseconds: number
  readonly appendsPerSecond?: number
  readonly warm: Load[]
  readonly fresh: Load[]
}

export async function measureCosts(
  counts: readonly (number | undefined)[],
  rounds: number,
  count: number,
): Promise<readonly CostFigures[]> {
  const { document, paths } = mapOf(RULES)
  const path = paths[0] ?? '/'
  const scope = document.rules[0]?.anyOf?.[0]?.[0] ?? ''
  const issuer = await startStaticIssuer()
  const origin = await startWorkerd([{ name: 'origin', modules: [{ name: 'origin.js', code: ORIGIN }] }])
  const contestants: Contestant[] = []
  try {
    const token = await issuer.mint({ scope })
    for (const marks of counts)
      contestants.push(await prepare(marks, issuer, `http://127.0.0.1:${origin.ports.origin}`, path, token))
    for (let round = -WARM_UP; round < rounds; round++) {
      for (const contestant of contestants) {
        const server = { pid: contestant.gate.pid, port: contestant.gate.ports.gate ?? 0 }
        const tokens = await Promise.all(Array.from({ length: count }, () => issuer.mint({ scope })))
        const warm = await load(server, path, count, () => `Bearer ${token}`)
        const fresh = await load(server, path, count, (n) => `Bearer ${tokens[n]}`)
        for (const { statuses } of [warm, fresh])
          if (statuses[200] !== count) throw new Error(`expected only 200, got ${JSON.stringify(statuses)}`)
        if (round < 0) continue
        contestant.warm.push(warm)
        contestant.fresh.push(fresh)
      }
    }
    return contestants.map(figuresOf)
  } finally {
    await Promise.all(contestants.flatMap(({ gate, kv }) => [gate.close(), kv.close()]))
    await Promise.all([origin.close(), issuer.close()])
  }

  async function prepare(
    marks: number | undefined,
    who: StaticIssuer,
    upstream: string,
    target: string,
    token: string,
  ): Promise<Contestant> {
    const kv = await startKvServer()
    const revocation = marks === undefined ? {} : { revocation: POLICY }
    const service = await gateService({
      document,
      environment: environmentOf(who.issuer, upstream, revocation),
      kv: kv.address,
      hub: 'hub',
    })
    const gate = await startWorkerd([await hubService('hub', kv.address), service])
    const appendsPerSecond = await fill(hubAt(gate.ports.hub ?? 0, 'test'), marks ?? 0)
    const firstAnswerMilliseconds = await untilAnswered(gate.ports.gate ?? 0, target, token)
    return {
      marks,
      gate,
      kv,
      firstAnswerMilliseconds,
      ...(appendsPerSecond !== undefined && { appendsPerSecond }),
      warm: [],
      fresh: [],
    }
  }
}

const markOf = (index: number): NewEntry => ({
  author: { kind: 'principal', issuer: 'https://admin.example.com' },
  origin: { via: 'admin' },
  action: {
    kind: 'mark',
    target: { kind: 'jti', issuer: 'https://login.example.com/', value: `token-${index}` },
    effect: { kind: 'revoke' },
    reason: 'Measured.',
  },
})

/** Returns once the log has them all, and has put a snapshot of many into KV. */
async function fill(hub: HubClient, marks: number): Promise<number | undefined> {
  if (marks === 0) return undefined
  const started = performance.now()
  for (let from = 0; from < marks; from += BATCH) {
    const entries = Array.from({ length: Math.min(BATCH, marks - from) }, (_, index) => markOf(from + index))
    await hub.append(...(entries as unknown as NonEmpty<NewEntry>))
  }
  const rate = marks / ((performance.now() - started) / 1000)
  const deadline = performance.now() + SNAPSHOT_MS
  while (marks > BATCH && (await hub.status()).snapshot?.cursor.seq !== marks) {
    if (performance.now() > deadline) break
    await pause(500)
  }
  return rate
}

/** An instance that knows nothing turns protected requests away until it knows enough. */
async function untilAnswered(port: number, path: string, token: string): Promise<number> {
  const started = performance.now()
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } })
    await response.arrayBuffer()
    const passed = performance.now() - started
    if (response.status === 200) return passed
    if (passed > PATIENCE_MS) throw new Error(`the gate still answers ${response.status}`)
    await pause(50)
  }
}

function figuresOf({ marks, warm, fresh, firstAnswerMilliseconds, appendsPerSecond }: Contestant): CostFigures {
  const cost = (loads: readonly Load[]) => median(loads.map((each) => each.cpuMicrosecondsPerRequest))
  return {
    marks,
    warmMicroseconds: cost(warm),
    newMicroseconds: cost(fresh),
    firstAnswerMilliseconds,
    ...(appendsPerSecond !== undefined && { appendsPerSecond }),
  }
}

export interface MemoryFigures {
  readonly marks: number
  /** Bytes of what an isolate keeps of them, once all are there. */
  readonly bytes: number
}

/** In this Node, which must let its garbage be collected (`--expose-gc`). */
export function measureMemory(marks: number): MemoryFigures {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error('start with --expose-gc')
  const held = () => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = held()
  const copy = createLogCopy()
  for (let from = 0; from < marks; from += BATCH) {
    const states = Array.from({ length: Math.min(BATCH, marks - from) }, (_, index) => ({
      seq: from + index + 1,
      kind: 'jti' as const,
      key: targetKey({ kind: 'jti', issuer: 'https://login.example.com/', value: `token-${from + index}` }),
      effects: [
        { effect: { kind: 'revoke' as const }, entry: from + index + 1, expires: 4_000_000_000 as EpochSeconds },
      ],
    }))
    if (!copy.take(states, { seq: from + states.length, hash: '' }, 0)) throw new Error('no room')
  }
  const bytes = held() - before
  if (copy.marks.size !== marks) throw new Error('some are missing')
  return { marks, bytes }
}
