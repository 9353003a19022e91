/** Revocation as `gateway.yaml` writes it: what holds without a word, who may tell, and what is wrong with what was written. */
import { describe, expect, test } from 'vitest'
import {
  compiledFrom,
  environmentOf,
  findingsOf,
  GATEWAY,
  readTexts,
  rulesOf,
  scopesOf,
  serviceOf,
  type Texts,
} from './maps.ts'

/** The member `revocation` of the one environment, in flow style, at line 8. */
const mapWith = (revocation: string): Texts => ({
  ...serviceOf('  /x: { GET: a:read }\n'),
  'gateway.yaml': `${GATEWAY}    revocation: ${revocation}\n`,
})
const policyOf = (revocation: string) => environmentOf(mapWith(revocation)).revocation
const faults = (revocation: string) => rulesOf(readTexts(mapWith(revocation))).map((label) => label.replace(/@.*/, ''))
const LOGIN = 'https://login.example.com'

describe('revocation', () => {
  test('is on without a word, and with an empty map', () => {
    const usual = {
      pollSeconds: 2,
      maxAgeSeconds: 5,
      maxStaleSeconds: 60,
      whenStale: 'refuse-critical',
      senders: [],
      roles: {},
    }
    expect(environmentOf(serviceOf('  /x: { GET: a:read }\n')).revocation).toEqual(usual)
    expect(policyOf('{ poll: 1s, maxAge: 2s, maxStale: 3s, whenStale: serve }')).toEqual({
      ...usual,
      pollSeconds: 1,
      maxAgeSeconds: 2,
      maxStaleSeconds: 3,
      whenStale: 'serve',
    })
  })

  test('is off with a reason, and only alone', () => {
    expect(policyOf('{ off: Tokens live for a minute. }')).toBeUndefined()
    expect(faults('{ off: "" }')).toEqual(['empty-value'])
    expect(faults('{ off: true }')).toEqual(['wrong-type'])
    expect(faults('{ off: Tokens live for a minute., poll: 1s }')).toEqual(['invalid-value'])
    expect(faults(`{ off: Tokens live for a minute., roles: { ${LOGIN}: { x: [a:read] } } }`)).toEqual([
      'invalid-value',
    ])
    expect(faults(`{ off: No., senders: { a: { kind: ssf, issuer: ${LOGIN} } } }`)).toEqual(['invalid-value'])
  })

  test.each([
    ['poll as long as maxAge', '{ poll: 5s }', 'refresh-too-slow@gateway.yaml:8:25'],
    ['maxAge shorter than the usual poll', '{ maxAge: 1s }', 'refresh-too-slow@gateway.yaml:8:27'],
    ['maxStale as long as maxAge', '{ maxAge: 30s, maxStale: 30s }', 'refresh-too-slow@gateway.yaml:8:42'],
  ])('refuses %s, at what was written', (_, text, label) => {
    expect(rulesOf(readTexts(mapWith(text)))).toEqual([label])
  })

  test.each([
    ['no time at all', '{ poll: 0s }', 'invalid-value'],
    ['less than a second', '{ poll: 500ms }', 'invalid-value'],
    ['a stance that there is not', '{ whenStale: refuse-critcal }', 'invalid-value'],
    ['a key that there is not', '{ pol: 1s }', 'unknown-key'],
    ['a plain word', 'off', 'wrong-type'],
  ])('refuses %s', (_, text, rule) => {
    expect(faults(text)).toEqual([rule])
  })
})

describe('senders', () => {
  test('Shared Signals, with what holds where little is said', () => {
    const sender = (rest: string) =>
      policyOf(`{ senders: { workforce: { kind: ssf, issuer: ${LOGIN}${rest} } } }`)?.senders[0]
    expect(sender('')).toEqual({
      name: 'workforce',
      kind: 'ssf',
      issuer: LOGIN,
      transmitter: LOGIN,
      audiences: ['https://api.example.com/_scopewall/events/workforce'],
      algorithms: ['RS256'],
      acr: {},
      whenRiskIsHigh: 'step-up',
      acceptsSubjectType: false,
    })
    expect(
      sender(
        ', transmitter: https://ssf.example.com/, audience: [https://gate.example.com, b], keys: https://ssf.example.com/jwks, algorithms: [ES256], authorization: PUSH, streamId: s-1, acr: { nist-aal1: [phr] }, whenRiskIsHigh: revoke, acceptSubjectType: true',
      ),
    ).toEqual({
      name: 'workforce',
      kind: 'ssf',
      issuer: LOGIN,
      transmitter: 'https://ssf.example.com/',
      audiences: ['https://gate.example.com', 'b'],
      keys: 'https://ssf.example.com/jwks',
      algorithms: ['ES256'],
      authorization: 'PUSH',
      streamId: 's-1',
      acr: { 'nist-aal1': ['phr'] },
      whenRiskIsHigh: 'revoke',
      acceptsSubjectType: true,
    })
  })

  test('webhooks and provisioning, and which name of a user is `sub`', () => {
    const text = `{ senders: { a: { kind: auth0, issuer: ${LOGIN}, secret: A }, k: { kind: keycloak, issuer: ${LOGIN}, secret: K }, o: { kind: okta, issuer: ${LOGIN}, secret: O }, s: { kind: scim, issuer: ${LOGIN}, secret: S, subject: externalId } } }`
    expect(policyOf(text)?.senders).toEqual([
      { name: 'a', kind: 'auth0', issuer: LOGIN, secret: 'A' },
      { name: 'k', kind: 'keycloak', issuer: LOGIN, secret: 'K' },
      { name: 'o', kind: 'okta', issuer: LOGIN, secret: 'O', subject: 'login' },
      { name: 's', kind: 'scim', issuer: LOGIN, secret: 'S', subject: 'externalId' },
    ])
  })

  test.each([
    ['no kind', `{ issuer: ${LOGIN}, secret: A }`, ['missing-key']],
    ['a kind that there is not', `{ kind: ssff, issuer: ${LOGIN} }`, ['invalid-value']],
    ['no issuer', '{ kind: ssf }', ['missing-key']],
    ['an issuer that is not trusted', '{ kind: ssf, issuer: https://login.example.con }', ['unknown-issuer']],
    ['a webhook without a secret', `{ kind: auth0, issuer: ${LOGIN} }`, ['missing-key']],
    ['a secret where keys verify', `{ kind: ssf, issuer: ${LOGIN}, secret: A }`, ['invalid-value']],
    [
      'keys where a secret verifies',
      `{ kind: okta, issuer: ${LOGIN}, secret: A, keys: https://a.example }`,
      ['invalid-value'],
    ],
    [
      'a name of users of another product',
      `{ kind: okta, issuer: ${LOGIN}, secret: A, subject: userName }`,
      ['invalid-value'],
    ],
    ['the name of a binding as a secret', `{ kind: okta, issuer: ${LOGIN}, secret: REVOCATIONS }`, ['invalid-value']],
    [
      'an audience that access tokens have',
      `{ kind: ssf, issuer: ${LOGIN}, audience: https://api.example.com }`,
      ['shared-resource'],
    ],
    ['an unencrypted key set', `{ kind: ssf, issuer: ${LOGIN}, keys: http://a.example/jwks }`, ['invalid-value']],
  ])('refuses %s', (_, sender, rules) => {
    expect(faults(`{ senders: { one: ${sender} } }`)).toEqual(rules)
  })

  test('may be about the issuer whose tokens open the admin API', () => {
    const admin =
      '    admin: { issuers: [{ issuer: https://staff.example.com, keys: oidc, algorithms: [ES256], audience: admin }] }\n'
    const texts = mapWith('{ senders: { staff: { kind: ssf, issuer: https://staff.example.com } } }')
    expect(rulesOf(readTexts({ ...texts, 'gateway.yaml': `${texts['gateway.yaml']}${admin}` }))).toEqual([])
  })

  test('may know people by another name than `sub`, where tokens have it', () => {
    const sender = (issuer: string, knownAs: string) => ({
      ...mapWith(
        `{ senders: { okta: { kind: okta, issuer: ${LOGIN}, secret: O, subject: id, knownAs: ${knownAs} } } }`,
      ),
      ...(issuer !== '' && {
        'gateway.yaml':
          GATEWAY.replace('algorithms: [ES256] }', `algorithms: [ES256], ${issuer} }`) +
          `    revocation: { senders: { okta: { kind: okta, issuer: ${LOGIN}, secret: O, subject: id, knownAs: ${knownAs} } } }\n`,
      }),
    })
    const known = { name: 'okta', kind: 'okta', issuer: LOGIN, secret: 'O', subject: 'id' }
    const sendersOf = (issuer: string, knownAs: string) => environmentOf(sender(issuer, knownAs)).revocation?.senders
    expect(sendersOf('identifiers: { user: uid }', 'user')).toEqual([{ ...known, knownAs: 'user' }])
    expect(sendersOf('profile: okta', 'user')).toEqual([{ ...known, knownAs: 'user' }])
    expect(sendersOf('', 'subject')).toEqual([known])
    expect(rulesOf(readTexts(sender('', 'user')))).toEqual([expect.stringContaining('unread-setting')])
    expect(rulesOf(readTexts(sender('', 'email')))).toEqual([expect.stringContaining('invalid-value')])
  })

  test('two senders must not know one secret', () => {
    const text = `{ senders: { a: { kind: auth0, issuer: ${LOGIN}, secret: X }, b: { kind: okta, issuer: ${LOGIN}, secret: X } } }`
    expect(faults(text)).toEqual(['shared-secret'])
  })

  test('says which issuer may have been meant', () => {
    const [found] = findingsOf(
      mapWith('{ senders: { a: { kind: ssf, issuer: https://login.example.con } } }'),
      'unknown-issuer',
    )
    expect(found?.help).toBe(`did you mean \`${LOGIN}\`?`)
  })
})

describe('roles', () => {
  test('by issuer, with the scopes that go with each', () => {
    expect(policyOf(`{ roles: { ${LOGIN}: { support: [a:read, a:write], staff: [] } } }`)?.roles).toEqual({
      [LOGIN]: { support: ['a:read', 'a:write'], staff: [] },
    })
  })

  test.each([
    ['an issuer that is not trusted', '{ https://login.example.con: { support: [a:read] } }', ['unknown-issuer']],
    ['a scope that no file declares', `{ ${LOGIN}: { support: [a:reed] } }`, ['undefined-scope']],
    ['a scope twice', `{ ${LOGIN}: { support: [a:read, a:read] } }`, ['duplicate-value']],
  ])('refuses %s', (_, roles, rules) => {
    expect(faults(`{ roles: ${roles} }`)).toEqual(rules)
  })
})

describe('a route that asks the log itself', () => {
  const mapOf = (revocation: string): Texts => ({
    ...serviceOf(
      '  /x: { GET: { scope: a:read, revocation: strict } }\n  /y: { GET: { scope: a:read, revocation: strict } }\n',
    ),
    'gateway.yaml': `${GATEWAY}    revocation: ${revocation}\n`,
  })

  test('says so in the release', () => {
    expect(compiledFrom('{ scope: a:read, revocation: strict }')).toMatchObject({ revocation: 'strict' })
    expect(compiledFrom('{ authenticated: Everybody sees it., revocation: strict }')).toMatchObject({
      revocation: 'strict',
    })
    expect(compiledFrom('a:read')).not.toHaveProperty('revocation')
  })

  test('is warned of once where revocation is off', () => {
    expect(rulesOf(readTexts(mapOf('{ off: Tokens live for a minute. }')))).toEqual([
      expect.stringMatching(/^unused-revocation@/),
    ])
    expect(rulesOf(readTexts(mapOf('{ poll: 1s }')))).toEqual([])
  })

  test.each([
    ['another word', '{ scope: a:read, revocation: always }', 'invalid-value'],
    ['nothing but yes', '{ scope: a:read, revocation: true }', 'wrong-type'],
    ['a public rule', '{ public: Probes need no credentials., revocation: strict }', 'ambiguous-requirement'],
  ])('is refused with %s', (_, requirement, rule) => {
    const found = rulesOf(readTexts(serviceOf(`  /x: { GET: ${requirement} }\n`)))
    expect(found.map((label) => label.replace(/@.*/, ''))).toContain(rule)
  })
})

test('a lifetime without bound is a matter where there is a critical scope, revocation is on, and it was asked for', () => {
  const found = (sensitivity: string, gateway: string) =>
    rulesOf(
      readTexts({
        ...scopesOf(`  a:read: { reason: Tested., sensitivity: ${sensitivity} }\n`, '  /x: { GET: a:read }\n'),
        'gateway.yaml': gateway,
      }),
    ).map((label) => label.replace(/@.*/, ''))
  const asked = `lint: { unlimited-lifetime: warning }\n${GATEWAY}`
  expect(found('critical', asked)).toEqual(['unlimited-lifetime'])
  expect(found('critical', GATEWAY)).toEqual([])
  expect(found('high', asked)).toEqual([])
  expect(found('critical', asked.replace('algorithms: [ES256]', 'algorithms: [ES256], maxLifetime: 1h'))).toEqual([])
  expect(found('critical', `${asked}    revocation: { off: Tokens live for a minute. }\n`)).toEqual([])
})
