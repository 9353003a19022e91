/** A difference on a terminal. */
import { quoted } from '../source/diagnostic.ts'
import type { Difference } from '../source/diff/difference.ts'
import { type Item, reportOf, type Section, type Voice } from '../source/diff/report.ts'
import { isEmpty, summarize } from '../source/diff/summary.ts'
import { paint } from './terminal.ts'

const terminal: Voice = { code: quoted, text: (text) => quoted(text).slice(1, -1) }

/** The sentence first, so that whoever reads no further has read it. `more`: sections that others add. */
export function renderDifference(difference: Difference, more: readonly Section[] = []): string {
  const verdict = isEmpty(difference) ? paint('green', 'nothing differs') : paint('bold', summarize(difference))
  const warning = difference.isWhole
    ? []
    : [paint('red', 'not everything was looked at: templates meet in too many ways; treated as looser and stricter')]
  return [verdict, ...warning, ...[...more, ...reportOf(difference, terminal)].map(renderSection)].join('\n')
}

const renderSection = ({ title, items }: Section): string =>
  [`\n${paint('cyan', title)} (${items.length})`, ...items.map(renderItem)].join('\n')

function renderItem({ subject, before, after, notes }: Item): string {
  return [
    `  ${paint('bold', subject)}`,
    ...(before === undefined ? [] : [`    ${paint('dim', 'before')}  ${before}`]),
    ...(after === undefined ? [] : [`    ${paint('dim', 'now   ')}  ${after}`]),
    ...notes.map((note) => `    ${note}`),
  ].join('\n')
}
