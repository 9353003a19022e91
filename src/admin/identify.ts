/** Whose token is it? Asked of whoever may know. */
import type { WaitUntil } from '../gateway/exchange.ts'
import type { Denial } from '../policy/denial.ts'
import { fail, type Result } from '../policy/result.ts'
import type { TokenNamer, TokenNames } from '../token/verify.ts'

/** Nobody can say at the moment, or it is signed and begins later: asked again, it may turn out to be good. */
export const mayBeGood = (denial: Denial): boolean =>
  denial.code === 'unavailable' || (denial.code === 'token_invalid' && denial.detail === 'not_yet_valid')

/** "It may be good" outweighs "none of mine". */
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
    if (mayBeGood(named.error)) refused = named
  }
  return refused
}
