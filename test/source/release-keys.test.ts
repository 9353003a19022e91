/** The keys that sign releases, as `gateway.yaml` names them: from text to trust anchors, and what must not become one. */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isStrongPoint } from '../../src/source/ed25519.ts'
import { parsePublicKey } from '../../src/source/public-key.ts'
import { readEnvironments } from '../../src/source/read-map.ts'
import { environmentOf, filesOf, GATEWAY, readTexts, rulesOf, serviceOf, type Texts } from './maps.ts'

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    x: String(publicKey.export({ format: 'jwk' }).x),
    pem: publicKey.export({ format: 'pem', type: 'spki' }) as string,
    privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  }
}
const [one, two] = [pair(), pair()]
const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const inline = (pem: string) => JSON.stringify(pem)

function mapWith(lines: readonly string[], name = 'test'): Texts {
  const members = lines.map((line) => `    ${line}\n`).join('')
  return { ...serviceOf('  /x: { GET: a:read }\n'), 'gateway.yaml': GATEWAY.replace('test:\n', `${name}:\n${members}`) }
}
const faults = (lines: readonly string[], name?: string) =>
  rulesOf(readTexts(mapWith(lines, name))).map((label) => label.replace(/@.*/, ''))

describe('releaseKeys', () => {
  test('as base64url and as PEM, with their days as seconds, and the usual validity', () => {
    const lines = [
      `releaseKeys:`,
      `  - { id: old, publicKey: ${one.x}, notAfter: 2026-12-31 }`,
      `  - { id: new, publicKey: ${inline(two.pem)}, notBefore: 2026-12-01 }`,
    ]
    expect(environmentOf(mapWith(lines)).releaseSigning).toEqual({
      keys: [
        { id: 'old', publicKey: one.x, notAfter: Date.parse('2026-12-31T23:59:59Z') / 1000 },
        { id: 'new', publicKey: two.x, notBefore: Date.parse('2026-12-01T00:00:00Z') / 1000 },
      ],
      validitySeconds: 90 * 86_400,
    })
    expect(environmentOf(mapWith([])).releaseSigning).toBeUndefined()
    const short = [`releaseKeys: [{ id: a, publicKey: ${one.x} }]`, 'releaseValidity: 7d']
    expect(environmentOf(mapWith(short)).releaseSigning?.validitySeconds).toBe(604_800)
  })

  test.each<[string, readonly string[], readonly string[]]>([
    ['an empty list', ['releaseKeys: []'], ['empty-value']],
    ['what is no key', ['releaseKeys: [{ id: a, publicKey: abc }]'], ['invalid-value']],
    ['a key with padding', [`releaseKeys: [{ id: a, publicKey: "${one.x}=" }]`], ['invalid-value']],
    ['a key of small order', [`releaseKeys: [{ id: a, publicKey: ${'A'.repeat(43)} }]`], ['invalid-value']],
    [
      'one id twice',
      [`releaseKeys: [{ id: a, publicKey: ${one.x} }, { id: a, publicKey: ${two.x} }]`],
      ['duplicate-release-key'],
    ],
    [
      'one key twice, in two spellings',
      [`releaseKeys: [{ id: a, publicKey: ${one.x} }, { id: b, publicKey: ${inline(one.pem)} }]`],
      ['duplicate-release-key'],
    ],
    [
      'a key that ends before it begins',
      [`releaseKeys: [{ id: a, publicKey: ${one.x}, notBefore: 2027-01-01, notAfter: 2026-01-01 }]`],
      ['invalid-value'],
    ],
    ['a validity without keys', ['releaseValidity: 30d'], ['unread-setting']],
    [
      'a validity of years',
      [`releaseKeys: [{ id: a, publicKey: ${one.x} }]`, 'releaseValidity: 999d'],
      ['invalid-value'],
    ],
    ['an unknown member', [`releaseKeys: [{ id: a, publicKey: ${one.x}, algorithm: none }]`], ['unknown-key']],
  ])('%s is an error', (_, lines, expected) => {
    expect(faults(lines)).toEqual(expected)
  })

  test('a private key is named as one, and never quoted', () => {
    const { diagnostics } = readTexts(mapWith([`releaseKeys: [{ id: a, publicKey: ${inline(one.privatePem)} }]`]))
    expect(diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining('private key')])
    expect(JSON.stringify(diagnostics)).not.toContain(one.privatePem.split('\n')[1]?.slice(0, 30))
  })

  test('production without keys is a warning, wherever its name stands', () => {
    for (const name of ['production', 'prod', 'prod-eu', 'eu-production', 'live', 'acme-prd2'])
      expect(faults([], name)).toEqual(['unsigned-releases'])
    for (const name of ['staging', 'pre-prod', 'non-prod', 'preprod', 'product-tests', 'delivery'])
      expect(faults([], name)).toEqual([])
    expect(faults([`releaseKeys: [{ id: a, publicKey: ${one.x} }]`], 'production')).toEqual([])
  })
})

test('the environments can be read while a service has errors, and not while they have errors themselves', () => {
  const broken = { ...mapWith([]), 'tested.yaml': 'service: [' }
  expect(readTexts(broken).environments).toBeUndefined()
  expect(readEnvironments(filesOf(broken))?.map(({ name }) => name)).toEqual(['test'])
  expect(readEnvironments(filesOf(mapWith(['releaseValidity: 30d'])))).toBeUndefined()
  expect(readEnvironments(filesOf(mapWith(['upstreem: zone'])))).toBeUndefined()
})

describe('a public key', () => {
  test('of every fresh pair is strong, and is read from both spellings', () => {
    for (let turn = 0; turn < 20; turn++) {
      const { x, pem } = pair()
      expect([parsePublicKey(x), parsePublicKey(pem), parsePublicKey(pem.replaceAll('\n', '\r\n'))]).toEqual([x, x, x])
    }
  })

  // The eight points of small order in every encoding that decoders accept: with the sign bit, and past the prime.
  test.each([
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ])('%s is weak or no point, with either sign', (encoded) => {
    for (const sign of [0, 0x80]) {
      const octets = hex(encoded)
      octets[31] = (octets[31] ?? 0) ^ sign
      expect(isStrongPoint(octets)).toBe(false)
    }
  })

  test('that is not on the curve, or of another length, is none', () => {
    // RFC 8032: the base point has y = 4/5; about half of all numbers have no x.
    expect(isStrongPoint(hex('58'.padEnd(64, '6')))).toBe(true)
    const offCurve = Array.from({ length: 20 }, (_, index) =>
      hex((index + 2).toString(16).padStart(2, '0').padEnd(64, '0')),
    )
    const strong = offCurve.filter(isStrongPoint).length
    expect(strong).toBeGreaterThan(0)
    expect(strong).toBeLessThan(20)
    expect(isStrongPoint(hex('58'.padEnd(62, '6')))).toBe(false)
  })
})
