/** The shape of a service file: what may be written, and what is said of everything else, and where. */
import { describe, expect, test } from 'vitest'
import { RULE_METHODS } from '../../src/policy/method.ts'
import { compiledFrom, ROUTES_LINE, readTexts, releaseOf, rulesOf, scopesOf, serviceOf } from './maps.ts'

const GET_LINE = ROUTES_LINE + 2

/** `rule:column` of each fault of a requirement, in the line of its method; the requirement begins in column 10. */
const requirementFaults = (requirement: string) =>
  rulesOf(readTexts(serviceOf(`  /x:\n    GET: ${requirement}\n`))).map((label) =>
    label.replace(`@tested.yaml:${GET_LINE}:`, ':'),
  )

describe('a requirement', () => {
  test.each([
    ['a:read', { anyOf: [['a:read']] }],
    ['"a:read"', { anyOf: [['a:read']] }],
    ['{ scope: a:read }', { anyOf: [['a:read']] }],
    ['{ anyOf: [a:write, a:read] }', { anyOf: [['a:read'], ['a:write']] }],
    ['{ allOf: [a:write, a:read] }', { anyOf: [['a:read', 'a:write']] }],
    ['{ anyOf: [{ allOf: [a:write, a:read] }, a:admin] }', { anyOf: [['a:admin'], ['a:read', 'a:write']] }],
    ['{ public: Probed. }', { public: 'Probed.' }],
    ['{ public: Probed., upgrade: websocket }', { public: 'Probed.', upgrade: 'websocket' }],
    ['{ authenticated: Oneself. }', { authenticated: 'Oneself.' }],
    ['{ authenticated: Oneself., maxTokenAge: 5m }', { authenticated: 'Oneself.', maxTokenAgeSeconds: 300 }],
    ['{ scope: a:read, upgrade: websocket }', { anyOf: [['a:read']], upgrade: 'websocket' }],
    ['{ scope: a:read, mode: observe }', { anyOf: [['a:read']], mode: 'observe' }],
    ['{ scope: a:read, maxTokenAge: 5m }', { anyOf: [['a:read']], maxTokenAgeSeconds: 300 }],
    ['{ scope: a:read, stepUp: { acr: phr } }', { anyOf: [['a:read']], stepUp: { acr: ['phr'] } }],
    [
      '{ scope: a:read, stepUp: { acr: [phrh, phr], maxAge: 1h } }',
      { anyOf: [['a:read']], stepUp: { acr: ['phrh', 'phr'], maxAgeSeconds: 3600 } },
    ],
  ])('%s', (requirement, compiled) => {
    expect(compiledFrom(requirement)).toEqual({
      service: 'tested',
      host: 'api.example.com',
      method: 'GET',
      path: '/x',
      ...compiled,
    })
  })

  test.each([
    // What would be read in two ways.
    ['[a:read, a:write]', ['bare-list:10']],
    ['[a:read]', ['bare-list:10']],
    ['{ anyOf: [[a:read]] }', ['bare-list:20']],
    ['{ scope: a:read, anyOf: [a:read] }', ['ambiguous-requirement:10']],
    ['{ scope: a:read, public: Why not. }', ['ambiguous-requirement:10']],
    ['{ anyOf: [a:read], allOf: [a:read] }', ['ambiguous-requirement:10']],
    ['{ maxTokenAge: 5m }', ['ambiguous-requirement:10']],
    // What would be open to everybody.
    ['', ['empty-value:10']],
    ['{}', ['empty-value:10']],
    ['[]', ['empty-value:10']],
    ['""', ['empty-value:10']],
    ['~', ['empty-value:10']],
    ['{ anyOf: [] }', ['empty-value:19']],
    ['{ allOf: [] }', ['empty-value:19']],
    ['{ anyOf: [{ allOf: [] }] }', ['empty-value:29']],
    ['{ anyOf: [{}] }', ['missing-key:20']],
    ['{ anyOf: [""] }', ['empty-value:20']],
    ['{ authenticated: Oneself., public: Why not. }', ['ambiguous-requirement:10']],
    ['{ authenticated: "" }', ['empty-value:27']],
    ['{ public: true }', ['wrong-type:20']],
    ['{ public: "" }', ['empty-value:20']],
    ['{ public: "  " }', ['empty-value:20']],
    ['{ public }', ['empty-value:12']],
    ['{ public: [Probed.] }', ['wrong-type:20']],
    ['public', ['undefined-scope:10']],
    ['true', ['wrong-type:10']],
    // Conditions.
    ['{ scope: a:read, stepUp: {} }', ['empty-value:35']],
    ['{ scope: a:read, stepUp: { acr: [] } }', ['empty-value:42']],
    ['{ scope: a:read, stepUp: { acr: [phr, phr] } }', ['duplicate-value:48']],
    ['{ scope: a:read, stepUp: { acr: "phr phrh" } }', ['invalid-value:42']],
    ['{ scope: a:read, stepUp: { maxAge: 0s } }', ['invalid-value:45']],
    ['{ scope: a:read, maxTokenAge: 300 }', ['wrong-type:40']],
    ['{ scope: a:read, maxTokenAge: 5min }', ['invalid-value:40']],
    ['{ scope: a:read, mode: off }', ['invalid-value:33']],
    ['{ scope: a:read, upgrade: h2c }', ['invalid-value:36']],
    ['{ public: Probed., stepUp: { acr: phr } }', ['ambiguous-requirement:37']],
    ['{ public: Probed., maxTokenAge: 5m }', ['ambiguous-requirement:42']],
    ['{ public: Probed., mode: observe }', ['ambiguous-requirement:35']],
    // Typing mistakes.
    ['{ anyof: [a:read] }', ['unknown-key:12']],
    ['{ scopes: a:read }', ['unknown-key:12']],
    ['{ scope: a:read, stepup: { acr: phr } }', ['unknown-key:27']],
    ['a:raed', ['undefined-scope:10']],
    ['a:read a:write', ['invalid-value:10']],
    ['A:READ', ['undefined-scope:10']],
    ['12', ['wrong-type:10']],
    ['{ allOf: [{ anyOf: [a:read] }] }', ['wrong-type:20']],
  ])('%s is refused', (requirement, faults) => expect(requirementFaults(requirement)).toEqual(faults))

  test('is told all that is wrong with it at once', () => {
    expect(requirementFaults('{ public: "", scope: 1, mode: of, wat: 1, maxTokenAge: x }')).toEqual([
      'ambiguous-requirement:10',
      'empty-value:20',
      'wrong-type:31',
      'ambiguous-requirement:40',
      'invalid-value:40',
      'unknown-key:44',
      'ambiguous-requirement:65',
      'invalid-value:65',
    ])
  })
})

describe('methods', () => {
  test('are those that a rule may have', () => {
    const methods = RULE_METHODS.map((method) => `    ${method}: a:read\n`).join('')
    const { rules } = releaseOf(serviceOf(`  /x:\n${methods}`))
    const methodsAtX = rules.flatMap(({ path, method }) => (path === '/x' ? [method] : []))
    expect(methodsAtX).toEqual([...RULE_METHODS].sort())
  })

  test.each([
    ['HEAD', '`GET` answers `HEAD`'],
    ['get', 'did you mean `GET`?'],
    ['DELET', 'did you mean `DELETE`?'],
    ['TRACE', 'refuses'],
    ['CONNECT', 'refuses'],
    ['"*"', '`ANY`'],
    ['any', '`ANY`'],
    ['constructor', 'what can stand here'],
  ])('%s is none, and the help says why', (method, help) => {
    const { diagnostics } = readTexts(serviceOf(`  /x:\n    ${method}: a:read\n`))
    expect(diagnostics.map(({ rule, at }) => [rule, at.line, at.column])).toEqual([['unknown-key', GET_LINE, 5]])
    expect(diagnostics[0]?.message).toContain('unknown method')
    expect(diagnostics[0]?.help).toContain(help)
  })
})

describe('paths', () => {
  const templateFaults = (template: string) => rulesOf(readTexts(serviceOf(`  ${template}: { GET: a:read }\n`)))

  test('stand below the base path, in canonical percent-encoding', () => {
    const texts = serviceOf('  /x/{id}: { GET: a:read }\n  "/caf\u00e9 {": { GET: a:read }\n')
    const based = { ...texts, 'tested.yaml': `basePath: /v1/{tenant}\n${texts['tested.yaml']}` }
    expect(rulesOf(readTexts(based))).toEqual([`invalid-template@tested.yaml:${ROUTES_LINE + 3}:3`])
    const right = { ...based, 'tested.yaml': based['tested.yaml'].replace(' {"', '"') }
    expect(releaseOf(right).rules.map(({ path }) => path)).toEqual([
      '/v1/{tenant}/caf%C3%A9',
      '/v1/{tenant}/used',
      '/v1/{tenant}/x/{id}',
    ])
  })

  test('that could never match, or not as they read, are refused at their key', () => {
    const bad = [
      'x',
      '""',
      '//x',
      '/x//y',
      '"/x/../y"',
      '"/x/{y"',
      '"/x{y}"',
      '"/{x+}/y"',
      '"/{x}/{x}"',
      '/x%2Fy',
      '/x;y',
      '/x%41',
    ]
    for (const template of bad)
      expect.soft(templateFaults(template), template).toEqual([`invalid-template@tested.yaml:${ROUTES_LINE + 1}:3`])
  })

  test('that the gate answers itself are refused', () => {
    const reserved = [
      '/_scopewall/health',
      '/_scopewall/',
      '/.well-known/oauth-protected-resource',
      '/.well-known/oauth-protected-resource/v1',
    ]
    for (const template of reserved)
      expect.soft(templateFaults(template)).toEqual([`invalid-template@tested.yaml:${ROUTES_LINE + 1}:3`])
    expect(templateFaults('/.well-known/security.txt')).toEqual([])
  })

  test('have no more segments than anybody reads', () => {
    expect(templateFaults('/a'.repeat(64))).toEqual([])
    expect(templateFaults('/a'.repeat(65))).toHaveLength(1)
  })

  test('cannot slip past their base path', () => {
    const texts = serviceOf('  x: { GET: a:read }\n')
    expect(rulesOf(readTexts({ ...texts, 'tested.yaml': `basePath: /v1\n${texts['tested.yaml']}` }))).toEqual([
      `invalid-template@tested.yaml:${ROUTES_LINE + 2}:3`,
    ])
  })
})

describe('scopes and the service itself', () => {
  const scopeFaults = (scope: string) =>
    rulesOf(readTexts(scopesOf(`  a:b: ${scope}\n`, '  /x: { GET: a:b }\n'))).map((label) =>
      label.replace('@tested.yaml:5:', ':'),
    )

  test.each([
    ['{ reason: R., sensitivity: low }', []],
    ['{ reason: R., sensitivity: critical, owner: o, stepUp: { acr: phr }, maxTokenAge: 5m, review: 2027-03-01 }', []],
    [
      '{ reason: R., sensitivity: low, deprecated: { since: 2026-01-01, sunset: 2027-01-01, replacedBy: [a:b], link: "https://a.example/x" } }',
      [],
    ],
    ['', ['empty-value:8']],
    ['R.', ['wrong-type:8']],
    ['{ sensitivity: low }', ['missing-key:3']],
    ['{ reason: R. }', ['missing-key:3']],
    ['{ reason: , sensitivity: low }', ['empty-value:18']],
    ['{ reason: 5, sensitivity: low }', ['wrong-type:18']],
    ['{ reason: "a\\eb", sensitivity: low }', ['invalid-value:18']],
    ['{ reason: R., sensitivity: secret }', ['invalid-value:35']],
    ['{ reason: R., sensitivity: LOW }', ['invalid-value:35']],
    ['{ reason: R., sensitivity: low, implies: [] }', ['empty-value:49']],
    ['{ reason: R., sensitivity: low, implies: a:b }', ['wrong-type:49']],
    ['{ reason: R., sensitivity: low, review: 2027-02-30 }', ['invalid-value:48']],
    ['{ reason: R., sensitivity: low, review: soon }', ['invalid-value:48']],
    ['{ reason: R., sensitivity: low, deprecated: true }', ['wrong-type:52']],
    ['{ reason: R., sensitivity: low, deprecated: { sunset: 2027-01-01 } }', ['missing-key:40']],
    ['{ reason: R., sensitivity: low, deprecated: { since: 2026-01-01, link: "javascript:x" } }', ['invalid-value:79']],
    ['{ reason: R., sensitivity: low, resaon: x }', ['unknown-key:40']],
  ])('a:b: %s', (scope, faults) => expect(scopeFaults(scope)).toEqual(faults))

  test('a name that no scope can have is refused at its key', () => {
    const scope = '{ reason: R., sensitivity: low }'
    for (const name of ['"a b"', '"a\\"b"', '"a\\\\b"', '"\u00e4"', '""'])
      expect
        .soft(rulesOf(readTexts(scopesOf(`  ${name}: ${scope}\n  a:b: ${scope}\n`, '  /x: { GET: a:b }\n'))), name)
        .toEqual(['invalid-value@tested.yaml:5:3'])
  })

  test.each([
    ['service: tested', 'service: Tested', ['invalid-value@tested.yaml:1:10']],
    ['service: tested\n', '', ['missing-key@tested.yaml:1:1']],
    ['service: tested', 'service: other', ['file-name@tested.yaml:1:10']],
    ['owner: team', 'owner: NO', []],
    ['owner: team', 'owner: 5', ['wrong-type@tested.yaml:3:8']],
    ['owner: team', 'owner:', ['empty-value@tested.yaml:3:7']],
    ['owner: team', 'owner: team\nmode: of', ['invalid-value@tested.yaml:4:7']],
    ['owner: team', 'owner: team\nhosts: []', ['empty-value@tested.yaml:4:8']],
    ['owner: team', 'owner: team\nhosts: [a.example, A.example]', ['duplicate-value@tested.yaml:4:20']],
    ['owner: team', 'owner: team\nhosts: ["https://a.example"]', ['invalid-value@tested.yaml:4:9']],
    ['owner: team', 'owner: team\nhosts: a.example', ['wrong-type@tested.yaml:4:8']],
    ['owner: team', 'owner: team\nbasePath: v1', ['invalid-value@tested.yaml:4:11']],
    ['owner: team', 'owner: team\nbasePath: /v1/', ['invalid-value@tested.yaml:4:11']],
    ['owner: team', 'owner: team\nbasePath: "/{rest+}"', ['invalid-value@tested.yaml:4:11']],
    ['owner: team', 'owner: team\nscope: {}', ['unknown-key@tested.yaml:4:1']],
    ['owner: team', 'owner: team\nconstructor: {}', ['unknown-key@tested.yaml:4:1']],
  ])('%s -> %s', (from, to, faults) => {
    const texts = serviceOf('  /x: { GET: a:read }\n  /y: { GET: { anyOf: [a:write, a:admin] } }\n')
    expect(rulesOf(readTexts({ ...texts, 'tested.yaml': texts['tested.yaml']?.replace(from, to) ?? '' }))).toEqual(
      faults,
    )
  })

  test('built-in names are names like any other', () => {
    const scopes = ['constructor', 'toString', 'hasOwnProperty'].map(
      (name) => `  ${name}: { reason: R., sensitivity: low }\n`,
    )
    const release = releaseOf(
      scopesOf(
        scopes.join(''),
        '  /constructor/{toString}: { GET: { allOf: [constructor, toString, hasOwnProperty] } }\n',
      ),
    )
    expect(Object.keys(release.scopes).sort()).toEqual(['constructor', 'hasOwnProperty', 'toString'])
    expect(release.rules[0]?.anyOf).toEqual([['constructor', 'hasOwnProperty', 'toString']])
  })
})
