/** The bound on what one look-up may cost. */
import { describe, expect, test } from 'vitest'
import { findingsOf, serviceOf } from '../maps.ts'

const findings = (templates: readonly string[]) =>
  findingsOf(
    serviceOf(templates.map((template) => `  "${template}": { GET: a:read }\n`).join('')),
    'lookup-too-branchy',
  )

/** Every template of so many segments, each a literal or a parameter: a look-up can have to try them all. */
const bushy = (depth: number) =>
  Array.from({ length: 2 ** depth }, (_, number) =>
    Array.from({ length: depth }, (_, bit) => ((number >> bit) & 1 ? `/{p${bit}}` : '/x')).join(''),
  )

describe('a map', () => {
  test('whose look-ups double at each segment is refused as soon as they cost too much', () => {
    // 1 + 2 + 4 + ... nodes: 511 at eight segments, 1023 at nine.
    expect(findings(bushy(8))).toEqual([])
    expect(findings(bushy(9))).toHaveLength(1)
  })

  test('is told in which file the thicket is', () => {
    const [finding] = findings(bushy(9))
    expect(finding?.message).toContain('1023')
    expect(finding?.at.file).toBe('tested.yaml')
    expect(finding?.at.line).toBeGreaterThan(8)
  })

  test('cannot hide it behind spellings that fold together', () => {
    // `X` where a parameter follows, `x` where none does: apart they are thin, folded they are the thicket of above.
    const spelt = bushy(9).map((template) => template.replaceAll('/x/{', '/X/{'))
    expect(findings(spelt)).toHaveLength(1)
  })

  test('that is broad or deep without being bushy is fine', () => {
    expect(findings(Array.from({ length: 2000 }, (_, index) => `/a${index}/{id}/b`))).toEqual([])
    expect(findings([Array.from({ length: 60 }, (_, index) => `/{p${index}}`).join('')])).toEqual([])
  })
})
