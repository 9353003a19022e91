/** The map's requirements in descriptions: what is written, and that nothing else changes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { ReleaseDocument } from '../../../src/policy/release.ts'
import { type Exported, type ExportOptions, exportSecurity } from '../../../src/source/export/export.ts'
import { readApi } from '../../../src/source/openapi/read-api.ts'
import { importText, planOf, releaseOfPlan } from '../import/imports.ts'
import { type JsonObject, randomApi } from '../import/random-openapi.ts'
import { environmentOf, GATEWAY, releaseOf, type Texts } from '../maps.ts'
import { apiOf, securityText } from '../openapi/documents.ts'

const MAP: Texts = {
  'gateway.yaml': GATEWAY,
  'pets.yaml': `service: pets
description: Pets.
owner: team
scopes:
  pets:read: { reason: Shops show them., sensitivity: low }
  pets:write: { reason: Shops change them., sensitivity: low, stepUp: { maxAge: 5m } }
routes:
  /read: { GET: pets:read }
  /write: { GET: { anyOf: [pets:write, { allOf: [pets:read, pets:write] }] } }
  /open: { GET: { public: Probes. } }
  /me: { GET: { authenticated: Everybody. } }
`,
}

const encoder = new TextEncoder()

function exported(
  files: Readonly<Record<string, string>>,
  options: Partial<ExportOptions> = {},
  map: ReleaseDocument = releaseOf(MAP),
): Exported {
  const [first = ['', '']] = Object.entries(files)
  const bytesOf = (path: string) => (Object.hasOwn(files, path) ? encoder.encode(files[path]) : undefined)
  const { api, reading } = readApi({ path: first[0], bytes: encoder.encode(first[1]) }, bytesOf)
  if (api === undefined) throw new Error('no description')
  const result = exportSecurity(
    map,
    { api, reading, textOf: (path) => files[path] },
    { aliases: new Map(), ...options },
  )
  if (!result.ok) throw new Error(result.error)
  return result.value
}

/** The text as it becomes. */
const exportText = (text: string, options: Partial<ExportOptions> = {}, map?: ReleaseDocument): string =>
  exported({ 'api.yaml': text }, options, map).files.get('api.yaml') ?? text

const messages = (text: string): readonly string[] =>
  exported({ 'api.yaml': text }).findings.map(({ at, message }) => `${at.line}: ${message}`)

const HEAD = `openapi: 3.0.3
servers: [{ url: https://api.example.com }]
components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { tokenUrl: t, scopes: { pets:read: Shops show them. } } } }
    key: { type: apiKey, in: header, name: k }
`

describe('in YAML', () => {
  test('only what differs is written, with comments, order and everything else as they were', () => {
    const text = `${HEAD}security:
  - oauth: [pets:read]   # the usual
paths:
  # reading
  /read:
    get:
      summary: "reads"   # as it says
      responses: {200: {description: ok}}
  /open:
    get: # open
      operationId: open # probes
      # what comes back
      responses:
        '200': { description: ok }
  /me:
    get:
      security: # who are you
        - oauth: [pets:read]
        - key: []
      responses: {}
  /write:
    get: { responses: {} }
`
    expect(
      exportText(text),
    ).toBe(`${HEAD.replace('pets:read: Shops show them.', 'pets:read: Shops show them., pets:write: Shops change them.')}security:
  - oauth: [pets:read]   # the usual
paths:
  # reading
  /read:
    get:
      summary: "reads"   # as it says
      responses: {200: {description: ok}}
  /open:
    get: # open
      operationId: open # probes
      security: []
      # what comes back
      responses:
        '200': { description: ok }
  /me:
    get:
      security: # who are you
        - oauth: []
      responses: {}
  /write:
    get: { security: [{ oauth: [pets:write] }, { oauth: [pets:read, pets:write] }], responses: {} }
`)
  })

  test('lines end as they ended', () => {
    const text = `${HEAD}paths:\n  /read:\n    get:\n      tags: [a]\n      responses: {}\n`.replaceAll('\n', '\r\n')
    expect(exportText(text)).toBe(
      text.replace('tags: [a]\r\n', 'tags: [a]\r\n      security:\r\n        - oauth: [pets:read]\r\n'),
    )
  })

  test('a block scalar before it keeps its end', () => {
    const text = `${HEAD}paths:\n  /read:\n    get:\n      description: |+\n        Reads.\n\n      responses: {}\n`
    expect(exportText(text)).toContain(
      '        Reads.\n\n      security:\n        - oauth: [pets:read]\n      responses: {}',
    )
  })

  test('what other places refer to is left as it is, and said', () => {
    const text = `${HEAD}x-a: &op { responses: {} }\npaths:\n  /read: { get: *op }\n  /open: { get: *op }\n  /me:\n    get: { security: &s [], responses: {} }\n`
    const { files, findings } = exported({ 'api.yaml': text })
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('other operations share it'),
      expect.stringContaining('other operations share it'),
      expect.stringContaining('refers to its value'),
    ])
    expect(files.size).toBe(0)
  })

  test('what operations share is written once where they agree', () => {
    const text = `${HEAD}paths:\n  /read: { get: &op { responses: {} } }\n  /read/: { get: *op }\n`
    const map = releaseOf({
      ...MAP,
      'pets.yaml': (MAP['pets.yaml'] ?? '').replace('  /write:', '  /read/: { GET: pets:read }\n  /write:'),
    })
    expect(exportText(text, {}, map)).toBe(
      text.replace('{ responses', '{ security: [{ oauth: [pets:read] }], responses'),
    )
  })

  test('operations in files of their own are written there', () => {
    const { files } = exported({
      'api/root.yaml': `${HEAD}paths:\n  /read: { $ref: 'paths/read.yaml' }\n`,
      'api/paths/read.yaml': 'get:\n  responses: {}\n',
    })
    expect([...files]).toEqual([
      ['api/paths/read.yaml', 'get:\n  security:\n    - oauth: [pets:read]\n  responses: {}\n'],
    ])
  })
})

describe('in JSON', () => {
  const value = (security: Partial<JsonObject> = {}): JsonObject => ({
    openapi: '3.1.0',
    servers: [{ url: 'https://api.example.com' }],
    components: { securitySchemes: { oauth: { type: 'oauth2', flows: {} } } },
    paths: { '/read': { get: { tags: ['a'], ...(security as JsonObject), responses: {} } } },
  })
  const wanted = value({ security: [{ oauth: ['pets:read'] }] })

  test.each([2, 4, '\t', 0])('indented by %j it stays so', (indent) => {
    for (const before of [value(), value({ security: [] })])
      expect(JSON.parse(exportText(JSON.stringify(before, undefined, indent)))).toEqual(wanted)
    const text = exportText(JSON.stringify(value(), undefined, indent))
    if (indent !== 0) expect(text).toBe(JSON.stringify(wanted, undefined, indent))
  })
})

describe('schemes', () => {
  const paths = 'paths:\n  /read: { get: { responses: {} } }\n'
  const bare = `servers: [{ url: https://api.example.com }]\n${paths}`

  test.each<[string, string, Partial<ExportOptions>, string]>([
    [
      'the issuer of the environment',
      `openapi: 3.0.0\n${bare}`,
      { environment: environmentOf(MAP) },
      'openIdConnectUrl: https://login.example.com/.well-known/openid-configuration',
    ],
    [
      'the address of the token endpoint',
      `openapi: 3.0.0\n${bare}`,
      { tokenUrl: 'https://t' },
      'clientCredentials:\n          tokenUrl: https://t\n          scopes:\n            pets:read: Shops show them.',
    ],
    [
      'both addresses',
      `openapi: 3.0.0\n${bare}`,
      { tokenUrl: 'https://t', authorizationUrl: 'https://a' },
      'authorizationCode:\n          authorizationUrl: https://a',
    ],
    [
      '2.0',
      `swagger: '2.0'\nhost: api.example.com\n${paths}`,
      { tokenUrl: 'https://t' },
      'securityDefinitions:\n  oauth:\n    type: oauth2\n    flow: application',
    ],
    [
      'components that are there',
      `openapi: 3.0.0\ncomponents:\n  schemas: {}\n${bare}`,
      { tokenUrl: 'https://t' },
      'components:\n  schemas: {}\n  securitySchemes:\n    oauth:\n      type: oauth2',
    ],
  ])('a new one goes by %s', (_, text, options, part) => {
    const after = exportText(text, options)
    expect(after).toContain(part)
    expect(securityText(apiOf(after).operations[0]?.security)).toBe('(oauth:pets:read)')
    expect(exportText(after, options)).toBe(after)
  })

  test('without any of these there is none to write', () => {
    expect(() => exportText(`openapi: 3.0.0\n${bare}`)).toThrow('say where tokens come from')
    expect(() =>
      exportText(`swagger: '2.0'\nhost: api.example.com\n${paths}`, { environment: environmentOf(MAP) }),
    ).toThrow('2.0')
  })

  test.each([
    // The scheme that an operation names stays, and so does what it needs besides the token.
    ['[{ oidc: [x] }]', '(oidc:pets:read)'],
    ['[{ oidc: [x], key: [] }]', '(oidc:pets:read & key)'],
    ['[{ oidc: [x] }, { oauth: [y] }]', '(oidc:pets:read) | (oauth:pets:read)'],
    ['[{ bearer: [] }]', '(oauth:pets:read)'],
    ['[{ key: [] }]', '(oauth:pets:read)'],
    ['[{ oauth: [pets:read] }, {}]', '(oauth:pets:read)'],
    ['nonsense', '(oauth:pets:read)'],
  ])('`security: %s` becomes %s', (security, expected) => {
    const head = HEAD.replace(
      '    key:',
      '    oidc: { type: openIdConnect, openIdConnectUrl: u }\n    bearer: { type: http, scheme: bearer }\n    key:',
    )
    const after = exportText(`${head}paths:\n  /read: { get: { security: ${security}, responses: {} } }\n`)
    expect(securityText(apiOf(after).operations[0]?.security)).toBe(expected)
  })

  test.each([
    ['[]', 'public'],
    ['[{ oauth: [x] }, {}]', '(oauth:x) | everybody'],
    ['[{ oauth: [x] }]', 'public'],
    ['[{ key: [] }]', '(key)'],
  ])('for a public rule `security: %s` becomes %s', (security, expected) => {
    const after = exportText(`${HEAD}paths:\n  /open: { get: { security: ${security}, responses: {} } }\n`)
    expect(securityText(apiOf(after).operations[0]?.security)).toBe(expected)
  })
})

test('what no `security` can say is said', () => {
  expect(
    messages(`${HEAD}paths:\n  /nothing: { get: { responses: {} } }\n  /write: { get: { responses: {} } }\n`),
  ).toEqual([
    '8: no `security` can say that the gate refuses it: no rule covers it',
    '9: the map asks for more than scopes there, which `security` cannot say',
  ])
})

const asText = fc.constantFrom<(document: JsonObject) => string>(
  (document) => JSON.stringify(document),
  (document) => JSON.stringify(document, undefined, 2),
  (document) => stringify(document),
)

/** Without the scopes that no rule asks for: an alternative that the map could not say may have been the only one to name them. */
function used(document: ReleaseDocument): ReleaseDocument {
  const names = new Set(document.rules.flatMap(({ anyOf = [] }) => anyOf.flat()))
  return {
    ...document,
    scopes: Object.fromEntries(Object.entries(document.scopes).filter(([name]) => names.has(name))),
  }
}

/** An operation that no rule can be written for, under a template that is open: its import is looser, and writes nothing. */
const SWALLOWED: JsonObject = {
  swagger: '2.0',
  host: 'api.example.com',
  info: { title: 'Random', version: '1' },
  securityDefinitions: { oauth: { type: 'oauth2', flow: 'application', scopes: { 'a:read': 'Lets a:read.' } } },
  paths: { '/{id}/': { patch: {} }, '/a/': { patch: { security: [{ oauth: [], cert: [] }] } } },
}

test('for any description, import, export and import again is where the first import was, and another export changes nothing', {
  timeout: 120_000,
}, () => {
  let changed = 0
  fc.assert(
    fc.property(randomApi(6, 1), asText, ({ document }, render) => {
      const text = render(document)
      const first = importText(text)
      if (first.services.length === 0) return
      // What would let in more than the description is not written, so there is nothing to come back to.
      if (first.findings.some(({ verdict }) => verdict === 'looser')) return
      const map = used(releaseOfPlan(planOf(first)).document)
      const once = exportText(text, { tokenUrl: 'https://login.example.com' }, map)
      if (once !== text) changed++
      const again = used(releaseOfPlan(planOf(importText(once))).document)
      expect(again).toEqual(map)
      expect(exportText(once, { tokenUrl: 'https://login.example.com' }, again)).toBe(once)
    }),
    {
      numRuns: Number(process.env.SCOPEWALL_RUNS ?? 25),
      examples: [[{ document: SWALLOWED }, (document) => JSON.stringify(document)]],
    },
  )
  expect(changed).toBeGreaterThan(0)
})
