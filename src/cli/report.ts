/** Diagnostics as people read them: place, message, the line in question with a caret, and how to mend it. */
import { type Diagnostic, type Place, quoted } from '../source/diagnostic.ts'
import type { Excused } from '../source/lint/settle.ts'
import type { SourceFile } from '../source/source-text.ts'
import { paint, visible } from './terminal.ts'

export function renderDiagnostics(diagnostics: readonly Diagnostic[], files: readonly SourceFile[]): string {
  const texts = linesOf(files)
  return diagnostics.map((each) => renderDiagnostic(each, texts)).join('\n\n')
}

/** The lines of each file, by its path. */
export const linesOf = (files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> =>
  new Map(files.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes).split(/\r?\n/)]))

function renderDiagnostic(
  { rule, severity, at, message, subject, help, related, fix }: Diagnostic,
  texts: ReadonlyMap<string, readonly string[]>,
): string {
  const word = severity === 'error' ? paint('red', 'error') : paint('yellow', 'warning')
  return [
    `${paint('bold', placeOf(at))}  ${word}  ${message}  ${paint('dim', `(${rule})`)}`,
    ...excerpt(at, texts),
    // What an exception would go by.
    ...(subject === undefined || message.includes(subject) ? [] : [`    about ${quoted(subject)}`]),
    ...related.map((other) => `    ${placeOf(other.at)}  ${other.message}`),
    ...(help === undefined ? [] : [`    ${paint('cyan', 'help:')} ${help}${fix ? ' (`check --fix` does)' : ''}`]),
  ].join('\n')
}

export const placeOf = ({ file, line, column }: Place): string => `${file}:${line}:${column}`

const LONGEST_LINE = 160

/** The line in question with a caret; nothing where there is nothing to see. */
export function excerpt(
  { file, line, column }: Place,
  texts: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const text = texts.get(file)?.[line - 1]
  if (text === undefined || text.trim() === '' || text.length > LONGEST_LINE) return []
  const gutter = `    ${String(line).padStart(4)} | `
  return [paint('dim', gutter) + visible(text), `${' '.repeat(gutter.length + column - 1)}${paint('red', '^')}`]
}

/** `2 errors, 1 warning`, or what is there instead. */
export function summarize(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const warnings = diagnostics.length - errors
  const parts = [errors > 0 && count(errors, 'error'), warnings > 0 && count(warnings, 'warning')].filter(
    (part) => part !== false,
  )
  return parts.length === 0 ? 'no errors, no warnings' : parts.join(', ')
}

/** `; not shown: 1 excused (public-identifier), 3 of rules that are off (unused-scope)`, or nothing. */
export function summarizeExcused(excused: readonly Excused[]): string {
  const parts = [
    describeExcused(
      'excused',
      excused.filter(({ reason }) => reason !== undefined),
    ),
    describeExcused(
      'of rules that are off',
      excused.filter(({ reason }) => reason === undefined),
    ),
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : `; not shown: ${parts.join(', ')}`
}

const describeExcused = (word: string, excused: readonly Excused[]): string =>
  excused.length === 0 ? '' : `${excused.length} ${word} (${[...new Set(excused.map(({ rule }) => rule))].join(', ')})`

export const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`
