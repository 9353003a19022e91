/** A request to the admin API that the gate has let in. */
import type { Exchange } from '../gateway/exchange.ts'
import type { Principal, PrincipalFacts } from '../policy/principal.ts'
import type { Author } from '../policy/revocation-log.ts'
import type { Target } from '../policy/target.ts'

export interface AdminCall {
  readonly exchange: Exchange
  /** As it was judged. */
  readonly target: Target
  /** Who asks: verified, and holding what the rule asks for. */
  readonly principal: Principal
}

/** Rejects with `LogUnavailable` where the log cannot be asked. */
export type Handler = (call: AdminCall) => Promise<Response>

/** Whom the log names as the one who asked. */
export const authorOf = ({
  issuer,
  subject,
  client,
}: Pick<PrincipalFacts, 'issuer' | 'subject' | 'client'>): Author => ({
  kind: 'principal',
  issuer,
  ...(subject !== undefined && { subject }),
  ...(client !== undefined && { client }),
})

/** The number in the path; undefined where it is none. */
export function entryOf({ target }: AdminCall): number | undefined {
  const [, text] = /\/revocations\/([1-9]\d{0,14})(?:\/|$)/.exec(target.path) ?? []
  return text === undefined ? undefined : Number(text)
}
