/** Webhooks of identity providers: bodies as their documentation shows them, and what is asked for at the gate. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Malformed } from '../../../src/policy/untrusted.ts'
import { readAuth0 } from '../../../src/revocation/intake/auth0.ts'
import { readKeycloak } from '../../../src/revocation/intake/keycloak.ts'
import { readOkta } from '../../../src/revocation/intake/okta.ts'
import { IDP, NOW, setting, wordsOf } from './settings.ts'

const AUTH0 = setting({ name: 'auth0', kind: 'auth0', issuer: IDP, secret: 'A' }, { clientPrefix: 'idp:' })
const KEYCLOAK = setting({ name: 'keycloak', kind: 'keycloak', issuer: IDP, secret: 'K' })
const OKTA = setting(
  { name: 'okta', kind: 'okta', issuer: IDP, secret: 'O', subject: 'login' },
  { clientPrefix: 'idp:' },
)
const ISO = '2021-03-09T15:50:00.000Z'
const AT = Date.parse(ISO) / 1000
const CUT = `until ${NOW}`
const SUPPORT = 'holding invoices:read invoices:refund'

describe('Okta event hooks', () => {
  const JANE = { id: '00u1', type: 'User', alternateId: 'jane@example.com', displayName: 'Jane' }
  const event = (eventType: string, target: readonly object[] = [JANE], rest: object = {}) => ({
    uuid: `uuid-${eventType}`,
    published: ISO,
    eventType,
    outcome: { result: 'SUCCESS' },
    target,
    ...rest,
  })
  const body = (...events: readonly object[]) => ({
    eventType: 'com.okta.event_hook',
    eventTime: ISO,
    data: { events },
  })
  const asks = (...events: readonly object[]) => readOkta(body(...events), OKTA).entries.map(wordsOf)

  test.each<[string, readonly string[]]>([
    ['user.session.clear', [`revoke subject=jane@example.com ${CUT}`]],
    [
      'user.lifecycle.suspend',
      [`revoke subject=jane@example.com @account:${AT} for ever`, `revoke subject=jane@example.com ${CUT}`],
    ],
    [
      'user.lifecycle.deactivate',
      [`revoke subject=jane@example.com @account:${AT} for ever`, `revoke subject=jane@example.com ${CUT}`],
    ],
    ['user.lifecycle.unsuspend', [`lift subject=jane@example.com @account:${AT}`]],
    ['user.lifecycle.activate', [`lift subject=jane@example.com @account:${AT}`]],
    ['user.lifecycle.reactivate', [`lift subject=jane@example.com @account:${AT}`]],
    ['user.lifecycle.delete.initiated', [`revoke subject=jane@example.com ${CUT}`]],
    ['user.account.lock', [`revoke subject=jane@example.com ${CUT}`]],
    ['user.account.reset_password', [`step-up subject=jane@example.com after ${AT}`]],
    ['user.account.update_password', [`step-up subject=jane@example.com after ${AT}`]],
    ['user.mfa.factor.deactivate', [`step-up subject=jane@example.com after ${AT}`]],
    ['user.mfa.factor.reset_all', [`step-up subject=jane@example.com after ${AT}`]],
    ['user.session.start', []],
    ['constructor', []],
  ])('%s', (type, asked) => {
    expect(asks(event(type))).toEqual(asked)
  })

  test('whoever leaves a group loses what goes with it, and everything where nobody says what that is', () => {
    const leave = (displayName: string) =>
      asks(event('group.user_membership.remove', [JANE, { id: '00g1', type: 'UserGroup', displayName }]))
    expect(leave('support')).toEqual([`revoke subject=jane@example.com ${CUT} ${SUPPORT}`])
    expect(leave('staff')).toEqual(['note role: no scope goes with the lost role'])
    expect(leave('unheard-of')).toEqual([`revoke subject=jane@example.com ${CUT}`])
    expect(leave('constructor')).toEqual([`revoke subject=jane@example.com ${CUT}`])
  })

  test('administrator roles go by their titles', () => {
    const privileges = (privilegeRevoked: unknown) =>
      asks(event('user.account.privilege.revoke', [JANE], { debugContext: { debugData: { privilegeRevoked } } }))
    expect(privileges('auditor, support')).toEqual([`revoke subject=jane@example.com ${CUT} ${SUPPORT}`])
    expect(privileges('auditor')).toEqual([`revoke subject=jane@example.com ${CUT} holding invoices:read`])
    expect(privileges('auditor, Super Administrator')).toEqual([`revoke subject=jane@example.com ${CUT}`])
    expect(privileges(undefined)).toEqual([`revoke subject=jane@example.com ${CUT}`])
  })

  test('whoever loses an application loses the tokens of that client', () => {
    const target = [{ id: '0ua1', type: 'AppUser' }, { id: '0oa1', type: 'AppInstance', displayName: 'Books' }, JANE]
    expect(asks(event('application.user_membership.remove', target))).toEqual([
      `revoke subject=jane@example.com client~idp:0oa1 ${CUT}`,
    ])
  })

  test('users are called as tokens call them', () => {
    const byId = { name: 'okta', kind: 'okta', issuer: IDP, secret: 'O', subject: 'id' } as const
    const cleared = body(event('user.session.clear'))
    expect(readOkta(cleared, setting(byId)).entries.map(wordsOf)).toEqual([`revoke subject=00u1 ${CUT}`])
    const known = setting({ ...byId, knownAs: 'user' } as const)
    expect(readOkta(cleared, known).entries.map(wordsOf)).toEqual([`revoke user=00u1 ${CUT}`])
  })

  test('several events of a body are told apart, what failed did not happen, and what names nobody is noted', () => {
    const { entries, types } = readOkta(
      body(
        event('user.session.clear'),
        event('user.account.lock', [JANE], { outcome: { result: 'FAILURE' } }),
        event('user.account.lock', []),
      ),
      OKTA,
    )
    expect(types).toEqual(['user.session.clear', 'user.account.lock'])
    expect(entries).toMatchObject([
      {
        author: { kind: 'sender', name: 'okta' },
        origin: { via: 'hook', event: 'user.session.clear', id: 'uuid-user.session.clear' },
        once: 'okta uuid-user.session.clear 0',
      },
      { action: { kind: 'note', reason: 'it names no user' } },
    ])
    expect(JSON.stringify(readOkta(body(event('user.session.clear')), OKTA))).not.toContain('Jane')
  })

  test.each([
    [undefined],
    [{}],
    [{ data: {} }],
    [{ data: { events: {} } }],
    [body({})],
    [body({ eventType: 'user.session.clear' })],
  ])('%o is no body of a hook', (text) => {
    expect(() => readOkta(text, OKTA)).toThrow(Malformed)
  })
})

describe('Auth0 event streams', () => {
  const event = (type: string, object: object) => ({
    specversion: '1.0',
    id: 'evt_1',
    type,
    time: ISO,
    data: { object },
  })
  const asks = (type: string, object: object) => readAuth0(event(type, object), AUTH0).entries.map(wordsOf)
  const ORGANIZATION = { organization: { id: 'org_1', name: 'acme' }, user: { user_id: 'auth0|1' } }

  test.each<[string, object, readonly string[]]>([
    ['user.deleted', { user_id: 'auth0|1' }, [`revoke subject=auth0|1 ${CUT}`]],
    [
      'user.updated',
      { user_id: 'auth0|1', blocked: true },
      [`revoke subject=auth0|1 @account:${AT} for ever`, `revoke subject=auth0|1 ${CUT}`],
    ],
    ['user.updated', { user_id: 'auth0|1', blocked: false }, [`lift subject=auth0|1 @account:${AT}`]],
    ['user.updated', { user_id: 'auth0|1' }, [`lift subject=auth0|1 @account:${AT}`]],
    ['com.auth0.user.deleted', { user_id: 'auth0|1' }, [`revoke subject=auth0|1 ${CUT}`]],
    ['organization.member.deleted', ORGANIZATION, [`revoke subject=auth0|1 tenant~org_1 ${CUT}`]],
    [
      'organization.member.role.deleted',
      { ...ORGANIZATION, role: { id: 'rol_1', name: 'support' } },
      [`revoke subject=auth0|1 tenant~org_1 ${CUT} ${SUPPORT}`],
    ],
    [
      'group.member.deleted',
      { group: { id: 'grp_1', name: 'auditor' }, member: { id: 'auth0|1' } },
      [`revoke subject=auth0|1 ${CUT} holding invoices:read`],
    ],
    [
      'group.role.deleted',
      { group: { id: 'grp_1' }, role: { id: 'rol_1', name: 'auditor' } },
      [`revoke issuer ${CUT} holding invoices:read`],
    ],
    ['organization.member.added', ORGANIZATION, []],
    ['user.created', { user_id: 'auth0|1' }, []],
  ])('%s with %o', (type, object, asked) => {
    expect(asks(type, object)).toEqual(asked)
  })

  test.each([[undefined], ['x'], [[1]], [{ specversion: '1.0' }], [event('user.deleted', {})]])(
    '%o is no event',
    (body) => {
      expect(() => readAuth0(body, AUTH0)).toThrow(Malformed)
    },
  )
})

describe('Auth0 log streams', () => {
  const log = (type: string, data: object) => ({ log_id: '9001', data: { type, date: ISO, ...data } })
  const call = (method: string, path: string, body: object = {}) =>
    readAuth0([log('sapi', { details: { request: { method, path, body } } })], AUTH0).entries.map(wordsOf)

  test.each<[string, string, object, readonly string[]]>([
    [
      'patch',
      '/api/v2/users/auth0%7C1',
      { blocked: true },
      [`revoke subject=auth0|1 @account:${AT} for ever`, `revoke subject=auth0|1 ${CUT}`],
    ],
    ['patch', '/api/v2/users/auth0%7C1', { blocked: false }, [`lift subject=auth0|1 @account:${AT}`]],
    ['patch', '/api/v2/users/auth0%7C1', { name: 'x' }, []],
    ['delete', '/api/v2/users/auth0%7C1', {}, [`revoke subject=auth0|1 ${CUT}`]],
    ['delete', '/api/v2/users/auth0%7C1/sessions', {}, [`revoke subject=auth0|1 ${CUT}`]],
    ['delete', '/api/v2/sessions/s-1', {}, [`revoke session=s-1 ${CUT}`]],
    ['post', '/api/v2/sessions/s-1/revoke', {}, [`revoke session=s-1 ${CUT}`]],
    [
      'delete',
      '/api/v2/users/auth0%7C1/roles',
      { roles: ['auditor'] },
      [`revoke subject=auth0|1 ${CUT} holding invoices:read`],
    ],
    ['delete', '/api/v2/users/auth0%7C1/roles', { roles: ['auditor', 'rol_x'] }, [`revoke subject=auth0|1 ${CUT}`]],
    [
      'delete',
      '/api/v2/organizations/org_1/members',
      { members: ['auth0|1', 'auth0|2'] },
      [`revoke subject=auth0|1 tenant~org_1 ${CUT}`, `revoke subject=auth0|2 tenant~org_1 ${CUT}`],
    ],
    [
      'delete',
      '/api/v2/organizations/org_1/members/auth0%7C1/roles',
      { roles: ['support'] },
      [`revoke subject=auth0|1 tenant~org_1 ${CUT} ${SUPPORT}`],
    ],
    ['delete', '/api/v2/roles/support', {}, [`revoke issuer ${CUT} ${SUPPORT}`]],
    [
      'delete',
      '/api/v2/roles/support/permissions',
      { permissions: [{ permission_name: 'invoices:refund' }] },
      [`revoke issuer ${CUT} ${SUPPORT}`],
    ],
    [
      'delete',
      '/api/v2/users/auth0%7C1/permissions',
      { permissions: [{ permission_name: 'auditor' }, { permission_name: 'unheard-of' }] },
      [`revoke subject=auth0|1 ${CUT}`],
    ],
    ['get', '/api/v2/users/auth0%7C1', {}, []],
    ['delete', '/api/v2/users/%', {}, []],
    ['delete', '/elsewhere/users/1', {}, []],
  ])('%s %s with %o', (method, path, body, asked) => {
    expect(call(method, path, body)).toEqual(asked)
  })

  test('a changed password and a deleted user, one by one or in a list; what only happened is left out', () => {
    const events = [
      log('scp', { user_id: 'auth0|1' }),
      log('sdu', { user_id: 'auth0|2' }),
      log('s', { user_id: 'auth0|3' }),
    ]
    expect(readAuth0(events, AUTH0).entries.map(wordsOf)).toEqual([
      `step-up subject=auth0|1 after ${AT}`,
      `revoke subject=auth0|2 ${CUT}`,
    ])
    expect(readAuth0(events[0], AUTH0).entries.map(({ once }) => once)).toEqual(['auth0 9001 0'])
  })
})

describe('Keycloak', () => {
  const event = (type: string, rest: object) => ({ uid: 'uid-1', time: AT * 1000 + 1, realmId: 'test', type, ...rest })
  const asks = (body: object) => readKeycloak(body, KEYCLOAK).entries.map(wordsOf)
  const admin = (type: string, resourcePath: string, representation?: unknown) =>
    asks(
      event(`admin.${type}`, {
        resourcePath,
        ...(representation !== undefined && { representation: JSON.stringify(representation) }),
      }),
    )

  test.each<[string, string, unknown, readonly string[]]>([
    ['USER-DELETE', 'users/u1', undefined, [`revoke subject=u1 ${CUT}`]],
    [
      'USER-UPDATE',
      'users/u1',
      { enabled: false },
      [`revoke subject=u1 @account:${AT} for ever`, `revoke subject=u1 ${CUT}`],
    ],
    ['USER-UPDATE', 'users/u1', { enabled: true }, [`lift subject=u1 @account:${AT}`]],
    ['USER-UPDATE', 'users/u1', { firstName: 'x' }, []],
    [
      'REALM_ROLE_MAPPING-DELETE',
      'users/u1/role-mappings/realm',
      [{ id: 'r1', name: 'support' }],
      [`revoke subject=u1 ${CUT} ${SUPPORT}`],
    ],
    [
      'CLIENT_ROLE_MAPPING-DELETE',
      'users/u1/role-mappings/clients/c1',
      [{ id: 'r1', name: 'auditor' }],
      [`revoke subject=u1 ${CUT} holding invoices:read`],
    ],
    ['REALM_ROLE_MAPPING-DELETE', 'users/u1/role-mappings/realm', undefined, [`revoke subject=u1 ${CUT}`]],
    [
      'GROUP_MEMBERSHIP-DELETE',
      'users/u1/groups/g1',
      { id: 'g1', name: 'auditor', path: '/auditor' },
      [`revoke subject=u1 ${CUT} holding invoices:read`],
    ],
    ['GROUP_MEMBERSHIP-DELETE', 'users/u1/groups/g1', undefined, [`revoke subject=u1 ${CUT}`]],
    ['USER-ACTION', 'users/u1/logout', undefined, [`revoke subject=u1 ${CUT}`]],
    ['USER-ACTION', 'users/u1/reset-password', undefined, [`step-up subject=u1 after ${AT}`]],
    ['USER-DELETE', 'users/u1/consents/app', undefined, [`revoke subject=u1 client~app ${CUT}`]],
    ['USER_SESSION-DELETE', 'sessions/s1', undefined, [`revoke session=s1 ${CUT}`]],
    ['REALM_ROLE-DELETE', 'roles/auditor', undefined, [`revoke issuer ${CUT} holding invoices:read`]],
    ['REALM_ROLE-DELETE', 'roles-by-id/auditor', undefined, [`revoke issuer ${CUT} holding invoices:read`]],
    ['CLIENT_ROLE-DELETE', 'clients/c1/roles/auditor', undefined, [`revoke issuer ${CUT} holding invoices:read`]],
    ['GROUP-DELETE', 'groups/auditor', undefined, [`revoke issuer ${CUT} holding invoices:read`]],
    ...['roles/manager', 'roles-by-id/r9', 'clients/c1/roles/manager'].map(
      (role) =>
        [
          'REALM_ROLE-DELETE',
          `${role}/composites`,
          [{ id: 'r1', name: 'support' }],
          [`revoke issuer ${CUT} ${SUPPORT}`],
        ] as [string, string, unknown, readonly string[]],
    ),
    [
      'REALM_ROLE_MAPPING-DELETE',
      'groups/g1/role-mappings/realm',
      [{ id: 'r1', name: 'support' }],
      [`revoke issuer ${CUT} ${SUPPORT}`],
    ],
    ['REALM-ACTION', 'logout-all', undefined, [`revoke issuer ${CUT}`]],
    ['CLIENT-DELETE', 'clients/c1', undefined, []],
    ['REALM-UPDATE', '', undefined, []],
  ])('admin %s of %s with %o', (type, path, representation, asked) => {
    expect(admin(type, path, representation)).toEqual(asked)
  })

  test.each<[string, object, readonly string[]]>([
    ['LOGOUT', { authDetails: { userId: 'u1', sessionId: 's1' } }, [`revoke session=s1 ${CUT}`]],
    ['LOGOUT', { authDetails: { userId: 'u1' } }, [`revoke subject=u1 ${CUT}`]],
    ['UPDATE_PASSWORD', { authDetails: { userId: 'u1' } }, [`step-up subject=u1 after ${AT}`]],
    ['REMOVE_CREDENTIAL', { authDetails: { userId: 'u1' } }, [`step-up subject=u1 after ${AT}`]],
    ['DELETE_ACCOUNT', { authDetails: { userId: 'u1' } }, [`revoke subject=u1 ${CUT}`]],
    [
      'REVOKE_GRANT',
      { authDetails: { userId: 'u1' }, details: { revoked_client: 'app' } },
      [`revoke subject=u1 client~app ${CUT}`],
    ],
    ['LOGIN', { authDetails: { userId: 'u1' } }, []],
    ['LOGOUT', { authDetails: {} }, []],
    ['LOGOUT', { authDetails: { userId: 'u1' }, error: 'invalid_token' }, []],
  ])('access %s with %o', (type, rest, asked) => {
    expect(asks(event(`access.${type}`, rest))).toEqual(asked)
  })

  test("Keycloak's own events, as the plain HTTP sender has them", () => {
    expect(asks({ id: 'i', time: AT * 1000, type: 'LOGOUT', userId: 'u1', sessionId: 's1' })).toEqual([
      `revoke session=s1 ${CUT}`,
    ])
    expect(
      asks({ id: 'i', time: AT * 1000, operationType: 'DELETE', resourceType: 'USER', resourcePath: 'users/u1' }),
    ).toEqual([`revoke subject=u1 ${CUT}`])
  })

  test.each([[undefined], [[]], [{}], [{ type: 'admin.USER-DELETE', resourcePath: 'users/u1' }]])(
    '%o is no event',
    (body) => {
      expect(() => readKeycloak(body, KEYCLOAK)).toThrow(Malformed)
    },
  )
})

test('whatever a body holds, it is read or it is no body', () => {
  const words = fc.constantFrom(
    'user.deleted',
    'user.lifecycle.suspend',
    'admin.USER-UPDATE',
    'access.LOGOUT',
    'sapi',
    'group.user_membership.remove',
  )
  const body = fc.letrec((tie) => ({
    value: fc.oneof(
      words,
      fc.string(),
      fc.constant(null),
      fc.integer(),
      tie('object'),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
    object: fc.dictionary(
      fc.constantFrom(
        'type',
        'id',
        'uid',
        'uuid',
        'log_id',
        'data',
        'object',
        'events',
        'eventType',
        'target',
        'user_id',
        'user',
        'role',
        'roles',
        'details',
        'request',
        'path',
        'body',
        'resourcePath',
        'representation',
        'specversion',
        'alternateId',
        'authDetails',
        'userId',
      ),
      tie('value'),
      { maxKeys: 6 },
    ),
  })).object
  fc.assert(
    fc.property(body, (value) => {
      for (const read of [
        () => readAuth0(value, AUTH0),
        () => readOkta(value, OKTA),
        () => readKeycloak(value, KEYCLOAK),
      ])
        try {
          read()
        } catch (fault) {
          expect(fault).toBeInstanceOf(Malformed)
        }
    }),
    { numRuns: 1000 },
  )
})
