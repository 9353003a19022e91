/** A difference as a comment on a pull request: GitHub's Markdown, escaped, and no longer than GitHub takes. */
import type { Difference } from './difference.ts'
import { type Item, reportOf, type Section, type Voice } from './report.ts'
import { summarize } from './summary.ts'

/** Characters of a comment, less some for what else stands in it. */
export const LONGEST_COMMENT = 65_536
const ROOM = LONGEST_COMMENT - 1024

/** `more`: sections that others add, such as the replay of usage. `names`: what is compared, for the heading. */
export function renderMarkdown(
  difference: Difference,
  names: { readonly before: string; readonly after: string },
  more: readonly Section[] = [],
): string {
  const heading = [
    `### Scope map: ${summarize(difference)}`,
    '',
    `${markdown.code(names.before)} → ${markdown.code(names.after)}`,
    ...(difference.isWhole ? [] : ['', '**Not everything was looked at**: templates meet in too many ways.']),
  ].join('\n')
  return `${heading}\n${fit([...more, ...reportOf(difference, markdown)], ROOM - heading.length)}`
}

/** Whole rows as long as there is room; what is left out is counted. */
function fit(sections: readonly Section[], room: number): string {
  let left = room - sections.reduce((sum, section) => sum + framed(section, columnsOf(section.items), [], 1).length, 0)
  return sections
    .map((section) => {
      const columns = columnsOf(section.items)
      const rows: string[] = []
      for (const item of section.items) {
        const row = rowOf(item, columns)
        left -= row.length + 1
        if (left < 0) break
        rows.push(row)
      }
      return framed(section, columns, rows, section.items.length - rows.length)
    })
    .join('')
}

function framed(
  { title, items, isAside }: Section,
  columns: readonly Column[],
  rows: readonly string[],
  missing: number,
): string {
  const heading = `${title} (${items.length})`
  const rest = missing === 0 ? [] : ['', `${missing} more are not shown here: \`scopewall diff\` shows all.`]
  const table = [header(columns), ...rows, ...rest].join('\n')
  return isAside
    ? `\n<details><summary>${heading}</summary>\n\n${table}\n\n</details>\n`
    : `\n#### ${heading}\n\n${table}\n`
}

type Column = keyof Item

const TITLES: Readonly<Record<Column, string>> = { subject: '', before: 'Before', after: 'Now', notes: '' }

/** Those in which something stands. */
const columnsOf = (items: readonly Item[]): readonly Column[] =>
  (['subject', 'before', 'after', 'notes'] as const).filter((column) =>
    items.some((item) => (item[column] ?? '').length > 0),
  )

const header = (columns: readonly Column[]): string =>
  `|${columns.map((column) => ` ${TITLES[column]} |`).join('')}\n|${columns.map(() => ' --- |').join('')}`

function rowOf(item: Item, columns: readonly Column[]): string {
  const cells = columns.map((column) => (column === 'notes' ? item.notes.join('<br>') : (item[column] ?? '')))
  return `|${cells.map((cell) => ` ${cell} |`).join('')}`
}

/** Everything may stand in a cell of a table. Free text that GitHub would take for a mention or a link is set as code, too. */
export const markdown: Voice = { code: codeOf, text: textOf }

function codeOf(text: string): string {
  const shown = visible(text).replaceAll('|', '\\|')
  const fence = '`'.repeat(longestRun(shown) + 1)
  const pad = shown.startsWith('`') || shown.endsWith('`') || shown === '' ? ' ' : ''
  return `${fence}${pad}${shown}${pad}${fence}`
}

function textOf(text: string): string {
  if (/[@#]|www\.|:\/\//i.test(text)) return codeOf(text)
  return visible(text).replace(/[^\p{L}\p{N} .,;'?/-]/gu, (character) => `&#${character.codePointAt(0)};`)
}

const longestRun = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))

/** Without what would end a line or hide itself. */
const visible = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
