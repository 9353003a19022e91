/** The options of `publish` that are about a candidate: before anything is read or written, and with a KV in memory. */
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type CandidateOptions, publishOrTry } from '../../src/cli/commands/candidate.ts'
import { Stop } from '../../src/cli/exit.ts'
import { parsePointer } from '../../src/release/pointer.ts'
import { POINTER_KEY, type ReleaseStore } from '../../src/release/store.ts'
import { GATEWAY, makeWorkplace, SERVICE, type Workplace } from '../support/cli.ts'
import { memoryStore } from '../support/memory-store.ts'

const kv = vi.hoisted(() => ({ entries: new Map<string, string>(), beforeRead: (_: readonly string[]) => {} }))
vi.mock('../../src/cli/store.ts', () => ({
  withStore: <T>(_: unknown, work: (store: ReleaseStore) => Promise<T>) => {
    const store = memoryStore(kv.entries)
    return work({
      ...store,
      read: (keys) => {
        kv.beforeRead(keys)
        return store.read(keys)
      },
    })
  },
}))

const PLACE = { scopes: 'no-such-folder', env: 'production', config: 'wrangler.toml' }

test.each<[string, Partial<CandidateOptions>, RegExp]>([
  ['two things at once', { observe: true, share: '10', enforce: true }, /exclude each other/],
  ['a share without --observe', { share: '10' }, /add --observe/],
  ['clients of what is made live', { enforce: true, clients: ['a'] }, /add --observe/],
  ['nobody to try it on', { observe: true }, /give --share 10/],
  ['a share of nothing', { observe: true, share: '0' }, /whole number from 1 to 100/],
  ['a share of too much', { observe: true, share: '101' }, /whole number from 1 to 100/],
  ['a share that is no number', { observe: true, share: 'ten' }, /whole number from 1 to 100/],
  ['clients without a name', { observe: true, clients: [','] }, /names no client/],
  ['the digest of what takes a candidate away', { dropCandidate: true, expect: 'f'.repeat(12) }, /makes nothing live/],
  ['a dry run of something that changes no answer', { dropCandidate: true, dryRun: true }, /--dry-run/],
])('%s is a usage error', async (_, options, message) => {
  const error = await Promise.resolve()
    .then(() => publishOrTry({ ...PLACE, ...options }))
    .catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(Stop)
  expect(error instanceof Stop && [error.exitCode, `${error.message} ${error.help}`]).toEqual([
    2,
    expect.stringMatching(message),
  ])
})

describe('with something live', () => {
  let place: Workplace
  let options: typeof PLACE & { by: string; json: true }
  beforeAll(async () => {
    place = await makeWorkplace()
    await place.write('scopes/gateway.yaml', GATEWAY.replace('development:', 'production:\n    protected: true'))
    options = { ...PLACE, scopes: join(place.folder, 'scopes'), by: 'tester', json: true }
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  })
  afterAll(() => place.close())
  beforeEach(async () => {
    kv.entries.clear()
    kv.beforeRead = () => {}
    await mapWith('first')
    await call({ expect: await digest(), ifLive: 'none' })
    await mapWith('second')
  })

  const mapWith = (path: string) =>
    place.write('scopes/invoices.yaml', `${SERVICE}  /${path}: { GET: invoices:read }\n`)
  const live = () => {
    const pointer = parsePointer(kv.entries.get(POINTER_KEY) ?? '')
    return pointer.ok ? pointer.value : undefined
  }
  /** What it says on standard output, or the exit code of its refusal. */
  async function call(more: Partial<CandidateOptions>): Promise<string | number> {
    let said = ''
    const listener = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      said += String(chunk)
      return true
    })
    try {
      await publishOrTry({ ...options, ...more })
      return said
    } catch (error) {
      if (error instanceof Stop) return error.exitCode
      throw error
    } finally {
      listener.mockRestore()
    }
  }
  const digest = async (): Promise<string> => JSON.parse(String(await call({ dryRun: true }))).digest

  test('what is expected and what must be live hold for a candidate, too, though nobody asks for them', async () => {
    const before = new Map(kv.entries)
    const strange = 'f'.repeat(12)
    expect(await call({ observe: true, share: '10', expect: strange })).toBe(5)
    expect(await call({ observe: true, share: '10', ifLive: strange })).toBe(5)
    expect(kv.entries).toEqual(before)
    const said = await call({ observe: true, share: '10', expect: await digest(), ifLive: String(live()?.digest) })
    expect(JSON.parse(String(said))).toMatchObject({ live: { kind: 'observe' } })
    expect(await call({ dropCandidate: true, ifLive: strange })).toBe(5)
    expect(live()?.candidate?.digest).toBe(await digest())
  })

  test('a dry run says what would change if the candidate became live', async () => {
    expect(await call({ enforce: true, dryRun: true })).toBe(1)
    await call({ observe: true, share: '10' })
    const before = new Map(kv.entries)
    expect(JSON.parse(String(await call({ enforce: true, dryRun: true })))).toMatchObject({
      digest: await digest(),
      changes: { summary: 'routes: 1 closed, 1 opened' },
    })
    expect(kv.entries).toEqual(before)
  })

  test('another candidate that comes in between is not made live by the consent to the first', async () => {
    await call({ observe: true, share: '10' })
    const first = new Map(kv.entries)
    const agreed = await digest()
    await mapWith('third')
    await call({ observe: true, share: '10' })
    const second = kv.entries.get(POINTER_KEY) ?? ''
    for (const [key, value] of first) kv.entries.set(key, value)
    let looks = 0
    kv.beforeRead = (keys) => {
      if (keys[0] === POINTER_KEY && ++looks === 2) kv.entries.set(POINTER_KEY, second)
    }
    expect(await call({ enforce: true, expect: agreed })).toBe(5)
    expect(kv.entries.get(POINTER_KEY)).toBe(second)
  })
})
