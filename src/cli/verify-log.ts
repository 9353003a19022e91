/** Whether a revocation log is what it was: the one check behind `audit verify` and the access review. */
import type { Cursor } from '../policy/revocation-log.ts'
import { verifyChain } from '../revocation/chain.ts'
import { type ChainSource, Damaged } from './log-export.ts'

export type Verdict =
  | { readonly kind: 'intact'; readonly head: Cursor; readonly entries: number }
  /** `seq`: the first entry that is not what it was. */
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string }

/** As `audit verify` prints it and takes it back. */
export const headText = ({ seq, hash }: Cursor): string => `${seq}:${hash}`

const WORDS = {
  gap: 'entries are missing before it',
  previous: 'it does not continue the entry before it',
  text: 'its text is not that of an entry with this number',
  hash: 'its text is not what was hashed',
} as const

/** Follows the chain from where the log begins to its head, past what was noted before, if anything was. */
export async function judgeLog(source: ChainSource, noted: Cursor | undefined): Promise<Verdict> {
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
