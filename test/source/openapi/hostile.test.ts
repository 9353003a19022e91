/** Descriptions that nobody means well with: nothing throws, nothing runs away. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { isError } from '../../../src/source/diagnostic.ts'
import { importOpenApi } from '../../../src/source/import/openapi.ts'
import { readApi } from '../../../src/source/openapi/read-api.ts'
import { optionsOf, planOf } from '../import/imports.ts'
import { isObject, type Json, type JsonObject, randomApi } from '../import/random-openapi.ts'
import { problemsOf, readFiles, readText } from './documents.ts'

const encoder = new TextEncoder()
const HEAD = 'openapi: 3.0.3\n'

/** Imports whatever it is; where something comes of it, it is a map without errors that answers as its table says. */
function imports(text: string): void {
  const file = { path: 'api.yaml', bytes: encoder.encode(text) }
  const imported = importOpenApi({ files: [file], load: () => undefined }, optionsOf())
  if (!imported.ok || imported.value.services.length === 0) return
  const { diagnostics, mismatches } = planOf(imported.value)
  expect([diagnostics.filter(isError), mismatches]).toEqual([[], []])
}

describe('a description', () => {
  test.each<[string, string]>([
    [
      'aliases of aliases of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghijk'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghijk'[index]}`)}]`)
        .join('\n')}\n${HEAD}paths: *k\nsecurity: *k`,
    ],
    [
      'an alias of what is around it',
      `${HEAD}paths: &p\n  /a: &a { get: { security: &s [*s, { o: *s }], servers: *p, tags: *p, parameters: *p }, post: *a, $ref: '#/paths/~1a' }\n  /b: *p\n`,
    ],
    ['a merge key that merges itself', `${HEAD}paths: &p\n  <<: [*p, *p]\n  /a: { <<: *p, get: {} }\n`],
    [
      'references in a circle',
      `${HEAD}paths: { $ref: '#/x' }\nx: { $ref: '#/y' }\ny: { $ref: '#/x' }\nsecurity: { $ref: '#/security' }\n`,
    ],
    ['lists in lists', `${HEAD}paths: ${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['lists in lists that never end', `${HEAD}paths: ${'['.repeat(50_000)}`],
    ['JSON lists in lists', `{"openapi":"3.0.0","paths":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    [
      'blocks in blocks',
      `${HEAD}paths:\n${Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth + 1)}a:`).join('\n')}\n`,
    ],
    ['dashes in a row', `${HEAD}paths:\n  ${'- '.repeat(20_000)}a\n`],
    ['a key of a megabyte', `${HEAD}paths:\n  /${'x'.repeat(1_000_000)}: { get: {} }\n`],
    [
      'a path of many segments',
      `${HEAD}paths:\n  ${'/a'.repeat(10_000)}: { get: {} }\n  ${'/{a}'.repeat(64)}: { get: {} }\n`,
    ],
    [
      'braces that do not match',
      `${HEAD}paths: { '/{{a}}': { get: {} }, '/{a': { get: {} }, '/a}': { get: {} }, '/{}': { get: {} }, '/{a}{b}{c': { get: {} } }\n`,
    ],
    [
      'keys that mean something to JavaScript',
      '{"openapi":"3.0.0","paths":{"__proto__":{"get":{}},"/constructor":{"get":{"security":[{"__proto__":["toString"]}]}}},"components":{"securitySchemes":{"__proto__":{"type":"oauth2"},"hasOwnProperty":null}}}',
    ],
    [
      'half a surrogate pair',
      '{"openapi":"3.0.0","paths":{"/\\ud800":{"get":{"security":[{"\\udc00":["\\ud800"]}]}}}}',
    ],
    [
      'NUL and its like',
      '{"openapi":"3.0.0","paths":{"/a\\u0000b":{"get":{}},"/a\\nb":{"get":{}},"/\\u202e":{"get":{}}}}',
    ],
    ['tags of YAML', `${HEAD}paths: !!python/object:os.system { /a: !!binary aGk=, /b: !<tag:x> { get: !!null x } }\n`],
    [
      'servers with a lot of variables',
      `${HEAD}servers: [{ url: 'https://${Array.from({ length: 200 }, (_, n) => `{v${n}}`).join('')}', variables: { ${Array.from({ length: 200 }, (_, n) => `v${n}: { enum: [a, b] }`)} } }]\npaths: { /a: { get: {} } }\n`,
    ],
    ['a thousand documents', '---\n'.repeat(1000)],
    ['a directive of another YAML', `%YAML 1.1\n---\n${HEAD}paths: { /a: { get: { deprecated: yes } } }\n`],
  ])('with %s is read or refused, soon', (_, text) => {
    const start = performance.now()
    imports(text)
    expect(performance.now() - start).toBeLessThan(20_000)
  })

  test('that is no text at all is refused', () => {
    for (const bytes of [new Uint8Array([0xff, 0xfe, 0x00]), new Uint8Array(1000), new Uint8Array([0x80, 0x81])])
      expect(readApi({ path: 'a', bytes }).api).toBeUndefined()
  })

  test('in UTF-16 or with a byte order mark is read', () => {
    const text = `${HEAD}paths: { /a: { get: {} } }`
    const wide = new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'))
    expect(readApi({ path: 'a', bytes: wide }).api?.operations).toHaveLength(1)
    expect(readText(`\ufeff${text}`).api?.operations).toHaveLength(1)
  })

  test('of more than 32 MiB is refused unread, alone or with its files', () => {
    const large = ' '.repeat(32 * 1024 * 1024 + 1)
    expect(problemsOf(readText(large)).join()).toContain('larger than 32 MiB')
    const reading = readFiles({
      'a.json': '{"openapi":"3.0.0","paths":{"/a":{"$ref":"b.json"},"/b":{"get":{}}}}',
      'b.json': large,
    })
    expect(reading.api?.operations).toHaveLength(1)
    expect(problemsOf(reading).join()).toContain('larger than 32 MiB')
  })
})

const anything: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    'x',
    '$ref',
    [],
    {},
    [[]],
    [null],
    [{}],
    { $ref: '#' },
    { $ref: '#/paths' },
    { $ref: 7 },
    { '': {} },
  ),
  fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json),
)

/** Every place of a value, as the steps that lead there. */
const placesOf = (value: Json, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] => [
  path,
  ...(Array.isArray(value)
    ? value.flatMap((item: Json, index) => placesOf(item, [...path, index]))
    : isObject(value)
      ? Object.entries(value).flatMap(([key, member]) => placesOf(member, [...path, key]))
      : []),
]

function withValueAt(value: Json, [step, ...rest]: readonly (string | number)[], put: Json): Json {
  if (step === undefined) return put
  if (Array.isArray(value))
    return value.map((item: Json, index) => (index === step ? withValueAt(item, rest, put) : item))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === step ? withValueAt(member, rest, put) : member]),
  )
}

const mutilated = randomApi(4, 1).chain(({ document }) => {
  const places = placesOf(document)
  const wounds = fc.array(fc.tuple(fc.constantFrom(...places), anything), { minLength: 1, maxLength: 4 })
  return wounds.map((all) =>
    all.reduce<Json>((value, [path, put]) => withValueAt(value, path, put), document as JsonObject),
  )
})

test('wrong values in any place never throw', () => {
  fc.assert(
    fc.property(mutilated, fc.boolean(), (document, asYaml) => {
      imports(asYaml ? stringify(document) : JSON.stringify(document))
    }),
    { numRuns: Number(process.env.SCOPEWALL_RUNS ?? 80) },
  )
})

test('texts cut off or with a character too many never throw', () => {
  fc.assert(
    fc.property(
      randomApi(3, 1),
      fc.nat(),
      fc.constantFrom('', ':', '- ', '{', '"', '*x ', '&x ', '\t', '<<: ', '\n'),
      fc.boolean(),
      ({ document }, where, put, asYaml) => {
        const text = asYaml ? stringify(document) : JSON.stringify(document)
        const at = where % text.length
        imports(put === '' ? text.slice(0, at) : text.slice(0, at) + put + text.slice(at))
      },
    ),
    { numRuns: Number(process.env.SCOPEWALL_RUNS ?? 80) },
  )
})
