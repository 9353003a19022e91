/** Canonical JSON: same map, same bytes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  encodeRelease,
  isRelaxation,
  isSensitivity,
  RELAXATIONS,
  type ReleaseDocument,
  SENSITIVITIES,
} from '../../src/policy/release.ts'
import { INVOICING } from '../support/invoicing.ts'
import { documentOf, ruleOf, scopesOf } from './build.ts'

/** The same value with the members of every object in another order. */
function reordered<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reordered) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reordered(member)]),
  ) as T
}

test('object keys ascend by code unit and there is no white space', () => {
  const document = documentOf({ scopes: scopesOf(['b', 'a', 'B', '_', '~', '10', '9']) })
  const text = encodeRelease(document)
  expect([...text.matchAll(/"([^"]+)":\{"owner":"team","reason"/g)].map(([, name]) => name)).toEqual([
    '10',
    '9',
    'B',
    '_',
    'a',
    'b',
    '~',
  ])
  expect(text).not.toMatch(/\s/)
  expect(text.startsWith('{"format":1,"hosts":{},"rules":[],"scopes":{')).toBe(true)
})

test('the order of keys changes nothing', () => {
  expect(encodeRelease(reordered(INVOICING))).toBe(encodeRelease(INVOICING))
})

test('lists keep their order', () => {
  const rules = [ruleOf('GET /b'), ruleOf('GET /a')]
  expect(encodeRelease(documentOf({ rules }))).not.toBe(encodeRelease(documentOf({ rules: rules.toReversed() })))
})

test('a member that is undefined is left out', () => {
  const rule = { ...ruleOf('GET /a'), stepUp: undefined, mode: undefined }
  expect(encodeRelease(documentOf({ rules: [rule as never] }))).toBe(
    encodeRelease(documentOf({ rules: [ruleOf('GET /a')] })),
  )
})

test('`__proto__` is a key like any other', () => {
  const scopes: ReleaseDocument['scopes'] = JSON.parse(JSON.stringify(scopesOf(['a'])).replace('"a"', '"__proto__"'))
  expect(encodeRelease(documentOf({ scopes }))).toContain('"scopes":{"__proto__":{')
})

test('what is encoded reads back as the same document', () => {
  expect(JSON.parse(encodeRelease(INVOICING))).toEqual(INVOICING)
})

test('any JSON is encoded the same in any order of keys, and reads back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const document = documentOf({ rules: [value as never] })
      const text = encodeRelease(document)
      expect(encodeRelease(reordered(document))).toBe(text)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(document)))
    }),
  )
})

test('the closed lists hold nothing that objects inherit', () => {
  for (const text of ['constructor', '__proto__', 'toString', '', 'LOW']) {
    expect(isSensitivity(text)).toBe(false)
    expect(isRelaxation(text)).toBe(false)
  }
  expect(SENSITIVITIES.every(isSensitivity)).toBe(true)
  expect(RELAXATIONS.every(isRelaxation)).toBe(true)
})
