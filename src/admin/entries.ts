/** What somebody wants marked -> entries of the log. */
import type { Denial } from '../policy/denial.ts'
import type { Issuer } from '../policy/issuer.ts'
import type { Effect, MarkTarget } from '../policy/mark.ts'
import type { EpochSeconds, NonEmpty, Result } from '../policy/result.ts'
import type { Action } from '../policy/revocation-log.ts'
import { markExpiry } from '../policy/revocation-policy.ts'
import { fingerprintOf } from '../token/fingerprint.ts'
import type { TokenNames } from '../token/verify.ts'
import type { WantedMark } from './read-mark.ts'

export type Mark = Action & { readonly kind: 'mark' }

/** What a token is called, by the issuer that it is good of; or why it is not good. */
export type Identify = (token: string) => Promise<Result<TokenNames, Denial>>

export interface MarkContext {
  readonly issuers: readonly Issuer[]
  readonly now: EpochSeconds
  readonly identify: Identify
}

/**
 * The marks that are meant: one, or for a token that is good here two. A `jti` is marked only if its issuer has signed it: whoever leaves a made-up token where
 * leaks are looked for must not be able to have somebody else's revoked.
 */
export async function marksOf(wanted: WantedMark, context: MarkContext): Promise<NonEmpty<Mark>> {
  const { target } = wanted
  if (target.kind !== 'presented') return [markOf(wanted, target, markExpiry(target, context.issuers, context.now))]
  const good = await context.identify(target.token)
  if (!good.ok) {
    const named: MarkTarget = { kind: 'token', value: await fingerprintOf(target.token) }
    return [markOf(wanted, named, markExpiry(named, context.issuers, context.now))]
  }
  const [first, ...others] = targetsOfToken(good.value)
  const end = endOfToken(good.value, context.issuers)
  return [markOf(wanted, first, end), ...others.map((each) => markOf(wanted, each, end))]
}

function markOf(
  { reason, issuedUntil, expires, holding }: WantedMark,
  target: MarkTarget,
  usual: EpochSeconds | undefined,
): Mark {
  const until = expires === 'never' ? undefined : (expires ?? usual)
  const effect: Effect =
    target.kind === 'scope'
      ? { kind: 'suspend' }
      : {
          kind: 'revoke',
          ...(issuedUntil !== undefined && { issuedUntil }),
          ...(holding !== undefined && { holding }),
        }
  return { kind: 'mark', target, effect, reason, ...(until !== undefined && { expires: until }) }
}

/** The names by which a mark finds one token: its fingerprint, and its `jti` where it has one. */
export function targetsOfToken({ issuer, fingerprint, tokenId }: TokenNames): NonEmpty<MarkTarget> {
  const token: MarkTarget = { kind: 'token', value: fingerprint }
  return tokenId === undefined ? [token] : [token, { kind: 'jti', issuer, value: tokenId }]
}

/** When nobody would accept it any more, whatever its clock says. Undefined: never, as far as is known. */
export function endOfToken({ issuer, expiresAt }: TokenNames, issuers: readonly Issuer[]): EpochSeconds | undefined {
  const leeway = issuers.find((each) => each.issuer === issuer)?.clockLeewaySeconds ?? 0
  return expiresAt === undefined ? undefined : ((Math.ceil(expiresAt) + 2 * leeway) as EpochSeconds)
}
