/** Rules that no request reaches, against the matcher asked about every short path there is. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRelease } from '../../../src/policy/decode.ts'
import { matchRequest } from '../../../src/policy/matcher.ts'
import { METHODS } from '../../../src/policy/method.ts'
import { encodeRelease } from '../../../src/policy/release.ts'
import { readTexts, serviceOf } from '../maps.ts'

/** Which of the routes are reported, as the lines they stand on from 0. */
const shadowed = (routes: readonly string[]) =>
  readTexts(serviceOf(routes.map((route) => `  ${route}\n`).join('')))
    .diagnostics.filter(({ rule }) => rule === 'shadowed-rule')
    .map(({ at }) => at.line - 9)

const get = (template: string) => `${template}: { GET: a:read }`

describe('a tail', () => {
  test.each([
    [['/x/{t+}', '/x/{a}'], []],
    [['/x/{t+}', '/x/{a}', '/x/{a}/{b+}'], [0]],
    // What is left, `/x/y/`, is refused: an origin could take it for `/x/{a}`.
    [['/x/{t+}', '/x/{a}', '/x/{a}/', '/x/{a}/{b+}'], [0]],
    [['/x/{t+}', '/x/{a}', '/x/{a}/', '/x/{a}/{b}', '/x/{a}/{b}/{c+}'], [0]],
    [['/x/{t+}', '/x/{a}', '/x/{a}/', '/x/{a}/{b}', '/x/{a}/{b}/', '/x/{a}/{b}/{c+}'], [0]],
    // A literal takes one word of many.
    [['/x/{t+}', '/x/a', '/x/a/', '/x/a/{b+}'], []],
    [['/{t+}', '/{a}', '/{a}/', '/{a}/{b+}', '/'], [0]],
  ])('%j: %j', (templates, lines) => expect(shadowed(templates.map(get))).toEqual(lines))

  test('is taken by templates of other methods too, for the template decides first', () => {
    const others = ['/x/{a}', '/x/{a}/', '/x/{a}/{b+}'].map((template) => `${template}: { POST: a:read }`)
    expect(shadowed([get('/x/{t+}'), ...others])).toEqual([0])
  })
})

describe('ANY', () => {
  const all = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => `${method}: a:read`)

  test('is hidden when every method has a rule of its own', () => {
    expect(shadowed([`/x: { ANY: a:write, ${all.join(', ')} }`])).toEqual([0])
  })

  test('is not hidden when one has none', () => {
    for (const left of all)
      expect
        .soft(shadowed([`/x: { ANY: a:write, ${all.filter((each) => each !== left).join(', ')} }`]), left)
        .toEqual([])
  })
})

test('a rule whose path another spelling of a stronger one would take is refused always, and said to be', () => {
  const routes = [
    get('/API/{a}/{t+}'),
    get('/api/{a}/{b}'),
    get('/api/{a}/{b}/'),
    get('/api/{a}/{b}/{t+}'),
    get('/api/{a}/'),
  ]
  expect(shadowed(routes)).toEqual([0])
  expect(shadowed([get('/API/{a}'), get('/api/{a}')])).toEqual([])
})

test('a word that stands for a parameter is no literal of the map', () => {
  expect(shadowed([get('/x/{a}'), get('/x/word0'), get('/x/word1'), get('/X/WORD2.json')])).toEqual([])
})

test('on a host pattern too', () => {
  const texts = serviceOf(
    ['/x/{t+}', '/x/{a}', '/x/{a}/', '/x/{a}/{b+}'].map((template) => `  ${get(template)}\n`).join(''),
  )
  const { diagnostics } = readTexts({ ...texts, 'tested.yaml': `hosts: ["*.example.com"]\n${texts['tested.yaml']}` })
  expect(diagnostics.map(({ rule, at }) => `${rule}:${at.line}`)).toEqual(
    ['unused-host-alias', 'shadowed-rule:10'].slice(1),
  )
})

test('names the rules that answer instead', () => {
  const { diagnostics } = readTexts(
    serviceOf(['/x/{t+}', '/x/{a}', '/x/{a}/', '/x/{a}/{b+}'].map((template) => `  ${get(template)}\n`).join('')),
  )
  expect(diagnostics[0]?.related.map(({ at }) => at.line).sort()).toEqual([10, 11, 12])
})

describe('by trying', () => {
  const literals = ['a', 'b']
  const part = fc.constantFrom('a', 'b', '{p}')
  const template = fc
    .tuple(fc.array(part, { maxLength: 2 }), fc.constantFrom('', '', '/', '/{t+}'))
    .filter(([parts, end]) => parts.length > 0 || end.length !== 1)
    .map(
      ([parts, end]) =>
        `/${parts.map((each, index) => each.replace('p', `p${index}`)).join('/')}${parts.length === 0 ? end.slice(1) : end}`,
    )
  const routes = fc.dictionary(template, fc.subarray(['GET', 'POST', 'ANY'], { minLength: 1 }), {
    minKeys: 1,
    maxKeys: 10,
    noNullPrototype: true,
  })

  /** Every path of up to four segments, with and without a trailing slash. */
  const words = [...literals, 'used', 'other']
  const pathsOf = (length: number): readonly string[] =>
    length === 0 ? [''] : pathsOf(length - 1).flatMap((path) => words.map((word) => `${path}/${word}`))
  const paths = [1, 2, 3, 4]
    .flatMap(pathsOf)
    .flatMap((path) => [path, `${path}/`])
    .concat('/')

  test('a rule is reported exactly when no path of the map reaches it', () => {
    fc.assert(
      fc.property(routes, (map) => {
        const text = Object.entries(map).map(
          ([path, methods]) => `  ${path}: { ${methods.map((method) => `${method}: a:read`).join(', ')} }\n`,
        )
        const { release, diagnostics } = readTexts(serviceOf(text.join('')))
        if (release === undefined) throw new Error(diagnostics[0]?.message)
        const decoded = decodeRelease(encodeRelease(release))
        if (!decoded.ok) throw new Error(decoded.error)
        const reached = new Set<string>()
        for (const path of paths)
          for (const method of METHODS) {
            const match = matchRequest(decoded.value.table, 'api.example.com', path, method)
            if (match.kind === 'rule') reached.add(match.rule.id)
          }
        const expected = decoded.value.rules.map(({ id }) => id).filter((id) => !reached.has(id))
        const reported = diagnostics
          .filter(({ rule }) => rule === 'shadowed-rule')
          .map(({ message }) => /`([^`]+)`/.exec(message)?.[1])
        expect(reported.sort()).toEqual(expected.sort())
      }),
      { numRuns: 100 },
    )
  })
})
