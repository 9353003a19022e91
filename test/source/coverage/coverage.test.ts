/** Descriptions held against a map: what is covered, by which rule, and who may call. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReleaseDocument, RuleEntry } from '../../../src/policy/release.ts'
import {
  type Coverage,
  type CoverageOptions,
  type CoveredDescription,
  countsOf,
  coverageOf,
  isOver,
} from '../../../src/source/coverage/coverage.ts'
import { isAbove, parseThreshold } from '../../../src/source/coverage/threshold.ts'
import { parseFiles } from '../../../src/source/parse.ts'
import { filesOf, GATEWAY, releaseOf, type Texts } from '../maps.ts'
import { apiOf } from '../openapi/documents.ts'
import { anyMap } from '../random-map.ts'

const mapOf = (routes: string, more = ''): Texts => ({
  'gateway.yaml': GATEWAY,
  'pets.yaml': `service: pets
description: Pets.
owner: team
basePath: /v1
scopes:
  pets:read: { reason: R., sensitivity: low }
  pets:write: { reason: R., sensitivity: low, implies: [pets:read] }
  pets:admin: { reason: R., sensitivity: low }
${more}routes:
${routes}`,
})

const apiText = (paths: string, head = 'servers: [{ url: https://api.example.com/v1 }]'): string => `openapi: 3.1.0
info: { title: T, version: '1' }
${head}
components:
  securitySchemes:
    oauth: { type: oauth2, flows: {} }
    oidc: { type: openIdConnect, openIdConnectUrl: https://login.example.com }
    bearer: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: k }
paths:
${paths}`

function cover(
  texts: Texts,
  api: string | readonly CoveredDescription[],
  options: Partial<CoverageOptions> = {},
): Coverage {
  const descriptions = typeof api === 'string' ? [{ api: apiOf(api) }] : api
  return coverageOf(releaseOf(texts), parseFiles(filesOf(texts)).map.rules, descriptions, {
    aliases: new Map(),
    ...options,
  })
}

const lines = ({ operations, stale }: Coverage): readonly string[] => [
  ...operations.map(({ operation, status, difference, isBroader }) =>
    [difference === undefined ? status : difference.verdict, operation, ...(isBroader ? ['broader'] : [])].join(' '),
  ),
  ...stale.map(({ id }) => `stale ${id}`),
]

describe('both directions', () => {
  test('operations are found by what they match, not by how parameters are called', () => {
    const coverage = cover(
      mapOf('  /pets/{id}: { GET: pets:read, DELETE: pets:admin }\n  /old: { GET: pets:read }\n'),
      apiText(`  /pets/{petId}:
    get: { security: [{ oauth: [pets:read] }] }
    head: { security: [{ oauth: [pets:read] }] }
    put: { security: [{ oauth: [pets:read] }] }
  /new: { get: { security: [] } }
`),
    )
    expect(lines(coverage)).toEqual([
      'covered GET https://api.example.com/v1/pets/{petId}',
      'unmapped PUT https://api.example.com/v1/pets/{petId}',
      'covered HEAD https://api.example.com/v1/pets/{petId}',
      'unmapped GET https://api.example.com/v1/new',
      'stale GET api.example.com/v1/old',
      'stale DELETE api.example.com/v1/pets/{id}',
    ])
    expect(countsOf(coverage)).toEqual({ operations: 4, covered: 2, unmapped: 2, mismatched: 0, rules: 3, stale: 2 })
  })

  test('each finding has its place on both sides', () => {
    const { operations, stale } = cover(
      mapOf('  /a: { GET: pets:read }\n  /b: { GET: pets:read }\n'),
      apiText('  /a:\n    get: { security: [] }\n'),
    )
    expect(operations[0]).toMatchObject({
      at: { file: 'api.yaml', line: 12, column: 5 },
      rule: { at: { file: 'pets.yaml', line: 10, column: 9 } },
    })
    expect(stale).toEqual([{ id: 'GET api.example.com/v1/b', at: { file: 'pets.yaml', line: 11, column: 9 } }])
  })

  test.each([
    ['/files/{path+}', '/files/a', true],
    ['/files/{path+}', '/files/{name}', true],
    ['/files/{name}', '/files/export', true],
    ['/files/{name}', '/files/{other}', false],
  ])('a rule for %s that covers %s is called broader: %s', (rule, path, isBroader) => {
    const { operations } = cover(
      mapOf(`  ${rule}: { GET: pets:read }\n`),
      apiText(`  ${path}: { get: { security: [{ oauth: [pets:read] }] } }\n`),
    )
    expect(operations).toMatchObject([{ status: 'covered', isBroader }])
  })

  test('an operation with a tail is covered by the tail, not by what happens to have as many segments', () => {
    const coverage = cover(
      mapOf('  /f/{path+}: { GET: pets:read }\n  /f/{a}/{b}: { GET: pets:admin }\n'),
      apiText('  /f/{path+}: { get: { security: [{ oauth: [pets:read] }] } }\n'),
    )
    expect(lines(coverage)).toEqual([
      'covered GET https://api.example.com/v1/f/{path+}',
      'stale GET api.example.com/v1/f/{a}/{b}',
    ])
  })

  test('a path that the gate refuses is not covered', () => {
    const { operations } = cover(
      mapOf('  /a/{id}: { GET: pets:read }\n'),
      apiText(
        '  /a/..: { get: { security: [] } }\n  /a//b: { get: { security: [] } }\n  /a/{id}: { trace: { security: [] } }\n',
      ),
    )
    expect(operations.map(({ status }) => status)).toEqual(['unmapped', 'unmapped', 'unmapped'])
    expect(operations[2]?.why).toContain('refuses')
  })

  test('what a terminal would act upon is never in the name of an operation', () => {
    const { operations } = cover(
      mapOf('  /a: { GET: pets:read }\n'),
      apiText('  "/\\e[2J\\u202Ea": { get: { security: [] } }\n'),
    )
    expect(operations[0]?.operation).toBe('GET https://api.example.com/v1/\uFFFD[2J\uFFFDa')
  })

  test('a rule on two hosts is one rule, and one of them is enough', () => {
    const texts = {
      ...mapOf('  /a: { GET: pets:read }\n  /b: { GET: pets:read }\n'),
      'gateway.yaml': GATEWAY.replace('[api.example.com]', '[api.example.com, b.example.com]'),
    }
    expect(countsOf(cover(texts, apiText('  /a: { get: { security: [{ oauth: [pets:read] }] } }\n')))).toMatchObject({
      rules: 2,
      stale: 1,
    })
  })

  test('several descriptions count together, and rules of other services do not where it is said which count', () => {
    const texts = {
      ...mapOf('  /a: { GET: pets:read }\n  /b: { GET: pets:read }\n'),
      'other.yaml': 'service: other\ndescription: O.\nowner: o\nroutes: { /o: { GET: { public: Probes. } } }\n',
    }
    const one = { api: apiOf(apiText('  /a: { get: { security: [{ oauth: [pets:read] }] } }\n')) }
    const two = { api: apiOf(apiText('  /b: { get: { security: [{ oauth: [pets:read] }] } }\n')) }
    expect(countsOf(cover(texts, [one, two]))).toMatchObject({ covered: 2, rules: 3, stale: 1 })
    expect(countsOf(cover(texts, [one, two], { services: ['pets'] }))).toMatchObject({ covered: 2, rules: 2, stale: 0 })
  })
})

describe('addresses', () => {
  const routes = '  /a: { GET: pets:read }\n'
  const paths = '  /a: { get: { security: [{ oauth: [pets:read] }] } }\n'
  const statuses = (head: string, options: Partial<CoveredDescription & CoverageOptions> = {}) => {
    const { aliases, services, ...placing } = options
    return cover(
      mapOf(routes),
      [{ api: apiOf(apiText(paths, head)), ...placing }],
      aliases && { aliases },
    ).operations.map(({ status, operation }) => `${status} ${operation}`)
  }

  test.each([
    ['servers: [{ url: /v1 }]', 'covered GET https://api.example.com/v1/a'],
    ['servers: [{ url: "https://api.example.com:8443/v1/" }]', 'covered GET https://api.example.com/v1/a'],
    ['servers: [{ url: https://API.example.com/v2 }]', 'unmapped GET https://api.example.com/v2/a'],
    ['servers: [{ url: https://other.example.com/v1 }]', 'unmapped GET /a'],
    [
      'servers: [{ url: https://other.example.com/v1 }, { url: https://api.example.com/v1 }]',
      'covered GET https://api.example.com/v1/a',
    ],
    [
      'servers: [{ url: https://api.example.com/v1 }, { url: https://api.example.com/v2 }]',
      'unmapped GET https://api.example.com/v2/a',
    ],
    [
      'servers: [{ url: "https://{h}/{v}", variables: { h: { default: api.example.com }, v: { default: v1, enum: [v1] } } }]',
      'covered GET https://api.example.com/v1/a',
    ],
  ])('with %s it is %s', (head, expected) => {
    expect(statuses(head)).toEqual([expected])
  })

  test('can be said, and staging stands for production', () => {
    expect(
      statuses('servers: [{ url: https://other.example.com }]', { host: 'api.example.com', basePath: '/v1' }),
    ).toEqual(['covered GET https://api.example.com/v1/a'])
    expect(
      statuses('servers: [{ url: https://staging.example.com/v1 }]', {
        aliases: new Map([['staging.example.com', 'api.example.com']]),
      }),
    ).toEqual(['covered GET https://api.example.com/v1/a'])
  })

  test('of a description on a host that the map does not have, it is said how to mend it', () => {
    const { operations } = cover(mapOf(routes), apiText(paths, 'servers: [{ url: https://other.example.com }]'))
    expect(operations[0]).toMatchObject({
      why: 'the map has no host `other.example.com`',
      help: expect.stringContaining('--host'),
    })
  })
})

describe('who may call', () => {
  test.each([
    ['pets:read', '[{ oauth: [pets:read] }]', undefined],
    ['pets:read', '[{ oidc: [pets:read] }]', undefined],
    ['pets:read', '[{ bearer: [pets:read] }]', undefined],
    // A token with the one has the other, so it changes nothing that it is named.
    ['pets:read', '[{ oauth: [pets:read] }, { oauth: [pets:write] }]', undefined],
    ['{ allOf: [pets:read, pets:write] }', '[{ oauth: [pets:write] }]', undefined],
    ['{ anyOf: [pets:read, pets:admin] }', '[{ oauth: [pets:admin] }, { oauth: [pets:read] }]', undefined],
    ['pets:read', '[{ oauth: [pets:write] }]', 'looser'],
    ['pets:write', '[{ oauth: [pets:read] }]', 'stricter'],
    ['pets:read', '[{ oauth: [] }]', 'stricter'],
    ['pets:read', '[{ bearer: [] }]', 'stricter'],
    ['pets:read', '[{ oauth: [pets:admin] }]', 'different'],
    ['pets:read', '[{ oauth: [pets:read, unheard:of] }]', 'looser'],
    ['pets:read', '[]', 'stricter'],
    ['pets:read', '[{ oauth: [pets:read] }, {}]', 'stricter'],
    ['pets:read', '[{ oauth: [pets:read] }, { key: [] }]', 'stricter'],
    ['pets:read', '[{ oauth: [pets:read], key: [] }]', undefined],
    ['pets:read', '[{ key: [] }]', 'different'],
    ['pets:read', 'nonsense', 'different'],
    ['{ public: R. }', '[]', undefined],
    ['{ public: R. }', '[{ oauth: [pets:read] }, {}]', undefined],
    ['{ public: R. }', '[{ oauth: [pets:read] }]', 'looser'],
    ['{ public: R. }', '[{ key: [] }]', 'looser'],
    ['{ authenticated: R. }', '[{ oauth: [] }]', undefined],
    ['{ authenticated: R. }', '[{ oauth: [pets:read] }]', 'looser'],
    ['{ authenticated: R. }', '[]', 'stricter'],
    // What a token must be besides its scopes, OpenAPI cannot say.
    ['{ scope: pets:read, stepUp: { maxAge: 5m } }', '[{ oauth: [pets:read] }]', undefined],
  ])('a rule of %s under `security: %s` is %s', (rule, security, verdict) => {
    const { operations } = cover(
      mapOf(`  /a: { GET: ${rule} }\n`),
      apiText(`  /a: { get: { security: ${security} } }\n`),
    )
    expect(operations[0]?.difference?.verdict).toBe(verdict)
    expect(operations[0]?.status).toBe(verdict === undefined ? 'covered' : 'mismatch')
  })

  test('scopes that the map does not define are named', () => {
    const { operations } = cover(
      mapOf('  /a: { GET: pets:read }\n'),
      apiText('  /a: { get: { security: [{ oauth: [pets:raed, __proto__] }] } }\n'),
    )
    expect(operations[0]?.difference?.unknown).toEqual(['pets:raed', '__proto__'])
  })
})

describe('thresholds', () => {
  test.each([
    ['0', 1, 10, true],
    ['0', 0, 10, false],
    ['3', 3, 10, false],
    ['10%', 1, 10, false],
    ['9.9%', 1, 10, true],
    ['0%', 0, 0, false],
    ['100%', 10, 10, false],
  ])('%s is passed by %d of %d: %s', (text, found, all, expected) => {
    const threshold = parseThreshold(text)
    expect(threshold && isAbove(found, all, threshold)).toBe(expected)
  })

  test.each(['', '-1', '1.5', '101%', '1 %', 'x', '1e3', '%', '٣'])('%j is none', (text) => {
    expect(parseThreshold(text)).toBeUndefined()
  })

  test('each of the three is enough to fail', () => {
    const none = { kind: 'count', value: 0 } as const
    const limits = { unmapped: none, mismatched: none, stale: none }
    const counts = { operations: 5, covered: 5, unmapped: 0, mismatched: 0, rules: 5, stale: 0 }
    expect(isOver(counts, limits)).toBe(false)
    for (const part of ['unmapped', 'mismatched', 'stale'] as const)
      expect(isOver({ ...counts, [part]: 1 }, limits)).toBe(true)
  })
})

/** What a description of this host says that is true. */
function describedHost({ rules }: ReleaseDocument, host: string): CoveredDescription {
  const paths = new Map<string, Record<string, unknown>>()
  for (const { path, method, public: open, anyOf = [[]] } of rules.filter((rule) => rule.host === host))
    paths.set(path, {
      ...paths.get(path),
      [method.toLowerCase()]: { security: open === undefined ? anyOf.map((scopes) => ({ oauth: scopes })) : [] },
    })
  const api = {
    openapi: '3.0.0',
    servers: [{ url: `https://${host}` }],
    components: { securitySchemes: { oauth: { type: 'oauth2', flows: {} } } },
    paths: Object.fromEntries(paths),
  }
  return { api: apiOf(JSON.stringify(api)) }
}

/** A tail that never decides: what is one segment long goes to a parameter, and what is longer to a parameter with a tail, whatever their methods. */
const isShadowed = ({ host, path }: RuleEntry, rules: readonly RuleEntry[]): boolean => {
  const before = path.replace(/\/\{[^/]+\+\}$/, '')
  const others = rules.filter((each) => each.host === host).map((each) => each.path)
  const isThere = (rest: RegExp) =>
    others.some((each) => each.startsWith(before) && rest.test(each.slice(before.length)))
  return before !== path && isThere(/^\/\{[^/+]+\}$/) && isThere(/^\/\{[^/+]+\}\/\{[^/]+\+\}$/)
}

test('for any map, descriptions of exactly its rules are covered, with no rule left and nothing that differs', () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      const full = releaseOf(map.texts())
      const document = { ...full, rules: full.rules.filter(({ method }) => method !== 'ANY') }
      fc.pre(!document.rules.some((each) => isShadowed(each, document.rules)))
      const hosts = [...new Set(document.rules.map(({ host }) => host))].filter((host) => !host.startsWith('*'))
      const descriptions = hosts.map((host) => describedHost(document, host))
      const { operations, stale } = coverageOf(document, [], descriptions, { aliases: new Map() })
      expect(operations.filter(({ status, isBroader }) => status !== 'covered' || isBroader)).toEqual([])
      expect(stale.filter(({ id }) => !id.includes('*'))).toEqual([])
    }),
    { numRuns: 15 },
  )
})
