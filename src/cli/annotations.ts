/** Diagnostics as workflow commands of GitHub Actions, which shows them beside the lines of a pull request. */
import type { Diagnostic } from '../source/diagnostic.ts'

export const renderAnnotations = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics.map(renderAnnotation).join('\n')

function renderAnnotation({ rule, severity, at, message, help }: Diagnostic): string {
  const properties = [
    `file=${property(at.file.replaceAll('\\', '/'))}`,
    `line=${at.line}`,
    `col=${at.column}`,
    `title=${property(rule)}`,
  ]
  return `::${severity} ${properties.join(',')}::${data(help === undefined ? message : `${message}\n${help}`)}`
}

/** A line end would end the command. */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/** The same for what stands between commas. */
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
