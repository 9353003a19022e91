/** `scopewall audit`: the log as it is kept, and whether anything in it was changed, left out or cut off. */
import type { Cursor } from '../../policy/revocation-log.ts'
import { type AdminOptions, adminClient } from '../admin-client.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { type ChainSource, chainAt, chainIn, encodeChain } from '../log-export.ts'
import { announceStep, note, paint, print, printJson } from '../terminal.ts'
import { headText, judgeLog, type Verdict } from '../verify-log.ts'
import { writeWhole } from '../write-whole.ts'

export interface VerifyOptions extends AdminOptions {
  /** What `audit export` wrote; without it the gate is asked. */
  readonly file?: string
  /** `<number>:<hash>`, as it was printed before. */
  readonly head?: string
}

export interface ExportOptions extends AdminOptions {
  readonly out?: string
}

export async function verify(options: VerifyOptions): Promise<ExitCode> {
  const noted = options.head === undefined ? undefined : parseHead(options.head)
  const source = options.file === undefined ? await chainAt(await adminClient(options)) : await chainIn(options.file)
  const verdict = await judgeLog(source, noted)
  if (options.json) printJson({ intact: verdict.kind === 'intact', ...factsOf(verdict) })
  else if (verdict.kind === 'intact') print(describe(verdict, source, noted))
  if (verdict.kind === 'intact') return EXIT.done
  throw new Stop(
    EXIT.differs,
    `the log of ${source.from} is not what it was: entry ${verdict.seq}: ${verdict.why}`,
    options.file === undefined
      ? 'keep what is there (`scopewall audit export`), and find out who could write to the Durable Object'
      : 'hold the log itself against it: `scopewall audit verify`',
  )
}

const HEAD = /^(0|[1-9]\d{0,15}):([\w-]{43})?$/

function parseHead(text: string): Cursor {
  const [, seq, hash = ''] = HEAD.exec(text) ?? []
  if (seq !== undefined && (hash === '') === (seq === '0')) return { seq: Number(seq), hash }
  throw new Stop(EXIT.usage, `\`${text}\` is no head of a log`, 'write `<number>:<hash>`, as `audit verify` prints it')
}

function describe(
  { head, entries }: Verdict & { readonly kind: 'intact' },
  { from, floor }: ChainSource,
  noted: Cursor | undefined,
): string {
  const since = floor.seq === 0 ? '' : `, from entry ${floor.seq + 1} on: what was before has been cut off`
  return [
    `${paint('green', 'intact')} ${from}: ${entries} entries${since}`,
    ...(noted === undefined ? [] : [`it holds entry ${noted.seq} as it was noted`]),
    `head ${headText(head)}`,
  ].join('\n')
}

const factsOf = (verdict: Verdict): object =>
  verdict.kind === 'intact'
    ? { entries: verdict.entries, head: headText(verdict.head) }
    : { entry: verdict.seq, why: verdict.why }

export async function exportLog(options: ExportOptions): Promise<ExitCode> {
  const source = await chainAt(await adminClient(options))
  if (options.out === undefined && !options.json) announceStep(`entries of ${source.from}, one a line`)
  const { text, entries } = await encodeChain(source)
  if (options.out === undefined) {
    print(text.trimEnd())
    return EXIT.done
  }
  await writeWhole(options.out, text)
  const facts = { file: options.out, entries, head: headText(source.head) }
  if (options.json) printJson(facts)
  else note(`${options.out}: ${entries} entries of ${source.from}; head ${facts.head}`)
  return EXIT.done
}
