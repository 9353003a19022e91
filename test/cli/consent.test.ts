/** What stands between a command and a protected environment. */
import { beforeEach, expect, test } from 'vitest'
import { type Ask, type ConsentOptions, requireConsent } from '../../src/cli/consent.ts'
import { Stop } from '../../src/cli/exit.ts'
import { publishRelease } from '../../src/release/publish.ts'
import type { ReleaseStore } from '../../src/release/store.ts'
import { type Named, releaseWith } from '../support/documents.ts'
import { memoryStore } from '../support/memory-store.ts'

const NOW = '2026-11-28T12:00:00.000Z'

let entries: Map<string, string>
let store: ReleaseStore
let [live, next]: [Named, Named] = [
  { text: '', digest: '' },
  { text: '', digest: '' },
]
beforeEach(async () => {
  ;[live, next] = await Promise.all([releaseWith('/live'), releaseWith('/next')])
  entries = new Map()
  store = memoryStore(entries)
  await publishRelease({ store, text: live.text, by: 'me', now: NOW })
})

interface Case {
  readonly isProtected?: boolean
  readonly options?: ConsentOptions
  readonly ask?: Ask
}

/** The store to publish to, or the exit code and what is said. */
async function consent({
  isProtected = true,
  options = {},
  ask,
}: Case): Promise<ReleaseStore | readonly [number, string]> {
  const proposal = { environment: 'production', isProtected, digest: next.digest, changes: async () => 'rules +1' }
  try {
    return await requireConsent(store, proposal, options, ask)
  } catch (error) {
    if (error instanceof Stop) return [error.exitCode, `${error.message}\n${error.help}`]
    throw error
  }
}

test('an environment that is not protected asks for nothing, and reads nothing', async () => {
  expect(await consent({ isProtected: false })).toBe(store)
})

test('without the digest, and with nobody to ask, a protected environment is left alone, and the command to type is said', async () => {
  const said = await consent({})
  expect(said).toEqual([
    2,
    expect.stringContaining(`--expect ${next.digest.slice(0, 12)} --if-live ${live.digest.slice(0, 12)}`),
  ])
})

test.each([12, 20, 64])('%i characters of the digest are consent', async (length) => {
  expect(await consent({ options: { expect: next.digest.slice(0, length) } })).toHaveProperty('put')
})

test('another digest is refused, protected or not', async () => {
  for (const isProtected of [true, false])
    expect(await consent({ isProtected, options: { expect: live.digest } })).toEqual([
      5,
      expect.stringContaining('not'),
    ])
})

test.each([
  ['too short', (digest: string) => digest.slice(0, 11)],
  ['in capitals', (digest: string) => digest.toUpperCase().replace(/^\d+$/, 'A')],
  ['empty', () => ''],
])('a digest that is %s is a mistake in usage', async (_, spoil) => {
  expect(await consent({ options: { expect: spoil(next.digest) } })).toEqual([2, expect.stringContaining('--expect')])
  expect(await consent({ options: { ifLive: spoil(live.digest) } })).toEqual([2, expect.stringContaining('--if-live')])
})

test('on a terminal the first characters must be typed', async () => {
  expect(await consent({ ask: async () => ` ${next.digest.slice(0, 8)} ` })).toHaveProperty('put')
  for (const typed of ['', 'y', 'yes', next.digest.slice(0, 7), live.digest.slice(0, 8)])
    expect(await consent({ ask: async () => typed })).toEqual([2, expect.stringContaining('nothing was changed')])
})

test('--if-live stops where something else is live, and `none` where anything is', async () => {
  const expectIt = { expect: next.digest }
  expect(await consent({ options: { ...expectIt, ifLive: live.digest } })).toHaveProperty('put')
  for (const ifLive of [next.digest, 'none'])
    expect(await consent({ isProtected: false, options: { ...expectIt, ifLive } })).toEqual([
      5,
      expect.stringContaining('serial 1'),
    ])
  entries.clear()
  expect(await consent({ options: { ...expectIt, ifLive: 'none' } })).toHaveProperty('put')
  expect(await consent({ options: { ...expectIt, ifLive: live.digest } })).toEqual([
    5,
    expect.stringContaining('nothing is live'),
  ])
})

test('a publish by somebody else after the consent stops it before anything is overwritten', async () => {
  const guarded = await consent({ options: { expect: next.digest } })
  if (!('put' in guarded)) throw new Error('no consent')
  const other = await releaseWith('/other')
  await publishRelease({ store, text: other.text, by: 'somebody else', now: NOW })
  const theirs = new Map(entries)
  await expect(publishRelease({ store: staleFirstRead(guarded), text: next.text, by: 'me', now: NOW })).rejects.toThrow(
    'serial 2',
  )
  for (const [key, value] of theirs) expect(entries.get(key)).toBe(value)
})

test('a damaged pointer keeps nobody from publishing over it, once they say from where serials go on', async () => {
  entries.set('current', '{')
  const guarded = await consent({ options: { expect: next.digest, ifLive: 'none' } })
  if (!('put' in guarded)) throw new Error('no consent')
  const author = { store: guarded, text: next.text, by: 'me', now: NOW }
  expect(await publishRelease(author)).toMatchObject({ error: { code: 'pointer_malformed' } })
  expect(await publishRelease({ ...author, above: 7 })).toMatchObject({ value: { pointer: { serial: 8 } } })
})

/** A publish whose first look at the pointer came before the other's write. */
function staleFirstRead(guarded: ReleaseStore): ReleaseStore {
  let isFirst = true
  const pointer = JSON.stringify({ digest: live.digest, serial: 1, publishedAt: NOW, by: 'me' })
  return {
    ...guarded,
    read: async (keys) => {
      if (!isFirst) return guarded.read(keys)
      isFirst = false
      return new Map([['current', pointer]])
    },
  }
}
