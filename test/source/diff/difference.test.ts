/** What a reviewer is told, on small maps whose difference is plain to see. */
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../../src/policy/environment.ts'
import type { ReleaseDocument } from '../../../src/policy/release.ts'
import type { EpochSeconds } from '../../../src/policy/result.ts'
import { compareVersions, type Difference } from '../../../src/source/diff/difference.ts'
import { differenceJson } from '../../../src/source/diff/json.ts'
import { LONGEST_COMMENT, renderMarkdown } from '../../../src/source/diff/markdown.ts'
import { failuresIn, summarize } from '../../../src/source/diff/summary.ts'
import { NOW, releaseOf, ruleOf, scopesOf } from '../../policy/build.ts'
import { environmentOf, GATEWAY, scopesOf as textsOf } from '../maps.ts'

type Parts = Partial<ReleaseDocument>

const scopes = scopesOf(['a', 'b', 'c', 'd'])

const differ = (before: Parts, after: Parts, now: EpochSeconds = NOW): Difference =>
  compareVersions({ release: releaseOf({ scopes, ...before }) }, { release: releaseOf({ scopes, ...after }) }, now)

/** `change route`, and in words who gains (+) and who loses (-). */
function told(difference: Difference): readonly string[] {
  const { routes } = differenceJson(difference) as {
    routes: { route: string; change: string; gains: { text: string }[]; losses: { text: string }[] }[]
  }
  return routes.map(({ route, change, gains, losses }) =>
    [`${change} ${route}`, ...gains.map(({ text }) => `+ ${text}`), ...losses.map(({ text }) => `- ${text}`)].join(
      '\n',
    ),
  )
}

const GET = 'GET api.example.com'

describe('a requirement', () => {
  const before = ruleOf('GET /x', { anyOf: [['a', 'b']] })

  test.each<[string, Parts['rules'], string]>([
    [
      'one scope less',
      [ruleOf('GET /x', { anyOf: [['a']] })],
      `looser ${GET}/x\n+ a token with a gets in now; before, it also needed b`,
    ],
    [
      'one scope more',
      [ruleOf('GET /x', { anyOf: [['a', 'b', 'c']] })],
      `stricter ${GET}/x\n- a token with a and b is refused now: it also needs c`,
    ],
    [
      'another scope',
      [ruleOf('GET /x', { anyOf: [['c']] })],
      `both ${GET}/x\n+ a token with c gets in now; before, it needed a and b\n- a token with a and b is refused now: it needs c`,
    ],
    [
      'another way in',
      [ruleOf('GET /x', { anyOf: [['c'], ['a', 'b']] })],
      `looser ${GET}/x\n+ a token with c gets in now; before, it needed a and b`,
    ],
    [
      'any token',
      [ruleOf('GET /x', { authenticated: 'Why not.' })],
      `looser ${GET}/x\n+ any valid token gets in now; before, it needed a and b`,
    ],
    [
      'public',
      [ruleOf('GET /x')],
      `looser ${GET}/x\n+ anybody without a token gets in now; before, a token was needed`,
    ],
    ['gone', [], `closed ${GET}/x\n- a token with a and b is refused now: no rule covers the request`],
    [
      'observed',
      [ruleOf('GET /x', { anyOf: [['a', 'b']], mode: 'observe' })],
      `looser ${GET}/x\n+ any valid token gets in now (observed); before, it needed a and b\n+ a token with a gets in now (observed); before, it also needed b\n+ a token with b gets in now (observed); before, it also needed a`,
    ],
    [
      'for one client',
      [ruleOf('GET /x', { anyOf: [['a', 'b']], clients: ['shop'] })],
      `stricter ${GET}/x\n- a token with a and b, of the client another, is refused now: this client is not listed`,
    ],
    [
      'with a step-up',
      [ruleOf('GET /x', { anyOf: [['a', 'b']], stepUp: { acr: ['phr'], maxAgeSeconds: 300 } })],
      `stricter ${GET}/x\n- a token with a and b is refused now: it needs acr phr and an authentication at most 5m old`,
    ],
    [
      'for a WebSocket as well',
      [ruleOf('GET /x', { anyOf: [['a', 'b']], upgrade: 'websocket' })],
      `looser ${GET}/x\n+ a token with a and b, asking for an upgrade, gets in now; before, upgrades were refused`,
    ],
  ])('becomes %s', (_, after, text) => {
    expect(told(differ({ rules: [before] }, { rules: after ?? [] }))).toEqual([text])
  })

  test('that only says it in other words, or moves, is no change for anybody', () => {
    const difference = differ(
      { rules: [ruleOf('GET /x', { public: 'Probed.' })] },
      { rules: [ruleOf('GET /x', { public: 'Read by monitors.' })] },
    )
    expect(difference.routes).toEqual([])
    expect(difference.wording).toEqual([{ subject: `${GET}/x`, members: ['public'] }])
  })

  test('whose authorization details name the very word that stands for any other is still compared', () => {
    const withMatch = (wanted: string) =>
      ruleOf('GET /{id}', {
        anyOf: [['a']],
        authorizationDetails: [{ type: 'payment', match: { '/account': wanted } }],
      })
    for (const wanted of ['any1', 'ANY1', 'any1x1'])
      expect(differ({ rules: [withMatch('{id}')] }, { rules: [withMatch(wanted)] }).routes).toMatchObject([
        { change: 'both' },
      ])
  })

  test('that introspects no longer is looser, though nobody shows it', () => {
    const difference = differ({ rules: [{ ...before, introspection: 'always' }] }, { rules: [before] })
    expect(difference.routes).toMatchObject([{ change: 'same', introspection: 'no longer' }])
    expect([...failuresIn(difference)]).toContain('looser')
  })

  test('that asks the revocation log no longer is looser, and one that does now stricter', () => {
    const strict = { ...before, revocation: 'strict' } as const
    const looser = differ({ rules: [strict] }, { rules: [before] })
    expect(looser.routes).toMatchObject([{ change: 'same', revocation: 'no longer' }])
    expect([...failuresIn(looser)]).toEqual(['looser', 'any'])
    const stricter = differ({ rules: [before] }, { rules: [strict] })
    expect(stricter.routes).toMatchObject([{ change: 'same', revocation: 'strict' }])
    expect([...failuresIn(stricter)]).toEqual(['stricter', 'any'])
  })

  test('that takes a proof more than once is looser', () => {
    const once = { ...before, senderConstraint: 'dpop-single-use' } as const
    const difference = differ({ rules: [once] }, { rules: [{ ...before, senderConstraint: 'dpop' }] })
    expect(difference.routes).toMatchObject([{ change: 'same', comparison: { proofs: 'reusable' } }])
    expect([...failuresIn(difference)]).toContain('looser')
  })
})

describe('a scope', () => {
  const rules = [ruleOf('GET /x', { anyOf: [['a']] })]

  test('that asks for less makes its routes looser, at the very limit', () => {
    const withAge = (seconds: number) => scopesOf(['b'], { a: { stepUp: { maxAgeSeconds: seconds } } })
    expect(told(differ({ rules, scopes: withAge(300) }, { rules, scopes: withAge(301) }))).toEqual([
      `looser ${GET}/x\n+ a token with a, authenticated 301s ago, gets in now; before, it needed an authentication at most 5m old`,
    ])
  })

  test('that another implies now makes its routes looser for that one', () => {
    const implying = scopesOf(['a'], { b: { implies: ['a'] } })
    expect(told(differ({ rules, scopes: scopesOf(['a', 'b']) }, { rules, scopes: implying }))).toEqual([
      `looser ${GET}/x\n+ a token with b gets in now; before, it needed a`,
    ])
  })

  test('that will retire makes its routes stricter on that day, and not today', () => {
    const retiring = scopesOf(['b'], { a: { deprecated: { since: '2026-01-01', sunset: '2027-01-31' } } })
    const difference = differ({ rules, scopes: scopesOf(['a', 'b']) }, { rules, scopes: retiring })
    expect(difference.routes).toEqual([])
    expect(difference.later).toMatchObject([{ day: '2027-01-31', change: { route: `${GET}/x`, change: 'closed' } }])
    const then = (Date.parse('2027-01-31T00:00:00Z') / 1000) as EpochSeconds
    expect(told(differ({ rules, scopes: scopesOf(['a', 'b']) }, { rules, scopes: retiring }, then))).toEqual([
      `closed ${GET}/x\n- a token with a is refused now: a is retired`,
    ])
  })

  test('that retires no longer, or later, keeps its routes open for longer, which is looser', () => {
    const retiring = (sunset?: string) =>
      scopesOf(['b'], { a: { deprecated: { since: '2026-01-01', ...(sunset && { sunset }) } } })
    for (const sunset of [undefined, '2027-06-30']) {
      const difference = differ({ scopes: retiring('2027-01-31'), rules }, { scopes: retiring(sunset), rules })
      expect(difference.routes).toEqual([])
      expect(difference.later[0]).toMatchObject({ day: '2027-01-31', change: { change: 'opened' } })
      expect([...failuresIn(difference)]).toContain('looser')
    }
  })

  test('is renamed where another stands wherever it stood', () => {
    const renamed = differ(
      { rules, scopes: scopesOf(['a', 'b']) },
      { rules: [ruleOf('GET /x', { anyOf: [['z']] })], scopes: scopesOf(['b', 'z']) },
    )
    expect(renamed.scopes).toEqual([{ kind: 'renamed', scope: 'z', from: 'a', members: [] }])
  })

  test('is not taken for renamed where two could be meant', () => {
    const difference = differ({ rules: [], scopes: scopesOf(['a', 'b']) }, { rules: [], scopes: scopesOf(['y', 'z']) })
    expect(difference.scopes.map(({ kind, scope }) => `${kind} ${scope}`)).toEqual([
      'removed a',
      'removed b',
      'added y',
      'added z',
    ])
  })

  test('changes hands, and what else is said of it', () => {
    const after = scopesOf(['b'], { a: { owner: 'other', sensitivity: 'high' } })
    expect(differ({ rules, scopes: scopesOf(['a', 'b']) }, { rules, scopes: after }).scopes).toEqual([
      {
        kind: 'changed',
        scope: 'a',
        members: [
          { member: 'owner', before: 'team', after: 'other' },
          { member: 'sensitivity', before: 'low', after: 'high' },
        ],
      },
    ])
  })
})

describe('a path', () => {
  const item = ruleOf('GET /x/{id}', { anyOf: [['a']] })
  const literal = ruleOf('GET /x/export', { anyOf: [['b']] })

  test('whose literal rule goes falls to the parameter, and so do its other spellings, which were refused', () => {
    const difference = differ({ rules: [literal, item] }, { rules: [item] })
    const [named, ...spellings] = told(difference)
    expect(named).toBe(
      `both ${GET}/x/export\n+ a token with a gets in now; before, it needed b\n- a token with b is refused now: it needs a`,
    )
    expect(spellings).toEqual([
      `opened ${GET}/x/export.any2\n+ a token with a gets in now; before, no rule covered the request`,
    ])
    expect(summarize(difference)).toBe('routes: 1 looser for some and stricter for others; other spellings: 1 opened')
  })

  test('is told apart from the same one of another method', () => {
    const any = ruleOf('ANY /x/{id}', { anyOf: [['a']] })
    const difference = differ({ rules: [any] }, { rules: [any, item] })
    expect(difference.routes).toEqual([])
  })

  test('that two templates share is compared where they meet', () => {
    const [one, other] = [ruleOf('GET /{p}/b', { anyOf: [['a']] }), ruleOf('GET /x/{q}', { anyOf: [['b']] })]
    const difference = differ({ rules: [one, other] }, { rules: [one] })
    expect(difference.routes.map(({ change, route, example }) => `${change} ${route} ${example.path}`)).toEqual([
      'opened GET api.example.com/x.any1/b /x.any1/b',
      'closed GET api.example.com/x/{q} /x/any2',
      'both GET api.example.com/x/{q} /x/b',
    ])
  })

  test('whose parameter has another name only is the same', () => {
    expect(differ({ rules: [item] }, { rules: [ruleOf('GET /x/{other}', { anyOf: [['a']] })] }).routes).toEqual([])
  })

  test('on a host that loses its own rules falls to the pattern above it', () => {
    const rule = (host: string, scope: string) => ruleOf(`GET ${host}/x`, { anyOf: [[scope]] })
    const wide = [rule('*.example.com', 'a'), ruleOf('GET *.example.com/only-wide', { anyOf: [['a']] })]
    const difference = differ({ rules: [...wide, rule('b.example.com', 'b')] }, { rules: wide })
    expect(difference.routes.map(({ change, route }) => `${change} ${route}`)).toEqual([
      'opened GET b.example.com/only-wide',
      'both GET b.example.com/x',
    ])
  })
})

test('what a host lets into paths is looser or stricter', () => {
  const hosts = { 'api.example.com': { allow: ['semicolon'] as const } }
  const difference = differ({}, { hosts })
  expect(difference.hosts).toEqual([{ host: 'api.example.com', allowed: ['semicolon'], refused: [] }])
  expect([...failuresIn(difference)]).toEqual(['looser', 'any'])
})

test('a host that falls to a pattern gets what that lets into paths', () => {
  const [wide, exact] = ['*.example.com', 'api.example.com'].map((host) => ({ ...ruleOf('GET /{x}'), host }))
  if (wide === undefined || exact === undefined) throw new Error('unreachable')
  const hosts = { '*.example.com': { allow: ['encodedSlash'] as const } }
  const [both, one] = [
    { rules: [wide, exact], hosts },
    { rules: [wide], hosts },
  ]
  expect(differ(both, one).hosts).toEqual([{ host: 'api.example.com', allowed: ['encodedSlash'], refused: [] }])
  expect([...failuresIn(differ(both, one))]).toContain('looser')
  expect(differ(one, both).hosts).toEqual([{ host: 'api.example.com', allowed: [], refused: ['encodedSlash'] }])
})

describe('an environment', () => {
  const read = (gateway: string): Environment =>
    environmentOf({
      ...textsOf('  a:read: { reason: Tested., sensitivity: low }\n', '  /x: { GET: a:read }\n'),
      'gateway.yaml': gateway,
    })
  const release = releaseOf({ scopes })
  const changes = (from: string, to: string) =>
    compareVersions(
      { release, environments: [read(from)] },
      { release, environments: [read(to)] },
      NOW,
    ).environments?.map(({ path, kind, effect }) => `${path.join('.')} ${kind}: ${effect}`)
  const issuers = 'issuers: [{ issuer: https://login.example.com, keys: oidc, algorithms: [ES256] }]'

  test.each([
    ['    upstream: zone', '    upstream: zone\n    mode: observe', 'mode changed: looser'],
    ['    upstream: zone', '    upstream: https://origin.example.com', 'upstream.kind changed: fact'],
    [
      'algorithms: [ES256]',
      'algorithms: [ES256, RS256]',
      'issuers.https://login.example.com.algorithms.RS256 added: looser',
    ],
    [
      issuers,
      issuers.replace('}]', '}, { issuer: https://other.example.com, keys: oidc, algorithms: [ES256] }]'),
      'issuers.https://other.example.com added: looser',
    ],
    [
      'algorithms: [ES256]',
      'algorithms: [ES256], maxTokenAge: 5m',
      'issuers.https://login.example.com.maxTokenAgeSeconds added: stricter',
    ],
    // Marks on what a token was called do not find it any more.
    [
      'algorithms: [ES256]',
      'algorithms: [ES256], identifiers: { session: other }',
      'issuers.https://login.example.com.identifiers.session changed: looser',
    ],
    [
      'algorithms: [ES256]',
      'algorithms: [ES256], identifiers: { tenant: org }',
      'issuers.https://login.example.com.identifiers.tenant added: stricter',
    ],
    ['    upstream: zone', '    upstream: zone\n    revocation: { off: Tested. }', 'revocation removed: looser'],
    [
      '    upstream: zone',
      '    upstream: zone\n    revocation: { whenStale: serve }',
      'revocation.whenStale changed: looser',
    ],
    [
      '    upstream: zone',
      '    upstream: zone\n    revocation: { whenStale: refuse }',
      'revocation.whenStale changed: stricter',
    ],
    [
      '    upstream: zone',
      '    upstream: zone\n    revocation: { maxStale: 2m }',
      'revocation.maxStaleSeconds changed: looser',
    ],
    // Somebody else's keys are as good as another issuer.
    ['keys: oidc', 'keys: https://other.example.com/keys', 'issuers.https://login.example.com.keys.uri added: looser'],
    [
      'algorithms: [ES256]',
      'algorithms: [ES256], acrClaim: level',
      'issuers.https://login.example.com.acrClaim changed: looser',
    ],
    [
      '    upstream: zone',
      '    upstream: zone\n    services: { tested: { resource: https://api.example.com/x, audience: https://api.example.com/x } }',
      'services.tested added: looser',
    ],
  ])('%s -> %s', (from, to, expected) => {
    expect(changes(GATEWAY, GATEWAY.replace(from, to))).toContain(expected)
  })

  test.each([
    ['', '{ off: Tokens live for a minute. }', 'revocation removed: looser'],
    ['{ off: Tokens live for a minute. }', '', 'revocation added: stricter'],
    ['', '{ poll: 4s }', 'revocation.pollSeconds changed: looser'],
    ['', '{ maxStale: 30s }', 'revocation.maxStaleSeconds changed: stricter'],
    ['', '{ whenStale: serve }', 'revocation.whenStale changed: looser'],
    ['', '{ whenStale: refuse }', 'revocation.whenStale changed: stricter'],
    ['{ senders: { a: SENDER, b: SENDER } }', '{ senders: { a: SENDER } }', 'revocation.senders.b removed: looser'],
    ['{ senders: { a: SENDER } }', '{ senders: { a: SENDER, b: SENDER } }', 'revocation.senders.b added: stricter'],
    [
      '{ senders: { a: SENDER } }',
      '{ senders: { a: { kind: ssf, issuer: https://login.example.com, transmitter: https://x.example } } }',
      'revocation.senders.a.transmitter changed: looser',
    ],
    [
      '{ roles: ROLES { x: [a:read] } } }',
      '{ roles: ROLES { x: [] } } }',
      `revocation.roles.ISSUER.x.a:read removed: looser`,
    ],
    [
      '{ roles: ROLES { x: [], y: [] } } }',
      '{ roles: ROLES { x: [] } } }',
      `revocation.roles.ISSUER.y removed: stricter`,
    ],
  ])('revocation %s -> %s', (from, to, expected) => {
    const issuer = 'https://login.example.com'
    const gateway = (text: string) =>
      text === ''
        ? GATEWAY
        : `${GATEWAY}    revocation: ${text.replaceAll('SENDER', `{ kind: ssf, issuer: ${issuer} }`).replace('ROLES', `{ ${issuer}:`)}\n`
    expect(changes(gateway(from), gateway(to))).toEqual([expected.replace('ISSUER', issuer)])
  })

  test('in which a service called `mode` gets an audience of its own is looser', () => {
    const withOwn = GATEWAY.replace(
      '    upstream: zone',
      '    upstream: zone\n    services: { mode: { resource: https://api.example.com/x, audience: https://api.example.com/x } }',
    )
    const reading = (gateway: string): Environment =>
      environmentOf({
        'gateway.yaml': gateway,
        'mode.yaml':
          'service: mode\ndescription: Tested.\nowner: team\nroutes: { /x: { GET: { public: Probes need no credentials. } } }\n',
      })
    const [before, after] = [GATEWAY, withOwn].map((text) => ({ release, environments: [reading(text)] }))
    if (before === undefined || after === undefined) throw new Error('unreachable')
    expect(compareVersions(before, after, NOW).environments).toMatchObject([
      { path: ['services', 'mode'], effect: 'looser' },
    ])
  })

  test('with an alias that leads to another host is looser: other rules decide there', () => {
    const withAlias = (host: string) => `${GATEWAY}    hostAliases: { a.example.net: ${host} }\n`
    expect(changes(withAlias('api.example.com'), withAlias('b.example.com'))).toEqual([
      'hostAliases.a.example.net changed: looser',
    ])
  })

  test('that observes has its own witnesses, where an enforcing one has none', () => {
    const observing = read(GATEWAY.replace('    upstream: zone', '    upstream: zone\n    mode: observe'))
    const versions = [undefined, 'enforce' as const].map((mode) => ({
      release: releaseOf({ scopes, rules: [ruleOf('GET /x', { anyOf: [['a']], ...(mode && { mode }) })] }),
      environments: [observing],
    }))
    const [before, after] = versions
    if (before === undefined || after === undefined) throw new Error('unreachable')
    expect(told(compareVersions(before, after, NOW))).toEqual([
      `stricter ${GET}/x\n- any valid token is refused now in test: it needs a`,
    ])
  })
})

describe('the ways through a rule', () => {
  const names = Array.from({ length: 16 }, (_, index) => `s${String(index).padStart(2, '0')}`)

  test('are too many to try: it says that it cannot tell, and counts it as looser and stricter', () => {
    const many = { scopes: scopesOf(names) }
    const rule = (clients: string[]) => ruleOf('GET /x', { anyOf: [names], mode: 'observe', clients })
    const difference = differ(
      { ...many, rules: [rule(['a', 'b'])] },
      { ...many, rules: [{ ...rule(['a', 'b']), upgrade: 'websocket' }] },
    )
    expect(difference.routes).toMatchObject([{ change: 'both', comparison: { mayLose: true } }])
    expect([...failuresIn(difference)]).toEqual(['looser', 'stricter', 'any'])
  })
})

describe('Markdown', () => {
  const names = { before: 'git:HEAD', after: 'working-tree' }

  test('keeps to the length of a comment, and says what is missing', () => {
    const rules = Array.from({ length: 3000 }, (_, index) => ruleOf(`GET /x/${index}`, { anyOf: [['a']] }))
    const text = renderMarkdown(differ({ rules: [] }, { rules }), names)
    expect(text.length).toBeLessThan(LONGEST_COMMENT)
    expect(text).toMatch(/Newly open \(3000\)/)
    expect(text).toMatch(/\d+ more are not shown here/)
  })

  test('lets no text of the map out of its cell', () => {
    const after = scopesOf(['b|`c`'], { a: { reason: '| <img src=x> [x](http://evil) @team\n' } })
    const text = renderMarkdown(differ({}, { scopes: { ...scopes, ...after } }), names)
    expect(text).toContain('`` b\\|`c` ``')
    for (const line of text.split('\n').filter((each) => each.startsWith('| `')))
      expect(line.replaceAll('\\|', '').split('|')).toHaveLength(4)
    expect(text.replace(/`[^`]*`/g, '')).not.toMatch(/<img|@team|\]\(/)
  })
})
