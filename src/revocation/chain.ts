/**
 * The hash chain of the log: each entry is hashed with the hash of the one before, so that nothing can be changed, left out or put in between without
 * every later hash being another. Whoever kept one cursor can tell.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { base64url } from 'jose'
import { fail, ok, type Result } from '../policy/result.ts'
import { type ChainLink, type Cursor, GENESIS } from '../policy/revocation-log.ts'

/** Synchronous, so that an append needs no pause in which something could come between. */
export const sha256Text = (text: string): string => base64url.encode(sha256(utf8ToBytes(text)))

/** `previous`: the hash of the entry before, empty for the first. */
export const linkHash = (previous: string, text: string): string => sha256Text(`${previous}\n${text}`)

/** The first place where the chain does not hold. */
export interface BrokenLink {
  /** The number that the entry there should have. */
  readonly seq: number
  readonly why: /** Another number is there. */
    | 'gap'
    /** It continues something else than what is before it. */
    | 'previous'
    /** Its text is none of an entry with its number. */
    | 'text'
    /** Its text is not what was hashed. */
    | 'hash'
}

/**
 * Follows the links from `floor`: the beginning, the cursor where a log was cut, or the head of the links before. The answer is where they lead to;
 * that this is the log's head is for the caller to compare.
 */
export function verifyChain(links: Iterable<ChainLink>, floor: Cursor = GENESIS): Result<Cursor, BrokenLink> {
  let head = floor
  for (const link of links) {
    const seq = head.seq + 1
    const why = flawOf(link, seq, head.hash)
    if (why !== undefined) return fail({ seq, why })
    head = { seq, hash: link.hash }
  }
  return ok(head)
}

function flawOf(link: ChainLink, seq: number, previous: string): BrokenLink['why'] | undefined {
  if (link.seq !== seq) return 'gap'
  if (link.previous !== previous) return 'previous'
  if (numberIn(link.text) !== seq) return 'text'
  return linkHash(previous, link.text) === link.hash ? undefined : 'hash'
}

function numberIn(text: string): unknown {
  try {
    return Object(JSON.parse(text)).seq
  } catch {
    return undefined
  }
}
