/**
 * Answers of the log that isolates of a data centre share through its cache, so that polls do not grow with their number. Known by the exact place in the
 * log that they lead on from, with the time that they were asked for: who takes one over is as old as that. KV would be older than any of them.
 */
import type { Changes, Cursor } from '../policy/revocation-log.ts'
import { readChanges } from './read-changes.ts'

export interface SharedAnswer {
  /** Milliseconds: when whoever shared it asked the log. */
  readonly askedAt: number
  readonly changes: Changes
}

/** May fail and hang as it likes: who uses it waits for a moment and asks the log. */
export interface SharedAnswers {
  /** Without a cursor: the answer to "where to begin". */
  load(after: Cursor | undefined): Promise<SharedAnswer | undefined>
  save(after: Cursor | undefined, answer: SharedAnswer): Promise<void>
  /** Milliseconds: when somebody said last that they ask. What several share grows old at the same moment, and one is enough to ask then. */
  claimedAt(after: Cursor | undefined): Promise<number | undefined>
  claim(after: Cursor | undefined, now: number): Promise<void>
}

/** The part of the Cache API that is used (Service Workers, section 5.4). */
export interface AnswerCache {
  match(url: string): Promise<Response | undefined>
  put(url: string, response: Response): Promise<void>
}

/** What is longer is not shared. */
const MAX_CHARACTERS = 4 * 1024 * 1024

/** `open` is called once it is needed: caches may not be touched before the first request. */
export function coloCache(open: () => Promise<AnswerCache>, environment: string, keepSeconds: number): SharedAnswers {
  // No such host exists, so nobody's request can have this address.
  const addressOf = (what: 'answer' | 'claim', after: Cursor | undefined): string =>
    `https://revocations.invalid/${what}/${encodeURIComponent(JSON.stringify([environment, after?.seq, after?.hash]))}`

  return {
    async load(after) {
      const response = await (await open()).match(addressOf('answer', after))
      if (response === undefined) return undefined
      const text = await response.text()
      if (text.length > MAX_CHARACTERS) return undefined
      const { askedAt, changes } = JSON.parse(text) as { readonly askedAt?: unknown; readonly changes?: unknown }
      const read = readChanges(changes)
      return typeof askedAt === 'number' && read.ok ? { askedAt, changes: read.value } : undefined
    },
    async save(after, answer) {
      const text = JSON.stringify(answer)
      if (text.length > MAX_CHARACTERS) return
      const headers = { 'content-type': 'application/json', 'cache-control': `max-age=${Math.ceil(keepSeconds)}` }
      await (await open()).put(addressOf('answer', after), new Response(text, { headers }))
    },
    async claimedAt(after) {
      const response = await (await open()).match(addressOf('claim', after))
      return response === undefined ? undefined : Number(await response.text())
    },
    async claim(after, now) {
      const headers = { 'content-type': 'text/plain', 'cache-control': 'max-age=1' }
      await (await open()).put(addressOf('claim', after), new Response(String(now), { headers }))
    },
  }
}
