/** What is read of a description: operations, inherited security, schemes, servers, references. */
import { describe, expect, test } from 'vitest'
import { apiOf, operationsOf, problemsOf, readFiles, readText, securityText } from './documents.ts'

const HEAD = 'openapi: 3.0.3\ninfo: { title: T, version: 1 }\n'

describe('versions', () => {
  test.each([
    ['swagger: 2.0\npaths: {}', '2.0'],
    ['swagger: "2.0"\npaths: {}', '2.0'],
    ['openapi: 3.0\npaths: {}', '3.0'],
    ['openapi: 3.1.1\npaths: {}', '3.1'],
    ['{"openapi":"3.2.0","paths":{}}', '3.2'],
    ['openapi: 3.9.0\npaths: {}', '3.2'],
  ])('%j is %s', (text, version) => {
    expect(apiOf(text).version).toBe(version)
  })

  test.each([
    ['swaggerVersion: "1.2"\npaths: {}', 'neither'],
    ['openapi: 4.0.0', '4.0.0'],
    ['[]', 'neither'],
    ['', 'neither'],
    ['just a text', 'neither'],
    ['paths: {}', 'neither'],
  ])('%j is none', (text, message) => {
    const reading = readText(text)
    expect(reading.api).toBeUndefined()
    expect(problemsOf(reading).join('\n')).toContain(message)
  })
})

describe('security', () => {
  test.each([
    ['', '', 'undeclared'],
    ['security: [{ o: [a, b] }, { p: [c] }]', '', '(o:a & o:b) | (p:c)'],
    ['security: [{ o: [a] }]', 'security: []', 'public'],
    ['security: [{ o: [a] }]', 'security: [{}]', 'everybody'],
    ['security: [{ o: [a] }]', 'security: [{ o: [b], k: [] }]', '(o:b & k)'],
    ['security: [{ o: [a] }]', 'security:', '(o:a)'],
    ['security: [{ o: [a] }]', 'security: [{ o: }]', '(o)'],
    ['security: [{ o: [a] }]', 'security: { o: [b] }', 'unreadable'],
    ['security: [{ o: [a] }]', 'security: [o]', 'unreadable'],
    ['security: [{ o: [a] }]', 'security: [{ o: a }, { o: [c] }]', 'unreadable | (o:c)'],
    ['security: [{ o: [a, a, 5] }]', '', '(o:a & o:5)'],
    ['security: [{ __proto__: [a] }]', '', '(__proto__:a)'],
  ])('of the document %j and the operation %j is %s', (document, operation, expected) => {
    const api = apiOf(`${HEAD}${document}\npaths:\n  /x:\n    get:\n      ${operation}\n      tags: [t]\n`)
    expect(securityText(api.operations[0]?.security)).toBe(expected)
  })
})

test('the schemes of all versions, with the scopes of all flows', () => {
  const two = apiOf(`swagger: "2.0"
paths: {}
securityDefinitions:
  o: { type: oauth2, flow: accessCode, scopes: { a: Reads., x-no: 1 } }
  b: { type: basic }
  k: { type: apiKey, in: query, name: key }
`)
  expect([...two.schemes.values()].map(({ name, kind }) => [name, kind])).toEqual([
    ['o', 'oauth2'],
    ['b', 'basic'],
    ['k', 'apiKey'],
  ])
  expect([...(two.schemes.get('o')?.scopes ?? [])]).toEqual([['a', 'Reads.']])
  const three = apiOf(`${HEAD}paths: {}
components:
  securitySchemes:
    o: { type: oauth2, flows: { implicit: { scopes: { a: '' } }, clientCredentials: { scopes: { a: Reads., b: Writes. } } } }
    c: { type: openIdConnect, openIdConnectUrl: https://x }
    t: { type: http, scheme: Bearer }
    h: { type: http, scheme: Digest }
    m: { type: mutualTLS }
    u: { type: magic }
    r: { $ref: '#/components/securitySchemes/t' }
    z: 7
`)
  expect([...three.schemes.values()].map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'o oauth2',
    'c openIdConnect',
    't bearer',
    'h http',
    'm mutualTLS',
    'u unknown',
    'r bearer',
    'z unknown',
  ])
  expect([...(three.schemes.get('o')?.scopes ?? [])]).toEqual([
    ['a', 'Reads.'],
    ['b', 'Writes.'],
  ])
})

describe('operations', () => {
  test('are those of paths, in order and with their places; webhooks and callbacks are none', () => {
    const api = apiOf(`openapi: 3.1.0
webhooks: { hook: { post: {} } }
paths:
  /a/{id}:
    parameters: [{ in: path, name: id, required: true, allowReserved: true }]
    get: { operationId: getA, summary: Gets., deprecated: true, tags: [a, 1], callbacks: { c: { /cb: { post: {} } } } }
    x-y: {}
    description: Not an operation.
  x-not: { get: {} }
  b: { trace: {}, head: {} }
`)
    expect(operationsOf(api)).toEqual(['GET /a/{id}', 'HEAD b', 'TRACE b'])
    expect(api.operations[0]).toMatchObject({
      operationId: 'getA',
      summary: 'Gets.',
      isDeprecated: true,
      tags: ['a', '1'],
      slashParameters: ['id'],
      at: { line: 6, column: 5 },
    })
  })

  test('3.2 has QUERY and additional methods', () => {
    const paths = 'paths: { /a: { query: {}, additionalOperations: { COPY: {} } } }'
    expect(operationsOf(apiOf(`openapi: 3.2.0\n${paths}`))).toEqual(['QUERY /a', 'COPY /a'])
    expect(operationsOf(apiOf(`openapi: 3.1.0\n${paths}`))).toEqual([])
  })

  test('a method in capitals is not read, and said', () => {
    const reading = readText(`${HEAD}paths: { /a: { GET: {} } }`)
    expect(reading.api?.operations).toEqual([])
    expect(problemsOf(reading)).toEqual(['api.yaml:3:16 `GET` is no method here: methods are in lower case'])
  })

  test('come through merge keys, aliases and numeric keys', () => {
    const api = apiOf(`${HEAD}x-a: &a
  get: { responses: { 200: { description: 2024-01-01 } }, security: &s [{ o: [a] }] }
paths:
  /a: { <<: *a, post: { security: *s, on: yes } }
  /b: *a
  404: { get: {} }
`)
    expect(api.operations.map(({ method, path, security }) => `${method} ${path} ${securityText(security)}`)).toEqual([
      'GET /a (o:a)',
      'POST /a (o:a)',
      'GET /b (o:a)',
      'GET 404 undeclared',
    ])
  })

  test('of a key that is there twice the last one counts, and it is said', () => {
    for (const text of [
      `${HEAD}paths:\n  /a: { get: {} }\n  /a: { put: {} }\n`,
      '{"openapi":"3.0.0","paths":{"/a":{"get":{}},"/a":{"put":{}}}}',
    ]) {
      const reading = readText(text)
      expect(reading.api?.operations.map(({ method }) => method)).toEqual(['PUT'])
      expect(problemsOf(reading).join()).toContain('`/a` is here a second time')
    }
  })
})

describe('references', () => {
  test('lead to other places and other files, with escapes, and back', () => {
    const { api, problems } = readFiles({
      'docs/api.yaml': `${HEAD}paths: { $ref: 'paths/all.yaml#/the~1paths' }
components: { securitySchemes: { $ref: ../schemes.json } }
`,
      'docs/paths/all.yaml': `the/paths:
  /a/{b}: { get: { security: [{ o: [x] }] } }
  /c: { $ref: '#/the~1paths/~1a~1%7Bb%7D', put: {} }
  /d: { $ref: '../api.yaml#/x-item' }
`,
      'schemes.json': '{"o":{"type":"oauth2","flows":{"implicit":{"scopes":{"x":"X."}}}}}',
    })
    expect(problems.map(({ message }) => message)).toEqual(['the reference `../api.yaml#/x-item` leads to nothing'])
    expect(api && operationsOf(api)).toEqual(['GET /a/{b}', 'PUT /c', 'GET /c'])
    expect(api?.operations[0]?.at).toEqual({ file: 'docs/paths/all.yaml', line: 2, column: 13 })
    expect(api?.schemes.get('o')?.scopes.get('x')).toBe('X.')
    expect(api?.unread).toHaveLength(1)
  })

  test.each([
    ['#/paths/~1a', 'lead on and on'],
    ['https://example.com/x.yaml', 'nothing is fetched'],
    ['//example.com/x.yaml', 'nothing is fetched'],
    ['file:///etc/passwd', 'nothing is fetched'],
    ['./nothing.yaml', 'cannot be read'],
    ['#anchor', 'no JSON pointer'],
    ['#/paths/~1b/get/0', 'leads to nothing'],
  ])('%s leads nowhere, and what lies behind it counts as unread', (reference, message) => {
    const reading = readText(`${HEAD}paths: { /a: { $ref: '${reference}' }, /b: { get: {} } }`)
    expect(problemsOf(reading).join()).toContain(message)
    expect(reading.api?.unread).toHaveLength(1)
    expect(reading.api && operationsOf(reading.api)).toEqual(['GET /b'])
  })
})

describe('servers', () => {
  const addresses = (servers: string) =>
    apiOf(`${HEAD}servers: ${servers}\npaths: {}`).servers.flatMap((each) => each.addresses)

  test.each<[string, readonly unknown[]]>([
    ["[{ url: 'https://API.example.com:8443/v1/' }]", [{ host: 'api.example.com', basePath: '/v1' }]],
    ["[{ url: '/v1' }, { url: v2 }, { url: / }]", [{ basePath: '/v1' }, { basePath: '/v2' }, { basePath: '' }]],
    ['[]', [{ basePath: '' }]],
    [
      "[{ url: 'https://{r}.example.com/{v}', variables: { r: { enum: [eu, us], default: us }, v: { default: v1 } } }]",
      [
        { host: 'us.example.com', basePath: '/v1', open: 'path' },
        { host: 'eu.example.com', basePath: '/v1', open: 'path' },
      ],
    ],
    [
      "[{ url: 'https://{tenant}.example.com', variables: { tenant: { default: demo } } }]",
      [{ host: 'demo.example.com', basePath: '', open: 'host' }],
    ],
    ["[{ url: '{base}/v1' }]", [{ basePath: '/{base}/v1', open: 'host' }]],
  ])('%s', (servers, expected) => {
    expect(addresses(servers)).toEqual(expected)
  })

  test('of an operation stand before those of its path, and these before those of the document', () => {
    const api = apiOf(`${HEAD}servers: [{ url: //d }]
paths:
  /a: { servers: [{ url: //p }], get: { servers: [{ url: //o }] }, put: {} }
  /b: { get: {} }
`)
    expect(api.operations.map(({ servers }) => servers[0]?.addresses[0]?.host)).toEqual(['o', 'p', 'd'])
  })

  test('of 2.0 are a host and a base path', () => {
    expect(apiOf('swagger: "2.0"\nhost: a.example.com:80\nbasePath: v1\npaths: {}').servers[0]?.addresses).toEqual([
      { host: 'a.example.com', basePath: '/v1' },
    ])
    expect(apiOf('swagger: "2.0"\nbasePath: /\npaths: {}').servers[0]?.addresses).toEqual([{ basePath: '' }])
  })

  test('with more values than anybody lists are cut short, and it is said', () => {
    const variables = 'abcdefgh'.split('').map((name) => `${name}: { enum: [0, 1, 2, 3, 4, 5, 6, 7] }`)
    const reading = readText(
      `${HEAD}servers: [{ url: '//{a}{b}{c}{d}{e}{f}{g}{h}', variables: { ${variables} } }]\npaths: {}`,
    )
    expect(reading.api?.servers[0]?.addresses).toHaveLength(64)
    expect(problemsOf(reading).join()).toContain('only the first 64')
  })
})
