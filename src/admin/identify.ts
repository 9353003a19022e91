/** Whose token is it? Asked of whoever may know. */
import type { WaitUntil } from '../gateway/exchange.ts'
import type { Denial } from '../policy/denial.ts'
import { fail, type Result } from '../policy/result.ts'
import type { TokenNamer, TokenNames } from '../token/verify.ts'

/** "Nobody can say at the moment" outweighs "none of mine". */
export async function identify(
  namers: readonly TokenNamer[],
  token: string,
  now: number,
  waitUntil: WaitUntil,
): Promise<Result<TokenNames, Denial>> {
  let refused: Result<TokenNames, Denial> = fail({ code: 'token_invalid', detail: 'issuer' })
  for (const namer of namers) {
    const named = await namer.names(token, now, waitUntil)
    if (named.ok) return named
    if (named.error.code === 'unavailable') refused = named
  }
  return refused
}
