/** Policy tests as they are written: a mistake in one must not make it pass. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isError } from '../../../src/source/diagnostic.ts'
import { readPolicyTests } from '../../../src/source/policy-test/read-tests.ts'
import { filesOf, readTexts } from '../maps.ts'
import { MAP, problemsOf, readTests, soundTests } from './texts.ts'

const file = (parts: { readonly callers?: string; readonly cases?: string; readonly top?: string }): string =>
  `tests: T.
${parts.top ?? ''}callers:
${parts.callers ?? '  reader: { scopes: [shop:read] }\n'}cases:
${parts.cases ?? '  - { request: GET /items, expect: { reader: allow } }\n'}`

test('a file is read whole', () => {
  const [read] = soundTests(
    file({
      top: 'today: 2026-12-24\n',
      callers: `  everything:
    scopes: [shop:read]
    unknownScopes: [elsewhere:read]
    client: c
    actor: a
    acr: [phr, phrh]
    amr: otp
    authAge: 0s
    tokenAge: 1m
    lifetime: 10m
    bound: [dpop, mtls]
    authorizationDetails: { type: payment, actions: [capture] }
`,
      cases: `  - name: N
    request: [GET /items, "POST https://api.example.com/items"]
    upgrade: websocket
    expect:
      everything: { deny: [scope_insufficient], missing: [shop:write, shop:read], required: [shop:read] }
      nobody: deny
`,
    }),
  )
  expect(read).toMatchObject({ path: 'tests/t.yaml', about: 'T.', today: '2026-12-24' })
  expect(read?.callers.get('everything')).toEqual({
    scopes: new Set(['shop:read', 'elsewhere:read']),
    client: 'c',
    actor: 'a',
    acrs: ['phr', 'phrh'],
    amr: ['otp'],
    authAgeSeconds: 0,
    tokenAgeSeconds: 60,
    lifetimeSeconds: 600,
    bound: ['dpop', 'mtls'],
    authorizationDetails: [{ type: 'payment', actions: ['capture'] }],
  })
  const expectations = [
    {
      caller: 'everything',
      expected: {
        kind: 'denials',
        codes: ['scope_insufficient'],
        isComplete: true,
        missing: ['shop:read', 'shop:write'],
        required: ['shop:read'],
      },
      at: { file: 'tests/t.yaml', line: 21, column: 7 },
    },
    { caller: 'nobody', expected: { kind: 'deny' }, at: { file: 'tests/t.yaml', line: 22, column: 7 } },
  ]
  expect(read?.cases).toEqual([
    {
      name: 'N',
      text: 'GET /items',
      request: { method: 'GET', url: 'https://api.example.com/items', upgrade: true },
      expectations,
      at: { file: 'tests/t.yaml', line: 18, column: 15 },
    },
    {
      name: 'N',
      text: 'POST https://api.example.com/items',
      request: { method: 'POST', url: 'https://api.example.com/items', upgrade: true },
      expectations,
      at: { file: 'tests/t.yaml', line: 18, column: 27 },
    },
  ])
})

test('a single request stands where it is written', () => {
  expect(soundTests(file({}))[0]?.cases[0]?.at).toEqual({ file: 'tests/t.yaml', line: 5, column: 16 })
})

describe('what is wrong is said with place and remedy', () => {
  const caseOf = (request: string, expected = '{ reader: deny }') =>
    file({ cases: `  - { request: ${request}, expect: ${expected} }\n` })

  test.each<[string, string, string]>([
    [
      'a scope that nobody declares, which would make a refusal pass for the wrong reason',
      file({ callers: '  reader: { scopes: [shop:raed] }\n' }),
      'undefined-scope@tests/t.yaml:3:22 no file declares the scope `shop:raed`; did you mean `shop:read`?',
    ],
    [
      'a scope that is declared after all',
      file({ callers: '  reader: { scopes: [], unknownScopes: [shop:read] }\n' }),
      'invalid-value@tests/t.yaml:3:41 the map declares the scope `shop:read`; write it under `scopes`',
    ],
    [
      'a scope that cannot be missing',
      caseOf('GET /items', '{ reader: { deny: scope_insufficient, missing: [shop:wirte] } }'),
      'undefined-scope@tests/t.yaml:5:84 no file declares the scope `shop:wirte`; did you mean `shop:write`?',
    ],
    [
      'a scope that cannot be required',
      caseOf('GET /items', '{ reader: { deny: scope_insufficient, required: [shop:wirte] } }'),
      'undefined-scope@tests/t.yaml:5:85 no file declares the scope `shop:wirte`; did you mean `shop:write`?',
    ],
    [
      'a caller that is not there',
      caseOf('GET /items', '{ reader: deny, nobdy: deny }'),
      'unknown-caller@tests/t.yaml:5:52 the file has no caller `nobdy`; did you mean `nobody`?',
    ],
    [
      'a caller of whom nothing is expected',
      file({ callers: '  reader: { scopes: [] }\n  idle: { scopes: [] }\n' }),
      'unused-caller@tests/t.yaml:4:3 no case expects anything of `idle`; remove it, or test it',
    ],
    [
      'a nobody that is somebody',
      file({ callers: '  reader: { scopes: [] }\n  nobody: { scopes: [] }\n' }),
      'invalid-value@tests/t.yaml:4:3 `nobody` has no credential, so there is nothing to say of it; call somebody with a token otherwise; `nobody` needs no declaration',
    ],
    [
      'a denial that does not exist',
      caseOf('GET /items', '{ reader: scope_insuficient }'),
      'invalid-value@tests/t.yaml:5:46 `scope_insuficient` is not known here; did you mean `scope_insufficient`?',
    ],
    [
      'a denial that does not exist, in a list',
      caseOf('GET /items', '{ reader: { deny: [scope_insuficient] } }'),
      'invalid-value@tests/t.yaml:5:55 `scope_insuficient` is not known here; did you mean `scope_insufficient`?',
    ],
    [
      'a key that does not exist',
      caseOf('GET /items', '{ reader: { deny: scope_insufficient, mising: [shop:read] } }'),
      'unknown-key@tests/t.yaml:5:74 unknown key `mising`; did you mean `missing`?',
    ],
    [
      'a caller without scopes',
      file({ callers: '  reader: { client: c }\n' }),
      'missing-key@tests/t.yaml:3:3 `scopes` is missing; write a list of scope names; `[]` for a token without any',
    ],
    [
      'authorization details without a type',
      file({ callers: '  reader: { scopes: [], authorizationDetails: { actions: [a] } }\n' }),
      'invalid-value@tests/t.yaml:3:47 the authorization details have no type; every object has a `type` (RFC 9396 section 2)',
    ],
    [
      'a method that does not exist, which would make a refusal pass for the wrong reason',
      caseOf('GTE /items'),
      'invalid-value@tests/t.yaml:5:16 the gate knows no method `GTE`; did you mean `GET`?',
    ],
    [
      'no request',
      caseOf('GET items'),
      'invalid-value@tests/t.yaml:5:16 `GET items` is no request; write `GET /v1/invoices` or `GET https://host/v1/invoices`',
    ],
    [
      'an address that the gate answers itself',
      caseOf('GET /_scopewall/health'),
      'invalid-value@tests/t.yaml:5:16 the gate answers `/_scopewall/health` itself, before any rule; test a path of the map',
    ],
    ['nothing to expect', caseOf('GET /items', '{}'), 'empty-value@tests/t.yaml:5:36 `expect` is empty'],
    [
      'no cases',
      'tests: T.\ncases: []\n',
      'empty-value@tests/t.yaml:2:8 `cases` is empty; write a list of maps with `request` and `expect`',
    ],
    [
      'nothing about what it tests',
      'cases: [{ request: GET /items, expect: { nobody: deny } }]\n',
      'missing-key@tests/t.yaml:1:1 `tests` is missing; say in a sentence what these tests are about',
    ],
    [
      'a day that does not exist',
      file({ top: 'today: 2026-02-30\n' }),
      'invalid-value@tests/t.yaml:2:8 `2026-02-30` is no day of the calendar; write a day as `2027-03-31`',
    ],
  ])('%s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem])
  })

  test('a file whose name ends otherwise is not passed over', () => {
    const { files, diagnostics } = readTests(file({}), MAP, 'tests/t.yml')
    expect(files).toEqual([])
    expect(diagnostics).toMatchObject([{ rule: 'file-name', help: 'let its name end in `.yaml`' }])
  })

  test('what is wrong in one file keeps no other from being read', () => {
    const { files, diagnostics } = readPolicyTests(
      filesOf({ 'tests/b.yaml': file({}), 'tests/a.yaml': 'tests: [\n', 'tests/c.yaml': file({}) }),
      readTexts(MAP).map,
    )
    expect(files.map(({ path }) => path)).toEqual(['tests/b.yaml', 'tests/c.yaml'])
    expect(diagnostics).toMatchObject([{ rule: 'yaml-syntax', at: { file: 'tests/a.yaml' } }])
  })
})

test('reading is total', () => {
  const keys = [
    'tests',
    'today',
    'callers',
    'cases',
    'request',
    'expect',
    'scopes',
    'deny',
    'missing',
    'nobody',
    'name',
  ]
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>('GET /items', 'allow', 'deny', 'shop:read', '2026-01-01', '', 0, null, true, [], {}),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(
      fc.oneof(
        value.map((each) => JSON.stringify(each)),
        fc.string({ unit: 'binary' }),
      ),
      (text) => {
        const { files, diagnostics } = readTests(text)
        // Read, or told what is wrong; never neither.
        expect(files.length > 0 || diagnostics.some(isError)).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})

test('a method that the gate refuses can be tested, if that is what every caller expects', () => {
  const cases = (expected: string) =>
    file({ cases: `  - { request: TRACE /items, expect: { reader: ${expected} } }\n` })
  expect(problemsOf(cases('method_refused'))).toEqual([])
  expect(problemsOf(cases('deny'))).toHaveLength(1)
})

describe('the host of a request that names none', () => {
  const CASES = file({})
  const withHosts = (hosts: string, own = '') => ({
    'gateway.yaml': (MAP['gateway.yaml'] ?? '').replace('hosts: [api.example.com]\n', hosts),
    'shop.yaml': (MAP['shop.yaml'] ?? '').replace('owner: o\n', `owner: o\n${own}`),
  })
  const urlIn = (map: typeof MAP) => readTests(CASES, map).files[0]?.cases[0]?.request.url

  test('is the default host of the map', () => {
    expect(urlIn(MAP)).toBe('https://api.example.com/items')
    expect(urlIn(withHosts('hosts: [api.example.com]\n', 'hosts: [shop.example.com]\n'))).toBe(
      'https://api.example.com/items',
    )
  })

  test('or its only one', () => {
    expect(urlIn(withHosts('', 'hosts: [shop.example.com]\n'))).toBe('https://shop.example.com/items')
  })

  test.each([
    ['hosts: [a.example.com, b.example.com]\n', ''],
    ['', 'hosts: [a.example.com, b.example.com]\n'],
    ['hosts: ["*.example.com"]\n', ''],
  ])('has to be named where it could be several: %j, %j', (hosts, own) => {
    expect(problemsOf(CASES, withHosts(hosts, own))).toEqual([
      'invalid-value@tests/t.yaml:5:16 `GET /items` names no host, and the map has no single one; write `GET https://<host>/items`',
    ])
  })
})
