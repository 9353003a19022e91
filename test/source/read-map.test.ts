/** The door of the room: the example map is clean, a large map is quick, and nothing that is thrown at it comes back. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRelease } from '../../src/policy/decode.ts'
import { encodeRelease } from '../../src/policy/release.ts'
import type { FileMemory } from '../../src/source/parse.ts'
import { compileMap, type MapReading, readMap } from '../../src/source/read-map.ts'
import type { SourceFile } from '../../src/source/source-text.ts'
import { filesOf, GATEWAY, labelOf, onlyErrors, readTexts, serviceOf, type Texts, TODAY } from './maps.ts'

const folder = new URL('../../scopes/', import.meta.url)
const example: Texts = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]),
)

describe('the example map', () => {
  const reading = readTexts(example)

  test('is clean', () => expect(reading.diagnostics).toEqual([]))

  test('has the environments that the commands name', () => {
    expect(reading.environments?.map(({ name }) => name)).toEqual(['development', 'production', 'staging'])
  })

  test('shows one of everything', () => {
    const rules = reading.release?.rules ?? []
    const shows = (what: string, does: boolean) => expect.soft(does, what).toBe(true)
    shows(
      'a public rule',
      rules.some((rule) => rule.public !== undefined),
    )
    shows(
      'all of several',
      rules.some(({ anyOf }) => anyOf?.length === 1 && anyOf[0]?.length === 2),
    )
    shows(
      'any of alls',
      rules.some(({ anyOf }) => anyOf?.length === 2 && anyOf[1]?.length === 2),
    )
    shows(
      'a step-up of a rule',
      rules.some(({ stepUp }) => stepUp !== undefined),
    )
    shows(
      'an upgrade',
      rules.some(({ upgrade }) => upgrade !== undefined),
    )
    shows(
      'a tail',
      rules.some(({ path }) => path.endsWith('+}')),
    )
    const scopes = Object.values(reading.release?.scopes ?? {})
    shows(
      'a deprecation',
      scopes.some(({ deprecated }) => deprecated?.sunset !== undefined),
    )
    shows(
      'an implication of an implication',
      scopes.some(({ implies }) => (implies?.length ?? 0) > 5),
    )
    shows(
      'a token age',
      scopes.some(({ maxTokenAgeSeconds }) => maxTokenAgeSeconds !== undefined),
    )
  })
})

test('eleven thousand rules are read in a few seconds, and the gate loads them', () => {
  const texts: Record<string, string> = { 'gateway.yaml': GATEWAY }
  for (let service = 0; service < 10; service++) texts[`s${service}.yaml`] = largeService(`s${service}`)
  const started = performance.now()
  const { release, diagnostics } = readTexts(texts)
  expect(performance.now() - started).toBeLessThan(60_000)
  expect(diagnostics).toEqual([])
  expect(release?.rules).toHaveLength(11_000)
  expect(release && decodeRelease(encodeRelease(release)).ok).toBe(true)
}, 90_000)

/** A hundred resources with eleven rules each. */
function largeService(name: string): string {
  const resources = Array.from({ length: 100 }, (_, index) => {
    const base = `  /${name}/resource-${index}`
    return `${base}: { GET: ${name}:read, POST: ${name}:write }
${base}/export: { GET: ${name}:read }
${base}/{id}: { GET: ${name}:read, PATCH: ${name}:write, DELETE: { allOf: [${name}:read, ${name}:write] } }
${base}/{id}/lines: { GET: ${name}:read }
${base}/{id}/lines/{line}: { GET: ${name}:read, PUT: { anyOf: [${name}:edit, ${name}:write] } }
${base}/{id}/files/{path+}: { GET: ${name}:read }
${base}/{id}/copies: { POST: ${name}:write }
`
  })
  const scope = '{ reason: R., sensitivity: medium }'
  return `service: ${name}\ndescription: D.\nowner: o\nscopes:\n  ${name}:read: ${scope}\n  ${name}:write: ${scope}\n  ${name}:edit: ${scope}\nroutes:\n${resources.join('')}`
}

describe('whatever comes in', () => {
  /** Neither throws, nor lets anything out beside an error, nor points to nowhere. */
  function check(files: readonly SourceFile[]): MapReading {
    const reading = readMap(files, TODAY)
    const errors = onlyErrors(reading.diagnostics)
    expect(reading.release === undefined, 'a release and errors exclude each other').toBe(errors.length > 0)
    for (const { rule, at, message } of reading.diagnostics) {
      expect(rule).not.toBe('release-refused')
      expect(message).toMatch(/^[^A-Z\n]/)
      expect([at.line, at.column].every((number) => Number.isSafeInteger(number) && number > 0)).toBe(true)
    }
    return reading
  }

  const pair = (gateway: Uint8Array, service: Uint8Array) =>
    check([
      { path: 'gateway.yaml', bytes: gateway },
      { path: 'invoices.yaml', bytes: service },
    ])
  const encode = (text: string) => new TextEncoder().encode(text)

  const SCRAPS = [
    'service', 'invoices', 'scopes', 'routes', 'GET', 'anyOf', 'allOf', 'public', 'hosts', 'basePath', 'environments', 'issuers',
    'naming', 'pattern', 'constructor', '__proto__', 'toString', 'a:b', '/v1', '/{a}', '/{a+}', '5m', '2027-01-01', 'null', 'true', '1', '.inf',
    '{', '}', '[', ']', ':', ': ', ',', '- ', '? ', '\n', '\r\n', '  ', '"', "'", '|', '>', '&a', '*a', '!t', '~', '<<', '---', '...', '#', '%', '@',
    '`', '\\', '\t', '\0', 'é', '\u202E', '"\\ud800"', '(a',
  ] // biome-ignore format: a bag of scraps
  const scrap = fc.constantFrom(...SCRAPS)
  const soup = fc.array(scrap, { maxLength: 40 }).map((scraps) => encode(scraps.join('')))

  test('bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void pair(bytes, bytes)),
      { numRuns: 300 },
    )
  })

  test('texts that look like YAML', () => {
    fc.assert(
      fc.property(soup, soup, (gateway, service) => void pair(gateway, service)),
      { numRuns: 250 },
    )
  })

  test('data of any shape under the keys of a map', () => {
    const key = fc.constantFrom(
      'service', 'scopes', 'routes', 'environments', 'dev', 'issuers', 'GET', 'a:b', '/x', 'anyOf', 'allOf', 'public', 'stepUp', 'hosts', 'hostOptions',
      'naming', 'pattern', 'tooCoarse', 'limits', 'reason', 'implies', 'deprecated', 'keys', 'constructor', 'toString', 'hasOwnProperty',
    ) // biome-ignore format: a bag of keys
    const leaf = fc.constantFrom(null, true, 1, '', 'a', 'a:b', '5m', 'public', '/x', -1, 1e99)
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 5 }),
      ),
    }))
    const data = value.map((each) => encode(JSON.stringify(each)))
    fc.assert(
      fc.property(data, data, (gateway, service) => void pair(gateway, service)),
      { numRuns: 250 },
    )
  })

  test('the example map with a few scraps where they do not belong', () => {
    const edit = fc.tuple(fc.nat(), fc.nat(30), fc.oneof(scrap, fc.string({ maxLength: 4 })))
    const edits = fc.tuple(fc.constantFrom(...Object.keys(example)), fc.array(edit, { minLength: 1, maxLength: 3 }))
    fc.assert(
      fc.property(edits, ([name, all]) => {
        let text = example[name] ?? ''
        for (const [place, length, scrap] of all) {
          const start = place % (text.length + 1)
          text = text.slice(0, start) + scrap + text.slice(start + length)
        }
        check(filesOf({ ...example, [name]: text }))
      }),
      { numRuns: 80 },
    )
  })
})

describe('a map that is only compiled', () => {
  const compiled = (texts: Texts, memory: FileMemory = new Map()) => compileMap(filesOf(texts), memory)
  const plain = serviceOf('  /x: { GET: a:read }\n')

  test('is the same release, with the same environments', () => {
    const { loaded, environments } = readTexts(example)
    expect(compiled(example)).toEqual({ ok: true, value: { loaded, environments } })
  })

  test('may break rules whose level can be set', () => {
    const coarse = { ...plain, 'gateway.yaml': `${GATEWAY}naming: { pattern: "b:[a-z]+" }\n` }
    expect(onlyErrors(readTexts(coarse).diagnostics)).toContain('scope-naming@tested.yaml:5:3')
    expect(readTexts(coarse).release).toBeUndefined()
    const [expected, found] = [compiled(plain), compiled(coarse)]
    expect(found.ok && expected.ok && found.value.loaded.text === expected.value.loaded.text).toBe(true)
  })

  test.each([
    ['an undefined scope', serviceOf('  /x: { GET: a:none }\n'), ['undefined-scope@tested.yaml:9:14']],
    ['no gateway', { 'tested.yaml': plain['tested.yaml'] ?? '' }, ['missing-file@gateway.yaml:1:1']],
    ['a key that is none', serviceOf('  /x: { GOT: a:read }\n'), ['unknown-key@tested.yaml:9:9']],
  ])('says why it is none: %s', (_, texts, labels) => {
    const found = compiled(texts)
    expect(found.ok ? [] : found.error.map(labelOf)).toEqual(labels)
  })

  test('is read afresh where it has changed since, and says again what is wrong where it has not', () => {
    const memory: FileMemory = new Map()
    const wrong = serviceOf('  /x: { GOT: a:read }\n')
    const other = serviceOf('  /y: { GET: a:read }\n')
    for (const texts of [
      plain,
      other,
      wrong,
      wrong,
      plain,
      { ...plain, 'gateway.yaml': GATEWAY.replace('api.', 'b.') },
    ])
      expect(compiled(texts, memory)).toEqual(compiled(texts))
  })
})
