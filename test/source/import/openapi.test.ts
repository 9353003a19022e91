/** What becomes of each construct of an OpenAPI description: rule, verdict, reason. */
import { describe, expect, test } from 'vitest'
import { findingsOn, importText, planOf, releaseOfPlan, type TestOptions } from './imports.ts'

const SCHEMES = `components:
  securitySchemes:
    oauth: { type: oauth2, flows: { clientCredentials: { scopes: { a:read: Reads., a:write: Writes. } } } }
    oidc: { type: openIdConnect, openIdConnectUrl: https://x }
    bearer: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-Key }
    login: { type: http, scheme: basic }
    cert: { type: mutualTLS }
`
const documentOf = (paths: string, head = '') =>
  `openapi: 3.1.0\n${head || 'servers: [{ url: https://api.example.com/v1 }]\n'}${SCHEMES}paths:\n${paths}`

/** `METHOD path: requirement`, by service. */
const rulesOf = (text: string, options?: TestOptions) =>
  importText(text, options).services.flatMap(({ rules }) =>
    rules.map(({ method, path, requirement }) => {
      const asks =
        requirement.kind === 'scopes'
          ? requirement.anyOf.map((scopes) => scopes.join('+')).join(' | ')
          : requirement.kind
      return `${method} ${path}: ${asks}`
    }),
  )

describe('security', () => {
  test.each<[string, string, string, TestOptions?]>([
    ['[{ oauth: [a:read, a:write] }]', 'a:read+a:write', 'exact'],
    ['[{ oauth: [a:read] }, { oauth: [a:write] }]', 'a:read | a:write', 'exact'],
    ['[{ oauth: [a:write], oidc: [openid] }, { bearer: [] , oauth: [b] }]', 'b | a:write+openid', 'exact'],
    ['[{ bearer: [] }]', 'authenticated', 'exact'],
    ['[{ oauth: [] }, { oauth: [a:read] }]', 'authenticated', 'exact'],
    ['[]', 'public', 'exact'],
    [
      '[{ oauth: [a:read] }, { key: [] }]',
      'a:read',
      'stricter: an alternative needs the API key `key` (header `X-Key`); it is left out',
    ],
    ['[{ oauth: [a:read] }, { oauth: [a:read, b], key: [] }]', 'a:read', 'exact'],
    ['[{ key: [] }]', '', 'unrepresentable: it needs the API key `key` (header `X-Key`)'],
    [
      '[{ login: [] }, { cert: [] }]',
      '',
      'unrepresentable: each alternative is beyond the gate: an alternative needs HTTP basic authentication (`login`); another needs a client certificate (`cert`)',
    ],
    ['[{ oauth: [a:read], key: [] }]', '', 'unrepresentable: it needs the API key `key` (header `X-Key`)'],
    [
      '[{ oauth: [a:read], key: [] }]',
      'a:read',
      'looser: an alternative needs the API key `key` (header `X-Key`), and is written without',
      { openapi: { otherSchemes: 'ignore' } },
    ],
    [
      '[{ key: [] }]',
      '',
      'unrepresentable: it needs the API key `key` (header `X-Key`)',
      { openapi: { otherSchemes: 'ignore' } },
    ],
    ['[{ key: [] }]', 'authenticated', 'exact', { openapi: { bearer: ['key'] } }],
    [
      '[{ bearer: [admin] }]',
      '',
      'unrepresentable: it needs the roles `admin` of `bearer`, which are in no token that one could name',
    ],
    ['[{ bearer: [admin] }]', 'admin', 'exact', { openapi: { roles: 'scopes' } }],
    ['[{ nowhere: [a] }]', '', 'unrepresentable: it needs the scheme `nowhere`, which is not declared'],
    ['[{ oauth: ["a b"] }]', '', 'unrepresentable: it asks for `a b`, which no token can hold'],
    [
      '[{ oauth: [""] }, { oauth: [c] }]',
      'c',
      'stricter: an alternative asks for ``, which no token can hold; it is left out',
    ],
    [
      '[{}, { oauth: [a:read] }]',
      '',
      'unrepresentable: a token is optional (`{}` is among its alternatives), and whether that means public is for you to say',
    ],
    ['[{}, { oauth: [a:read] }]', 'public', 'exact', { openapi: { optional: 'public' } }],
    [
      '[{}, { oauth: [a:read] }]',
      'a:read',
      'stricter: a token is optional, and required, as you said',
      { openapi: { optional: 'required' } },
    ],
    ['{ oauth: [a:read] }', '', 'unrepresentable: its `security` is no list, so nobody can tell what it asks for'],
    [
      '[oauth, { oauth: [c] }]',
      'c',
      'stricter: an alternative is no map from schemes to lists of scopes; it is left out',
    ],
  ])('%s asks for %s (%s)', (security, asks, verdict, options) => {
    const text = documentOf(`  /x: { get: { security: ${security} } }\n  /y: { get: { security: [] } }\n`)
    expect(rulesOf(text, options)).toEqual([...(asks === '' ? [] : [`GET /v1/x: ${asks}`]), 'GET /v1/y: public'])
    expect(findingsOn(importText(text, options), 'GET /x')).toEqual([verdict])
  })

  test('that is declared nowhere is public and open, or refused, as one says', () => {
    const text = documentOf('  /x: { get: {} }\n  /y: { get: { security: [{ oauth: [a:read] }] } }\n')
    expect(rulesOf(text)).toEqual(['GET /v1/x: public', 'GET /v1/y: a:read'])
    expect(importText(text).failOpen.map(({ construct, message }) => `${construct}: ${message}`)).toEqual([
      'GET /x: no security is declared for it, though the description has security schemes: OpenAPI lets everybody in',
    ])
    expect(rulesOf(text, { openapi: { undeclared: 'deny' } })).toEqual(['GET /v1/y: a:read'])
  })

  test('without scopes, and optional, is listed as open', () => {
    const text = documentOf(
      '  /x: { get: { security: [{ oauth: [] }] }, put: { security: [{}, { oauth: [a] }] }, post: { security: [{ bearer: [] }] } }\n',
    )
    expect(importText(text).failOpen.map(({ construct, message }) => `${construct}: ${message}`)).toEqual([
      'GET /x: an OAuth scheme without scopes: every valid token gets in',
      'PUT /x: a token is optional (`{}`): whoever sends none gets in',
    ])
  })
})

describe('paths', () => {
  const get = (path: string) => `  '${path}': { get: { security: [{ oauth: [a:read] }] } }\n`

  test.each<[string, string, string]>([
    ['/a/{id}', '/v1/a/{id}', 'exact'],
    ['/a/{pet.id}/{pet.id}', '/v1/a/{pet_id}/{pet_id2}', 'exact'],
    ['/a/{}/{1}/{\u00e9}', '/v1/a/{p}/{p1}/{_}', 'exact'],
    ['/', '/v1/', 'exact'],
    ['/a/', '/v1/a/', 'exact'],
    ['/caf\u00e9/a b', '/v1/caf%C3%A9/a%20b', 'exact'],
    ['/%61%7Eb', '/v1/a~b', 'exact'],
    ['/a/{path+}', '/v1/a/{path+}', 'exact'],
    ['/a/{+path}', '/v1/a/{path+}', 'exact'],
    ['/a/{path*}', '/v1/a/{path+}', 'exact'],
    [
      '/a/{path*}/b',
      '/v1/a/{path}/b',
      'stricter: `{path*}` may hold slashes, which only the last segment of a template can',
    ],
    ['/a//b', '', 'unrepresentable: a path template has no empty segments: `//` never matches'],
    ['/a%2Fb', '', 'unrepresentable: `a%2Fb` can never match: encoded `/ \\ % ; ? #` are refused'],
    ['/a;b', '', 'unrepresentable: `a;b` can never match: `;` is refused in a path'],
    ['/../a', '', 'unrepresentable: `..` can never match: dot segments are refused'],
    ['a', '', 'unrepresentable: it does not begin with `/`'],
    ['/a/{b', '', 'unrepresentable: the braces of `{b` do not match'],
    [
      '/{x}.json',
      '',
      'unrepresentable: a parameter of the map fills a whole segment, and `{x}.json` is only part of one',
    ],
    ['/a?b=1', '', 'unrepresentable: the map sees no `?b=1`: it looks at the path alone'],
    ['/a#b', '', 'unrepresentable: the map sees no `#b`: it looks at the path alone'],
    [`/${'a/'.repeat(70)}`, '', 'unrepresentable: it has more than 64 segments'],
    [`/${'a'.repeat(2000)}`, '', 'unrepresentable: it is longer than 1000 characters'],
  ])('%s', (path, template, verdict) => {
    const text = documentOf(`${get(path)}${get('/other')}`)
    const imported = importText(text)
    expect(findingsOn(imported, `GET ${path}`)).toEqual([verdict])
    const [rule] = imported.services.flatMap(({ rules }) => rules.filter((each) => each.path !== '/v1/other'))
    expect(rule?.path ?? '').toBe(template)
    expect(planOf(imported).mismatches).toEqual([])
  })

  test('that the gate itself answers have no rule', () => {
    const imported = importText(documentOf(get('/_scopewall/x'), 'servers: [{ url: https://api.example.com }]\n'))
    expect(findingsOn(imported, 'GET /_scopewall/x').join()).toMatch(/the gate itself answers/)
  })

  test.each([
    ['/{x}.json', '/v1/{x}'],
    ['/a?b=1', '/v1/a'],
    ['/a/{x}:{y}/c', '/v1/a/{x}/c'],
  ])('%s is written wider where that is accepted', (path, template) => {
    const imported = importText(documentOf(get(path)), { acceptsLooser: true })
    expect(imported.services[0]?.rules[0]?.path).toBe(template)
    expect(imported.findings[0]?.verdict).toBe('looser')
  })

  test('whose parameter may hold slashes, by its own word, end in a tail', () => {
    const imported = importText(
      documentOf(
        '  /f/{p}: { parameters: [{ in: path, name: p, allowReserved: true }], get: { security: [{ oauth: [a] }] } }\n',
      ),
    )
    expect(imported.services[0]?.rules[0]?.path).toBe('/v1/f/{p+}')
  })

  test('of the same shape are one path, and of the same method one rule, or none', () => {
    const same = documentOf(
      '  /a/{x}: { get: { security: [{ oauth: [a] }] }, delete: { security: [{ oauth: [a] }] } }\n  /a/{y}: { post: { security: [{ oauth: [b] }] }, delete: { security: [{ oauth: [a] }] } }\n',
    )
    expect(rulesOf(same)).toEqual(['GET /v1/a/{x}: a', 'DELETE /v1/a/{x}: a', 'POST /v1/a/{y}: b'])
    const [service] = planOf(importText(same)).files
    expect(service?.text.match(/^ {2}\/.*$/gm)).toEqual(['  /v1/a/{x}:'])
    const other = documentOf(
      '  /a/{x}: { get: { security: [{ oauth: [a] }] } }\n  /a/{y}: { get: { security: [{ oauth: [b] }] } }\n  /c: { get: {} }\n',
    )
    expect(rulesOf(other)).toEqual(['GET /v1/c: public'])
    expect(findingsOn(importText(other), 'GET /a/{x}')).toEqual([
      'unrepresentable: `GET /a/{y}` covers the same requests and asks for something else',
    ])
  })

  test('that another one covers, and asks less, are looser; asks the same, exact; asks more, stricter', () => {
    const of = (whole: string, part: string) =>
      findingsOn(
        importText(
          documentOf(
            `  '/a/{id}': { post: { security: ${whole} } }\n  '/a/{id}:cancel': { post: { security: ${part} } }\n`,
          ),
        ),
        'POST /a/{id}:cancel',
      ).join()
    expect(of('[{ oauth: [a] }]', '[{ oauth: [b] }]')).toBe(
      'looser: it falls under `POST api.example.com/v1/a/{id}`, which asks for something else',
    )
    expect(of('[{ oauth: [a] }]', '[{ oauth: [a, b] }]')).toMatch(/^looser: .* asks for less$/)
    expect(of('[{ oauth: [a, b] }]', '[{ oauth: [a] }]')).toMatch(/^stricter: .* asks for more$/)
    expect(of('[{ oauth: [a] }]', '[{ oauth: [a] }]')).toBe('exact')
    expect(of('[]', '[{ key: [] }]')).toMatch(/^looser: .* has no rule of its own/)
  })

  test('that an origin could take for another one are refused, and said', () => {
    const imported = importText(
      documentOf(
        "  /Files/{x}/report: { get: {} }\n  '/files/{a}/{b}': { get: {} }\n  '/{c}/x7/report': { get: {} }\n",
      ),
    )
    expect(planOf(imported).mismatches).toEqual([])
  })
})

describe('methods', () => {
  test('HEAD is what GET says; alone it has no rule; TRACE and others are refused always', () => {
    const imported = importText(
      documentOf(`  /a: { get: { security: [{ oauth: [a] }] }, head: { security: [{ oauth: [a] }] } }
  /b: { head: { security: [{ oauth: [a] }] }, trace: {}, options: { security: [] } }
  /c: { get: { security: [] }, head: { security: [{ oauth: [a] }] } }
`),
    )
    expect(
      imported.findings
        .slice(0, 7)
        .map(({ construct, verdict, message }) => `${construct} ${verdict} ${message ?? ''}`),
    ).toEqual([
      'GET /a exact ',
      'HEAD /a exact ',
      'OPTIONS /b exact ',
      'HEAD /b unrepresentable the map has no rule for `HEAD` alone: `GET` answers it',
      'TRACE /b unrepresentable the gate refuses `TRACE` always',
      'GET /c exact ',
      'HEAD /c looser it falls under `GET api.example.com/v1/c`, which asks for less',
    ])
  })
})

describe('servers', () => {
  const hosts = (servers: string, options: TestOptions = {}) =>
    importText(documentOf('  /a: { get: {} }\n', `servers: ${servers}\n`), options).services.map(
      (service) => `${service.name} [${service.hosts}] ${service.rules.map(({ path }) => path)}`,
    )

  test.each<[string, readonly string[], TestOptions?]>([
    [
      '[{ url: https://a.example.com/v1 }, { url: https://b.example.com/v1 }]',
      ['tested [a.example.com,b.example.com] /v1/a'],
    ],
    [
      '[{ url: https://a.example.com/v1 }, { url: https://b.example.com/v2 }]',
      ['tested [a.example.com] /v1/a', 'tested-b-example-com [b.example.com] /v2/a'],
    ],
    ['[{ url: https://a.example.com }, { url: http://localhost:3000 }, { url: /x }]', ['tested [a.example.com] /a']],
    ['[{ url: /v1 }]', ['tested [] /v1/a']],
    ['[{ url: http://localhost/v1 }]', ['tested [] /v1/a']],
    ["[{ url: 'https://{t}.example.com/v1', variables: { t: { default: demo } } }]", ['tested [] /v1/a']],
    [
      '[{ url: /v1 }, { url: https://a.example.com/v2 }]',
      ['tested [x.example.com] /v1/a,/v2/a'],
      { hosts: ['x.example.com'] },
    ],
  ])('%s', (servers, expected, options) => {
    expect(hosts(servers, options)).toEqual(expected)
  })

  test('that are left out, or whose variables are open, are said', () => {
    const { findings } = importText(
      documentOf(
        '  /a: { get: {} }\n',
        "servers: [{ url: 'https://a.example.com/{v}', variables: { v: { default: v1 } } }, { url: http://localhost }]\n",
      ),
    )
    expect(
      findings
        .filter(({ construct }) => construct.startsWith('server'))
        .map(({ construct, verdict }) => `${construct} ${verdict}`),
    ).toEqual(['server http://localhost unrepresentable', 'server https://a.example.com/{v} stricter'])
  })

  test('the table is about each host once', () => {
    const { cases } = importText(
      documentOf(
        '  /a: { get: {} }\n',
        'servers: [{ url: https://a.example.com/v1 }, { url: https://b.example.com/v1 }]\n',
      ),
    )
    expect(new Set(cases.map(({ host }) => host))).toEqual(new Set(['a.example.com']))
  })
})

test('scopes that no flow declares, that nothing asks for and that are no names are said', () => {
  const { findings, services } = importText(
    documentOf('  /a: { get: { security: [{ oauth: [shadow] }] } }\n').replace(
      'a:write: Writes.',
      "a:write: Writes., 'a b': No.",
    ),
  )
  expect(services[0]?.scopes).toEqual([
    { name: 'a:read', description: 'Reads.' },
    { name: 'a:write', description: 'Writes.' },
    { name: 'shadow' },
  ])
  expect(
    findings
      .filter(({ construct }) => construct.startsWith('scope'))
      .map(({ construct, verdict }) => `${construct} ${verdict}`),
  ).toEqual(['scope a:read exact', 'scope a:write exact', 'scope shadow exact', 'scope a b unrepresentable'])
})

test('a description is imported to the same release again, whatever its texts hold', () => {
  const text = documentOf(
    `  /a: { get: { security: [{ oauth: [a:read] }] } }\n`,
    `info: { title: "T: \\"#{x}\\" \\u0007\\u202e", description: "- *x* \\n\\n# y ${'z'.repeat(400)}" }\nservers: [{ url: https://api.example.com }]\n`,
  )
  const plan = planOf(importText(text))
  expect(plan.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  const release = releaseOfPlan(plan)
  expect(release.document.services.tested?.description).toMatch(/^- \*x\* # y z{100,}…$/)
})
