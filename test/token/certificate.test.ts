/** The certificate of a connection, as Cloudflare tells of it: RFC 8705 section 3.1 and appendix A. */
import { expect, test } from 'vitest'
import { clientCertificate, isBoundTo } from '../../src/token/certificate.ts'

const HEX = '0380ed2f626650c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd'
const X5T = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'
const SHOWN = { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0', certFingerprintSHA256: HEX }
const of = (overrides: Record<string, unknown> = {}) => clientCertificate({ tlsClientAuth: { ...SHOWN, ...overrides } })

test('[MTL-1] [MTL-4] the fingerprint of RFC 8705 appendix A is its x5t#S256', () => {
  expect(of()).toEqual({ thumbprint: X5T, isVerified: true })
  expect(of({ certFingerprintSHA256: HEX.toUpperCase() })?.thumbprint).toBe(X5T)
})

test.each<[string, unknown]>([
  ['no cf', undefined],
  ['null', null],
  ['a cf without it', {}],
  ['nothing but a text', { tlsClientAuth: 'SUCCESS' }],
  ['null inside', { tlsClientAuth: null }],
  ['a placeholder', { tlsClientAuth: { ...SHOWN, certPresented: '', certFingerprintSHA256: '' } }],
  ['none presented', { tlsClientAuth: { ...SHOWN, certPresented: '0' } }],
  ['a number for presented', { tlsClientAuth: { ...SHOWN, certPresented: 1 } }],
  ['an empty fingerprint', { tlsClientAuth: { ...SHOWN, certFingerprintSHA256: '' } }],
  ['a fingerprint of twice the length', { tlsClientAuth: { ...SHOWN, certFingerprintSHA256: HEX + HEX } }],
  ['a fingerprint with colons', { tlsClientAuth: { ...SHOWN, certFingerprintSHA256: HEX.replace(/..(?=.)/g, '$&:') } }],
  ['the SHA-1 alone', { tlsClientAuth: { ...SHOWN, certFingerprintSHA256: undefined, certFingerprintSHA1: HEX } }],
])('[MTL-3] [MTL-4] %s is no certificate', (_, cf) => {
  expect(clientCertificate(cf)).toBeUndefined()
})

test.each<[Record<string, unknown>, boolean]>([
  [{}, true],
  [{ certRevoked: '1' }, false],
  [{ certRevoked: undefined }, false],
  [{ certVerified: 'FAILED:self signed certificate' }, false],
  [{ certVerified: 'NONE' }, false],
  [{ certVerified: 'success' }, false],
])('[MTL-3] with %j the chain is good: %s', (overrides, isVerified) => {
  expect(of(overrides)?.isVerified).toBe(isVerified)
})

test('[MTL-1] [MTL-2] a token is bound to exactly this certificate, and to its chain where that is asked for', () => {
  expect(isBoundTo(of(), X5T, true)).toBe(true)
  expect(isBoundTo(of({ certRevoked: '1' }), X5T, true)).toBe(false)
  expect(isBoundTo(of({ certRevoked: '1' }), X5T, false)).toBe(true)
  for (const other of ['', X5T.toLowerCase(), `${X5T}=`, X5T.slice(1)])
    expect(isBoundTo(of(), other, false)).toBe(false)
  expect(isBoundTo(undefined, X5T, false)).toBe(false)
})
