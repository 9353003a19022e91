/** API Gateway: the scopes of a method are alternatives, and its authorizer decides. */
import { describe, expect, test } from 'vitest'
import { importAws } from '../../../src/source/import/aws.ts'
import { allows, findingsOn, importText, planOf, releaseOfPlan, type TestOptions } from './imports.ts'

const documentOf = (paths: string, more = '') => `openapi: 3.0.1
info: { title: orders, version: 1 }
servers: [{ url: 'https://abc.execute-api.eu-west-1.amazonaws.com/{basePath}', variables: { basePath: { default: prod } } }]
${more}paths:
${paths}components:
  securitySchemes:
    jwt: { type: oauth2, x-amazon-apigateway-authorizer: { type: jwt, jwtConfiguration: { issuer: https://x, audience: [y] }, identitySource: $request.header.Authorization } }
    pool: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: cognito_user_pools, x-amazon-apigateway-authorizer: { type: cognito_user_pools, providerARNs: [arn] } }
    function: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: { type: request } }
    iam: { type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4 }
    api_key: { type: apiKey, name: x-api-key, in: header }
    plain: { type: http, scheme: bearer }
`
const HOSTS: TestOptions = { hosts: ['api.example.com'] }
const importAwsText = (text: string, options: TestOptions = HOSTS) => importText(text, options, importAws)

test.each<[string, string, string, TestOptions?]>([
  ['security: [{ jwt: [a:read, b:read] }]', 'a:read | b:read', 'exact'],
  ['security: [{ jwt: [a:read] }, { jwt: [b:read] }]', 'a:read | b:read', 'exact'],
  ['security: [{ jwt: [] }]', 'authenticated', 'exact'],
  ['security: [{ pool: [orders/read] }]', 'orders/read', 'exact'],
  [
    'security: [{ pool: [] }]',
    'authenticated',
    'stricter: without scopes API Gateway takes ID tokens here; the gate refuses them',
  ],
  ['security: [{ function: [] }]', '', 'unrepresentable: the authorizer `function` is a function of its own'],
  ['security: [{ iam: [] }]', '', 'unrepresentable: it needs a request that is signed with AWS credentials'],
  [
    'x-amazon-apigateway-auth: { type: AWS_IAM }',
    '',
    'unrepresentable: it needs a request that is signed with AWS credentials',
  ],
  [
    'security: [{ jwt: [a] }, { pool: [] }]',
    '',
    'unrepresentable: it names several authorizers, of which API Gateway takes one',
  ],
  ['security: [{ jwt: [a], api_key: [] }]', '', 'unrepresentable: it needs an API key'],
  ['security: [{ jwt: [a] }, { api_key: [] }]', '', 'unrepresentable: it needs an API key'],
  [
    'security: [{ jwt: [a] }, { api_key: [] }]',
    'a',
    'looser: it needs an API key, and is written without',
    { ...HOSTS, openapi: { otherSchemes: 'ignore' } },
  ],
  [
    'security: [{ api_key: [] }]',
    '',
    'unrepresentable: it needs an API key',
    { ...HOSTS, openapi: { otherSchemes: 'ignore' } },
  ],
  ['security: [{ plain: [] }]', '', 'unrepresentable: the scheme `plain` stands for no authorizer'],
  ['security: [{ jwt: ["a b"] }]', '', 'unrepresentable: `a b` is no scope name, and no token can hold it'],
  ['security: oops', '', 'unrepresentable: its `security` is no list'],
  ['tags: [none]', 'public', 'exact'],
])('%s asks for %s (%s)', (operation, asks, verdict, options = HOSTS) => {
  const imported = importAwsText(documentOf(`  /x: { get: { ${operation} } }\n  /y: { get: {} }\n`), options)
  const rule = imported.services[0]?.rules.find(({ path }) => path === '/prod/x')
  const { requirement } = rule ?? {}
  expect(requirement?.kind === 'scopes' ? requirement.anyOf.flat().join(' | ') : (requirement?.kind ?? '')).toBe(asks)
  expect(findingsOn(imported, 'GET /x')).toEqual([verdict])
  if (verdict.startsWith('looser')) return
  expect(planOf(imported).mismatches).toEqual([])
})

test('ANY is every method without one of its own, and {proxy+} whatever is left', () => {
  const imported = importAwsText(
    documentOf(`  /orders/{id}: { get: { security: [{ jwt: [a:read] }] }, x-amazon-apigateway-any-method: { security: [{ jwt: [a:write] }] } }
  '/files/{proxy+}': { x-amazon-apigateway-any-method: { security: [{ jwt: [f] }] } }
`),
  )
  expect(findingsOn(imported, 'ANY /orders/{id}')).toEqual([
    'looser: `HEAD` falls under `GET api.example.com/prod/orders/{id}`, which asks for something else',
  ])
  expect(findingsOn(imported, 'ANY /files/{proxy+}')).toEqual(['exact'])
  const release = releaseOfPlan(planOf(imported))
  const asks = (method: string, path: string, ...held: string[]) =>
    allows(release, method, `https://api.example.com/prod${path}`, held)
  expect(asks('GET', '/orders/1', 'a:read')).toBe(true)
  expect(asks('GET', '/orders/1', 'a:write')).toBe(false)
  expect(asks('DELETE', '/orders/1', 'a:write')).toBe(true)
  expect(asks('PUT', '/files/a/b/c', 'f')).toBe(true)
  expect(asks('PUT', '/files', 'f')).toBe(false)
})

describe('the report', () => {
  test('lists what is open', () => {
    const { failOpen } = importAwsText(
      documentOf(
        '  /a: { get: {} }\n  /b: { get: { security: [{ jwt: [] }] } }\n  /c: { get: { security: [{ plain: [] }] } }\n',
      ),
    )
    expect(failOpen.map(({ construct, message }) => `${construct}: ${message}`)).toEqual([
      'GET /a: no authorizer: everybody gets in',
      'GET /b: an authorizer without scopes: every token of the issuer gets in, ID tokens too',
      'GET /c: the scheme `plain` stands for no authorizer: API Gateway checks nothing',
    ])
  })

  test('says where methods fall through, and what a default route takes besides', () => {
    const imported = importAwsText(
      documentOf(
        "  '/{proxy+}': { x-amazon-apigateway-any-method: {} }\n  /a: { get: {} }\n  /$default: { x-amazon-apigateway-any-method: {} }\n",
      ),
    )
    expect(findingsOn(imported, 'ANY /{proxy+}').join()).toMatch(
      /^stricter: methods that a more specific path does not have/,
    )
    expect(findingsOn(imported, 'ANY /$default').join()).toMatch(/^stricter: the default route also takes/)
  })

  test('has a resource policy as something that the map cannot see', () => {
    const imported = importAwsText(documentOf('  /a: { get: {} }\n', 'x-amazon-apigateway-policy: { Statement: [] }\n'))
    expect(findingsOn(imported, 'x-amazon-apigateway-policy').join()).toMatch(/^looser/)
  })

  test('says that the security of the document may not count', () => {
    const imported = importAwsText(documentOf('  /a: { get: {} }\n', 'security: [{ jwt: [a] }]\n'))
    expect(findingsOn(imported, 'GET /a').join()).toMatch(/^stricter: the security of the document/)
  })
})

test.each([
  ['x-amazon-apigateway-auth: { type: CUSTOM }', 'its authorizer, of the type `CUSTOM`, is not named'],
  [
    'security: [{ jwt: [a] }], x-amazon-apigateway-auth: { type: NONE }',
    'it names the authorizer `jwt` and says that it has none',
  ],
])('two things that do not go together open nothing: %s', (operation, why) => {
  const imported = importAwsText(documentOf(`  /x: { get: { ${operation} } }\n`))
  expect(imported.services.flatMap(({ rules }) => rules)).toEqual([])
  expect(findingsOn(imported, 'GET /x')).toEqual([`unrepresentable: ${why}`])
})
