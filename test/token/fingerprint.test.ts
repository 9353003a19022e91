import { describe, expect, test } from 'vitest'
import { fingerprintedBytes, fingerprintOf } from '../../src/token/fingerprint.ts'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('the fingerprint of a token', () => {
  test('is the SHA-256 of the bytes, base64url (RFC 6234)', async () => {
    expect(await fingerprintOf('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })

  test('leaves the signature of a JWS out: a second one that verifies makes no other token', () => {
    expect(text(fingerprintedBytes('aaa.bbb.ccc'))).toBe('aaa.bbb')
    expect(text(fingerprintedBytes('aaa.bbb.ddd'))).toBe('aaa.bbb')
  })

  test.each(['opaque', 'a.b', 'a.b.c.d', 'a.b.', 'a.b.c~', '.b.c'])('takes %j as a whole', (token) => {
    expect(text(fingerprintedBytes(token))).toBe(token)
  })
})
