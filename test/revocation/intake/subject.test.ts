/** Subject identifiers of RFC 9493 and SSF 1.0: which names of access tokens they are, and which are none at all. */
import { describe, expect, test } from 'vitest'
import type { SignalTransmitter } from '../../../src/policy/revocation-policy.ts'
import { Malformed } from '../../../src/policy/untrusted.ts'
import { readSubject } from '../../../src/revocation/intake/subject.ts'
import { IDP, setting, transmitter } from './settings.ts'

const read = (subject: unknown, sender: Partial<SignalTransmitter> = {}, clientPrefix?: string) =>
  readSubject(subject, ['subject'], setting(transmitter(sender), clientPrefix === undefined ? {} : { clientPrefix }))
const names = (subject: unknown, sender: Partial<SignalTransmitter> = {}) =>
  read(subject, sender).named.map(({ target }) => ('value' in target ? `${target.kind}=${target.value}` : target.kind))

const USER = { format: 'iss_sub', iss: IDP, sub: 'jane' }

describe('[SUB-2] names that access tokens have', () => {
  test.each([
    [USER, ['subject=jane']],
    [{ format: 'opaque', id: 'jane' }, ['subject=jane']],
    [{ format: 'email', email: 'Jane.Doe@EXAMPLE.com' }, ['email=Jane.Doe@example.com']],
    [{ format: 'jwt_id', iss: IDP, jti: 'j-1' }, ['jti=j-1']],
    [{ format: 'scim', uri: '/Users/2b2f880af6674ac284bae9381673d462' }, ['subject=2b2f880af6674ac284bae9381673d462']],
    [
      { format: 'aliases', identifiers: [USER, { format: 'email', email: 'a@b.example' }] },
      ['subject=jane', 'email=a@b.example'],
    ],
    [{ format: 'complex', session: { format: 'opaque', id: 's' } }, ['session=s']],
    [
      { format: 'complex', user: { format: 'aliases', identifiers: [USER, { format: 'opaque', id: 'other' }] } },
      ['subject=jane', 'subject=other'],
    ],
    // Older senders leave the format of a complex subject out.
    [{ user: USER }, ['subject=jane']],
  ])('%o', (subject, expected) => {
    expect(names(subject)).toEqual(expected)
  })

  test('an issuer is the one of the tokens, or what the sender calls itself; another is none of its business', () => {
    const sender = { transmitter: 'https://ssf.example.com' }
    expect(names({ ...USER, iss: 'https://ssf.example.com' }, sender)).toEqual(['subject=jane'])
    expect(names(USER, sender)).toEqual(['subject=jane'])
    expect(names({ ...USER, iss: 'https://idp.example.com/other/' })).toEqual([])
    expect(names({ format: 'jwt_id', iss: 'https://evil.example', jti: 'j' })).toEqual([])
  })

  test('an application is called as clients are', () => {
    const subject = { format: 'complex', user: USER, application: { format: 'opaque', id: 'app' } }
    expect(read(subject, {}, 'idp:').named[0]?.matching).toEqual({ client: 'idp:app' })
  })
})

test('people may be known by another name than `sub`, and nothing else is', () => {
  const sender = { knownAs: 'user' } as const
  expect(names(USER, sender)).toEqual(['user=jane'])
  expect(names({ format: 'opaque', id: 'jane' }, sender)).toEqual(['user=jane'])
  expect(names({ format: 'scim', uri: '/Users/1' }, sender)).toEqual(['user=1'])
  expect(names({ format: 'email', email: 'a@b.example' }, sender)).toEqual(['email=a@b.example'])
  const subject = { format: 'complex', user: USER, session: { format: 'opaque', id: 's' } }
  expect(read(subject, sender).named).toEqual([
    { target: { kind: 'user', issuer: IDP, value: 'jane' }, matching: { session: 's' } },
  ])
})

test('of several names of a session or a device a token has one: each is looked for', () => {
  const opaque = (id: string) => ({ format: 'opaque', id })
  const several = (...ids: readonly string[]) => ({ format: 'aliases', identifiers: ids.map(opaque) })
  const { named } = read({
    format: 'complex',
    user: USER,
    session: several('s-1', 's-2'),
    device: several('d-1', 'd-2'),
  })
  expect(named.map(({ target, matching }) => ['value' in target && target.value, matching])).toEqual([
    ['jane', { session: 's-1', device: 'd-1' }],
    ['jane', { session: 's-1', device: 'd-2' }],
    ['jane', { session: 's-2', device: 'd-1' }],
    ['jane', { session: 's-2', device: 'd-2' }],
  ])
})

test('nobody has dozens of names', () => {
  const aliases = (length: number) => ({
    format: 'aliases',
    identifiers: Array.from({ length }, (_, index) => ({ format: 'opaque', id: `a-${index}` })),
  })
  expect(names(aliases(16))).toHaveLength(16)
  expect(() => names(aliases(17))).toThrow(Malformed)
  expect(() => read({ format: 'complex', user: aliases(16), session: aliases(16) })).toThrow(Malformed)
})

test('what is wrong is said without a word of what was sent', () => {
  expect(() => read({ format: 'complex', user: USER, 'a-secret-word': 'x' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  )
})

test('of a person or a group that nobody can tell apart, not everybody in the tenant is meant', () => {
  const tenant = { format: 'opaque', id: 't' }
  const user = { format: 'phone_number', phone_number: '+12065550100' }
  const group = { format: 'opaque', id: 'g' }
  for (const members of [
    { user, tenant },
    { group, tenant },
    { user, application: tenant },
  ])
    expect(read({ format: 'complex', ...members }).named).toEqual([])
  expect(names({ format: 'complex', tenant })).toEqual(['tenant=t'])
  expect(names({ format: 'complex', tenant, group, session: tenant })).toEqual(['session=t'])
})

test.each([
  { format: 'account', uri: 'acct:jane@example.com' },
  { format: 'phone_number', phone_number: '+12065550100' },
  { format: 'did', url: 'did:example:123456' },
  { format: 'uri', uri: 'https://user.example.com/' },
  { format: 'saml_assertion_id', issuer: IDP, assertion_id: 'a' },
  { format: 'ip-addresses', 'ip-addresses': ['10.29.37.75'] },
  { format: 'scim', uri: '/Groups/1' },
  { format: 'something-later', anything: true },
  { format: 'complex', group: { format: 'opaque', id: 'g' } },
])('[SSF-4] %o is nobody that a token names, and no error', (subject) => {
  expect(read(subject).named).toEqual([])
})

describe('[SUB-1] an identifier holds exactly what its format says', () => {
  test.each([
    [null],
    ['jane'],
    [{}],
    [{ format: 1, id: 'a' }],
    [{ id: 'a' }],
    [{ format: 'opaque' }],
    [{ format: 'opaque', id: '' }],
    [{ format: 'opaque', id: 7 }],
    [{ format: 'opaque', id: 'a', more: 'b' }],
    [{ format: 'iss_sub', iss: IDP }],
    [{ format: 'iss_sub', sub: 'jane' }],
    [{ format: 'email' }],
    [{ format: 'email', email: ['a@b.example'] }],
    [{ format: 'phone_number', number: '1' }],
    [{ format: 'aliases', identifiers: [] }],
    [{ format: 'aliases', identifiers: [{ format: 'aliases', identifiers: [USER] }] }],
    [{ format: 'aliases', identifiers: [{ format: 'opaque' }] }],
    [{ format: 'complex' }],
    [{ format: 'complex', user: 'jane' }],
    [{ format: 'complex', user: { format: 'opaque' } }],
    [{ subject_type: 'iss-sub', iss: IDP, sub: 'jane' }],
  ])('%o does not', (subject) => {
    expect(() => read(subject)).toThrow(Malformed)
  })
})
