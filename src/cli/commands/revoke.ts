/** `scopewall revoke`: one thing, or all that a file names. */
import { isUtf8 } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { type MarkFileKind, readMarkFile } from '../../source/marks/file.ts'
import { type ApiMark, apiMarkOf, isKillSwitch, MARK_NAMES, type MarkRow } from '../../source/marks/row.ts'
import { type AdminClient, type AdminOptions, adminClient, Rejected, readSecret } from '../admin-client.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { readReceipt, type WrittenMark } from '../read-log.ts'
import { describeEffect, describeEnd, describeLimits, describeTarget } from '../render-log.ts'
import { announceStep, note, paint, print, printJson } from '../terminal.ts'

export interface RevokeOptions extends AdminOptions, Omit<MarkRow, 'holding'> {
  readonly holding?: readonly string[]
  readonly file?: string
}

export async function revoke(options: RevokeOptions): Promise<ExitCode> {
  return options.file === undefined ? revokeOne(options) : revokeFile(options, options.file)
}

async function revokeOne(options: RevokeOptions): Promise<ExitCode> {
  const mark = apiMarkOf(await rowOf(options), Date.now())
  if (!mark.ok) throw new Stop(EXIT.usage, mark.error, 'see `scopewall revoke --help`')
  const client = await adminClient(options)
  const path = isKillSwitch(mark.value) ? 'kill-switches' : 'revocations'
  const receipt = readReceipt(await client.post(path, JSON.stringify(mark.value)))
  if (options.json) printJson(receipt)
  else print(receipt.entries.map(describe).join('\n'))
  return EXIT.done
}

const describe = ({ entry, target, effect, expires }: WrittenMark): string =>
  `${paint('green', describeEffect(effect))} ${describeTarget(target, effect)}${describeLimits(effect)}, ${describeEnd(expires)}; entry ${entry}`

async function rowOf(options: RevokeOptions): Promise<MarkRow> {
  const { issuer, reason, issuedBefore, expires, holding } = options
  const names = MARK_NAMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]))
  return {
    ...Object.fromEntries(names),
    ...(options.token !== undefined && { token: await tokenToRevoke(options) }),
    ...(issuer !== undefined && { issuer }),
    ...(reason !== undefined && { reason }),
    ...(issuedBefore !== undefined && { issuedBefore }),
    ...(expires !== undefined && { expires }),
    ...(holding !== undefined && { holding: holding.flatMap((each) => each.split(' ')) }),
  }
}

async function tokenToRevoke({ token, tokenFile }: RevokeOptions): Promise<string> {
  if (token !== '-')
    throw new Stop(
      EXIT.usage,
      'a token is no argument: it would be in the history of the shell',
      'write `--token -`, and send it to standard input',
    )
  if (tokenFile === '-')
    throw new Stop(EXIT.usage, 'standard input holds one token', 'put the access token into SCOPEWALL_TOKEN or a file')
  return (await readSecret('-')).trim()
}

/** Of one request to the admin API. */
const MOST_MARKS = 500
const MOST_BYTES = 800_000
const MOST_FILE_BYTES = 256 * 1024 * 1024
const MOST_FAULTS = 20

interface LinedMark {
  readonly line: number
  readonly mark: ApiMark
}

async function revokeFile(options: RevokeOptions, file: string): Promise<ExitCode> {
  const marks = await readMarks(options, file)
  const client = await adminClient(options)
  const written: WrittenMark[] = []
  try {
    for (const part of partsOf(marks)) {
      written.push(...(await revokePart(client, file, part, written.length)))
      if (marks.length > part.length) announceStep(`${written.length} entries for ${marks.length} rows`)
    }
  } finally {
    // Also of what was written before something failed.
    if (options.json) printJson({ file, rows: marks.length, entries: written.map(({ entry }) => entry) })
  }
  const [first, last] = [written.at(0)?.entry, written.at(-1)?.entry]
  if (!options.json) print(`${paint('green', 'revoked')} ${marks.length} of ${file}: entries ${first} to ${last}`)
  return EXIT.done
}

/** All of them are looked at before the first is sent. */
async function readMarks(options: RevokeOptions, file: string): Promise<readonly LinedMark[]> {
  const { rows, faults } = readMarkFile(kindOf(file), file, await readWhole(file))
  const now = Date.now()
  const defaults = await rowOf(options)
  const named = MARK_NAMES.find((name) => defaults[name] !== undefined)
  if (named !== undefined) throw new Stop(EXIT.usage, `\`--file\` says what is revoked: leave out \`--${named}\``)
  const marks: LinedMark[] = []
  const wrong = [...faults]
  for (const { line, row } of rows) {
    const mark = apiMarkOf({ ...defaults, ...row }, now)
    if (!mark.ok) wrong.push({ line, message: mark.error })
    else if (isKillSwitch(mark.value))
      wrong.push({ line, message: 'a scope or a whole issuer is stopped one at a time' })
    else marks.push({ line, mark: mark.value })
  }
  if (wrong.length > 0) {
    for (const { line, message } of wrong.sort((a, b) => a.line - b.line).slice(0, MOST_FAULTS))
      note(`${file}:${line}: ${message}`)
    throw new Stop(EXIT.usage, `nothing was revoked: ${wrong.length} rows of \`${file}\` are wrong`)
  }
  if (marks.length === 0) throw new Stop(EXIT.usage, `\`${file}\` names nothing to revoke`)
  return marks
}

const KINDS: Readonly<Record<string, MarkFileKind>> = {
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.csv': 'csv',
}

function kindOf(file: string): MarkFileKind {
  const kind = KINDS[extname(file).toLowerCase()]
  if (kind === undefined)
    throw new Stop(EXIT.usage, `\`${file}\`: what is in it?`, `let its name end in ${Object.keys(KINDS).join(', ')}`)
  return kind
}

async function readWhole(file: string): Promise<string> {
  const size = await stat(file).then(
    (facts) => facts.size,
    () => undefined,
  )
  if (size === undefined) throw new Stop(EXIT.usage, `\`${file}\` cannot be read`)
  if (size > MOST_FILE_BYTES) throw new Stop(EXIT.usage, `\`${file}\` is larger than 256 MiB`, 'split it')
  const bytes = await readFile(file)
  // Letters that were guessed at would name somebody else, or nobody.
  if (!isUtf8(bytes)) throw new Stop(EXIT.usage, `nothing was revoked: \`${file}\` is not UTF-8`, 'save it as UTF-8')
  return bytes.toString('utf8')
}

function* partsOf(marks: readonly LinedMark[]): Generator<readonly LinedMark[]> {
  let part: LinedMark[] = []
  let bytes = 0
  for (const each of marks) {
    const length = Buffer.byteLength(JSON.stringify(each.mark))
    if (part.length === MOST_MARKS || (part.length > 0 && bytes + length > MOST_BYTES)) {
      yield part
      part = []
      bytes = 0
    }
    part.push(each)
    bytes += length
  }
  if (part.length > 0) yield part
}

/** What the gate finds wrong is told with the lines of the file. */
async function revokePart(
  client: AdminClient,
  file: string,
  part: readonly LinedMark[],
  before: number,
): Promise<readonly WrittenMark[]> {
  try {
    const body = part.map(({ mark }) => JSON.stringify(mark)).join('\n')
    return readReceipt(await client.post('revocations/bulk', body, 'application/x-ndjson')).entries
  } catch (error) {
    if (before > 0) note(`the rows before line ${part[0]?.line} were revoked: ${before} entries`)
    if (!(error instanceof Rejected)) throw error
    for (const { at, detail } of error.flaws) {
      const line = part[Number(/^line (\d+)$/.exec(at)?.[1] ?? 0) - 1]?.line
      note(`${file}${line === undefined ? '' : `:${line}`}: ${detail}`)
    }
    throw error
  }
}
