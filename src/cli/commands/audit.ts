/** `scopewall audit`: the log as it is kept, and whether anything in it was changed, left out or cut off. */
import type { Cursor } from '../../policy/revocation-log.ts'
import { verifyChain } from '../../revocation/chain.ts'
import { type AdminOptions, adminClient } from '../admin-client.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { type ChainSource, chainAt, chainIn, Damaged, encodeChain } from '../log-export.ts'
import { announceStep, note, paint, print, printJson } from '../terminal.ts'
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

type Verdict =
  | { readonly kind: 'intact'; readonly head: Cursor; readonly entries: number }
  /** `seq`: the first entry that is not what it was. */
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string }

export async function verify(options: VerifyOptions): Promise<ExitCode> {
  const noted = options.head === undefined ? undefined : parseHead(options.head)
  const source = options.file === undefined ? await chainAt(await adminClient(options)) : await chainIn(options.file)
  const verdict = await judge(source, noted)
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

const WORDS = {
  gap: 'entries are missing before it',
  previous: 'it does not continue the entry before it',
  text: 'its text is not that of an entry with this number',
  hash: 'its text is not what was hashed',
} as const

async function judge(source: ChainSource, noted: Cursor | undefined): Promise<Verdict> {
  const { floor, head } = source
  if (noted !== undefined && noted.seq < floor.seq)
    return broken(noted.seq, `it was noted, and has been cut off: the log begins after entry ${floor.seq}`)
  const walked = await walk(source, noted)
  if (walked.kind === 'broken') return walked
  const end = Math.max(head.seq, noted?.seq ?? 0)
  return walked.head.seq < end ? broken(walked.head.seq + 1, `it is missing, and so is all up to ${end}`) : walked
}

async function walk({ floor, head, links }: ChainSource, noted: Cursor | undefined): Promise<Verdict> {
  let [at, entries] = [floor, 0]
  const flaw = () => (isAt(noted, at) ? undefined : broken(at.seq, 'it is another one than was noted'))
  const first = flaw()
  if (first !== undefined) return first
  try {
    for await (const link of links) {
      const step = verifyChain([link], at)
      if (!step.ok) return broken(step.error.seq, WORDS[step.error.why])
      at = step.value
      entries++
      const found = flaw() ?? (isAt(head, at) ? undefined : broken(at.seq, 'the log itself gives another hash for it'))
      if (found !== undefined) return found
    }
  } catch (error) {
    if (error instanceof Damaged) return broken(at.seq + 1, 'what stands there is no entry of a log')
    throw error
  }
  return { kind: 'intact', head: at, entries }
}

const broken = (seq: number, why: string): Verdict => ({ kind: 'broken', seq, why })

/** Whether a cursor agrees with where the chain has come to, which is another place or the very same. */
const isAt = (cursor: Cursor | undefined, { seq, hash }: Cursor): boolean =>
  cursor === undefined || cursor.seq !== seq || cursor.hash === hash

const HEAD = /^(0|[1-9]\d{0,15}):([\w-]{43})?$/

function parseHead(text: string): Cursor {
  const [, seq, hash = ''] = HEAD.exec(text) ?? []
  if (seq !== undefined && (hash === '') === (seq === '0')) return { seq: Number(seq), hash }
  throw new Stop(EXIT.usage, `\`${text}\` is no head of a log`, 'write `<number>:<hash>`, as `audit verify` prints it')
}

const headText = ({ seq, hash }: Cursor): string => `${seq}:${hash}`

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
