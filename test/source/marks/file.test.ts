import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MARK_FILE_KINDS, readMarkFile } from '../../../src/source/marks/file.ts'
import { apiMarkOf, readMarkRow } from '../../../src/source/marks/row.ts'

const NOW = Date.parse('2027-01-01T00:00:00Z')
const faultsOf = (kind: (typeof MARK_FILE_KINDS)[number], text: string) =>
  readMarkFile(kind, 'file', text).faults.map(({ line, message }) => `${line}: ${message}`)

describe('files of things to be revoked', () => {
  test('CSV: a byte-order mark, carriage returns, quotation marks and empty fields', () => {
    const { rows, faults } = readMarkFile(
      'csv',
      'file',
      '\uFEFFsubject,reason,expires\r\n"u,1","said ""no""",\r\n u2 ,r,30d\r\n',
    )
    expect(faults).toEqual([])
    expect(rows).toEqual([
      { line: 2, row: { subject: 'u,1', reason: 'said "no"' } },
      { line: 3, row: { subject: 'u2', reason: 'r', expires: '30d' } },
    ])
  })

  test('holding is a list, or names with spaces between', () => {
    const rows = ['{ subject: a, holding: "x:read x:write" }', '{ subject: a, holding: [x:read, x:write] }']
    const read = readMarkFile('yaml', 'file', rows.map((row) => `- ${row}\n`).join(''))
    expect(read.rows.map(({ row }) => row.holding)).toEqual([
      ['x:read', 'x:write'],
      ['x:read', 'x:write'],
    ])
  })

  test.each<[(typeof MARK_FILE_KINDS)[number], string, string]>([
    ['csv', '', '1: its first line does not name columns'],
    ['csv', 'subject\nu1,u2\n', '2: it has 2 fields, and the first line 1'],
    ['csv', 'subject\n"u1\n', '2: a quotation mark is not closed, or stands inside a field'],
    ['csv', 'subject,subject\na,b\n', '2: the column `subject` is there twice'],
    ['csv', 'who\nu1\n', '2: there is no `who`: write '],
    ['ndjson', '\n{"subject":"u1"\n', '2: it is not JSON'],
    ['ndjson', '["u1"]\n', '1: it is not a map'],
    ['yaml', 'subject: u1\n', '1: it is not a list'],
    ['yaml', '- subject: u1\n  subject: u2\n', '2: '],
    ['yaml', '- subject: 17\n', '1: `subject` is no text: put it in quotation marks'],
  ])('%s %j is told where it is wrong', (kind, text, fault) => {
    expect(faultsOf(kind, text)).toEqual([expect.stringContaining(fault)])
  })

  test('whatever the text, a row or a fault for what is there, and no exception', () => {
    fc.assert(
      fc.property(fc.constantFrom(...MARK_FILE_KINDS), fc.string({ unit: 'binary' }), (kind, text) => {
        const { rows, faults } = readMarkFile(kind, 'file', text)
        for (const { line } of [...rows, ...faults]) expect(line).toBeGreaterThan(0)
      }),
    )
  })

  test('a field of CSV comes back as it was, whatever it holds', () => {
    const field = fc.string({ minLength: 1 }).filter((text) => !/[\r\n]/.test(text))
    fc.assert(
      fc.property(field, (subject) => {
        const { rows } = readMarkFile('csv', 'file', `subject\n"${subject.replaceAll('"', '""')}"\n`)
        expect(rows).toEqual([{ line: 2, row: { subject } }])
      }),
    )
  })
})

describe('one of them', () => {
  const marked = (row: object) => {
    const read = readMarkRow({ reason: 'r', ...row })
    const mark = read.ok ? apiMarkOf(read.value, NOW) : read
    return mark.ok ? mark.value : mark.error
  }

  test('ends after a length of time, on a day, or as it says', () => {
    expect(marked({ jti: 'j', expires: '30d' })).toMatchObject({ expires: '2027-01-31T00:00:00.000Z' })
    expect(marked({ jti: 'j', expires: '2027-06-01' })).toMatchObject({ expires: '2027-06-01T00:00:00Z' })
    expect(marked({ jti: 'j', expires: 'never', issuedBefore: 'now' })).toMatchObject({
      expires: 'never',
      issuedBefore: 'now',
    })
  })

  test('is about one target, and about nothing that is not said', () => {
    expect(marked({ scope: 'a:b', client: 'c' })).toEqual({
      target: { kind: 'scope', scope: 'a:b', client: 'c' },
      reason: 'r',
    })
    expect(marked({ issuer: 'https://i.example' })).toMatchObject({ target: { kind: 'issuer' } })
    for (const row of [{}, { scope: 'a:b', subject: 's' }, { scope: 'a:b', issuer: 'i' }, { client: 'c', jti: 'j' }])
      expect(marked(row)).toBeTypeOf('string')
  })
})
