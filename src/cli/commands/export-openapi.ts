/** `scopewall export openapi`: what the map asks for, written back into an OpenAPI description. */
import { exportSecurity } from '../../source/export/export.ts'
import { noteFinding, readDescriptions } from '../descriptions.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { loaderFor } from '../import-files.ts'
import { aliasesOf, requireEnvironment, requireSoundMap } from '../map.ts'
import { note, printJson } from '../terminal.ts'
import { writeWhole } from '../write-whole.ts'

export interface ExportOpenApiOptions {
  readonly scopes: string
  readonly out?: string
  readonly inPlace?: boolean
  readonly env?: string
  readonly host?: string
  readonly basePath?: string
  readonly tokenUrl?: string
  readonly authorizationUrl?: string
  readonly json?: boolean
}

export async function exportOpenApi(path: string, options: ExportOpenApiOptions): Promise<ExitCode> {
  const { out, inPlace, env, host, basePath, tokenUrl, authorizationUrl } = options
  if (inPlace && out !== undefined) throw new Stop(EXIT.usage, '--in-place and --out say two things: choose one')
  const map = await requireSoundMap(options.scopes)
  const [description] = await readDescriptions([path])
  if (description === undefined) throw new Stop(EXIT.usage, 'there is no description')
  const { api, reading, source } = description
  const load = loaderFor([source.path])
  const bytesOf = (file: string) => (file === source.path ? source.bytes : load(file))
  const exported = exportSecurity(
    map.document,
    { api, reading, textOf: (file) => decoded(bytesOf(file)) },
    {
      aliases: aliasesOf(map),
      ...(env !== undefined && { environment: requireEnvironment(map, env) }),
      ...(host !== undefined && { host: host.toLowerCase() }),
      ...(basePath !== undefined && { basePath: basePath.replace(/\/+$/, '') }),
      ...(tokenUrl !== undefined && { tokenUrl }),
      ...(authorizationUrl !== undefined && { authorizationUrl }),
    },
  )
  if (!exported.ok)
    throw new Stop(
      EXIT.couldNotRun,
      exported.error,
      '`--env <name>` takes the issuer of an environment; `--token-url` names the address',
    )
  const { files, written, unchanged, findings } = exported.value
  if (!inPlace && [...files.keys()].some((file) => file !== source.path))
    throw new Stop(EXIT.usage, 'the description lies in several files', '`--in-place` writes all of them')
  const texts = [...files].map(([file, text]) => [file, withMark(text, bytesOf(file))] as const)
  if (inPlace) for (const [file, text] of texts) await writeWhole(file, text)
  else
    await giveOut(
      out,
      files.has(source.path)
        ? (texts[0]?.[1] ?? '')
        : new TextDecoder('utf-8', { ignoreBOM: true }).decode(source.bytes),
      options.json,
    )
  for (const finding of findings) noteFinding('warning', finding)
  note(`${written} operations written, ${unchanged} said it already`)
  if (options.json) printJson({ written, unchanged, files: [...files.keys()], findings })
  return EXIT.done
}

async function giveOut(out: string | undefined, text: string, json: boolean | undefined): Promise<void> {
  if (out !== undefined) await writeWhole(out, text)
  else if (!json) process.stdout.write(text)
}

/** As the reader of descriptions has it: without a byte order mark, so that places are the same. */
const decoded = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes)

const withMark = (text: string, [first, second]: Uint8Array | readonly number[] = []): string =>
  first === 0xef && second === 0xbb ? `\uFEFF${text}` : text
