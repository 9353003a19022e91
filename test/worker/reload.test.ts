/** Numbered releases replayed against a live gate: what it serves, and what it refuses to take over. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import { digestOf } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { pointTo, publishTo } from '../support/published.ts'
import { startWorld, type World } from '../support/world.ts'

/** The map without its public rule, and one that opens another. */
const CLOSED: ReleaseDocument = { ...INVOICING, rules: INVOICING.rules.filter(({ path }) => path !== '/v1/status') }
const OPENED: ReleaseDocument = {
  ...INVOICING,
  rules: [
    ...INVOICING.rules,
    { service: 'invoices', host: 'api.example.com', method: 'GET', path: '/v1/webhooks', public: 'Tested.' },
  ],
}

let world: World
beforeEach(async () => {
  // Every request finds its copy old enough to look again.
  world = await startWorld({ environment: { refreshSeconds: 0, maxAgeSeconds: 0 } })
})
afterEach(() => world.close())

const health = async () =>
  (await (await world.ask('/_scopewall/health')).json()) as {
    release: { digest: string; serial: number; source: string }
  }
const isOpen = async (path: string) => (await world.ask(path)).status === 200
const reports = () => world.gate.events().map(({ code }) => code)

test('the bundled release serves until KV has one, and KV outranks it by its serial', async () => {
  expect((await health()).release).toMatchObject({ serial: 0, source: 'bundled' })
  const digest = publishTo(world.kv, CLOSED, 1)
  await expect.poll(async () => (await health()).release).toEqual({ digest, serial: 1, source: 'kv' })
  expect(await isOpen('/v1/status')).toBe(false)
})

test('the health page says what the Worker was built with, whatever is active', async () => {
  const built = digestOf(encodeRelease(INVOICING))
  const page = async () => (await (await world.ask('/_scopewall/health')).json()) as { bundled: unknown }
  expect((await page()).bundled).toEqual({ digest: built, serial: 0 })
  publishTo(world.kv, CLOSED, 1)
  await expect.poll(async () => (await health()).release.serial).toBe(1)
  expect((await page()).bundled).toEqual({ digest: built, serial: 0 })
})

test('a publish and a rollback take effect without a deploy, and a cached token is judged by the new map', async () => {
  const token = await world.issuer.mint({ scope: 'invoices:read' })
  const ask = () => world.ask('/v1/invoices', { headers: { authorization: `Bearer ${token}` } })
  const first = publishTo(world.kv, INVOICING, 1)
  expect((await ask()).status).toBe(200)
  const stricter = {
    ...INVOICING,
    rules: INVOICING.rules.map((rule) =>
      rule.path === '/v1/invoices' ? { ...rule, anyOf: [['invoices:admin']] } : rule,
    ),
  }
  publishTo(world.kv, stricter, 2)
  await expect.poll(async () => (await ask()).status).toBe(403)
  pointTo(world.kv, first, 3)
  await expect.poll(async () => (await ask()).status).toBe(200)
})

test('a release is read once, however often its pointer is looked at', async () => {
  const digest = publishTo(world.kv, CLOSED, 1)
  await expect.poll(async () => (await health()).release.serial).toBe(1)
  for (let turn = 0; turn < 5; turn++) await health()
  expect(world.kv.reads.filter((key) => key === `release/${digest}`)).toHaveLength(1)
})

test.each<[string, (digest: string) => void]>([
  ['of a lower serial', (digest) => pointTo(world.kv, digest, 4)],
  ['that is missing', () => pointTo(world.kv, 'a'.repeat(64), 6)],
  [
    'whose bytes have another digest',
    (digest) => {
      world.kv.entries.set(`release/${digest}`, `${world.kv.entries.get(`release/${digest}`)} `)
      pointTo(world.kv, digest, 6)
    },
  ],
  [
    'of an unknown format',
    () => {
      const text = JSON.stringify({ ...OPENED, format: 2 })
      world.kv.entries.set(`release/${digestOf(text)}`, text)
      pointTo(world.kv, digestOf(text), 6)
    },
  ],
  [
    'that is not JSON',
    () => {
      world.kv.entries.set(`release/${digestOf('{')}`, '{')
      pointTo(world.kv, digestOf('{'), 6)
    },
  ],
  [
    'with a member that nobody knows',
    () => {
      const text = JSON.stringify({ ...OPENED, issuers: ['https://evil.example.com'] })
      world.kv.entries.set(`release/${digestOf(text)}`, text)
      pointTo(world.kv, digestOf(text), 6)
    },
  ],
  ['behind a pointer that is not JSON', () => world.kv.entries.set('current', '{')],
  ['behind a pointer of the wrong shape', () => world.kv.entries.set('current', '{"digest":"../x","serial":"9"}')],
])('a release %s is refused and reported, and the last good one stays', async (_, breakIt) => {
  publishTo(world.kv, CLOSED, 5)
  await expect.poll(async () => (await health()).release.serial).toBe(5)
  const reported = reports().length
  const opened = publishTo(world.kv, OPENED, 6)
  // Before anyone has looked at serial 6, it goes bad.
  breakIt(opened)
  await world.ask('/v1/status')
  await expect.poll(async () => (await world.ask('/v1/status')) && reports().length).toBeGreaterThan(reported)
  expect((await health()).release.serial).toBe(5)
  expect(await isOpen('/v1/webhooks')).toBe(false)
})
