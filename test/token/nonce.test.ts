/** Nonces that every isolate can make and judge without having met the others. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createNonceIssuer, readNonceSecret } from '../../src/token/nonce.ts'

const secret = new TextEncoder().encode('a secret of thirty-two characters')
const NOW = 1_800_000_000
const WINDOW = 120

describe('[DPP-22] a nonce', () => {
  test('is the window and a MAC over it, and nothing that must be kept', async () => {
    const bucket = Buffer.alloc(8)
    bucket.writeBigUInt64BE(BigInt(NOW / WINDOW))
    const mac = createHmac('sha256', secret).update('scopewall dpop nonce').update(bucket).digest().subarray(0, 16)
    expect(await createNonceIssuer(secret).current(NOW)).toBe(Buffer.concat([bucket, mac]).toString('base64url'))
  })

  test('[DPP-20] has only characters that a nonce may have', async () => {
    const { current } = createNonceIssuer(secret)
    for (const time of [0, NOW, NOW + WINDOW, 2 ** 40])
      expect(await current(time)).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]{32}$/)
  })

  test('[DPP-21] serves in its window and the next, and then no more', async () => {
    const { current, judge } = createNonceIssuer(secret)
    const nonce = await current(NOW)
    const verdicts = await Promise.all(
      [-1, 0, WINDOW - 1, WINDOW, 2 * WINDOW - 1, 2 * WINDOW, 100 * WINDOW].map((later) => judge(nonce, NOW + later)),
    )
    expect(verdicts).toEqual(['unknown', 'current', 'current', 'previous', 'previous', 'unknown', 'unknown'])
  })

  test('[DPP-21] a window may have another length', async () => {
    const { current, judge } = createNonceIssuer(secret, 30)
    const nonce = await current(NOW)
    expect(await current(NOW + 29)).toBe(nonce)
    expect(await current(NOW + 30)).not.toBe(nonce)
    expect(await judge(nonce, NOW + 59)).toBe('previous')
    expect(await judge(nonce, NOW + 60)).toBe('unknown')
  })

  test('is known to whoever has the secret, and to nobody else', async () => {
    const nonce = await createNonceIssuer(secret).current(NOW)
    expect(await createNonceIssuer(new Uint8Array(secret)).judge(nonce, NOW)).toBe('current')
    expect(await createNonceIssuer(secret.toReversed()).judge(nonce, NOW)).toBe('unknown')
  })

  test('cannot be moved to another window', async () => {
    const { current, judge } = createNonceIssuer(secret)
    const old = Buffer.from(await current(NOW - 10 * WINDOW), 'base64url')
    old.writeBigUInt64BE(BigInt(NOW / WINDOW))
    expect(await judge(old.toString('base64url'), NOW)).toBe('unknown')
  })

  test('law: one character more, less or other is another nonce', async () => {
    const { current, judge } = createNonceIssuer(secret)
    const nonce = await current(NOW)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(nonce.length - 1),
        fc.constantFrom('', 'A', 'b', '_', '=', 'AA', '\u0100'),
        async (place, letter) => {
          const changed = nonce.slice(0, place) + letter + nonce.slice(place + 1)
          fc.pre(changed !== nonce)
          expect(await judge(changed, NOW)).toBe('unknown')
        },
      ),
    )
  })

  test('law: no text makes the judge fail', async () => {
    const { judge } = createNonceIssuer(secret)
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 0, maxLength: 64 }), async (text) => {
        expect(await judge(text, NOW)).toBe('unknown')
      }),
    )
  })
})

describe('its cost', () => {
  test('the key is imported once, and a window costs two MACs however often it is asked for', async () => {
    const imports = vi.spyOn(crypto.subtle, 'importKey')
    const signatures = vi.spyOn(crypto.subtle, 'sign')
    try {
      const { current, judge } = createNonceIssuer(secret)
      for (const second of [0, 1, 5, 119]) await judge(await current(NOW + second), NOW + second)
      expect([imports.mock.calls.length, signatures.mock.calls.length]).toEqual([1, 2])
      await current(NOW + WINDOW)
      expect([imports.mock.calls.length, signatures.mock.calls.length]).toEqual([1, 4])
    } finally {
      vi.restoreAllMocks()
    }
  })

  test('changing the bytes of the secret afterwards changes nothing', async () => {
    const bytes = new Uint8Array(secret)
    const { current } = createNonceIssuer(bytes)
    bytes.fill(0)
    expect(await current(NOW)).toBe(await createNonceIssuer(secret).current(NOW))
  })

  test('an empty secret makes no nonce', async () => {
    await expect(createNonceIssuer(new Uint8Array()).current(NOW)).rejects.toThrow()
  })
})

describe('[DPP-22] the secret as it is kept', () => {
  test.each([32, 33, 34, 35, 64])('is base64url of %i bytes', (length) => {
    const bytes = Buffer.alloc(length, 0xfb)
    expect(Buffer.from(readNonceSecret(bytes.toString('base64url')) ?? [])).toEqual(bytes)
  })

  test.each([
    '',
    'AAAA',
    Buffer.alloc(31).toString('base64url'),
    Buffer.alloc(32).toString('base64'),
    Buffer.alloc(32, 0xff).toString('base64'),
    `${Buffer.alloc(32).toString('base64url')}\n`,
    ` ${Buffer.alloc(32).toString('base64url')}`,
    'A'.repeat(45),
    'ä'.repeat(64),
    'undefined',
  ])('is not %j', (text) => {
    expect(readNonceSecret(text)).toBeUndefined()
  })
})
