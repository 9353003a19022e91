/**
 * Somebody who can write KV and cannot sign, at work on a signed release: every byte, every length, every member, other environments' and other
 * serials' pointers. The loader is the real one, and so are the keys. Nothing is taken over, and everything is reported.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createReleaseLoader } from '../../src/release/loader.ts'
import { encodePointer, MAX_POINTER_BYTES, type Pointer } from '../../src/release/pointer.ts'
import type { ReleaseEvent } from '../../src/release/report.ts'
import { releaseKey as keyOf, POINTER_KEY } from '../../src/release/store.ts'
import { type Named, releaseWith } from '../support/documents.ts'
import { background } from '../support/fake-network.ts'
import { releaseKey, signedPointer, signedText, trustIn } from '../support/release-keys.ts'

const NOW = Date.parse('2026-11-28T12:00:00.000Z')
const at = (days: number) => new Date(NOW + days * 86_400_000).toISOString()

const key = releaseKey('first')
const retired = releaseKey('retired', { notAfter: 1_700_000_000 as NonNullable<typeof key.notAfter> })
const thief = releaseKey('thief')
const trust = trustIn('production', key, retired)

let bundled: Named
let live: Named
let next: Named
let evil: Named
beforeAll(async () => {
  ;[bundled, live, next, evil] = (await Promise.all(['/bundled', '/live', '/next', '/evil'].map(releaseWith))) as [
    Named,
    Named,
    Named,
    Named,
  ]
})

const facts = (release: Named, serial: number): Omit<Pointer, 'keyId' | 'signature'> => ({
  digest: release.digest,
  serial,
  publishedAt: at(-1),
  by: 'me',
  commit: 'c0ffee',
  kind: 'publish',
  note: 'the next',
  environment: 'production',
  candidate: { digest: live.digest, since: at(-1), share: 10, clients: ['partner'] },
  expires: at(30),
})
const honest = (release: Named, serial: number): ReturnType<typeof facts> => {
  const { candidate: _, ...rest } = facts(release, serial)
  return rest
}

type Value = string | Uint8Array<ArrayBuffer>
const bytesOf = (value: Value) => (typeof value === 'string' ? new TextEncoder().encode(value) : value)

/** A running isolate at `live`, serial 5; then KV says something else. */
async function afterwards(pointer: Value | undefined, releases: Readonly<Record<string, Value>> = {}) {
  const entries = new Map<string, Value>([
    [POINTER_KEY, signedText(honest(live, 5), key)],
    [keyOf(live.digest), live.text],
  ])
  const events: ReleaseEvent[] = []
  const loader = createReleaseLoader({
    read: async (name) => {
      const value = entries.get(name)
      return value === undefined ? undefined : bytesOf(value).buffer
    },
    trust,
    bundled: { ...bundled, serial: 2 },
    coldStart: 'bundled',
    refreshSeconds: 30,
    maxAgeSeconds: 300,
    report: (event) => events.push(event),
  })
  const { waitUntil, settled } = background()
  const before = await loader.current(NOW, waitUntil)
  if (pointer === undefined) entries.delete(POINTER_KEY)
  else entries.set(POINTER_KEY, pointer)
  for (const [name, value] of Object.entries(releases)) entries.set(keyOf(name), value)
  loader.current(NOW + 31_000, waitUntil)
  await settled()
  const after = await loader.current(NOW + 32_000, waitUntil)
  return { before, after, codes: events.slice(1).map(({ code }) => code) }
}

/** What a cold isolate makes of the same. */
async function cold(
  pointer: Value | undefined,
  releases: Readonly<Record<string, Value>> = {},
  coldStart: 'bundled' | 'strict' = 'bundled',
) {
  const entries = new Map<string, Value>(Object.entries(releases).map(([name, value]) => [keyOf(name), value]))
  if (pointer !== undefined) entries.set(POINTER_KEY, pointer)
  const events: ReleaseEvent[] = []
  const loader = createReleaseLoader({
    read: async (name) => {
      const value = entries.get(name)
      return value === undefined ? undefined : bytesOf(value).buffer
    },
    trust,
    bundled: { ...bundled, serial: 2 },
    coldStart,
    refreshSeconds: 30,
    maxAgeSeconds: 300,
    report: (event) => events.push(event),
  })
  const active = await loader.current(NOW, background().waitUntil)
  return { active, codes: events.map(({ code }) => code) }
}

async function expectRefused(
  pointer: Value | undefined,
  releases: Readonly<Record<string, Value>> = {},
  ...codes: readonly string[]
) {
  const { before, after, codes: told } = await afterwards(pointer, releases)
  expect([before?.digest, before?.serial]).toEqual([live.digest, 5])
  expect([after?.digest, after?.serial]).toEqual([live.digest, 5])
  expect(told).toHaveLength(1)
  if (codes.length > 0) expect(codes).toContain(told[0])
  const start = await cold(pointer, releases)
  expect(start.active?.digest).toBe(bundled.digest)
  expect(start.codes.length).toBeGreaterThan(0)
}

test('untouched it is taken over, so that everything below can fail', async () => {
  const { after, codes } = await afterwards(signedText(facts(next, 6), key), { [next.digest]: next.text })
  expect([after?.digest, after?.serial, codes]).toEqual([next.digest, 6, ['activated', 'candidate_loaded']])
  expect((await cold(signedText(facts(next, 6), key), { [next.digest]: next.text })).active?.digest).toBe(next.digest)
})

describe('the pointer', () => {
  test('with any bit of any byte turned over', { timeout: 30_000 }, async () => {
    const original = bytesOf(signedText(facts(next, 6), key))
    for (let index = 0; index < original.length; index++) {
      const flipped = original.slice()
      flipped[index] = (flipped[index] ?? 0) ^ (1 << (index % 8))
      await expectRefused(flipped, { [next.digest]: next.text })
    }
  })

  test('cut off anywhere', { timeout: 30_000 }, async () => {
    const original = bytesOf(signedText(facts(next, 6), key))
    for (let length = 0; length < original.length; length += 3)
      await expectRefused(original.slice(0, length), { [next.digest]: next.text }, 'pointer_malformed')
  })

  test('with anything before or after it', async () => {
    const original = signedText(facts(next, 6), key)
    for (const text of [
      `${original} `,
      `${original}\n`,
      ` ${original}`,
      `\uFEFF${original}`,
      `${original}\0`,
      `${original}${original}`,
      `[${original}]`,
    ])
      await expectRefused(text, { [next.digest]: next.text }, 'pointer_malformed')
  })

  test('in another spelling of the same values', async () => {
    const original = signedText(facts(next, 6), key)
    const spellings = [
      original.replace('"serial":6', '"serial":6.0'),
      original.replace('"serial":6', '"serial":6e0'),
      original.replace('"serial":6', '"serial":"6"'),
      original.replace('"serial":6', '"serial":5,"serial":6'),
      original.replace('"serial":6', '"serial":6,"serial":6'),
      original.replace('"serial":6', '"serial": 6'),
      original.replace('"by":"me"', '"by":"\\u006de"'),
      original.replace('"by"', '"\\u0062y"'),
      original.replace('"share":10', '"share":1e1'),
      original.replace('{"digest"', '{"__proto__":{},"digest"'),
      original.replace('{"digest"', '{"toJSON":1,"digest"'),
      original.replace('"by":"me"', '"by":"me","issuers":["https://evil.example.com"]'),
      original.replace('"share":10', '"share":10,"mode":"enforce"'),
      original
        .replace('"commit":"c0ffee",', '')
        .replace('"kind"', '"commit":"c0ffee","kind"')
        .replace('"by":"me",', '')
        .replace('"serial"', '"by":"me","serial"'),
      JSON.stringify(JSON.parse(original), undefined, 1),
    ]
    for (const text of spellings) {
      expect(text).not.toBe(original)
      await expectRefused(text, { [next.digest]: next.text }, 'pointer_malformed')
    }
  })

  test('with the spare bits of the signature set, which decode to the same octets', async () => {
    const pointer = signedPointer(facts(next, 6), key)
    const last = String(pointer.signature).slice(-1)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const spare of [1, 2, 3]) {
      const signature = String(pointer.signature).slice(0, -1) + alphabet[alphabet.indexOf(last) + spare]
      await expectRefused(encodePointer({ ...pointer, signature }), { [next.digest]: next.text }, 'pointer_malformed')
    }
  })

  test('with each member changed for another good one', async () => {
    const pointer = signedPointer(facts(next, 6), key)
    const changes: Partial<Pointer>[] = [
      { digest: evil.digest },
      { serial: 7 },
      { publishedAt: at(-2) },
      { by: 'you' },
      { commit: 'c0ffef' },
      { kind: 'rollback' },
      { note: 'another' },
      { candidate: { digest: evil.digest, since: at(-1), share: 10, clients: ['partner'] } },
      { candidate: { digest: live.digest, since: at(-1), share: 100, clients: ['partner'] } },
      { candidate: { digest: live.digest, since: at(-1), share: 10, clients: ['other'] } },
      { expires: at(60) },
    ]
    for (const change of changes)
      await expectRefused(
        encodePointer({ ...pointer, ...change }),
        { [next.digest]: next.text, [evil.digest]: evil.text },
        'signature_invalid',
      )
    for (const member of ['commit', 'kind', 'note', 'candidate'] as const) {
      const { [member]: _, ...rest } = pointer
      await expectRefused(encodePointer(rest), { [next.digest]: next.text }, 'signature_invalid')
    }
  })

  test.each<[string, () => string, string]>([
    [
      'without a signature',
      () => {
        const { expires: _, ...unsigned } = facts(evil, 6)
        return encodePointer(unsigned)
      },
      'signature_missing',
    ],
    ['with the end of a signature and no signature', () => encodePointer(facts(evil, 6)), 'pointer_malformed'],
    ['signed by a stranger', () => signedText(facts(evil, 6), thief), 'signature_unknown_key'],
    [
      "signed by a stranger under the key's name",
      () => signedText(facts(evil, 6), { ...thief, id: 'first' }),
      'signature_invalid',
    ],
    [
      'with the id of another good key',
      () => encodePointer({ ...signedPointer(facts(next, 6), key), keyId: 'retired' }),
      'signature_invalid',
    ],
    ['signed by a key past its time', () => signedText(facts(evil, 6), retired), 'signature_key_inactive'],
    [
      "that is another environment's, with the same key",
      () => signedText({ ...facts(evil, 6), environment: 'staging' }, key),
      'environment_mismatch',
    ],
    [
      "that is another environment's and says it is this one's",
      () =>
        encodePointer({
          ...signedPointer({ ...facts(evil, 6), environment: 'staging' }, key),
          environment: 'production',
        }),
      'signature_invalid',
    ],
    [
      'with the signature of another pointer',
      () =>
        encodePointer({
          ...signedPointer(facts(evil, 6), thief),
          keyId: 'first',
          signature: String(signedPointer(honest(live, 5), key).signature),
        }),
      'signature_invalid',
    ],
    [
      'with a signature of zeros',
      () => encodePointer({ ...signedPointer(facts(evil, 6), key), signature: 'A'.repeat(86) }),
      'signature_invalid',
    ],
    ['past its time', () => signedText({ ...facts(next, 6), expires: at(-0.5) }, key), 'pointer_expired'],
    ['before its time', () => signedText({ ...facts(next, 6), publishedAt: at(1) }, key), 'pointer_from_future'],
    ['that is empty', () => '', 'pointer_malformed'],
    ['that is garbage', () => 'null', 'pointer_malformed'],
    [
      'that is long',
      () => signedText({ ...facts(next, 6), note: 'x'.repeat(MAX_POINTER_BYTES) }, key),
      'pointer_malformed',
    ],
    ['that is deep', () => '['.repeat(MAX_POINTER_BYTES), 'pointer_malformed'],
  ])('%s', async (_, pointer, code) => {
    await expectRefused(pointer(), { [next.digest]: next.text, [evil.digest]: evil.text }, code)
  })

  test('that is gone: the isolate keeps what it has, a cold one serves the bundle, and both say so', async () => {
    await expectRefused(undefined, {}, 'pointer_missing')
    expect(await cold(undefined, {}, 'strict')).toMatchObject({ active: undefined, codes: ['pointer_missing'] })
  })

  test('of an older serial leads no running isolate back, nor a cold one below what is bundled', async () => {
    const releases = { [next.digest]: next.text }
    const { after, codes } = await afterwards(signedText(honest(next, 4), key), releases)
    expect([after?.digest, after?.serial, codes]).toEqual([live.digest, 5, ['serial_lower']])
    expect(await cold(signedText(honest(next, 1), key), releases)).toMatchObject({
      active: { digest: bundled.digest, serial: 2 },
      codes: ['serial_lower'],
    })
    // The worst that a thief of KV can do: a cold isolate takes an older one that was good, until that expires.
    expect((await cold(signedText(honest(next, 4), key), releases)).active).toMatchObject({
      digest: next.digest,
      serial: 4,
    })
  })
})

describe('the release', () => {
  test('with any byte changed, cut off or lengthened', { timeout: 30_000 }, async () => {
    const pointer = signedText(honest(next, 6), key)
    const original = bytesOf(next.text)
    const damaged = [
      ...Array.from(original, (octet, index) => original.with(index, octet ^ (1 << (index % 8)))),
      ...Array.from({ length: original.length }, (_, length) => original.slice(0, length)),
      bytesOf(`${next.text} `),
      bytesOf(`\uFEFF${next.text}`),
      bytesOf(evil.text),
      bytesOf(live.text),
    ]
    for (const bytes of damaged) await expectRefused(pointer, { [next.digest]: bytes }, 'release_damaged')
    await expectRefused(pointer, {}, 'release_missing')
  })

  test('that is too long is not even read to its end', async () => {
    const events: ReleaseEvent[] = []
    const asked: number[] = []
    const loader = createReleaseLoader({
      read: async (name, mostBytes) => {
        asked.push(mostBytes)
        return name === POINTER_KEY ? bytesOf(signedText(honest(next, 6), key)).buffer : 'too_large'
      },
      trust,
      bundled: { ...bundled, serial: 0 },
      coldStart: 'bundled',
      refreshSeconds: 30,
      maxAgeSeconds: 300,
      report: (event) => events.push(event),
    })
    expect((await loader.current(NOW, background().waitUntil))?.digest).toBe(bundled.digest)
    expect(events.map(({ code }) => code)).toEqual(['release_damaged'])
    expect(asked[0]).toBe(MAX_POINTER_BYTES)
  })
})

test('law: whoever writes KV without the key, an isolate judges by what was bundled or signed, and its serial never falls', async () => {
  const step = fc.record({
    seconds: fc.constantFrom(31, 301, 3_601),
    act: fc.constantFrom(
      'publish',
      'observe',
      'replay',
      'forge',
      'splice',
      'delete',
      'garbage',
      'swap',
      'lose',
      'mend',
    ),
    pick: fc.nat(),
    serial: fc.integer({ min: 1, max: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.constantFrom('bundled' as const, 'strict' as const),
      async (steps, coldStart) => {
        const entries = new Map<string, string>()
        const mend = () => {
          for (const release of [live, next, evil]) entries.set(keyOf(release.digest), release.text)
        }
        mend()
        const signed: string[] = []
        const honestPairs = new Set([`2 ${bundled.digest}`])
        let [now, serial, last] = [NOW, 2, 0]
        const parts = {
          read: async (name: string) => {
            const value = entries.get(name)
            return value === undefined ? undefined : bytesOf(value).buffer
          },
          trust,
          bundled: { ...bundled, serial: 2 },
          coldStart,
          refreshSeconds: 30,
          maxAgeSeconds: 300,
          report: () => {},
        }
        const loader = createReleaseLoader(parts)
        for (const { seconds, act, pick, serial: anyone } of steps) {
          const release = [live, next, bundled][pick % 3] ?? live
          const other = release === live ? next : live
          if (act === 'publish' || act === 'observe') {
            const pointer = honest(release, ++serial)
            const candidate = { digest: other.digest, since: at(-1), share: 100 }
            signed.push(signedText(act === 'publish' ? pointer : { ...pointer, candidate }, key))
            honestPairs.add(`${serial} ${release.digest}`)
            entries.set(POINTER_KEY, signed.at(-1) ?? '')
          }
          const old = signed[pick % Math.max(1, signed.length)] ?? ''
          if (act === 'replay') entries.set(POINTER_KEY, old)
          if (act === 'forge')
            entries.set(POINTER_KEY, signedText({ ...honest(evil, anyone) }, { ...thief, id: 'first' }))
          if (act === 'splice')
            entries.set(
              POINTER_KEY,
              old.replaceAll(/[0-9a-f]{64}/g, evil.digest).replace(/"serial":\d+/, `"serial":${anyone}`),
            )
          if (act === 'delete') entries.delete(POINTER_KEY)
          if (act === 'garbage') entries.set(POINTER_KEY, old.slice(0, pick % 300))
          if (act === 'swap') entries.set(keyOf(release.digest), evil.text)
          if (act === 'lose') entries.delete(keyOf(release.digest))
          if (act === 'mend') mend()
          now += seconds * 1000
          const { waitUntil, settled } = background()
          for (const each of [loader, createReleaseLoader(parts)]) {
            await each.current(now, waitUntil)
            await settled()
            const active = await each.current(now, waitUntil)
            if (active === undefined) continue
            expect([...honestPairs]).toContain(`${active.serial} ${active.digest}`)
            expect([undefined, live.digest, next.digest]).toContain(active.candidate?.digest)
            if (each !== loader) continue
            expect(active.serial).toBeGreaterThanOrEqual(last)
            last = active.serial
          }
        }
      },
    ),
    { numRuns: 150 },
  )
})
