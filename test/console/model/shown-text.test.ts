import { describe, expect, it } from 'vitest'
import { visible } from '../../../src/console/web/model/shown-text.ts'

describe('a name of a stranger', () => {
  it.each([
    ['invoices:read', 'invoices:read'],
    ['<b>bold</b> & "quoted"', '<b>bold</b> & "quoted"'],
    ['payments\u202egnp.exe', 'payments\\u{202e}gnp.exe'],
    ['zero\u200bwidth\u200d', 'zero\\u{200b}width\\u{200d}'],
    ['line\nfeed\u2028', 'line\\u{a}feed\\u{2028}'],
    ['half \ud800', 'half \\u{d800}'],
    ['👩‍🚀 Ünïcödé 漢字', '👩‍🚀 Ünïcödé 漢字'],
    ['🏳️‍🌈', '🏳️‍🌈'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown)
  })
})
