/** What a command says: results on standard output, everything else on standard error; colour only where somebody sees it. */
import { stripVTControlCharacters, styleText } from 'node:util'
import { plainJson } from '../policy/plain-json.ts'

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan'

/** Styled for standard output; plain when it is piped or NO_COLOR is set. */
export const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout })
/** The same for standard error. */
export const paintError = (style: Style, text: string): string => styleText(style, text, { stream: process.stderr })

export const print = (text: string): void => void process.stdout.write(`${text}\n`)
/** What a terminal would act upon, or show in another order, is escaped: the same JSON. */
export const jsonText = (value: unknown): string => plainJson(value, 2)
export const printJson = (value: unknown): void => print(jsonText(value))
/** The same in one line (NDJSON). */
export const printJsonLine = (value: unknown): void => print(plainJson(value))
export const note = (text: string): void => void process.stderr.write(`${text}\n`)

/** Text of others, without what a terminal would act upon. */
export const visible = (text: string): string => text.replace(/[\p{C}]/gu, ' ')

/** Rows under a header, each column as wide as its widest cell; and no spaces at the end of a line. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) =>
    Math.max(...[name, ...rows.map((row) => row[column] ?? '')].map(visibleLength)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)),
      )
      .join('  ')
      .trimEnd()
  return [paint('dim', line(header)), ...rows.map(line)].join('\n')
}

const visibleLength = (text: string): number => stripVTControlCharacters(text).length

/** Names and values in two columns. */
export function renderFacts(facts: readonly (readonly [string, string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length))
  return facts.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${value}`).join('\n')
}

/** Announces the steps of something that takes a while, on standard error, one line a step. */
export function announceStep(text: string): void {
  note(`${paintError('cyan', '›')} ${text}`)
}
