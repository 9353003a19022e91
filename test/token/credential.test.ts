import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCredential, type Scheme } from '../../src/token/credential.ts'

const BOTH: readonly Scheme[] = ['bearer', 'dpop']

const faultOf = (header: string | null, schemes: readonly Scheme[] = ['bearer']) => {
  const credential = parseCredential(header, 100, schemes)
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
])('[BRR-1] %j is a bearer credential', (header) => {
  expect(faultOf(header)).toBe('token')
  expect(faultOf(header, BOTH)).toBe('token')
})

test('[BRR-1] the token is what stands after the scheme, without the white space around', () => {
  expect(parseCredential(' Bearer   a.b.c \t', 100, BOTH)).toEqual({
    kind: 'token',
    scheme: 'bearer',
    token: 'a.b.c',
  })
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
])('[BRR-1] [BRR-2] %j is refused as %s', (header, fault) => {
  expect(faultOf(header)).toBe(fault)
})

test.each(['DPoP abc', 'dpop abc', 'dPoP  a-._~+/b=='])(
  '[DPP-2] %j is a DPoP credential where DPoP is spoken',
  (header) => {
    expect(parseCredential(header, 100, BOTH)).toMatchObject({ kind: 'token', scheme: 'dpop' })
  },
)

test.each<[string, string]>([
  ['DPoP', 'empty'],
  ['DPoP a b', 'not_token68'],
  ['DPoP a, DPoP b', 'several'],
  ['DPoP a, Bearer b', 'several'],
  ['Bearer a, DPoP b', 'several'],
  ['Basic eA==, dpop b', 'several'],
])('[BRR-3] [DPP-2] with DPoP spoken, %j is refused as %s', (header, fault) => {
  expect(faultOf(header, BOTH)).toBe(fault)
})

test('[BRR-3] what is wrong with one scheme is said of it, and of none where both were sent', () => {
  const schemeOf = (header: string) => {
    const credential = parseCredential(header, 100, BOTH)
    return credential.kind === 'rejected' ? credential.scheme : 'none'
  }
  expect(['DPoP', 'Bearer', 'Bearer a, DPoP b'].map(schemeOf)).toEqual(['dpop', 'bearer', undefined])
})

test('law: no header makes it throw, and a token that comes out is token68 of bounded size', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `Bearer ${text}`),
      ),
      (header) => {
        const credential = parseCredential(header, 50, BOTH)
        if (credential.kind === 'token') expect(credential.token).toMatch(/^[A-Za-z0-9._~+/-]{1,50}=*$/)
      },
    ),
  )
})
