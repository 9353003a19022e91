/** Publishing into the real local KV of wrangler, and killing it at every step. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withLocalStore } from '../../src/cli/kv-local.ts'
import { requireSoundMap } from '../../src/cli/map.ts'
import { decodeRelease } from '../../src/policy/decode.ts'
import { STEPS } from '../../src/release/change.ts'
import { sha256Hex } from '../../src/release/digest.ts'
import { readHistory } from '../../src/release/history.ts'
import { readKey, releaseKey } from '../../src/release/store.ts'
import { makeWorkplace, SERVICE, type Workplace, WRANGLER } from '../support/cli.ts'

let place: Workplace
beforeAll(async () => {
  place = await makeWorkplace()
})
afterAll(() => place.close())

const json = async (...args: readonly string[]) => JSON.parse((await place.run(...args, '--json')).stdout)
const mapWith = (path: string) => place.write('scopes/invoices.yaml', `${SERVICE}  /${path}: { GET: invoices:read }\n`)
const builtDigest = async () => (await requireSoundMap(join(place.folder, 'scopes'))).digest

/** What is live by the KV itself, read without the command; and whether the release behind it is whole. */
const live = () =>
  withLocalStore(
    { environment: undefined, isLocal: true, config: join(place.folder, 'wrangler.toml') },
    async (store) => {
      const { live: pointer } = await readHistory(store)
      if (pointer === undefined) return { digest: undefined, serial: 0, isWhole: true }
      const text = (await readKey(store, releaseKey(pointer.digest))) ?? ''
      const isWhole = (await sha256Hex(text)) === pointer.digest && decodeRelease(text).ok
      return { digest: pointer.digest, serial: pointer.serial, isWhole }
    },
  )

test('publish, publish again, change, roll back: each is on record, and serials only grow', {
  timeout: 60_000,
}, async () => {
  const first = await json('publish', '--note', 'the first')
  expect(first).toMatchObject({ changed: true, live: { serial: 1, by: 'tester' }, previous: null })
  expect(await live()).toEqual({ digest: first.live.digest, serial: 1, isWhole: true })
  expect(await json('publish')).toMatchObject({ changed: false, live: { serial: 1 } })
  expect((await place.run('status', '--env', 'development')).code).toBe(0)
  await mapWith('second')
  expect((await place.run('status', '--env', 'development')).code).toBe(5)
  expect(await json('publish', '--dry-run')).toMatchObject({
    dryRun: true,
    changes: { summary: 'routes: 1 opened', kinds: ['open', 'any'] },
  })
  expect(await json('publish')).toMatchObject({ live: { serial: 2 }, previous: { serial: 1 } })
  expect(await json('rollback')).toMatchObject({ live: { serial: 3, digest: first.live.digest } })
  const { entries } = await json('history')
  expect(entries.map(({ serial, kind }: { serial: number; kind: string }) => [serial, kind])).toEqual([
    [1, 'publish'],
    [2, 'publish'],
    [3, 'rollback'],
  ])
  expect((await place.run('rollback', '--to', '99')).code).toBe(1)
})

test('the bundle takes the serial of what is live, if that is what is built', { timeout: 60_000 }, async () => {
  await mapWith('bundled')
  const { serial } = (await json('publish')).live
  expect(await json('build', '--published')).toMatchObject({ serial })
  await mapWith('changed')
  const other = await place.run('build', '--published', '--json')
  expect(JSON.parse(other.stdout)).toMatchObject({ serial: 0 })
  expect(other.stderr).toContain('publish first')
})

test.each(STEPS)(
  'killed at %s, what is live is the old release or the new one whole, and publishing again completes',
  { timeout: 60_000 },
  async (step) => {
    await mapWith(`killed-at-${step}`)
    const [before, digest] = [await live(), await builtDigest()]
    await place.killAt(`(${step})`, 'publish')
    const after = await live()
    expect([before.digest, digest]).toContain(after.digest)
    expect(after.isWhole).toBe(true)
    const again = await json('publish')
    expect(again.live).toMatchObject({ digest })
    expect(again.live.serial).toBeGreaterThan(before.serial)
  },
)

test('nothing is said of secrets and of other bindings, which are no business of KV', async () => {
  const other = await makeWorkplace()
  try {
    await other.write('.dev.vars', 'SECRET=x\n')
    await other.write(
      'wrangler.toml',
      `${WRANGLER}[[durable_objects.bindings]]\nname = "PROOFS"\nclass_name = "ProofRegistry"\n`,
    )
    const { code, stdout, stderr } = await other.runProcess('history', '--json')
    expect([code, stderr]).toEqual([0, ''])
    expect(() => JSON.parse(stdout)).not.toThrow()
  } finally {
    await other.close()
  }
})
