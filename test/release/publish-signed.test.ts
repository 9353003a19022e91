/** Publishing and rolling back where releases are signed, and where somebody else can write the same KV. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Author } from '../../src/release/change.ts'
import { readHistory } from '../../src/release/history.ts'
import { parsePointer } from '../../src/release/pointer.ts'
import { publishRelease, rollbackRelease } from '../../src/release/publish.ts'
import { authenticate } from '../../src/release/signature.ts'
import { historyKey, releaseKey as keyOf, POINTER_KEY, type ReleaseStore } from '../../src/release/store.ts'
import { type Named, releaseWith } from '../support/documents.ts'
import { releaseKey, signedText, trustIn } from '../support/release-keys.ts'

const NOW = '2026-11-28T12:00:00.000Z'
const key = releaseKey('first')
const thief = releaseKey('thief')
const trust = trustIn('production', key)

let a: Named
let b: Named
let evil: Named
beforeAll(async () => {
  ;[a, b, evil] = await Promise.all([releaseWith('/a'), releaseWith('/b'), releaseWith('/evil')])
})

const storeOver = (entries: Map<string, string>): ReleaseStore => ({
  read: async (keys) => new Map(keys.flatMap((name) => (entries.has(name) ? [[name, entries.get(name) ?? '']] : []))),
  put: async (name, value) => void entries.set(name, value),
  list: async (prefix) => [...entries.keys()].filter((name) => name.startsWith(prefix)),
})

const authorOf = (entries: Map<string, string>, overrides: Partial<Author> = {}): Author => ({
  store: storeOver(entries),
  by: 'me',
  now: NOW,
  trust,
  signer: key.signer,
  ...overrides,
})
const publish = (entries: Map<string, string>, { text }: Named, overrides?: Partial<Author>) =>
  publishRelease({ ...authorOf(entries, overrides), text })
const rollback = (entries: Map<string, string>, to?: string) =>
  rollbackRelease({ ...authorOf(entries), ...(to !== undefined && { to }) })

/** Somebody who can write KV writes an entry, and the release that it names. */
function forge(entries: Map<string, string>, name: string, serial: number): void {
  entries.set(keyOf(evil.digest), evil.text)
  entries.set(
    name,
    signedText(
      {
        digest: evil.digest,
        serial,
        publishedAt: NOW,
        by: 'me',
        kind: 'publish',
        environment: 'production',
        expires: NOW,
      },
      { ...thief, id: 'first' },
    ),
  )
}

test('what is published is signed, in the history too, and the edge believes it', async () => {
  const entries = new Map<string, string>()
  expect(await publish(entries, a)).toMatchObject({
    value: {
      pointer: {
        serial: 1,
        kind: 'publish',
        environment: 'production',
        keyId: 'first',
        expires: '2027-02-26T12:00:00.000Z',
      },
    },
  })
  expect(entries.get(historyKey(1))).toBe(entries.get(POINTER_KEY))
  const pointer = parsePointer(entries.get(POINTER_KEY) ?? '')
  expect(pointer.ok && (await authenticate(pointer.value, trust, Date.parse(NOW))).ok).toBe(true)
})

test('publishing what is live renews the signature under a new serial, also when it has expired', async () => {
  const entries = new Map<string, string>()
  await publish(entries, a)
  const now = '2028-01-01T00:00:00.000Z'
  expect(await publish(entries, a, { now })).toMatchObject({
    value: {
      changed: true,
      pointer: { digest: a.digest, serial: 2, publishedAt: now, expires: '2028-03-31T00:00:00.000Z' },
    },
  })
})

test('where nobody can sign, or signs in vain, nothing at all is written', async () => {
  const failing = { keyId: 'first', sign: () => Promise.reject(new Error('no connection')) }
  const entries = new Map<string, string>()
  const { signer: _, ...unsigned } = authorOf(entries)
  expect(await publishRelease({ ...unsigned, text: a.text })).toMatchObject({ error: { code: 'signer_missing' } })
  expect(await publish(entries, a, { signer: thief.signer })).toMatchObject({ error: { code: 'signature_useless' } })
  await expect(publish(entries, a, { signer: failing })).rejects.toThrow('no connection')
  expect(await publish(entries, a, { note: 'x'.repeat(20_000) })).toMatchObject({ error: { code: 'pointer_refused' } })
  expect(await publish(entries, a, { by: 'a\u001b[2Jb' })).toMatchObject({ error: { code: 'pointer_refused' } })
  expect(entries.size).toBe(0)
})

describe('with somebody else at KV', () => {
  const begun = async () => {
    const entries = new Map<string, string>()
    for (const release of [a, b]) await publish(entries, release)
    return entries
  }

  test('a rollback never signs what only a forged entry names', async () => {
    const entries = await begun()
    forge(entries, historyKey(1), 1)
    expect(await rollback(entries)).toMatchObject({ error: { code: 'nothing_before' } })
    expect(await rollback(entries, evil.digest.slice(0, 12))).toMatchObject({ error: { code: 'release_unknown' } })
    expect(await rollback(entries, '1')).toMatchObject({ error: { code: 'release_unknown' } })
  })

  test('the history shows which entries are forged, and which stand in the wrong place', async () => {
    const entries = await begun()
    forge(entries, historyKey(1), 1)
    entries.set(historyKey(9), entries.get(historyKey(2)) ?? '')
    const history = await readHistory(storeOver(entries), { trust, now: Date.parse(NOW) })
    expect(history.entries.map(({ serial, distrust }) => [serial, distrust])).toEqual([
      [1, 'signature_invalid'],
      [2, undefined],
    ])
    expect(history.damaged).toEqual([historyKey(9)])
    expect(history.distrust).toBeUndefined()
  })

  test.each([POINTER_KEY, historyKey(9_999_999_998)])(
    'a forged serial under %s is not gone on from, until somebody says from where',
    async (name) => {
      const entries = await begun()
      forge(entries, name, 9_999_999_998)
      const before = new Map(entries)
      expect(await publish(entries, a)).toMatchObject({
        error: { code: 'pointer_untrusted', key: name, reason: 'signature_invalid', serial: 9_999_999_998 },
      })
      expect(entries).toEqual(before)
      expect(await publish(entries, a, { above: 2 })).toMatchObject({ value: { pointer: { serial: 3 } } })
    },
  )

  test("a history entry that cannot be read is named, and what is not even named as one stands in nobody's way", async () => {
    const entries = await begun()
    for (const name of ['history/', 'history/zzz', 'history/99999999999', 'history/\u001b[2J']) entries.set(name, '{')
    expect(await publish(entries, a)).toMatchObject({ value: { pointer: { serial: 3 } } })
    entries.set(historyKey(9_999_999_999), '{')
    expect(await publish(entries, b)).toMatchObject({
      error: { code: 'pointer_malformed', key: historyKey(9_999_999_999) },
    })
    expect(await publish(entries, b, { above: 3 })).toMatchObject({ value: { pointer: { serial: 4 } } })
  })

  test('a rollback to a release by name finds it also where the pointer was deleted, spoilt or put back', async () => {
    for (const [spoil, above] of [
      [(entries: Map<string, string>) => entries.delete(POINTER_KEY), undefined],
      [(entries: Map<string, string>) => entries.set(POINTER_KEY, '{'), 2],
      [(entries: Map<string, string>) => forge(entries, POINTER_KEY, 9), 2],
      [(entries: Map<string, string>) => entries.set(POINTER_KEY, entries.get(historyKey(1)) ?? ''), undefined],
    ] as const) {
      const entries = await begun()
      spoil(entries)
      const author = { ...authorOf(entries), ...(above !== undefined && { above }) }
      expect(await rollbackRelease(author)).toMatchObject({ error: { code: 'nothing_before' } })
      for (const to of ['2', b.digest.slice(0, 12)])
        expect(await rollbackRelease({ ...author, to })).toMatchObject({ value: { pointer: { digest: b.digest } } })
    }
  })

  test('no serial is signed twice: not after a cut, not where an older pointer was put back', async () => {
    const entries = await begun()
    entries.set(POINTER_KEY, entries.get(historyKey(1)) ?? '')
    expect(await publish(entries, a)).toMatchObject({ value: { pointer: { serial: 3 } } })
    entries.delete(POINTER_KEY)
    expect(await publish(entries, a)).toMatchObject({ value: { pointer: { serial: 4 } } })
  })

  test("another environment's pointer is not gone on from, signed or not", async () => {
    const entries = new Map<string, string>()
    await publish(entries, a, { trust: trustIn('staging', key) })
    expect(await publish(entries, b)).toMatchObject({
      error: { code: 'pointer_untrusted', reason: 'environment_mismatch' },
    })
    const unsigned = new Map<string, string>()
    const { signer: _, ...author } = authorOf(unsigned)
    await publishRelease({ ...author, trust: { environment: 'staging' }, text: a.text })
    expect(await publishRelease({ ...author, trust: { environment: 'development' }, text: a.text })).toMatchObject({
      error: { reason: 'environment_mismatch' },
    })
  })
})

test('an environment that begins to sign goes on from the serial that was said', async () => {
  const entries = new Map<string, string>()
  const { signer: _, ...author } = authorOf(entries)
  for (const { text } of [a, b]) await publishRelease({ ...author, trust: { environment: 'production' }, text })
  expect(await publish(entries, b)).toMatchObject({
    error: { code: 'pointer_untrusted', reason: 'signature_missing', serial: 2 },
  })
  expect(await publish(entries, b, { above: 2 })).toMatchObject({ value: { pointer: { serial: 3 } } })
  expect(await publish(entries, a)).toMatchObject({ value: { pointer: { serial: 4 } } })
})

test('one key takes over from another while both are believed', async () => {
  const successor = releaseKey('second')
  const both = trustIn('production', key, successor)
  const entries = new Map<string, string>()
  await publish(entries, a)
  expect(await publish(entries, b, { trust: both, signer: successor.signer })).toMatchObject({
    value: { pointer: { serial: 2 } },
  })
  expect(
    await publish(entries, a, { trust: trustIn('production', successor), signer: successor.signer }),
  ).toMatchObject({
    value: { pointer: { serial: 3, keyId: 'second' } },
  })
})
