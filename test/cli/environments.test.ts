/** The life of a change: published to staging, promoted to production, seen at both edges. The commands, real local KV, real gates. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { probe } from '../../src/cli/commands/probe.ts'
import { promote } from '../../src/cli/commands/promote.ts'
import { publish } from '../../src/cli/commands/publish.ts'
import { rollback } from '../../src/cli/commands/rollback.ts'
import { status } from '../../src/cli/commands/status.ts'
import { wait } from '../../src/cli/commands/wait.ts'
import { Stop } from '../../src/cli/exit.ts'
import { withLocalStore } from '../../src/cli/kv-local.ts'
import { pause } from '../../src/cli/time.ts'
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

interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A command in this process: the work of a dozen processes would be spent on starting them. */
async function call(
  work: (options: typeof OPTIONS & { scopes: string; config: string }) => Promise<number>,
  onNote: (text: string) => void = () => {},
): Promise<Said> {
  const said = { stdout: '', stderr: '' }
  const listen = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      said[stream] += String(chunk)
      if (stream === 'stderr') onNote(String(chunk))
      return true
    })
  const listeners = [listen('stdout'), listen('stderr')]
  try {
    const options = { ...OPTIONS, scopes: join(place.folder, 'scopes'), config: join(place.folder, 'wrangler.toml') }
    return { code: await work(options), ...said }
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    return { code: error.exitCode, stdout: said.stdout, stderr: `${said.stderr}${error.message}\n${error.help}` }
  } finally {
    for (const listener of listeners) listener.mockRestore()
  }
}

const OPTIONS = { local: true, json: true, by: 'tester' }

test('a change goes to staging and from there, the same bytes, to production', { timeout: 120_000 }, async () => {
  const published = await call((options) => publish({ ...options, env: 'staging', commit: 'c0ffee' }))
  const { digest } = JSON.parse(published.stdout).live
  await propagate('staging')

  const refused = await call((options) => promote('staging', 'production', options))
  expect([refused.code, refused.stdout]).toEqual([2, ''])
  expect(refused.stderr).toContain(`--expect ${digest.slice(0, 12)} --if-live none`)

  // What is in the working tree by now has no part in it.
  await place.write('scopes/invoices.yaml', 'service: half-written')
  const consent = { expect: digest.slice(0, 12), ifLive: 'none' }
  const promoted = await call((options) => promote('staging', 'production', { ...options, ...consent }))
  expect(promoted.stderr).toContain('the map of the working tree has errors')
  const from = { environment: 'staging', serial: 1 }
  expect(JSON.parse(promoted.stdout)).toMatchObject({
    changed: true,
    live: { digest, serial: 1, commit: 'c0ffee', kind: 'publish', environment: 'production', promotedFrom: from },
  })
})

test('a protected environment asks of a rollback, too, whether that is meant', { timeout: 120_000 }, async () => {
  const refused = await call((options) => rollback({ ...options, env: 'production', to: '1' }))
  expect([refused.code, refused.stdout]).toEqual([2, ''])
  const wrong = await call((options) => rollback({ ...options, env: 'production', to: '1', expect: 'f'.repeat(12) }))
  expect([wrong.code, wrong.stdout]).toEqual([5, ''])
})

test('status tells drift from agreement, and wait returns when the edge has caught up', {
  timeout: 120_000,
}, async () => {
  const before = await call(status)
  expect(before.code).toBe(5)
  const { environments, findings, workingTree } = JSON.parse(before.stdout)
  expect(workingTree).toBeNull()
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

  const catchingUp = pause(1_500).then(() => propagate('production'))
  const waited = await call((options) => wait({ ...options, env: 'production', timeout: 40, connections: 4 }))
  await catchingUp
  expect(JSON.parse(waited.stdout)).toMatchObject({
    reached: true,
    connections: 4,
    secondsSincePublished: expect.any(Number),
  })
  const after = await call((options) => status({ ...options, json: false }))
  expect([after.code, after.stdout]).toEqual([0, expect.stringMatching(/production .* agrees\n/)])
})

test('wait says what it saw where the edge does not come, and exits with 5', { timeout: 120_000 }, async () => {
  const digest = 'f'.repeat(12)
  const waited = await call((options) => wait({ ...options, env: 'staging', timeout: 5, connections: 2, digest }))
  expect(waited.code).toBe(5)
  expect(waited.stderr).toMatch(
    /does not answer with release f{12} on every connection: 2 × release [0-9a-f]{12}, serial 1/,
  )
})

test('probe publishes the live release again and measures until every connection has its serial', {
  timeout: 120_000,
}, async () => {
  let arriving: Promise<void> | undefined
  const probed = await call(
    (options) => probe({ ...options, env: 'staging', publish: true, connections: 8, duration: 12 }),
    (text) => {
      if (text.includes('(check-pointer)')) arriving = propagate('staging')
    },
  )
  await arriving
  expect(JSON.parse(probed.stdout)).toMatchObject({
    serial: 2,
    countedFrom: 'pointer-write',
    propagation: { connections: 8, unseen: 0, failures: 0 },
  })
})
