/** `scopewall schema`: writes the JSON Schemas for editors beside the map. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { jsonSchemaFiles } from '../../source/json-schema.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { print, printJson } from '../terminal.ts'

export interface SchemaOptions {
  readonly scopes: string
  readonly json?: boolean
}

export async function schema({ scopes, json }: SchemaOptions): Promise<ExitCode> {
  const written: string[] = []
  for (const { path, text } of jsonSchemaFiles()) {
    const target = join(scopes, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, text)
    written.push(target)
  }
  if (json) printJson({ written })
  else print(written.join('\n'))
  return EXIT.done
}
