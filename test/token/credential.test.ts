import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCredential } from '../../src/token/credential.ts'

const faultOf = (header: string | null, max = 100) => {
  const credential = parseCredential(header, max)
  return credential.kind === 'rejected' && credential.denial.code === 'credential_malformed'
    ? credential.denial.detail
    : credential.kind
}

test.each([
  'Bearer abc',
  'bearer abc',
  'BEARER abc',
  'bEaReR   abc',
  ' \tBearer abc\t ',
  'Bearer a-._~+/b==',
  'Bearer a.b.c',
])('%j is a bearer credential', (header) => {
  expect(faultOf(header)).toBe('bearer')
})

test('the token is what stands after the scheme, without the white space around', () => {
  expect(parseCredential(' Bearer   a.b.c \t', 100)).toEqual({ kind: 'bearer', token: 'a.b.c' })
})

test.each([null, 'Basic eA==', 'DPoP abc', 'Bearers abc', 'Bearer_ abc', 'Digest a="b", c="d"', 'Negotiate'])(
  '%j holds no credential of a scheme that is spoken here',
  (header) => {
    expect(faultOf(header)).toBe('none')
  },
)

test.each<[string, string]>([
  ['', 'empty'],
  [' ', 'empty'],
  ['Bearer', 'empty'],
  ['Bearer ', 'empty'],
  ['Bearer a b', 'not_token68'],
  ['Bearer/abc', 'not_token68'],
  ['Bearer=abc', 'not_token68'],
  ['Bearer\tabc', 'not_token68'],
  ['Bearer "abc"', 'not_token68'],
  ['Bearer =abc', 'not_token68'],
  ['Bearer ab=c', 'not_token68'],
  ['Bearer äbc', 'not_token68'],
  ['Bearer a, Bearer b', 'several'],
  ['Bearer a,b', 'several'],
  ['Bearer a, DPoP b', 'several'],
  ['DPoP a, Bearer b', 'several'],
  ['Basic eA==, bearer b', 'several'],
  [`Bearer ${'a'.repeat(101)}`, 'too_large'],
])('%j is refused as %s', (header, fault) => {
  expect(faultOf(header)).toBe(fault)
})

test('law: no header makes it throw, and a token that comes out is token68 of bounded size', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `Bearer ${text}`),
      ),
      (header) => {
        const credential = parseCredential(header, 50)
        if (credential.kind === 'bearer') expect(credential.token).toMatch(/^[A-Za-z0-9._~+/-]{1,50}=*$/)
      },
    ),
  )
})
