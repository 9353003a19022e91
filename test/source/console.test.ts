/** The console's sign-in as `gateway.yaml` writes it. */
import { describe, expect, test } from 'vitest'
import { environmentOf, GATEWAY, readTexts, rulesOf, serviceOf, type Texts } from './maps.ts'

const LOGIN = 'https://login.example.com'
const STAFF = 'https://staff.example.com'

/** The member `console` of the one environment, after `more`. */
const mapWith = (signIn: string, more = ''): Texts => ({
  ...serviceOf('  /x: { GET: a:read }\n'),
  'gateway.yaml': `${GATEWAY}${more}    console: ${signIn}\n`,
})
const staff = (keys: string) => `    admin: { issuers: [{ issuer: ${STAFF}, keys: ${keys}, algorithms: [ES256] }] }\n`
const policyOf = (signIn: string, more?: string) => environmentOf(mapWith(signIn, more)).console
const faults = (signIn: string, more?: string) => rulesOf(readTexts(mapWith(signIn, more)))

describe("the console's sign-in", () => {
  test('is off without a word', () => {
    expect(environmentOf(serviceOf('  /x: { GET: a:read }\n')).console).toBeUndefined()
  })

  test('needs a client, and has its issuer and scopes where there is no choice', () => {
    expect(policyOf('{ clientId: console }')).toEqual({
      issuer: LOGIN,
      clientId: 'console',
      scopes: ['scopewall:observe', 'scopewall:review'],
    })
    expect(faults('{}')).toEqual(['missing-key@gateway.yaml:8:5'])
    expect(faults('true')).toEqual(['wrong-type@gateway.yaml:8:14'])
  })

  test('is at an issuer of the admin API', () => {
    expect(policyOf('{ clientId: console }', staff('oidc'))?.issuer).toBe(STAFF)
    expect(faults(`{ clientId: console, issuer: ${LOGIN} }`, staff('oidc'))).toEqual([
      'unknown-issuer@gateway.yaml:9:43',
    ])
  })

  test('says which, where there are several', () => {
    const two = `    admin: { issuers: [{ issuer: ${STAFF}, keys: oidc, algorithms: [ES256] }, { issuer: ${LOGIN}, keys: oidc, algorithms: [ES256] }] }\n`
    expect(faults('{ clientId: console }', two)).toEqual(['missing-key@gateway.yaml:9:5'])
    expect(policyOf(`{ clientId: console, issuer: ${LOGIN} }`, two)?.issuer).toBe(LOGIN)
  })

  test('says where, at an issuer that publishes no metadata', () => {
    const keys = `${STAFF}/keys`
    expect(faults('{ clientId: console }', staff(keys))).toEqual(['missing-key@gateway.yaml:9:5'])
    const endpoints = `{ authorization: ${STAFF}/authorize, token: ${STAFF}/token }`
    expect(policyOf(`{ clientId: console, endpoints: ${endpoints} }`, staff(keys))?.endpoints).toEqual({
      authorization: `${STAFF}/authorize`,
      token: `${STAFF}/token`,
    })
  })

  test.each([
    [
      'an insecure endpoint',
      '{ clientId: a, endpoints: { authorization: "http://x.example", token: "https://x.example" } }',
      'invalid-value',
    ],
    ['half of the endpoints', '{ clientId: a, endpoints: { token: "https://x.example" } }', 'missing-key'],
    ['a secret', '{ clientId: a, clientSecret: b }', 'unknown-key'],
    ['scopes that are no list', '{ clientId: a, scopes: a b }', 'wrong-type'],
  ])('refuses %s', (_, signIn, rule) => {
    expect(faults(signIn).map((label) => label.replace(/@.*/, ''))).toContain(rule)
  })

  test('helps where an issuer is misspelt', () => {
    const [finding] = readTexts(mapWith('{ clientId: console, issuer: "https://login.example.org" }')).diagnostics
    expect(finding?.help).toContain(LOGIN)
  })
})
