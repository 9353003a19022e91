/** One value, one text. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/policy/canonical-json.ts'

describe('canonical JSON', () => {
  test('has its keys ascending by code unit, whatever they look like, and nothing that is absent', () => {
    expect(canonicalJson({ b: [2, { d: 1, c: undefined }], 9: null, a: 'é\ud800', 10: true })).toBe(
      '{"10":true,"9":null,"a":"é\\ud800","b":[2,{"d":1}]}',
    )
  })

  test('law: it says the value, and depends on nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        const again: unknown = JSON.parse(text)
        expect(again).toEqual(JSON.parse(JSON.stringify(value)))
        expect(canonicalJson(again)).toBe(text)
      }),
    )
  })
})
