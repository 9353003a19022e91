/** The life of a change: published to staging, promoted to production, seen at both edges. Real commands, real local KV, real gates. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withLocalStore } from '../../src/cli/kv-local.ts'
import { POINTER_KEY, releaseKey } from '../../src/release/store.ts'
import { GATEWAY, makeWorkplace, type Workplace, WRANGLER } from '../support/cli.ts'
import { documentWith } from '../support/documents.ts'
import { environmentOf } from '../support/environment.ts'
import { gateService } from '../support/gate.ts'
import { type KvServer, startKvServer } from '../support/kv-server.ts'
import { startWorkerd, type Workerd } from '../support/workerd.ts'

const NAMES = ['staging', 'production'] as const
type Name = (typeof NAMES)[number]

let place: Workplace
let workerd: Workerd
const edges = new Map<Name, KvServer>()
beforeAll(async () => {
  place = await makeWorkplace()
  for (const name of NAMES) edges.set(name, await startKvServer())
  workerd = await startWorkerd(
    await Promise.all(
      NAMES.map((name) =>
        gateService({
          name,
          environment: environmentOf('http://127.0.0.1:9', 'http://127.0.0.1:9', {
            name,
            refreshSeconds: 0,
            maxAgeSeconds: 0,
          }),
          document: documentWith('/bundled'),
          kv: edges.get(name)?.address ?? '',
        }),
      ),
    ),
  )
  const [head, development = ''] = GATEWAY.split('  development:\n')
  const section = (name: Name, more = '') =>
    `  ${name}:\n${development.replaceAll('localhost:8787', `127.0.0.1:${workerd.ports[name]}`).replace('{ localhost:', '{ 127.0.0.1:')}${more}`
  await place.write(
    'scopes/gateway.yaml',
    `${head}${section('staging')}${section('production', '    protected: true\n')}`,
  )
  const binding = (name: Name) => `[env.${name}]\n[[env.${name}.kv_namespaces]]\nbinding = "SCOPES"\nid = "${name}"\n`
  await place.write('wrangler.toml', `${WRANGLER}${NAMES.map(binding).join('')}`)
})
afterAll(async () => {
  await Promise.all([place.close(), workerd.close(), ...[...edges.values()].map((kv) => kv.close())])
})

/** What KV does in its own time: what was written comes to the edge. */
async function propagate(name: Name): Promise<void> {
  const config = join(place.folder, 'wrangler.toml')
  await withLocalStore({ environment: name, isLocal: true, config }, async (store) => {
    const pointer = (await store.read([POINTER_KEY])).get(POINTER_KEY) ?? '{}'
    const key = releaseKey(JSON.parse(pointer).digest)
    edges.get(name)?.entries.set(key, (await store.read([key])).get(key) ?? '')
    edges.get(name)?.entries.set(POINTER_KEY, pointer)
  })
}

const run = (...args: readonly string[]) => place.run(...args, '--local')
const json = async (...args: readonly string[]) => JSON.parse((await run(...args, '--json')).stdout)

test('a change goes to staging and from there, the same bytes, to production', { timeout: 120_000 }, async () => {
  const published = await json('publish', '--env', 'staging', '--commit', 'c0ffee')
  const { digest } = published.live
  await propagate('staging')

  const refused = await run('promote', 'staging', 'production')
  expect([refused.code, refused.stdout]).toEqual([2, ''])
  expect(refused.stderr).toContain(`--expect ${digest.slice(0, 12)} --if-live none`)
  const [, options = ''] = /(--expect \S+ --if-live \S+)/.exec(refused.stderr) ?? []

  // What is in the working tree by now has no part in it.
  await place.write('scopes/invoices.yaml', 'service: half-written')
  const promoted = await place.run('promote', 'staging', 'production', '--local', '--json', ...options.split(' '))
  expect(promoted.stderr).toContain('the map of the working tree has errors')
  expect(JSON.parse(promoted.stdout)).toMatchObject({ changed: true, live: { digest, serial: 1, commit: 'c0ffee' } })
  expect((await json('history', '--env', 'production')).entries).toMatchObject([
    { kind: 'publish', promotedFrom: { environment: 'staging', serial: 1 } },
  ])
})

test('status tells drift from agreement, and wait returns when the edge has caught up', {
  timeout: 120_000,
}, async () => {
  await place.write('scopes/invoices.yaml', MAP)
  const before = await run('status', '--json')
  expect(before.code).toBe(5)
  const { environments, findings } = JSON.parse(before.stdout)
  expect(environments).toMatchObject([
    {
      environment: 'production',
      live: { serial: 1 },
      edges: [{ agreement: 'drift', release: { source: 'bundled', serial: 0 } }],
    },
    {
      environment: 'staging',
      live: { serial: 1 },
      edges: [{ agreement: 'agrees', release: { source: 'kv', serial: 1 } }],
    },
  ])
  expect(findings.map(({ level }: { level: string }) => level)).toEqual(['drift', 'behind', 'behind'])

  const waiting = json('wait', '--env', 'production', '--timeout', '1m')
  await propagate('production')
  expect(await waiting).toMatchObject({ reached: true, connections: 4, secondsSincePublished: expect.any(Number) })
  const after = await run('status')
  expect([after.code, after.stdout]).toEqual([0, expect.stringMatching(/production .* agrees\n/)])
})

test('probe publishes the live release again and measures until every connection has its serial', {
  timeout: 120_000,
}, async () => {
  const probing = json('probe', '--env', 'staging', '--publish', '--connections', '8', '--duration', '30s')
  const keepPropagating = setInterval(() => void propagate('staging'), 2_000)
  try {
    expect(await probing).toMatchObject({
      serial: 2,
      countedFrom: 'pointer-write',
      propagation: { connections: 8, unseen: 0, failures: 0 },
    })
  } finally {
    clearInterval(keepPropagating)
  }
})

const MAP = `service: invoices
description: Invoices.
owner: team-billing
basePath: /v1
scopes:
  invoices:read: { reason: Partners reconcile., sensitivity: low }
routes:
  /invoices: { GET: invoices:read }
`
