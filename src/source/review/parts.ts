/** The pieces that sections of the review are put together from. */
import { html, type Markup, trusted } from '../catalogue/markup.ts'
import type { Told } from './facts.ts'

export interface Section {
  readonly anchor: string
  readonly title: string
  /** What the section is for. */
  readonly purpose: string
  readonly body: Markup
}

type Cell = Markup | string | number

export interface Column {
  readonly title: string
  readonly kind?: 'number' | 'short' | 'wide'
}

/** The first cell of each row names it. Without rows, `none` is said instead. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], none: string): Markup {
  if (rows.length === 0) return html`<p class="none">${none}</p>\n`
  const cell = (content: Cell, index: number) => {
    const kind = classOf(columns[index])
    const shown = typeof content === 'number' ? numeral(content) : content
    return index === 0 ? html`<th scope="row"${kind}>${shown}</th>` : html`<td${kind}>${shown}</td>`
  }
  return html`<table>
<thead><tr>${columns.map((column) => html`<th scope="col"${classOf(column)}>${column.title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table>
`
}

const classOf = (column: Column | undefined): Markup | undefined =>
  column?.kind === undefined ? undefined : trusted(` class="${column.kind}"`)

/** What nobody could find out, so that nobody takes silence for "none". */
export const lack = (why: string): Markup =>
  html`<p class="lack"><strong>Not in this report.</strong> ${prose(why)}</p>\n`

export const told = <T>(value: Told<T>, render: (value: T) => Markup): Markup =>
  value.ok ? render(value.value) : lack(value.error)

export const code = (text: string): Markup => html`<code>${text}</code>`

/** Each as code, with commas. */
export const codes = (texts: readonly string[]): Markup =>
  html`${texts.map((text, index) => html`${index === 0 ? undefined : ', '}<code>${text}</code>`)}`

export const mark = (kind: 'alarm' | 'warn' | 'good' | 'plain', text: string): Markup =>
  html`<span class="mark ${kind}">${text}</span>`

/** With thin groups of three digits. */
export const numeral = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202F')

/** `2026-11-28 18:30 UTC`; what is no time stays as it is. */
export const timeText = (iso: string): string =>
  iso.replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2})?(?:\.\d+)?Z$/, '$1 $2 UTC')

export const dayText = (iso: string): string => iso.slice(0, 10)

/** Texts that hold names in backticks: those become code. */
export const prose = (text: string): Markup =>
  html`${text.split('`').map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))}`

/** "one of 3", where something was cut. */
export const unlisted = (count: number, where: string): Markup | undefined =>
  count === 0 ? undefined : html`<p class="soft">${numeral(count)} more are not listed here: ${prose(where)}.</p>\n`
