/** The digest that a report holds of itself: SHA-256 of its text with the digest's own digits replaced by zeros. It shows that a file was changed, not who made it. */
import { fail, ok, type Result } from '../../policy/result.ts'
import { sha256Hex } from '../../release/digest.ts'
import { DIGEST_PLACE } from '../../source/review/evidence.ts'

export interface Sealed {
  readonly text: string
  readonly digest: string
}

/** Puts the digest wherever its place is in the text. */
export async function seal(text: string): Promise<Sealed> {
  const digest = await sha256Hex(text)
  return { text: text.replaceAll(DIGEST_PLACE, digest), digest }
}

/** In the page's head, and in the JSON's first member. */
const PLACES = [
  /<meta name="scopewall-report-digest" content="([0-9a-f]{64})">/,
  /^\{\s*"reportDigest": "([0-9a-f]{64})"/,
] as const

/** The digest that the text gives and that it has; the error where it gives none. */
export async function unseal(
  text: string,
): Promise<Result<{ readonly given: string; readonly found: string }, 'no report'>> {
  const given = PLACES.map((place) => place.exec(text)?.[1]).find((each) => each !== undefined)
  if (given === undefined) return fail('no report')
  return ok({ given, found: await sha256Hex(text.replaceAll(given, DIGEST_PLACE)) })
}
