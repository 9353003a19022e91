/** Tyk OAS: what its code does, scope check and switches. */
import { expect, test } from 'vitest'
import { importTyk } from '../../../src/source/import/tyk.ts'
import { findingsOn, importText, planOf, releaseOfPlan } from './imports.ts'

interface Api {
  readonly root?: string
  readonly operation?: string
  readonly scopeCheck?: string
  /** Of the operation. */
  readonly middleware?: string
  readonly schemes?: string
  readonly server?: string
  readonly enabled?: boolean
}

const JWT = 'jwt: { enabled: true, signingMethod: rsa, source: https://x }'

const documentOf = ({
  root,
  operation,
  scopeCheck,
  middleware,
  schemes = JWT,
  server,
  enabled = true,
}: Api) => `openapi: 3.0.3
info: { title: pets, version: 1 }
servers: [{ url: https://api.example.com/pets/ }]
${root === undefined ? '' : `security: ${root}\n`}components:
  securitySchemes:
    oauth: { type: oauth2, flows: { authorizationCode: { scopes: { r: Reads. } } } }
    jwt: { type: http, scheme: bearer, bearerFormat: JWT }
paths:
  /x: { get: { operationId: getX${operation === undefined ? '' : `, security: ${operation}`} } }
x-tyk-api-gateway:
  info: { name: pets, state: { active: true } }
  server:
    listenPath: { value: /pets/, strip: true }
${server === undefined ? '' : `    ${server}\n`}    authentication:
      enabled: ${enabled}
      securitySchemes: { ${schemes}${scopeCheck === undefined ? '' : `, oauth: { enabled: true, scopeCheck: ${scopeCheck} }`} }
  middleware:
    operations: { getX: { ${middleware ?? ''} } }
`

const CHECK = 'scopeCheck: { enabled: true }'

test.each<[string, Api, string, string]>([
  [
    'union is one of each',
    {
      scopeCheck: '{ enabled: true }',
      root: '[{ oauth: [r] }, { oauth: [s] }]',
      operation: '[{ oauth: [a] }]',
      middleware: CHECK,
    },
    'a+r | a+s',
    'exact',
  ],
  [
    'an operation that does not switch its check on is not checked',
    { scopeCheck: '{ enabled: true }', root: '[{ oauth: [r] }]', operation: '[{ oauth: [a] }]' },
    'r',
    'exact',
  ],
  [
    'operation',
    {
      scopeCheck: '{ enabled: true, scopeSource: operation }',
      root: '[{ oauth: [r] }]',
      operation: '[{ oauth: [a, b] }, { oauth: [c] }]',
      middleware: CHECK,
    },
    'c | a+b',
    'exact',
  ],
  [
    'operation without its switch',
    { scopeCheck: '{ enabled: true, scopeSource: operation }', operation: '[{ oauth: [a] }]' },
    'authenticated',
    'exact',
  ],
  [
    'global',
    {
      scopeCheck: '{ enabled: true, scopeSource: global }',
      root: '[{ oauth: [r] }]',
      operation: '[{ oauth: [a] }]',
      middleware: CHECK,
    },
    'r',
    'exact',
  ],
  [
    'an empty alternative switches the check off',
    { scopeCheck: '{ enabled: true }', root: '[{ oauth: [] }, { oauth: [r] }]' },
    'authenticated',
    'exact',
  ],
  [
    'an entry of the operation without the scheme is an empty alternative',
    {
      scopeCheck: '{ enabled: true, scopeSource: operation }',
      operation: '[{ jwt: [] }, { oauth: [a] }]',
      middleware: CHECK,
    },
    'authenticated',
    'exact',
  ],
  [
    'an entry of the document without the scheme is left out',
    { scopeCheck: '{ enabled: true }', root: '[{ jwt: [] }, { oauth: [r] }]' },
    'r',
    'exact',
  ],
  ['a check that is off', { scopeCheck: '{ enabled: false }', root: '[{ oauth: [r] }]' }, 'authenticated', 'exact'],
  [
    'no scheme verifies and no scope is asked for',
    { scopeCheck: '{ enabled: true }', schemes: 'jwt: { enabled: false }' },
    'public',
    'exact',
  ],
  ['keyless', { enabled: false, scopeCheck: '{ enabled: true }', root: '[{ oauth: [r] }]' }, 'public', 'exact'],
  [
    'authentication ignored',
    {
      scopeCheck: '{ enabled: true }',
      root: '[{ oauth: [r] }]',
      middleware: 'ignoreAuthentication: { enabled: true }',
    },
    'public',
    'exact',
  ],
  [
    'another scheme',
    { schemes: 'authToken: { enabled: true }' },
    '',
    'unrepresentable: it needs the scheme `authToken`, which looks at something else than an access token',
  ],
  [
    'client certificates',
    { server: 'clientCertificates: { enabled: true }' },
    '',
    'unrepresentable: it needs a client certificate',
  ],
  [
    'scopes that stand for policies',
    { schemes: 'jwt: { enabled: true, scopes: { scopeToPolicyMapping: [{ scope: a, policyId: p }] } }' },
    '',
    'unrepresentable: the scopes of `jwt` stand for policies, which are not in the document',
  ],
])('%s', (_, api, asks, verdict) => {
  const text = documentOf(api)
    .replace('x-tyk', '  /open: { get: { operationId: open } }\nx-tyk')
    .replace('operations: {', 'operations: { open: { ignoreAuthentication: { enabled: true } },')
  const imported = importText(text, {}, importTyk)
  const { requirement } = imported.services[0]?.rules.find(({ path }) => path === '/pets/x') ?? {}
  expect(
    requirement?.kind === 'scopes'
      ? requirement.anyOf.map((each) => each.join('+')).join(' | ')
      : (requirement?.kind ?? ''),
  ).toBe(asks)
  expect(findingsOn(imported, 'GET /x')).toEqual([verdict])
  const plan = planOf(imported)
  expect(plan.mismatches).toEqual([])
  expect(releaseOfPlan(plan).rules.length).toBeGreaterThan(0)
})

test('what is blocked, or left off an allow list, is refused there and here', () => {
  const two = documentOf({}).replace('x-tyk', '  /y: { get: { operationId: getY } }\nx-tyk')
  const blocked = importText(two.replace('getX: {', 'getX: { block: { enabled: true }'), {}, importTyk)
  expect(findingsOn(blocked, 'GET /x')).toEqual(['exact: it is blocked, and has no rule'])
  const allowed = importText(two.replace('getX: {', 'getX: { allow: { enabled: true }'), {}, importTyk)
  expect(findingsOn(allowed, 'GET /y')).toEqual(['exact: it is not on the allow list, and has no rule'])
  for (const imported of [blocked, allowed]) {
    expect(imported.services[0]?.rules).toHaveLength(1)
    expect(planOf(imported).mismatches).toEqual([])
    expect(imported.cases.some(({ source }) => source === 'deny')).toBe(true)
  }
})

test('what is open is listed', () => {
  const open = (api: Api) =>
    importText(documentOf(api), {}, importTyk)
      .failOpen.map(({ message }) => message)
      .join('; ')
  expect(open({ enabled: false })).toMatch(/authentication is not switched on/)
  expect(open({ scopeCheck: '{ enabled: true }', operation: '[{ oauth: [a] }]' })).toMatch(
    /its scopes are not enforced/,
  )
  expect(open({ scopeCheck: '{ enabled: true }', root: '[{ oauth: [] }]' })).toMatch(/switches the scope check off/)
  expect(
    open({ scopeCheck: '{ enabled: true }', root: '[{ oauth: [r] }]', schemes: 'jwt: { enabled: false }' }),
  ).toMatch(/without checking their signature/)
  expect(open({ middleware: 'ignoreAuthentication: { enabled: true }' })).toMatch(/switched off for it/)
  expect(open({ schemes: 'jwt: { enabled: true, defaultPolicies: [p] }' })).toMatch(/default policies/)
})

test('the address is the custom domain with the listen path', () => {
  const { services } = importText(
    documentOf({ server: 'customDomain: { enabled: true, name: Pets.example.com }' }),
    {},
    importTyk,
  )
  expect(services.map(({ hosts, rules }) => [hosts, rules.map(({ path }) => path)])).toEqual([
    [['pets.example.com'], ['/pets/x']],
  ])
})

test('a plain description is none of it', () => {
  expect(() => importText('openapi: 3.0.0\npaths: {}', {}, importTyk)).toThrow(/x-tyk-api-gateway/)
})

test.each(['custom', 'hmac', 'oidc'])('`%s` authentication, which no scheme stands for, opens nothing', (name) => {
  const text = documentOf({ schemes: 'jwt: { enabled: false }' }).replace(
    '      securitySchemes:',
    `      ${name}: { enabled: true }\n      securitySchemes:`,
  )
  expect(findingsOn(importText(text, {}, importTyk), 'GET /x')[0]).toMatch(
    new RegExp(`^unrepresentable: it needs the authentication .${name}.`),
  )
})

test.each([
  ['addresses are looked at', documentOf({ server: 'ipAccessControl: { enabled: true, allow: [10.0.0.1] }' })],
  ['the API is not active', documentOf({}).replace('active: true', 'active: false')],
])('%s: the map would let in more, and that has to be accepted', (_what, text) => {
  expect(findingsOn(importText(text, {}, importTyk), 'x-tyk-api-gateway').join('; ')).toContain('looser: ')
})
