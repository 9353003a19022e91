/** The routes about releases: what was ever published, the text of one, and the way back; over KV in memory. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ReleasesAnswer } from '../../src/policy/console-answers.ts'
import type { Environment } from '../../src/policy/environment.ts'
import { publishRelease } from '../../src/release/publish.ts'
import { POINTER_KEY, type ReleaseStore, releaseKey } from '../../src/release/store.ts'
import { type Named, releaseWith } from '../support/documents.ts'
import { memoryStore } from '../support/memory-store.ts'
import { adminOver, callerWith } from './admin.ts'

let named: readonly Named[]
let between: Named
let entries: Map<string, string>

beforeAll(async () => {
  between = await releaseWith('/d')
  named = await Promise.all(['/a', '/b', '/c'].map(releaseWith))
})
beforeEach(async () => {
  entries = new Map()
  for (const { text } of named)
    await publishRelease({ store: memoryStore(entries), text, by: 'ci', now: '2026-11-01T00:00:00.000Z', note: 'Why.' })
})

const digestOf = (index: number): string => named[index]?.digest ?? ''
const ENTRY = 'history/000000000'

function adminWith(environment: Partial<Environment> = {}, active?: number) {
  const evidence = callerWith('scopewall:review scopewall:restore', { subject: 'ada\u0007' })
  return adminOver({ releases: memoryStore(entries), environment, evidence, ...(active !== undefined && { active }) })
}
const listed = async (admin: ReturnType<typeof adminWith>, query = ''): Promise<ReleasesAnswer> =>
  (await (await admin.get(`releases${query}`)).json()) as ReleasesAnswer

const rollBack = (admin: ReturnType<typeof adminWith>, body: object) => admin.post('releases/rollback', body)
const back = () => ({ serial: 1, expect: digestOf(2) })

describe('what was ever published', () => {
  test('the newest first, by whom and why, and which is live', async () => {
    const { live, canRollBack, isProtected, releases, next } = await listed(adminWith())
    expect({ live, canRollBack, isProtected, next }).toEqual({
      live: 3,
      canRollBack: true,
      isProtected: false,
      next: null,
    })
    expect(releases.map(({ serial, digest, isLive }) => [serial, digest, isLive])).toEqual([
      [3, digestOf(2), true],
      [2, digestOf(1), false],
      [1, digestOf(0), false],
    ])
    expect(releases[0]).toMatchObject({
      kind: 'publish',
      by: 'ci',
      note: 'Why.',
      isSigned: false,
      isInterrupted: false,
    })
  })

  test('page by page', async () => {
    const admin = adminWith()
    const first = await listed(admin, '?limit=2')
    expect([first.releases.map(({ serial }) => serial), first.next]).toEqual([[3, 2], '2'])
    const second = await listed(admin, `?limit=2&before=${first.next}`)
    expect([second.releases.map(({ serial }) => serial), second.next]).toEqual([[1], null])
  })

  test('what was cut short is marked, and what cannot be read is left out', async () => {
    entries.set(`${ENTRY}4`, (entries.get(`${ENTRY}3`) ?? '').replace('"serial":3', '"serial":4'))
    entries.set(`${ENTRY}1`, 'rubbish')
    const { releases } = await listed(adminWith())
    expect(releases.map(({ serial, isInterrupted, isLive }) => [serial, isInterrupted, isLive])).toEqual([
      [4, true, false],
      [3, false, true],
      [2, false, false],
    ])
  })

  test('where releases are signed, what is not signed is not believed, and nobody rolls back from here', async () => {
    const releaseSigning = { keys: [{ id: 'k', publicKey: 'x'.repeat(43) }], validitySeconds: 60 } as const
    const admin = adminWith({ releaseSigning })
    const { live, canRollBack, why, releases } = await listed(admin)
    expect([live, canRollBack, releases[0]?.distrust]).toEqual([null, false, 'signature_missing'])
    expect(why).toContain('scopewall rollback --env test')
    expect((await rollBack(admin, back())).status).toBe(409)
    expect(entries.size).toBe(7)
  })

  test.each(['?limit=0', '?limit=101', '?before=x', '?after=1', '?limit=1&limit=2'])(
    '%s is no question',
    async (query) => expect((await adminWith().get(`releases${query}`)).status).toBe(400),
  )
})

describe('the text of a release', () => {
  test('byte for byte', async () => {
    const answer = await adminWith().get(`releases/${digestOf(1)}`)
    expect([answer.status, answer.headers.get('cache-control'), await answer.text()]).toEqual([
      200,
      'no-store',
      named[1]?.text,
    ])
  })

  test('not what merely lies under its name', async () => {
    entries.set(releaseKey(digestOf(1)), named[0]?.text ?? '')
    expect((await adminWith().get(`releases/${digestOf(1)}`)).status).toBe(409)
  })

  test('none where there is none, and no name but a whole digest', async () => {
    expect((await adminWith().get(`releases/${'0'.repeat(64)}`)).status).toBe(404)
    for (const name of ['current', digestOf(1).slice(0, 12), digestOf(1).toUpperCase()])
      expect((await adminWith().get(`releases/${name}`)).status).toBe(400)
  })
})

describe('a rollback', () => {
  test('makes the older release live under a new serial, as whoever asked, and is on record', async () => {
    const admin = adminWith()
    const answer = await rollBack(admin, { ...back(), note: 'INC-204' })
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { changed: true, live: { serial: 4, digest: digestOf(0) } },
    ])
    const pointer = JSON.parse(entries.get(POINTER_KEY) ?? '')
    expect(pointer).toMatchObject({
      serial: 4,
      digest: digestOf(0),
      kind: 'rollback',
      note: 'INC-204',
      environment: 'test',
    })
    expect(pointer.by).toBe('ada  (https://issuer.example.com)')
    expect(admin.records).toEqual([{ event: 'release', code: 'rolled_back', digest: digestOf(0), serial: 4 }])
    expect((await listed(admin)).releases.map(({ serial }) => serial)).toEqual([4, 3, 2, 1])
  })

  test('to what is live already changes nothing', async () => {
    await rollBack(adminWith(), back())
    const admin = adminWith()
    const answer = await rollBack(admin, { serial: 1, expect: digestOf(0) })
    expect(await answer.json()).toMatchObject({ changed: false, live: { serial: 4 } })
    expect(admin.records).toEqual([])
  })

  test('of what came between the look and the deed is refused', async () => {
    const store = memoryStore(entries)
    let reads = 0
    const releases: ReleaseStore = {
      ...store,
      async read(keys) {
        if (keys.includes(POINTER_KEY) && ++reads === 2)
          await publishRelease({ store, text: between.text, by: 'ci', now: '2026-11-02T00:00:00.000Z' })
        return store.read(keys)
      },
    }
    const admin = adminOver({ releases, evidence: callerWith('scopewall:restore') })
    const answer = await rollBack(admin, back())
    expect(answer.status).toBe(409)
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('serial 4') })
    expect(JSON.parse(entries.get(POINTER_KEY) ?? '')).toMatchObject({ digest: between.digest })
    expect(admin.records).toEqual([])
  })

  const cases: readonly (readonly [string, number, () => object])[] = [
    ['where something else is live than was seen', 409, () => ({ serial: 1, expect: digestOf(1) })],
    ['to a serial that the history does not have', 409, () => ({ ...back(), serial: 17 })],
    ['to what is live', 409, () => ({ ...back(), serial: 3 })],
    ['to another release than was meant', 409, () => ({ ...back(), digest: digestOf(1) })],
    ['without saying what is live', 400, () => ({ serial: 1 })],
    ['with the beginning of a digest', 400, () => ({ serial: 1, expect: digestOf(2).slice(0, 12) })],
    ['with a member that nobody knows', 400, () => ({ ...back(), force: true })],
    ['with a note that moves the cursor', 400, () => ({ ...back(), note: 'a\u001b[2J' })],
    ['to no number', 400, () => ({ ...back(), serial: '1' })],
  ]
  test.each(cases)('%s is refused, and nothing is written', async (_, status, body) => {
    const before = new Map(entries)
    const admin = adminWith()
    expect((await rollBack(admin, body())).status).toBe(status)
    expect([entries, admin.records]).toEqual([before, []])
  })

  test('in a protected environment says which release is meant', async () => {
    const admin = adminWith({ isProtected: true })
    expect((await listed(admin)).isProtected).toBe(true)
    expect((await rollBack(admin, back())).status).toBe(400)
    expect((await rollBack(admin, { ...back(), digest: digestOf(1) })).status).toBe(409)
    expect((await rollBack(admin, { ...back(), digest: digestOf(0) })).status).toBe(200)
  })

  test('to bytes that are not the release, or that this version cannot read, is refused', async () => {
    entries.set(releaseKey(digestOf(0)), named[1]?.text ?? '')
    expect((await rollBack(adminWith(), back())).status).toBe(409)
    entries.delete(releaseKey(digestOf(0)))
    expect((await rollBack(adminWith(), back())).status).toBe(409)
    expect(JSON.parse(entries.get(POINTER_KEY) ?? '').serial).toBe(3)
  })

  test('where a data centre still reads an older pointer than is live is refused: no serial is given out twice', async () => {
    const admin = adminWith({}, 4)
    const answer = await rollBack(admin, back())
    expect([answer.status, await answer.json()]).toMatchObject([409, { detail: expect.stringContaining('look again') }])
  })

  test('where nothing was published is refused', async () => {
    entries.clear()
    expect((await rollBack(adminWith(), back())).status).toBe(409)
    expect((await listed(adminWith())).live).toBeNull()
  })
})
