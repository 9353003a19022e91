/** Whose word a pointer is, and until when. */
import { describe, expect, test } from 'vitest'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { encodePointer, parsePointer, signedBytes } from '../../src/release/pointer.ts'
import {
  authenticate,
  octetsOf,
  refusalOf,
  type Signer,
  seal,
  type Trust,
  textOf,
  untimely,
} from '../../src/release/signature.ts'
import { releaseKey, signedPointer, trustIn } from '../support/release-keys.ts'

const NOW = Date.parse('2026-11-28T12:00:00.000Z')
const at = (days: number) => new Date(NOW + days * 86_400_000).toISOString()
const seconds = (days: number) => (NOW / 1000 + days * 86_400) as EpochSeconds
const facts = {
  digest: 'a'.repeat(64),
  serial: 7,
  publishedAt: at(0),
  by: 'me',
  kind: 'publish',
  environment: 'production',
} as const

const first = releaseKey('first')
const second = releaseKey('second')
const stranger = { ...releaseKey('stranger'), id: 'first' }

describe('authenticate', () => {
  const signed = signedPointer({ ...facts, expires: at(30) }, first)
  const code = async (...args: Parameters<typeof authenticate>) => {
    const result = await authenticate(...args)
    return result.ok ? 'believed' : result.error
  }

  test('with several keys each is believed: that is how one takes over from another', async () => {
    const trust = trustIn('production', first, second)
    expect(await code(signed, trust, NOW)).toBe('believed')
    expect(await code(signedPointer({ ...facts, expires: at(30) }, second), trust, NOW)).toBe('believed')
  })

  test.each<[string, Parameters<typeof authenticate>[0], string]>([
    ['nobody signed', facts, 'signature_missing'],
    ['a key signed that is not there', signedPointer({ ...facts, expires: at(30) }, second), 'signature_unknown_key'],
    ["a stranger signed under a key's id", signedPointer({ ...facts, expires: at(30) }, stranger), 'signature_invalid'],
    [
      'is for another environment',
      signedPointer({ ...facts, environment: 'staging', expires: at(30) }, first),
      'environment_mismatch',
    ],
    ['says another serial than was signed', { ...signed, serial: 8 }, 'signature_invalid'],
    ['names another release than was signed', { ...signed, digest: 'b'.repeat(64) }, 'signature_invalid'],
    ['lasts longer than was signed', { ...signed, expires: at(300) }, 'signature_invalid'],
    ['was published by another than was signed', { ...signed, by: 'you' }, 'signature_invalid'],
  ])('what %s is not believed', async (_, pointer, expected) => {
    expect(await code(pointer, trustIn('production', first), NOW)).toBe(expected)
  })

  test('a key is believed from its first second to its last', async () => {
    const key = releaseKey('short', { notBefore: seconds(-1), notAfter: seconds(1) })
    const pointer = signedPointer({ ...facts, expires: at(30) }, key)
    const trust = trustIn('production', key)
    const day = 86_400_000
    expect(
      await Promise.all([-day - 1, -day, 0, day, day + 999, day + 1000].map((ms) => code(pointer, trust, NOW + ms))),
    ).toEqual(['signature_key_inactive', 'believed', 'believed', 'believed', 'believed', 'signature_key_inactive'])
  })

  test('without keys anybody is believed who does not speak for another environment', async () => {
    expect(await code(facts, { environment: 'production' }, NOW)).toBe('believed')
    expect(await code(facts, { environment: 'staging' }, NOW)).toBe('environment_mismatch')
    const { environment: _, ...old } = facts
    expect(await code(old, { environment: 'staging' }, NOW)).toBe('believed')
  })

  test('under a key that is none nothing is believed', async () => {
    const trust = trustIn('production', { id: 'first', publicKey: 'AAAA' })
    expect(await code(signed, trust, NOW)).toBe('signature_invalid')
  })

  test('a signature over the same bytes for another purpose is none', async () => {
    const bytes = signedBytes({ ...facts, expires: at(30), keyId: 'first' })
    expect(new TextDecoder().decode(bytes)).toMatch(/^scopewall release pointer v1\n\{"digest":/)
  })
})

test('a pointer is timely from five minutes before it was published until it expires', () => {
  const pointer = { ...facts, expires: at(1) }
  expect([-300_001, -300_000, 0, 86_399_999, 86_400_000].map((ms) => untimely(pointer, NOW + ms))).toEqual([
    'pointer_from_future',
    undefined,
    undefined,
    undefined,
    'pointer_expired',
  ])
})

describe('seal', () => {
  test('signs for as long as the environment says, or the signer, and never longer than the key lasts', async () => {
    const expires = async (trust: Trust, signer: Signer) => {
      const sealed = await seal(facts, trust, signer, NOW)
      return sealed.ok && sealed.value.expires
    }
    const ending = { ...first, notAfter: seconds(10) }
    expect(await expires(trustIn('production', first), first.signer)).toBe(at(90))
    expect(await expires(trustIn('production', first), { ...first.signer, validForSeconds: 86_400 })).toBe(at(1))
    expect(await expires(trustIn('production', ending), first.signer)).toBe('2026-12-08T12:00:00.999Z')
  })

  test.each<[string, Parameters<typeof seal>[1], Parameters<typeof seal>[2], object]>([
    ['there is nobody to sign', trustIn('production', first), undefined, { code: 'signer_missing' }],
    ['nobody would look', { environment: 'production' }, first.signer, { code: 'signer_unasked' }],
    [
      'another key signs',
      trustIn('production', first),
      { ...second.signer, keyId: 'first' },
      { code: 'signature_useless', reason: 'signature_invalid' },
    ],
    [
      'the key is unknown',
      trustIn('production', first),
      second.signer,
      { code: 'signature_useless', reason: 'signature_unknown_key' },
    ],
    [
      'the signer gives too little',
      trustIn('production', first),
      { keyId: 'first', sign: async () => new Uint8Array(10) },
      { code: 'signature_useless', reason: 'signature_invalid' },
    ],
    [
      'it would be good for no time at all',
      trustIn('production', first),
      { ...first.signer, validForSeconds: 0 },
      { code: 'signature_useless', reason: 'pointer_expired' },
    ],
  ])('refuses where %s', async (_, trust, signer, error) => {
    expect(await seal(facts, trust, signer, NOW)).toMatchObject({ ok: false, error })
  })
})

test('a pointer can be read again as it was written, with every member', () => {
  const pointer = signedPointer(
    {
      ...facts,
      commit: 'c0ffee',
      note: 'line\nline',
      candidate: { digest: 'b'.repeat(64), since: at(0), share: 10, clients: ['a', 'b'] },
      expires: at(30),
    },
    first,
  )
  expect(parsePointer(encodePointer(pointer))).toEqual({ ok: true, value: pointer })
})

test('octets and their text are inverse', () => {
  const octets = Uint8Array.from({ length: 64 }, (_, index) => (index * 37) & 255)
  expect(octetsOf(textOf(octets))).toEqual(octets)
})

test('times that nobody signed keep no edge from a pointer, and what is said of it is what the edge does', async () => {
  const ahead = { ...facts, publishedAt: at(1) }
  expect(await refusalOf(ahead, { environment: 'production' }, NOW)).toBeUndefined()
  expect(await refusalOf(ahead, { environment: 'staging' }, NOW)).toBe('environment_mismatch')
  const signed = signedPointer({ ...ahead, expires: at(30) }, first)
  expect(await refusalOf(signed, trustIn('production', first), NOW)).toBe('pointer_from_future')
})
