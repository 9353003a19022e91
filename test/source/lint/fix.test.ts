/** `--fix`: what it takes out, what it leaves, and that the release stays the same. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeRelease } from '../../../src/policy/release.ts'
import { fixText } from '../../../src/source/lint/fix.ts'
import { GATEWAY, readTexts, scopesOf, type Texts } from '../maps.ts'

const LINT = `lint: { redundant-implies: warning }\n`
const SCOPES = ['b', 'c', 'd', 'e'].map((name) => `  a:${name}: { reason: R., sensitivity: medium }\n`).join('')

/** A map with one route, written as given below its method. */
const mapOf = (requirement: string): Texts => scopesOf(SCOPES, `  /x:\n    GET: ${requirement}\n`)

/** The service's text after one run. */
function fixed(texts: Texts): string {
  const { diagnostics } = readTexts(texts)
  return fixText('tested.yaml', texts['tested.yaml'] ?? '', diagnostics).text
}

const fixedRequirement = (requirement: string): string => fixed(mapOf(requirement)).split('    GET: ')[1] ?? ''

describe('an item that is in a list twice goes', () => {
  test.each([
    ['{ anyOf: [a:b, a:c, a:b] }', '{ anyOf: [a:b, a:c] }'],
    ['{ anyOf: [a:b, a:b, a:b, a:c] } # why', '{ anyOf: [a:b, a:c] } # why'],
    ['{ anyOf: [ a:b , "a:b" , a:c ] }', '{ anyOf: [ a:b , a:c ] }'],
    ['{ anyOf: [a:b, { allOf: [a:b] }, a:c,] }', '{ anyOf: [a:b, a:c,] }'],
    ['{ allOf: [a:b, a:c, a:b] }', '{ allOf: [a:b, a:c] }'],
    ['{ anyOf: [{ allOf: [a:b, a:c] }, a:d, { allOf: [a:c, a:b] }] }', '{ anyOf: [{ allOf: [a:b, a:c] }, a:d] }'],
    ['{ scope: a:b, clients: [one, two, one] }', '{ scope: a:b, clients: [one, two] }'],
    ['{ anyOf: [\n      a:b,\n      a:c,\n      a:b\n      ] }', '{ anyOf: [\n      a:b,\n      a:c\n      ] }'],
    ['\n      anyOf:\n        - a:b\n        - a:c\n        - a:b\n', '\n      anyOf:\n        - a:b\n        - a:c\n'],
    [
      '\n      anyOf:\n      - a:b\n      - a:b\n      - a:c # kept\n',
      '\n      anyOf:\n      - a:b\n      - a:c # kept\n',
    ],
    [
      '\n      anyOf:\n        - allOf: [a:b, a:c]\n        - allOf:\n            - a:c\n            - a:b\n        - a:d\n',
      '\n      anyOf:\n        - allOf: [a:b, a:c]\n        - a:d\n',
    ],
  ])('%j', (before, after) => expect(fixedRequirement(before).trimEnd()).toBe(after.trimEnd()))

  test('also where lines end as on Windows', () => {
    const texts = mapOf('\n      anyOf:\n        - a:b\n        - a:b\n        - a:c\n')
    const windows = { ...texts, 'tested.yaml': texts['tested.yaml']?.replaceAll('\n', '\r\n') ?? '' }
    expect(fixed(windows)).toBe(fixed(texts).replaceAll('\n', '\r\n'))
  })

  test('also at the very end of a file without a last line end', () => {
    const texts = scopesOf(SCOPES, '  /x:\n    GET:\n      anyOf:\n        - a:b\n        - a:b')
    expect(fixed(texts).endsWith('      anyOf:\n        - a:b\n')).toBe(true)
  })
})

test.each([
  ['\n      anyOf:\n        - a:b\n        - a:b # for the partners\n        - a:c\n'],
  ['\n      anyOf:\n        - a:b\n        # for the partners\n        - a:b\n        - a:c\n'],
  ['{ anyOf: [\n      a:b, # for the partners\n      a:b\n      ] }\n'],
])('a comment is never taken away, nor left to what it is not about: %j', (requirement) =>
  expect(fixed(mapOf(requirement))).toBe(mapOf(requirement)['tested.yaml']),
)

test('redundant-implies leaves the scopes that contain the rest', () => {
  const line = (name: string, implies: string) => `  a:${name}: { reason: R., sensitivity: medium${implies} }\n`
  const scopes = (all: string) =>
    line('all', `, implies: [${all}]`) +
    line('some', ', implies: [a:few]') +
    line('few', ', implies: [a:one]') +
    line('one', '')
  const texts = (all: string): Texts => ({
    ...scopesOf(scopes(all), '  /x: { GET: a:one }\n'),
    'gateway.yaml': LINT + GATEWAY,
  })
  expect(fixed(texts('a:one, a:few, a:some'))).toBe(texts('a:some')['tested.yaml'])
  expect(fixed(texts('a:some, a:one'))).toBe(texts('a:some')['tested.yaml'])
})

describe('whatever the map', () => {
  const name = fc.constantFrom('a:b', 'a:c', 'a:d', 'a:e')
  const alternative = fc.oneof(name, fc.uniqueArray(name, { minLength: 1, maxLength: 3 }))
  const flow = (items: readonly string[]) => `[${items.join(', ')}]`
  const implies = fc.tuple(
    ...['a:b', 'a:c', 'a:d'].map((own) => fc.subarray(['a:c', 'a:d', 'a:e'].filter((other) => other > own))),
  )

  /** A requirement of alternatives with repetitions, written in one of two styles. */
  const anyRequirement = fc
    .tuple(fc.array(alternative, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.boolean())
    .map(([all, isBlock, hasComment]) => {
      const texts = all.map((each) => (typeof each === 'string' ? each : `{ allOf: ${flow(each)} }`))
      if (!isBlock) return `{ anyOf: ${flow(texts)} }${hasComment ? ' # why' : ''}`
      return `\n      anyOf:\n${texts.map((text, index) => `        - ${text}${hasComment && index === 1 ? ' # why' : ''}\n`).join('')}`
    })

  test('the release stays the same, comments stay, and a second run has nothing to do', () => {
    let mended = 0
    fc.assert(
      fc.property(implies, fc.array(anyRequirement, { minLength: 1, maxLength: 4 }), (implied, requirements) => {
        const scopes = ['a:b', 'a:c', 'a:d', 'a:e'].map((each, index) => {
          const list = implied[index] ?? []
          return `  ${each}: { reason: R., sensitivity: medium${list.length > 0 ? `, implies: ${flow(list)}` : ''} }\n`
        })
        const routes = requirements.map((requirement, index) => `  /x${index}:\n    GET: ${requirement}\n`)
        const before: Texts = { ...scopesOf(scopes.join(''), routes.join('')), 'gateway.yaml': LINT + GATEWAY }
        const after: Texts = { ...before, 'tested.yaml': fixed(before) }
        const [one, two] = [readTexts(before), readTexts(after)]
        expect(two.release && encodeRelease(two.release)).toBe(one.release && encodeRelease(one.release))
        expect(after['tested.yaml']?.match(/#/g)?.length).toBe(before['tested.yaml']?.match(/#/g)?.length)
        expect(fixed(after)).toBe(after['tested.yaml'])
        const left = two.diagnostics.filter(({ fix, at }) => fix !== undefined && !hasComment(after, at.line))
        expect(left).toEqual([])
        mended += one.diagnostics.length - two.diagnostics.length
      }),
      { numRuns: 60 },
    )
    expect(mended).toBeGreaterThan(20)
  })

  const hasComment = (texts: Texts, line: number) => texts['tested.yaml']?.split('\n')[line - 1]?.includes('#') === true
})
