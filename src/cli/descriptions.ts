/** OpenAPI descriptions for commands: read with the files beside them, or a stop that says what is wrong. */
import type { Finding, Place } from '../source/diagnostic.ts'
import type { ApiDescription, ApiDescriptionReading } from '../source/openapi/api.ts'
import { readApi } from '../source/openapi/read-api.ts'
import type { SourceFile } from '../source/source-text.ts'
import { EXIT, Stop } from './exit.ts'
import { loaderFor, readSources } from './import-files.ts'
import { note, paintError } from './terminal.ts'

export interface ReadDescription extends Pick<ApiDescriptionReading, 'problems' | 'reading'> {
  readonly source: SourceFile
  readonly api: ApiDescription
}

/** In the order of the paths; each path once. Problems that keep nothing from being read are the caller's to show. */
export async function readDescriptions(paths: readonly string[]): Promise<readonly ReadDescription[]> {
  const sources = await readSources([...new Set(paths)])
  return sources.map((source) => {
    const { api, problems, reading } = readApi(source, loaderFor([source.path]))
    if (api !== undefined) return { source, api, problems, reading }
    for (const problem of problems) noteFinding('error', problem)
    throw new Stop(EXIT.couldNotRun, `\`${source.path}\` is no OpenAPI description`)
  })
}

/** On standard error. */
export function noteFinding(severity: 'error' | 'warning', { at, message, help }: Finding): void {
  const word = paintError(severity === 'error' ? 'red' : 'yellow', severity)
  note(`${placeText(at)}  ${word}  ${message}`)
  if (help !== undefined) note(`    ${paintError('cyan', 'help:')} ${help}`)
}

export const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`
