/** The page of standards: what it shows, what it complains of, and that no title can break it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ITEMS, type Item, SECTIONS, type Section } from './items.ts'
import { NOT_APPLICABLE } from './not-applicable.ts'
import { type NamedProof, proofsOf, renderStandards } from './render.ts'

const item = (id: string): Item => ({ id, source: 'RFC 1 section 2', level: 'MUST', says: 'It is `so`.' })
const sections: readonly Section[] = [
  { title: 'First', items: [item('AAA-1'), item('AAA-2')] },
  { title: 'Second', items: [item('BBB-1')] },
]
const proof = (ids: readonly string[], title: string, overrides: Partial<NamedProof> = {}): NamedProof => ({
  ids,
  title,
  file: 'test/a.test.ts',
  passed: true,
  ...overrides,
})
const complete = [proof(['AAA-1', 'AAA-2'], 'both hold'), proof(['BBB-1'], 'it holds')]
const reasonless = (proofs: readonly NamedProof[]) => renderStandards(sections, {}, proofs)

/** The cells of an item's row, split where a table is split: at each `|` that no backslash escapes. */
function cellsOf(text: string, id: string): readonly string[] {
  const row = text.split('\n').find((line) => line.startsWith(`| ${id} |`)) ?? ''
  const cells = [...row.matchAll(/((?:\\.|[^|\\])*)\|/gs)].map(([, cell = '']) => cell.trim())
  return cells.slice(1)
}

describe('the items', () => {
  const families: Readonly<Record<string, number>> = {
    ERR: 4, BRR: 11, SCP: 5, JAT: 11, BCP: 13, JWK: 3, INT: 8, INJ: 5, DPP: 25, MTL: 10, STU: 6, PRM: 8, RES: 3, RAR: 5, PRB: 4, DEP: 6, TSL: 9,
    SIG: 9, FAP: 8, COR: 8, SET: 6, PSH: 6, SSF: 5, SUB: 2, REV: 2,
  } // biome-ignore format: a list of counts reads better packed

  test('are those of every family, each once and in order', () => {
    const expected = Object.entries(families).flatMap(([family, count]) =>
      Array.from({ length: count }, (_, index) => `${family}-${index + 1}`),
    )
    expect(ITEMS.map(({ id }) => id)).toEqual(expected)
  })

  test('have a section for each family', () => {
    const familiesOf = SECTIONS.map(({ items }) => [...new Set(items.map(({ id }) => id.split('-')[0]))])
    expect(familiesOf).toEqual(Object.keys(families).map((family) => [family]))
    expect(new Set(SECTIONS.map(({ title }) => title)).size).toBe(SECTIONS.length)
  })

  test('say one plain line each, which no table cell breaks at', () => {
    for (const { id, says, source } of ITEMS) {
      expect(says.length, id).toBeLessThanOrEqual(140)
      expect(says, id).toMatch(/^[A-Z`].*\.$/)
      expect(says + source, id).toMatch(/^[\x20-\x7e]+$/)
      expect(says + source, id).not.toMatch(/[|<>]/)
      expect(says.split('`').length % 2, `${id}: a backtick without its other`).toBe(1)
    }
  })

  test('have reasons in one plain line, and only those that are there', () => {
    for (const [id, reason] of Object.entries(NOT_APPLICABLE)) {
      expect(ITEMS.map((each) => each.id)).toContain(id)
      expect(reason, id).toMatch(/^[A-Z`][^\n|<>]+\.$/)
    }
  })
})

describe('what counts as proof', () => {
  // As vitest's JSON reporter writes it, without what is not looked at.
  const result = (title: string, ancestorTitles: readonly string[] = [], status = 'passed') => ({
    ancestorTitles,
    fullName: [...ancestorTitles, title].join(' '),
    status,
    title,
    failureMessages: [],
    meta: {},
    location: { line: 7, column: 3 },
  })
  const proofs = (...assertionResults: readonly object[]) =>
    proofsOf({ success: true, testResults: [{ name: '/project/test/a.test.ts', assertionResults }] }, '/project/')

  test('ids at the start of a title, with its file and its place', () => {
    expect(proofs(result('[AAA-1] [AAA-12]it holds, see [BBB-1]'))).toEqual([
      {
        ids: ['AAA-1', 'AAA-12'],
        title: 'it holds, see [BBB-1]',
        file: 'test/a.test.ts',
        passed: true,
        place: '7:3',
      },
    ])
  })

  test('ids of the titles around it, which stand before its own', () => {
    expect(proofs(result('[AAA-1] it holds', ['[BBB-1] [AAA-1] of keys', '', '[CCC-1]']))).toMatchObject([
      { ids: ['BBB-1', 'AAA-1', 'CCC-1'], title: 'of keys: it holds' },
    ])
  })

  test.each(['it holds', 'it holds [AAA-1]', '[] holds nothing', '["AAA-1"] is a list', '[aaa-1] it holds', '[AAA-1'])(
    'the title %j names nothing',
    (title) => {
      expect(proofs(result(title))).toEqual([])
    },
  )

  test('a test that failed is no pass, and one that did not run is nothing', () => {
    const statuses = ['failed', 'skipped', 'pending', 'todo', 'disabled']
    expect(proofs(...statuses.map((status) => result(`[AAA-1] ${status}`, [], status)))).toMatchObject([
      { title: 'failed', passed: false },
    ])
  })

  test('files are told from the root, whatever way the slashes lean; a report without places will do', () => {
    const { location: _, ...placeless } = result('[AAA-1] it holds')
    const report = { testResults: [{ name: 'C:\\project\\test\\a.test.ts', assertionResults: [placeless] }] }
    expect(proofsOf(report, 'C:\\project')).toEqual([
      { ids: ['AAA-1'], title: 'it holds', file: 'test/a.test.ts', passed: true },
    ])
  })

  test.each([undefined, null, [], {}, { testResults: [{}] }, '{}'])('%j is no report', (report) => {
    expect(() => proofsOf(report, '/project')).toThrow()
  })
})

describe('the gaps', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly NamedProof[], readonly string[]]>([
    ['none where all is proven', {}, complete, []],
    ['none where a reason stands for a test', { 'BBB-1': 'Not ours.' }, complete.slice(0, 1), []],
    [
      'an item with neither',
      {},
      complete.slice(1),
      ['AAA-1: neither a test nor a reason', 'AAA-2: neither a test nor a reason'],
    ],
    ['an item with both', { 'BBB-1': 'Not ours.' }, complete, ['BBB-1: both a test and a reason']],
    [
      'a test of no item, each table once',
      {},
      [
        ...complete,
        proof(['AAA-9'], 'typo', { place: '1:1' }),
        proof(['AAA-9'], 'typo too', { place: '1:1' }),
        proof(['toString-1'], 'odd'),
      ],
      [
        'AAA-9: no such item, but a test names it: typo (test/a.test.ts)',
        'toString-1: no such item, but a test names it: odd (test/a.test.ts)',
      ],
    ],
    ['a reason of no item', { 'AAA-3': 'x' }, complete, ['AAA-3: no such item, but a reason names it']],
    [
      'a failing test, beside one that passes',
      {},
      [...complete, proof(['BBB-1'], 'not\nso', { passed: false })],
      ['BBB-1: fails: not so (test/a.test.ts)'],
    ],
  ])('%s', (_, reasons, proofs, gaps) => {
    expect(renderStandards(sections, reasons, proofs).gaps).toEqual(gaps)
  })
})

describe('the page', () => {
  test('says what it is, counts, and has a table for each section', () => {
    const { text } = renderStandards(sections, { 'AAA-2': 'Not | ours.' }, [proof(['AAA-1'], 'it holds')])
    expect(text).toMatch(/^<!-- Generated by `npm run standards`\. Do not edit\. -->\n# Standards\n/)
    expect(text).toContain('\n3 items: 1 proven, 1 not applicable, 1 open.\n')
    expect(text.match(/^## .*$/gm)).toEqual(['## First', '## Second'])
    expect(['AAA-1', 'AAA-2', 'BBB-1'].map((id) => cellsOf(text, id))).toEqual([
      ['AAA-1', 'MUST', 'It is `so`. (RFC 1 section 2)', 'it holds (`test/a.test.ts`)', 'pass'],
      ['AAA-2', 'MUST', 'It is `so`. (RFC 1 section 2)', 'Not \\| ours.', 'n/a'],
      ['BBB-1', 'MUST', 'It is `so`. (RFC 1 section 2)', '', 'open'],
    ])
    expect(text.endsWith('|\n')).toBe(true)
  })

  test('shows one failing test as FAIL, before all that pass, and counts it', () => {
    const passing = Array.from({ length: 6 }, (_, index) => proof(['AAA-1'], `a${index}`))
    const { text } = reasonless([...passing, proof(['AAA-1'], 'z', { file: 'test/z.test.ts', passed: false })])
    expect(cellsOf(text, 'AAA-1').slice(3)).toEqual([
      'z (`test/z.test.ts`)<br>a0 (`test/a.test.ts`)<br>a1 (`test/a.test.ts`)<br>a2 (`test/a.test.ts`)<br>and 3 more',
      'FAIL',
    ])
    expect(text).toContain('3 items: 0 proven, 1 fail, 0 not applicable, 2 open.')
  })

  test('shows the cases of one table of tests as one, the failing case first', () => {
    const cases = Array.from({ length: 30 }, (_, index) =>
      proof(['AAA-1', 'AAA-2'], `case ${10 + index}`, { place: '3:1', passed: index !== 20 }),
    )
    const two = [proof(['BBB-1'], 'x', { place: '9:1' }), proof(['BBB-1'], 'y', { place: '9:1' })]
    const { text } = reasonless([...cases, proof(['AAA-1'], 'other', { place: '4:1' }), ...two])
    expect(cellsOf(text, 'AAA-1')[3]).toBe('case 30 (`test/a.test.ts`, and 29 cases more)<br>other (`test/a.test.ts`)')
    expect(cellsOf(text, 'BBB-1')[3]).toBe('x (`test/a.test.ts`, and 1 case more)')
  })

  test('does not depend on the order in which tests ran, nor on the lines where they are written', () => {
    const proofs = fc.array(
      fc.record({
        ids: fc.uniqueArray(fc.constantFrom('AAA-1', 'AAA-2', 'BBB-1', 'CCC-1'), { minLength: 1 }),
        title: fc.string({ maxLength: 3 }),
        file: fc.constantFrom('test/a.test.ts', 'test/b.test.ts'),
        passed: fc.boolean(),
        place: fc.constantFrom('1:1', '2:1', '3:1'),
      }),
      { maxLength: 12 },
    )
    const shuffled = proofs.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    const moved = (all: readonly NamedProof[]) => all.map((each) => ({ ...each, place: `9${each.place}` }))
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(reasonless(moved(other))).toEqual(reasonless(one))
      }),
    )
  })

  test.each([
    ['a | b', 'a \\| b'],
    ['`a` and `b', '\\`a\\` and \\`b'],
    ['<br> & </td>', '&lt;br&gt; &amp; &lt;/td&gt;'],
    ['*a* _b_ ~~c~~ $d$ a_b', '\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\$d\\$ a_b'],
    ['[a](b) \\| c', '\\[a\\](b) \\\\\\| c'],
    ['a\nb\t\u0007c\u2028', 'a b c'],
    ['a\ud83d', 'a\ufffd'],
    ['é'.repeat(200), `${'é'.repeat(159)}…`],
  ])('shows the title %j as it is', (title, shown) => {
    expect(cellsOf(reasonless([proof(['AAA-1'], title)]).text, 'AAA-1')[3]).toBe(`${shown} (\`test/a.test.ts\`)`)
  })

  test('whatever a title holds, its row has five cells and its table as many lines as before', () => {
    const lines = reasonless(complete).text.split('\n').length
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[|\\`<>\n]*$/)), (title) => {
        const { text } = reasonless([proof(['AAA-1', 'AAA-2'], title), proof(['BBB-1'], title)])
        expect(text.split('\n')).toHaveLength(lines)
        expect(cellsOf(text, 'AAA-1')).toHaveLength(5)
        expect(text.isWellFormed()).toBe(true)
      }),
    )
  })
})
