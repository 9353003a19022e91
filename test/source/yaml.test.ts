/** The plain part of YAML, and the rest, which is refused. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readYaml } from '../../src/source/yaml.ts'

const dataOf = (text: string) => readYaml('a.yaml', text).tree?.root.value

/** `rule:line:column`, each. */
const faultsOf = (text: string) =>
  readYaml('a.yaml', text).diagnostics.map(({ rule, at }) => `${rule}:${at.line}:${at.column}`)

describe('plain YAML is read', () => {
  test('words of YAML 1.1 are texts', () => {
    for (const word of [
      'NO',
      'no',
      'yes',
      'on',
      'off',
      'y',
      '2027-03-01',
      '12:30:00',
      '0777x',
      '1_000',
      '10.0.0.1',
      '<<x',
    ])
      expect.soft(dataOf(`a: ${word}`), word).toEqual({ a: word })
  })

  test('scalars of the core schema are what they are', () => {
    expect(dataOf('{ a: 1, b: true, c: ~, d: null, e: "1", f: 1.5, g: 0x10 }')).toEqual({
      a: 1,
      b: true,
      c: null,
      d: null,
      e: '1',
      f: 1.5,
      g: 16,
    })
  })

  test('whatever JSON says is said by YAML too', () => {
    const json = fc
      .json({ maxDepth: 4, noUnicodeString: false })
      .filter((text) => !text.includes('__proto__') && !text.includes('"<<"'))
    fc.assert(
      fc.property(json, (text) => {
        const value: unknown = JSON.parse(text)
        if (value !== null) expect(JSON.parse(JSON.stringify(dataOf(text)))).toEqual(value)
      }),
      { numRuns: 25 },
    )
  })

  test('names of built-in things are names', () => {
    const value = dataOf('constructor: 1\ntoString: 2\nprototype: 3\nhasOwnProperty: 4')
    expect(Object.entries(value ?? {})).toEqual([
      ['constructor', 1],
      ['toString', 2],
      ['prototype', 3],
      ['hasOwnProperty', 4],
    ])
    expect(Object.getPrototypeOf(value)).toBeNull()
  })
})

describe('what is refused, and where', () => {
  test.each([
    ['an anchor', 'a: &x 1', ['yaml-feature:1:4']],
    ['an anchor and its alias', 'a: &x 1\nb: *x', ['yaml-feature:1:4', 'yaml-feature:2:4']],
    ['a merge key', 'a: 1\n<<: { b: 1 }', ['yaml-feature:2:1']],
    ['a standard tag', 'a: !!str 1', ['yaml-feature:1:4']],
    ['a custom tag', 'a: !js/function x', ['yaml-feature:1:4']],
    ['a tag on the root', '!!set\n? a', ['yaml-feature:1:1']],
    ['a version directive', '%YAML 1.1\n---\na: NO', ['yaml-feature:1:1']],
    ['a tag directive', '%TAG ! tag:x,2000:\n---\na: b', ['yaml-feature:1:1']],
    ['a second document', 'a: 1\n---\nb: 2', ['yaml-feature:2:1']],
    ['a second document after the end of the first', 'a: 1\n...\nb: 2', ['yaml-feature:3:1']],
    ['an empty file', '', ['empty-file:1:1']],
    ['a file of comments', '# a\n# b\n', ['empty-file:1:1']],
    ['a null', 'null', ['empty-file:1:1']],
    ['a number as a key', 'a:\n  404: b', ['non-string-key:2:3']],
    ['a boolean as a key', 'true: b', ['non-string-key:1:1']],
    ['nothing as a key', ': b', ['non-string-key:1:1']],
    ['a list as a key', '? [a]\n: b', ['non-string-key:1:3']],
    ['a map as a key', '{ a: b }: c', ['non-string-key:1:1']],
    ['the key __proto__', 'a: 1\n"__proto__": { b: 1 }', ['reserved-key:2:1']],
    ['a key twice', 'a: 1\nb: 2\na: 3', ['duplicate-key:3:1']],
    ['a key twice in two spellings', '{ "a": 1, a: 2 }', ['duplicate-key:1:11']],
    ['an open list', 'a: [b', ['yaml-syntax:1:6']],
    ['a wrong indentation', 'a:\n    b: 1\n  c: 2', ['yaml-syntax:3:1']],
    ['half a key', 'a: 1\nb\n', ['yaml-syntax:2:1']],
  ])('%s', (_, text, faults) => expect(faultsOf(text)).toEqual(faults))

  test('a key that is there twice is named with its first place', () => {
    const [duplicate] = readYaml('a.yaml', 'a: 1\nb: 2\na: 3').diagnostics
    expect(duplicate?.related.map(({ at }) => at)).toEqual([{ file: 'a.yaml', line: 1, column: 1 }])
  })

  test('keys that are wrong do not keep the others from being read', () => {
    expect(dataOf('a: 1\na: 2\n404: 3\nb: 4')).toEqual({ a: 1, b: 4 })
  })
})

describe('a bomb goes off nowhere', () => {
  const size = 1024 * 1024
  test.each([
    ['lists in lists', '['.repeat(size)],
    ['maps in maps', '{a: '.repeat(size / 4)],
    ['items in items', '- '.repeat(size / 2)],
    ['keys in keys', '? '.repeat(size / 2)],
    ['just too many', `${'['.repeat(17)}${']'.repeat(17)}`],
    ['just too many, by indentation', Array.from({ length: 18 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('%s', (_, text) => {
    expect(faultsOf(text)[0]).toMatch(/^too-deep:/)
  })

  test('a long line is not a deep one', () => {
    expect(faultsOf(`[${'{ ? a : b }, '.repeat(40)}]`)).toEqual([])
  })

  test('as deep as a map can be is deep enough', () => {
    expect(faultsOf(`${'['.repeat(16)}${']'.repeat(16)}`)).toEqual([])
  })

  test('a laughing billion is a handful of refusals', () => {
    const lines = Array.from(
      { length: 30 },
      (_, n) =>
        `a${n}: &a${n} [${
          n === 0
            ? 'lol'
            : Array(9)
                .fill(`*a${n - 1}`)
                .join(',')
        }]`,
    )
    const { tree, diagnostics } = readYaml('a.yaml', lines.join('\n'))
    expect(tree).toBeUndefined()
    expect(new Set(diagnostics.map(({ rule }) => rule))).toEqual(new Set(['yaml-feature']))
    expect(diagnostics.length).toBeLessThanOrEqual(20)
  })
})
