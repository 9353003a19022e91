/** Which rule covers a request: docs/semantics.md sections 2 to 4, by tables worked out by hand. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decidingPattern, matchRequest, methodsAt } from '../../src/policy/matcher.ts'
import type { Method } from '../../src/policy/method.ts'
import type { ReleaseDocument } from '../../src/policy/release.ts'
import { type Allowance, canonicalPath } from '../../src/policy/target.ts'
import { HOST, releaseOf, ruleOf } from './build.ts'

const ALL: Allowance = { encodedSlash: true, encodedPercent: true, semicolon: true }

/** What decides a request of the form `METHOD host/path` or `METHOD /path`: a rule's line, `unmapped` or `ambiguous`. */
function decides(rules: readonly string[], request: string, hosts: ReleaseDocument['hosts'] = {}): string {
  const { table } = releaseOf({ rules: rules.map((line) => ruleOf(line)), hosts })
  const [method = '', target = ''] = request.split(' ', 2)
  const slash = target.indexOf('/')
  const path = canonicalPath(target.slice(slash), ALL)
  if (!path.ok) throw new Error(`${request} is not canonical: ${path.error}`)
  const match = matchRequest(table, target.slice(0, slash) || HOST, path.value, method as Method)
  return match.kind === 'rule' ? match.rule.id.replace(` ${HOST}/`, ' /') : match.kind
}

type Row = readonly [request: string, decided: string]
const describeMap = (name: string, rules: readonly string[], rows: readonly Row[]) =>
  describe(name, () => {
    test.each(rows)('%s -> %s', (request, decided) => {
      expect(decides(rules, request)).toBe(decided)
      expect(decides(rules.toReversed(), request), 'in another order of rules').toBe(decided)
    })
  })

test('an empty map covers nothing', () => {
  expect(decides([], 'GET /')).toBe('unmapped')
  expect(decides([], 'GET /a/b/c/d/e')).toBe('unmapped')
})

describeMap('segments (3.1, 3.2)', ['GET /', 'GET /a', 'GET /b/{id}', 'GET /c/{id}/d', 'GET /e/', 'GET /f/{id}/', 'GET /t/{rest+}'], [
  ['GET /', 'GET /'],
  ['GET /a', 'GET /a'],
  ['GET /a/', 'unmapped'],
  ['GET /a/b', 'unmapped'],
  ['GET /ab', 'unmapped'],
  ['GET /b', 'unmapped'],
  ['GET /b/', 'unmapped'],
  ['GET /b/1', 'GET /b/{id}'],
  ['GET /b/1/', 'unmapped'],
  ['GET /b/%7B', 'GET /b/{id}'],
  ['GET /b/*', 'GET /b/{id}'],
  ['GET /c/1/d', 'GET /c/{id}/d'],
  ['GET /c/1/x', 'unmapped'],
  ['GET /c/1', 'unmapped'],
  ['GET /e', 'unmapped'],
  ['GET /e/', 'GET /e/'],
  ['GET /e/x', 'unmapped'],
  ['GET /f/1/', 'GET /f/{id}/'],
  ['GET /f/1', 'unmapped'],
  ['GET /t', 'unmapped'],
  ['GET /t/', 'unmapped'],
  ['GET /t/1', 'GET /t/{rest+}'],
  ['GET /t/1/', 'GET /t/{rest+}'],
  ['GET /t/1/2/3/4/5/6/7/8/9', 'GET /t/{rest+}'],
]) // biome-ignore format: a table reads better packed

describeMap('rank: literal above parameter above tail, from the left (3.3, 3.4)', [
  'GET /a/b/c',
  'GET /a/b/{z}',
  'GET /a/{y}/c',
  'GET /a/{y}/{z}',
  'GET /{x}/b/c',
  'GET /{x}/b/{z}',
  'GET /{x}/{y}/c',
  'GET /{x}/{rest+}',
  'GET /a/{rest+}',
  'GET /{all+}',
], [
  ['GET /a/b/c', 'GET /a/b/c'],
  ['GET /a/b/1', 'GET /a/b/{z}'],
  ['GET /a/1/c', 'GET /a/{y}/c'],
  ['GET /a/1/2', 'GET /a/{y}/{z}'],
  ['GET /1/b/c', 'GET /{x}/b/c'],
  ['GET /1/b/2', 'GET /{x}/b/{z}'],
  ['GET /1/2/c', 'GET /{x}/{y}/c'],
  ['GET /1/2/3', 'GET /{x}/{rest+}'],
  ['GET /a/b', 'GET /a/{rest+}'],
  ['GET /a/b/c/d', 'GET /a/{rest+}'],
  ['GET /1/2', 'GET /{x}/{rest+}'],
  ['GET /1', 'GET /{all+}'],
  ['GET /a', 'GET /{all+}'],
  ['GET /1/', 'GET /{all+}'],
  ['GET /', 'unmapped'],
]) // biome-ignore format: a table reads better packed

describeMap('a strong beginning that leads nowhere is given up (3.4)', [
  'GET /a/b/c/d',
  'GET /a/{x}/c/e',
  'GET /{w}/b/c/f',
  'GET /{w}/{x}/{y}/g',
  'GET /a/b/{rest+}',
], [
  ['GET /a/b/c/d', 'GET /a/b/c/d'],
  ['GET /a/b/c/e', 'GET /a/b/{rest+}'],
  ['GET /a/x/c/e', 'GET /a/{x}/c/e'],
  ['GET /a/b/c/f', 'GET /a/b/{rest+}'],
  ['GET /x/b/c/f', 'GET /{w}/b/c/f'],
  ['GET /a/x/c/g', 'GET /{w}/{x}/{y}/g'],
  ['GET /x/b/c/g', 'GET /{w}/{x}/{y}/g'],
  ['GET /a/b/c/d/e', 'GET /a/b/{rest+}'],
  ['GET /a/x/c/d', 'unmapped'],
]) // biome-ignore format: a table reads better packed

describeMap('the deciding template decides alone, also where it lacks the method (3.4, 4.2)', [
  'GET /invoices/export',
  'DELETE /invoices/{id}',
  'POST /{rest+}',
], [
  ['GET /invoices/export', 'GET /invoices/export'],
  ['DELETE /invoices/export', 'unmapped'],
  ['POST /invoices/export', 'unmapped'],
  ['POST /invoices/1', 'unmapped'],
  ['DELETE /invoices/1', 'DELETE /invoices/{id}'],
  ['POST /other', 'POST /{rest+}'],
]) // biome-ignore format: a table reads better packed

describeMap('methods (4.1)', ['GET /a', 'POST /a', 'ANY /b', 'GET /b', 'ANY /c', 'OPTIONS /d', 'PUT /e'], [
  ['GET /a', 'GET /a'],
  ['HEAD /a', 'GET /a'],
  ['POST /a', 'POST /a'],
  ['OPTIONS /a', 'unmapped'],
  ['DELETE /b', 'ANY /b'],
  ['OPTIONS /b', 'ANY /b'],
  ['GET /b', 'GET /b'],
  ['HEAD /b', 'GET /b'],
  ['HEAD /c', 'ANY /c'],
  ['PATCH /c', 'ANY /c'],
  ['OPTIONS /d', 'OPTIONS /d'],
  ['HEAD /e', 'unmapped'],
]) // biome-ignore format: a table reads better packed

describeMap('hosts (2.1 to 2.3)', [
  'GET api.example.com/a',
  'GET *.example.com/a',
  'GET *.example.com/b',
  'GET *.eu.example.com/b',
  'GET *.com/c',
  'GET localhost/a',
], [
  ['GET api.example.com/a', 'GET /a'],
  ['GET api.example.com/b', 'unmapped'],
  ['GET other.example.com/a', 'GET *.example.com/a'],
  ['GET other.example.com/b', 'GET *.example.com/b'],
  ['GET x.y.example.com/b', 'GET *.example.com/b'],
  ['GET x.eu.example.com/b', 'GET *.eu.example.com/b'],
  ['GET x.y.eu.example.com/b', 'GET *.eu.example.com/b'],
  ['GET x.eu.example.com/a', 'unmapped'],
  ['GET eu.example.com/a', 'GET *.example.com/a'],
  ['GET example.com/a', 'unmapped'],
  ['GET example.com/c', 'GET *.com/c'],
  ['GET evilexample.com/a', 'unmapped'],
  ['GET evilexample.com/c', 'GET *.com/c'],
  ['GET api.example.com.evil.net/a', 'unmapped'],
  ['GET api.example.com./a', 'unmapped'],
  ['GET .example.com/a', 'unmapped'],
  ['GET com/c', 'unmapped'],
  ['GET localhost/a', 'GET localhost/a'],
  ['GET x.localhost/a', 'unmapped'],
]) // biome-ignore format: a table reads better packed

test.each([
  ['api.example.com', 'api.example.com'],
  ['x.example.com', '*.example.com'],
  ['x.eu.example.com', '*.eu.example.com'],
  ['example.com', undefined],
  ['x.net', undefined],
  ['', undefined],
])('the pattern that decides for %s is %s', (host, pattern) => {
  const { table } = releaseOf({
    rules: ['GET api.example.com/', 'GET *.example.com/', 'GET *.eu.example.com/'].map((line) => ruleOf(line)),
  })
  expect(decidingPattern(table, host)).toBe(pattern)
})

describeMap('folding: a value that an origin could take for a literal that ranks above (3.5, 3.6)', [
  'GET /invoices/export',
  'GET /invoices/{id}',
  'GET /Orders/bulkImport',
  'GET /Orders/{id}',
  'GET /files/{rest+}',
  'GET /files/Secret',
  'GET /caf%C3%A9',
  'GET /{page}',
  'GET /a%21b/x',
  'GET /{z}/x',
  'GET /k/{id}/edit',
  'GET /k/{id}/{action}',
  'GET /only/{id}',
], [
  ['GET /invoices/export', 'GET /invoices/export'],
  ['GET /invoices/1', 'GET /invoices/{id}'],
  ['GET /invoices/exports', 'GET /invoices/{id}'],
  ['GET /invoices/1.json', 'GET /invoices/{id}'],
  ['GET /invoices/EXPORT', 'ambiguous'],
  ['GET /invoices/Export', 'ambiguous'],
  ['GET /invoices/export.json', 'ambiguous'],
  ['GET /invoices/EXPORT.tar.gz', 'ambiguous'],
  ['GET /invoices/export.123456789', 'ambiguous'],
  ['GET /invoices/export.a-b@c', 'ambiguous'],
  ['GET /invoices/%20export', 'ambiguous'],
  ['GET /invoices/.export', 'GET /invoices/{id}'],
  ['GET /Invoices/export', 'unmapped'],
  ['GET /INVOICES/1', 'unmapped'],
  ['GET /Orders/bulkImport', 'GET /Orders/bulkImport'],
  ['GET /Orders/bulkimport', 'ambiguous'],
  ['GET /Orders/BULKIMPORT.json', 'ambiguous'],
  ['GET /orders/bulkImport', 'unmapped'],
  ['GET /Orders/other', 'GET /Orders/{id}'],
  ['GET /files/Secret', 'GET /files/Secret'],
  ['GET /files/secret', 'ambiguous'],
  ['GET /files/secret.txt', 'ambiguous'],
  ['GET /files/secret/x', 'GET /files/{rest+}'],
  ['GET /caf%C3%A9', 'GET /caf%C3%A9'],
  ['GET /CAF%C3%89', 'ambiguous'],
  ['GET /caf%C3%A9.html', 'ambiguous'],
  ['GET /invoices', 'GET /{page}'],
  ['GET /a%21b/x', 'GET /a%21b/x'],
  ['GET /a!b/x', 'ambiguous'],
  ['GET /k/1/edit', 'GET /k/{id}/edit'],
  ['GET /k/EDIT/edit', 'GET /k/{id}/edit'],
  ['GET /k/1/Edit', 'ambiguous'],
  ['GET /k/1/view', 'GET /k/{id}/{action}'],
  ['GET /only/Export.JSON', 'GET /only/{id}'],
]) // biome-ignore format: a table reads better packed

describeMap('folding looks no further than the templates go', ['GET /a/{rest+}', 'GET /a/b/C', 'GET /a/b/{x}'], [
  ['GET /a/b/c', 'ambiguous'],
  ['GET /a/b/c/D.json', 'GET /a/{rest+}'],
  ['GET /a/x/y/Z/EXPORT.json', 'GET /a/{rest+}'],
  ['GET /a/B/d', 'ambiguous'],
  ['GET /a/B/d/e', 'GET /a/{rest+}'],
]) // biome-ignore format: a table reads better packed

describeMap('a final slash that an origin could ignore (3.6)', [
  'GET /admin',
  'GET /users/{id}',
  'GET /users/{id}/edit',
  'GET /both',
  'GET /both/',
  'GET /slash/only/',
  'GET /slash/{id}',
  'GET /same/{id}',
  'GET /same/{id}/',
  'GET /{rest+}',
  'GET api2.example.com/admin',
  'GET api2.example.com/{rest+}',
], [
  ['GET /admin', 'GET /admin'],
  ['GET /admin/', 'ambiguous'],
  ['GET /ADMIN/', 'ambiguous'],
  ['GET /admin.json/', 'ambiguous'],
  ['GET /admin/x/', 'GET /{rest+}'],
  ['GET /users/42/', 'ambiguous'],
  ['GET /users/42/edit/', 'ambiguous'],
  ['GET /users/', 'GET /{rest+}'],
  ['GET /both', 'GET /both'],
  ['GET /both/', 'GET /both/'],
  ['GET /slash/only', 'ambiguous'],
  ['GET /slash/ONLY', 'ambiguous'],
  ['GET /slash/only/', 'GET /slash/only/'],
  ['GET /slash/other', 'GET /slash/{id}'],
  ['GET /slash/other/', 'ambiguous'],
  ['GET /same/1', 'GET /same/{id}'],
  ['GET /same/1/', 'GET /same/{id}/'],
  ['GET /other/', 'GET /{rest+}'],
  ['GET api2.example.com/admin/', 'ambiguous'],
  ['GET api2.example.com/x', 'GET api2.example.com/{rest+}'],
]) // biome-ignore format: a table reads better packed

describe('folding on a host that relaxes something', () => {
  const rules = ['GET /invoices/export', 'GET /invoices/{id}', 'GET /p/{x}', 'GET /p/100']
  const hosts: ReleaseDocument['hosts'] = { [HOST]: { allow: ['semicolon', 'encodedSlash', 'encodedPercent'] } }

  test.each([
    ['GET /invoices/1;v=2', 'GET /invoices/{id}'],
    ['GET /invoices/export;v=2', 'ambiguous'],
    ['GET /invoices/Export.json;v=2', 'ambiguous'],
    ['GET /invoices/export;', 'ambiguous'],
    ['GET /invoices;x/export', 'unmapped'],
    ['GET /invoices/a%2Fexport', 'GET /invoices/{id}'],
    ['GET /invoices%2Fexport', 'unmapped'],
    ['GET /p/100%25', 'GET /p/{x}'],
    ['GET /p/100;%25', 'ambiguous'],
  ])('%s -> %s', (request, decided) => {
    expect(decides(rules, request, hosts)).toBe(decided)
  })
})

describe('what a refused request could have asked for', () => {
  const { table } = releaseOf({
    rules: ['GET /a', 'POST /a', 'ANY /b', 'PUT /c/{id}', 'GET /c/x'].map((line) => ruleOf(line)),
  })
  const others = (method: Method, path: string, host = HOST) => {
    const match = matchRequest(table, host, path, method)
    return match.kind === 'unmapped' ? match.otherMethods : match.kind
  }

  test('the methods of the deciding template are named, HEAD where GET is', () => {
    expect(others('DELETE', '/a')).toEqual(['GET', 'HEAD', 'POST'])
    expect(others('DELETE', '/c/x')).toEqual(['GET', 'HEAD'])
    expect(others('GET', '/c/1')).toEqual(['PUT'])
    expect(others('GET', '/none')).toEqual([])
    expect(others('GET', '/a', 'other.example.com')).toEqual([])
  })

  test('a preflight is told the same', () => {
    expect(methodsAt(table, HOST, '/a')).toEqual(['GET', 'HEAD', 'POST'])
    expect(methodsAt(table, HOST, '/b')).toEqual(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    expect(methodsAt(table, HOST, '/c/X')).toEqual([])
    expect(methodsAt(table, HOST, '/none')).toEqual([])
    expect(methodsAt(table, 'other.example.com', '/a')).toEqual([])
  })
})

describe('the flat table', () => {
  test('many rules of few shapes are all found, and nothing between them', () => {
    const rules = Array.from({ length: 3000 }, (_, index) => ruleOf(`GET /s${index % 50}/{id}/r${index}`))
    const { table } = releaseOf({ rules })
    for (const [index, rule] of rules.entries()) {
      const path = rule.path.replace('{id}', 'x')
      expect(matchRequest(table, HOST, path, 'GET')).toMatchObject({ kind: 'rule', rule: { path: rule.path } })
      expect(matchRequest(table, HOST, `/s${(index + 1) % 50}/x/r${index}`, 'GET').kind).toBe('unmapped')
    }
  })

  test('literals whose hashes are equal are told apart', () => {
    // FNV-1a gives these pairs the same 32 bits.
    for (const [one, other] of [
      ['costarring', 'liquid'],
      ['declinate', 'macallums'],
      ['altarage', 'zinke'],
    ] as const) {
      expect(decides([`GET /${one}`], `GET /${other}`)).toBe('unmapped')
      expect(decides([`GET /${one}`, `GET /${other}`], `GET /${other}`)).toBe(`GET /${other}`)
    }
  })

  test('a path far deeper than any template needs no more than the templates do', () => {
    const path = `/${'a/'.repeat(2000)}B.json`
    expect(decides(['GET /a/{rest+}', 'GET /a/a/a/a/B'], `GET ${path}`)).toBe('GET /a/{rest+}')
    expect(decides(['GET /a'], `GET ${path}`)).toBe('unmapped')
  })

  test('a template deeper than the usual ones is matched', () => {
    const deep = `/${Array.from({ length: 200 }, (_, index) => `s${index}`).join('/')}`
    expect(decides([`GET ${deep}`, 'GET /a'], `GET ${deep}`)).toBe(`GET ${deep}`)
    expect(decides([`GET ${deep}`, 'GET /a'], `GET ${deep}/x`)).toBe('unmapped')
    expect(decides([`GET ${deep}`, 'GET /a'], 'GET /a')).toBe('GET /a')
  })

  test('templates that overlap in every way cost no more than their number', () => {
    const kinds = (bits: number) =>
      Array.from({ length: 10 }, (_, place) => ((bits >> place) & 1 ? 'a' : `{p${place}}`))
    const rules = Array.from({ length: 1023 }, (_, bits) => ruleOf(`GET /${kinds(bits).join('/')}/end`))
    const { table } = releaseOf({ rules })
    const started = performance.now()
    for (let run = 0; run < 20; run++)
      expect(matchRequest(table, HOST, `/${'a/'.repeat(10)}x`, 'GET').kind).toBe('unmapped')
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('laws', () => {
  const segment = fc.constantFrom('a', 'A', 'b', 'a.json', '%C3%A9', '%C3%89', 'x')
  const part = fc.oneof(segment, fc.constant('{}'))
  const template = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/', '/{+}'))
    .map(([parts, end]) => {
      let named = 0
      return `/${parts.join('/')}${end}`.replaceAll(/\{(\+?)\}/g, (_, tail) => `{p${named++}${tail}}`)
    })
  const templates = fc.uniqueArray(template, {
    minLength: 1,
    maxLength: 12,
    selector: (text) => text.replaceAll(/p\d/g, '').replaceAll('%C3%89', '%C3%89'),
  })
  const path = fc
    .tuple(
      fc.array(fc.oneof(segment, fc.constantFrom('b;c', 'a%2Fb')), { minLength: 1, maxLength: 6 }),
      fc.constantFrom('', '/'),
    )
    .map(([segments, end]) => `/${segments.join('/')}${end}`)

  const decided = (texts: readonly string[], at: string) => {
    const { table } = releaseOf({ rules: texts.map((text) => ruleOf(`GET ${text}`)) })
    const match = matchRequest(table, HOST, at, 'GET')
    return match.kind === 'rule' ? match.rule.path : match.kind
  }

  test('the order of rules changes nothing', () => {
    fc.assert(
      fc.property(templates, path, (texts, at) => {
        expect(decided(texts.toReversed(), at)).toBe(decided(texts, at))
        expect(decided(texts.toSorted(), at)).toBe(decided(texts, at))
      }),
      { numRuns: 500 },
    )
  })

  test('a rule that does not match a path, folded or not, changes nothing there', () => {
    fc.assert(
      fc.property(templates, path, (texts, at) => {
        expect(decided([...texts, '/zz/{y}/zz/{rest+}'], at)).toBe(decided(texts, at))
      }),
      { numRuns: 500 },
    )
  })

  test('a template of literals alone decides for its own path, and is never ambiguous', () => {
    fc.assert(
      fc.property(templates, (texts) => {
        for (const text of texts) if (!text.includes('{')) expect(decided(texts, text)).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  test('one look-up leaves nothing behind for the next', () => {
    const { table } = releaseOf({ rules: ['GET /a/{x}', 'GET /a/B', 'GET /{rest+}'].map((line) => ruleOf(line)) })
    fc.assert(
      fc.property(fc.array(path, { maxLength: 5 }), path, (before, at) => {
        const alone = matchRequest(table, HOST, at, 'GET')
        for (const each of before) matchRequest(table, HOST, each, 'GET')
        expect(matchRequest(table, HOST, at, 'GET')).toEqual(alone)
      }),
    )
  })
})
