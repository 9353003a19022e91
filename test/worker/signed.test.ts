/** Signed releases in the real Worker, with somebody at KV who has no key: what the edge serves does not change. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import { digestOf } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { releaseKey, signedText } from '../support/release-keys.ts'
import { startWorld, type World } from '../support/world.ts'

const key = releaseKey('first')
const thief = { ...releaseKey('thief'), id: 'first' }
const DAY = 86_400_000

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
  world = await startWorld({
    environment: {
      refreshSeconds: 0,
      maxAgeSeconds: 0,
      releaseSigning: { keys: [{ id: key.id, publicKey: key.publicKey }], validitySeconds: 90 * 86_400 },
    },
  })
})
afterEach(() => world.close())

const put = (document: ReleaseDocument) => {
  const text = encodeRelease(document)
  world.kv.entries.set(`release/${digestOf(text)}`, text)
  return digestOf(text)
}
const facts = (digest: string, serial: number, environment = 'test', days = 30) => ({
  digest,
  serial,
  publishedAt: new Date(Date.now() - DAY).toISOString(),
  by: 'me',
  kind: 'publish' as const,
  environment,
  expires: new Date(Date.now() + days * DAY).toISOString(),
})
const health = async () =>
  ((await (await world.ask('/_scopewall/health')).json()) as { release: { serial: number } }).release
const reports = () => world.gate.events().map(({ code }) => code)

test('a signed release is taken over, and nothing that anybody without the key writes is', {
  timeout: 30_000,
}, async () => {
  const closed = put(CLOSED)
  const opened = put(OPENED)
  world.kv.entries.set('current', signedText(facts(closed, 5), key))
  await expect.poll(health).toMatchObject({ serial: 5, digest: closed, source: 'kv', expires: expect.any(String) })

  const good = world.kv.entries.get('current') ?? ''
  const attacks: readonly (readonly [string, string | undefined])[] = [
    [
      'signature_missing',
      JSON.stringify({ digest: opened, serial: 6, publishedAt: '2026-11-01T00:00:00.000Z', by: 'me' }),
    ],
    ['signature_invalid', signedText(facts(opened, 7), thief)],
    ['signature_invalid', good.replace(closed, opened).replace('"serial":5', '"serial":8')],
    ['environment_mismatch', signedText(facts(opened, 9, 'staging'), key)],
    ['pointer_expired', signedText(facts(opened, 10, 'test', -0.5), key)],
    ['serial_lower', signedText(facts(opened, 4), key)],
    ['pointer_malformed', `${good}${' '.repeat(5_000_000)}`],
    ['pointer_missing', undefined],
  ]
  for (const [code, pointer] of attacks) {
    const before = reports().filter((each) => each === code).length
    if (pointer === undefined) world.kv.entries.delete('current')
    else world.kv.entries.set('current', pointer)
    await expect
      .poll(async () => (await health()) && reports().filter((each) => each === code).length)
      .toBeGreaterThan(before)
    expect(await health()).toMatchObject({ serial: 5, digest: closed })
    expect((await world.ask('/v1/webhooks')).status).not.toBe(200)
  }
  expect(world.gate.events().filter(({ event }) => event === 'fault')).toEqual([])
})

test('a candidate that opens a route opens nothing: what it would let through is on record', {
  timeout: 30_000,
}, async () => {
  const [closed, opened] = [put(CLOSED), put(OPENED)]
  const candidate = { digest: opened, since: new Date().toISOString(), share: 100 }
  world.kv.entries.set('current', signedText({ ...facts(closed, 5), kind: 'observe', candidate }, key))
  const shown = async () => (await (await world.ask('/_scopewall/health')).json()) as { candidate?: { digest: string } }
  await expect.poll(shown).toMatchObject({ release: { digest: closed }, candidate: { digest: opened } })

  expect((await world.ask('/v1/webhooks')).status).toBe(403)
  expect(world.origin.requests).toHaveLength(0)
  const trials = () => world.gate.events().filter(({ event }) => event === 'candidate')
  await expect.poll(trials).toMatchObject([
    {
      change: 'newly_let_through',
      live: { outcome: 'deny', codes: ['unmapped'] },
      candidate: { digest: opened, outcome: 'allow' },
    },
  ])
  const denied = () => world.gate.events().find(({ event }) => event === 'decision')
  await expect.poll(() => denied()?.decision, { timeout: 5_000 }).toBe(trials()[0]?.decision)

  // Nobody without the key can put one there, nor make it live.
  world.kv.entries.set('current', signedText({ ...facts(opened, 6), kind: 'enforce' }, thief))
  await expect.poll(async () => (await shown()) && reports()).toContain('signature_invalid')
  expect((await world.ask('/v1/webhooks')).status).toBe(403)
})
