/** Propagation, measured on real isolates: several gates, each with a KV of its own that shows a publish later than the one before. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectTo, type EdgeConnection, healthAddress } from '../../src/cli/edge.ts'
import { measurePropagation, summarizePropagation } from '../../src/cli/propagation.ts'
import { monotonicWallClock, pause } from '../../src/cli/time.ts'
import { documentWith } from '../support/documents.ts'
import { environmentOf } from '../support/environment.ts'
import { gateService } from '../support/gate.ts'
import { type KvServer, startKvServer } from '../support/kv-server.ts'
import { publishTo } from '../support/published.ts'
import { startWorkerd, type Workerd } from '../support/workerd.ts'

const GATES = ['near', 'middle', 'far'] as const
const DELAY_MS = 400

let kvs: readonly KvServer[]
let workerd: Workerd
let connections: readonly EdgeConnection[]
beforeAll(async () => {
  kvs = await Promise.all(GATES.map(startKvServer))
  // Every question finds the copy old enough to look again.
  const environment = environmentOf('http://127.0.0.1:9', 'http://127.0.0.1:9', { refreshSeconds: 0, maxAgeSeconds: 0 })
  const document = documentWith('/bundled')
  workerd = await startWorkerd(
    await Promise.all(
      GATES.map((name, index) => gateService({ name, environment, document, kv: kvs[index]?.address ?? '' })),
    ),
  )
  connections = GATES.flatMap((name) =>
    Array.from({ length: 4 }, () => connectTo(healthAddress(`http://127.0.0.1:${workerd.ports[name]}`))),
  )
})
afterAll(async () => {
  for (const connection of connections) connection.close()
  await Promise.all([workerd.close(), ...kvs.map((kv) => kv.close())])
})

test('each connection has the release when its own isolate has it, and the quantiles say so', async () => {
  let beganAt = 0
  const publishing = (async () => {
    await pause(100)
    beganAt = monotonicWallClock()
    for (const kv of kvs) {
      publishTo(kv, documentWith('/new'), 1)
      await pause(DELAY_MS)
    }
  })()
  const measured = await measurePropagation({
    connections: connections.map(({ ask }) => ask),
    serial: 1,
    everyMs: 50,
    patienceMs: 5_000,
    durationMs: 10_000,
    settleMs: 200,
    now: monotonicWallClock,
    sleep: pause,
    onSeen: () => {},
  })
  await publishing
  const summary = summarizePropagation(measured, beganAt)
  expect(summary).toMatchObject({ connections: 12, unseen: 0, failures: 0, wentBack: { answers: 0 } })
  const seconds = (records: typeof measured.records) => records.map(({ firstSeen = 0 }) => (firstSeen - beganAt) / 1000)
  // Never before its own KV had it.
  expect(Math.min(...seconds(measured.records.slice(4, 8)))).toBeGreaterThanOrEqual(DELAY_MS / 1000 - 0.01)
  expect(Math.min(...seconds(measured.records.slice(8)))).toBeGreaterThanOrEqual((2 * DELAY_MS) / 1000 - 0.02)
  expect(summary.max).toBeGreaterThanOrEqual(0.8)
  // Generous: the machine may be busy.
  expect(summary.max).toBeLessThan(8)
  expect(summary.p50).toBeLessThanOrEqual(summary.max ?? 0)
})
