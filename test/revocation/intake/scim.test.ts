/** Provisioning by SCIM 2.0: requests as Okta and Entra ID make them, what is asked for at the gate, and what they are told. */
import { base64url } from 'jose'
import { describe, expect, test } from 'vitest'
import { Malformed } from '../../../src/policy/untrusted.ts'
import { lookedFor, nameIn, readScim, representationOf, type ScimChange } from '../../../src/revocation/intake/scim.ts'
import { IDP, NOW, setting, wordsOf } from './settings.ts'

const SCIM = setting({ name: 'people', kind: 'scim', issuer: IDP, secret: 'S', subject: 'userName' })
const BY_ID = setting({ name: 'people', kind: 'scim', issuer: IDP, secret: 'S', subject: 'externalId' })
const JANE = base64url.encode('jane')
const CUT = `until ${NOW}`
const BLOCKED = [`revoke subject=jane @account:${NOW} for ever`, `revoke subject=jane ${CUT}`]
const SUPPORT = 'holding invoices:read invoices:refund'

const asks = (change: ScimChange, by: Parameters<typeof readScim>[1] = SCIM) =>
  readScim(change, by).entries.map(wordsOf)
const patch = (...Operations: readonly object[]) =>
  asks({ method: 'PATCH', resource: 'Users', id: JANE, body: { Operations } })
const group = (name: string, ...Operations: readonly object[]) =>
  asks({ method: 'PATCH', resource: 'Groups', id: base64url.encode(name), body: { Operations } })

describe('users', () => {
  test.each([
    ['as Okta writes it', { op: 'replace', value: { active: false } }],
    ['as Entra ID writes it', { op: 'Replace', path: 'active', value: 'False' }],
    [
      'with the name of the schema',
      { op: 'replace', path: 'urn:ietf:params:scim:schemas:core:2.0:User:active', value: false },
    ],
  ])('not active, %s: blocked until active again', (_, operation) => {
    expect(patch(operation)).toEqual(BLOCKED)
  })

  test('names of attributes may be written in any case (RFC 7643 section 2.1)', () => {
    const body = { operations: [{ Op: 'replace', Path: 'ACTIVE', Value: 'false' }] }
    expect(asks({ method: 'PATCH', resource: 'Users', id: JANE, body })).toEqual(BLOCKED)
    expect(asks({ method: 'PUT', resource: 'Users', id: JANE, body: { username: 'jane', Active: false } })).toEqual(
      BLOCKED,
    )
  })

  test('active again, whichever way', () => {
    const again = [`lift subject=jane @account:${NOW}`]
    expect(patch({ op: 'replace', path: 'active', value: true })).toEqual(again)
    expect(asks({ method: 'PUT', resource: 'Users', id: JANE, body: { userName: 'jane', active: true } })).toEqual(
      again,
    )
    expect(asks({ method: 'POST', resource: 'Users', body: { userName: 'jane' } })).toEqual(again)
  })

  test('deleted, put or created as not active: blocked', () => {
    expect(asks({ method: 'DELETE', resource: 'Users', id: JANE })).toEqual(BLOCKED)
    expect(asks({ method: 'PUT', resource: 'Users', id: JANE, body: { userName: 'jane', active: false } })).toEqual(
      BLOCKED,
    )
    expect(asks({ method: 'POST', resource: 'Users', body: { userName: 'jane', active: false } })).toEqual(BLOCKED)
  })

  test.each<[string, object, readonly string[]]>([
    [
      'a role by its value',
      { op: 'remove', path: 'roles[value eq "support"]' },
      [`revoke subject=jane ${CUT} ${SUPPORT}`],
    ],
    [
      'a list of roles',
      { op: 'Remove', path: 'roles', value: [{ value: 'auditor' }] },
      [`revoke subject=jane ${CUT} holding invoices:read`],
    ],
    [
      'an entitlement',
      { op: 'remove', path: 'entitlements[value eq "auditor"]' },
      [`revoke subject=jane ${CUT} holding invoices:read`],
    ],
    ['a role that no table has', { op: 'remove', path: 'roles[value eq "x"]' }, [`revoke subject=jane ${CUT}`]],
    ['all roles', { op: 'remove', path: 'roles' }, [`revoke subject=jane ${CUT}`]],
    ['a filter that nobody can read', { op: 'remove', path: 'roles[primary eq true]' }, [`revoke subject=jane ${CUT}`]],
    [
      'roles that take the place of others',
      { op: 'replace', value: { roles: [{ value: 'auditor' }] } },
      [`revoke subject=jane ${CUT}`],
    ],
    ['one role more', { op: 'add', path: 'roles', value: [{ value: 'auditor' }] }, []],
    ['another name', { op: 'replace', path: 'displayName', value: 'Jane' }, []],
  ])('%s', (_, operation, asked) => {
    expect(patch(operation)).toEqual(asked)
  })

  test('what is put says nothing of what it replaces', () => {
    const put = (body: object) =>
      asks({ method: 'PUT', resource: 'Users', id: JANE, body: { userName: 'jane', ...body } })
    expect(put({ roles: [] })).toEqual([`revoke subject=jane ${CUT}`])
    expect(put({ name: { givenName: 'Jane' } })).toEqual([])
  })

  test('the name that tokens have is the one that is configured, and cannot change', () => {
    const created = readScim(
      { method: 'POST', resource: 'Users', body: { userName: 'jane@example.com', externalId: 'e-1' } },
      BY_ID,
    )
    expect(created.representation).toMatchObject({
      id: base64url.encode('e-1'),
      userName: 'jane@example.com',
      externalId: 'e-1',
    })
    const renamed = { method: 'PUT', resource: 'Users', id: JANE, body: { userName: 'janet', active: false } } as const
    expect(readScim(renamed, SCIM)).toMatchObject({ isRenamed: true })
    expect(asks(renamed)).toEqual(BLOCKED)
    expect(() => asks({ method: 'POST', resource: 'Users', body: { userName: 'jane' } }, BY_ID)).toThrow(Malformed)
  })

  test('no password comes back', () => {
    const created = readScim(
      { method: 'POST', resource: 'Users', body: { userName: 'jane', password: 'secret' } },
      SCIM,
    )
    expect(JSON.stringify(created)).not.toContain('secret')
  })

  test('each request is an event of its own', () => {
    const { entries, types } = readScim({ method: 'DELETE', resource: 'Users', id: JANE }, SCIM)
    expect(types).toEqual(['DELETE Users'])
    expect(entries.map(({ once, origin }) => [once, origin])).toEqual(
      Array(2).fill([undefined, { via: 'hook', event: 'DELETE Users' }]),
    )
  })
})

describe('what a client is told of what it wrote', () => {
  const told = (...Operations: readonly object[]) =>
    readScim({ method: 'PATCH', resource: 'Users', id: JANE, body: { Operations } }, SCIM).representation

  test('attributes that it set as a whole, and none of which it set a part', () => {
    expect(
      told(
        { op: 'add', path: 'nickName', value: 'J' },
        { op: 'Replace', path: 'name.familyName', value: 'Smith' },
        { op: 'Replace', path: 'emails[type eq "work"].value', value: 'jane@example.com' },
        { op: 'Replace', path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager', value: 'm' },
        { op: 'replace', value: { 'name.givenName': 'Jane', title: 'Clerk' } },
      ),
    ).toEqual({ ...representationOf('Users', 'userName', 'jane'), nickName: 'J', title: 'Clerk' })
  })

  test('a part of a role that was set may have been any of them', () => {
    expect(patch({ op: 'replace', path: 'roles[primary eq "True"].value', value: 'auditor' })).toEqual([
      `revoke subject=jane ${CUT}`,
    ])
  })
})

test('a path takes no longer to read than it is long', () => {
  const began = performance.now()
  for (const path of [`a${' '.repeat(60_000)}x`, `a[${'] '.repeat(30_000)}!`, `urn:${'a:'.repeat(30_000)}!`])
    expect(() => patch({ op: 'remove', path })).toThrow(Malformed)
  expect(performance.now() - began).toBeLessThan(2_000)
})

describe('groups', () => {
  test.each<[string, object, readonly string[]]>([
    [
      'a member by a filter',
      { op: 'remove', path: `members[value eq "${JANE}"]` },
      [`revoke subject=jane ${CUT} ${SUPPORT}`],
    ],
    [
      'a list of members',
      { op: 'Remove', path: 'members', value: [{ value: JANE }] },
      [`revoke subject=jane ${CUT} ${SUPPORT}`],
    ],
    [
      'a member by the name that people see, which may be anybody’s',
      { op: 'remove', path: `members[display eq "${JANE}"]` },
      [`revoke issuer ${CUT} ${SUPPORT}`],
    ],
    [
      'a member, in other letters',
      { op: 'REMOVE', path: ` Members[ Value EQ "${JANE}" ] ` },
      [`revoke subject=jane ${CUT} ${SUPPORT}`],
    ],
    ['all members', { op: 'remove', path: 'members' }, [`revoke issuer ${CUT} ${SUPPORT}`]],
    [
      'members that take the place of others',
      { op: 'replace', path: 'members', value: [{ value: JANE }] },
      [`revoke issuer ${CUT} ${SUPPORT}`],
    ],
    ['one member more', { op: 'add', path: 'members', value: [{ value: JANE }] }, []],
  ])('%s', (_, operation, asked) => {
    expect(group('support', operation)).toEqual(asked)
  })

  test('a group that has nothing to do with the API', () => {
    expect(group('staff', { op: 'remove', path: 'members' })).toEqual(['note role: no scope goes with the lost role'])
  })

  test('put, deleted, created', () => {
    const id = base64url.encode('auditor')
    const everyone = [`revoke issuer ${CUT} holding invoices:read`]
    expect(asks({ method: 'DELETE', resource: 'Groups', id })).toEqual(everyone)
    expect(asks({ method: 'PUT', resource: 'Groups', id, body: { displayName: 'auditor', members: [] } })).toEqual(
      everyone,
    )
    expect(asks({ method: 'POST', resource: 'Groups', body: { displayName: 'auditor' } })).toEqual([])
  })
})

test.each<[string, ScimChange]>([
  ['no body', { method: 'POST', resource: 'Users' }],
  ['a body without a name', { method: 'POST', resource: 'Users', body: {} }],
  ['an identifier that nobody gave out', { method: 'DELETE', resource: 'Users', id: '!' }],
  ['an identifier with bits to spare', { method: 'DELETE', resource: 'Users', id: 'YR' }],
  [
    'a path that leads nowhere',
    { method: 'PATCH', resource: 'Users', id: JANE, body: { Operations: [{ op: 'remove', path: 'roles!' }] } },
  ],
  ['no operations', { method: 'PATCH', resource: 'Users', id: JANE, body: {} }],
  [
    'an operation that there is not',
    { method: 'PATCH', resource: 'Users', id: JANE, body: { Operations: [{ op: 'move', path: 'active' }] } },
  ],
  [
    'an operation on nothing',
    { method: 'PATCH', resource: 'Users', id: JANE, body: { Operations: [{ op: 'replace', value: 1 }] } },
  ],
  [
    'a member that nobody gave out',
    {
      method: 'PATCH',
      resource: 'Groups',
      id: JANE,
      body: { Operations: [{ op: 'remove', path: 'members[value eq "!"]' }] },
    },
  ],
])('%s is no request of SCIM', (_, change) => {
  expect(() => readScim(change, SCIM)).toThrow(Malformed)
})

test('whoever is asked for is there, and looked up by one filter', () => {
  expect(representationOf('Users', 'userName', nameIn(JANE))).toMatchObject({
    id: JANE,
    userName: 'jane',
    active: true,
  })
  expect(representationOf('Groups', 'displayName', 'support')).toMatchObject({ displayName: 'support' })
  expect(lookedFor('userName eq "ja\\"ne"')).toBe('ja"ne')
  expect(lookedFor('userName sw "j"')).toBeUndefined()
  expect(lookedFor(null)).toBeUndefined()
})
