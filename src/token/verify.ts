/** Credential -> evidence: whose token is it, is it good, does its sender hold what it is bound to, does its issuer still stand by it. */
import type { Evidence } from '../policy/decision.ts'
import type { Denial } from '../policy/denial.ts'
import type { Environment } from '../policy/environment.ts'
import type { Issuer } from '../policy/issuer.ts'
import type { Principal, PrincipalFacts } from '../policy/principal.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import { createTokenCache } from './cache.ts'
import type { CheckedClaims } from './claims.ts'
import type { Fetch, Secrets } from './client-authentication.ts'
import { type JsonObject, parseCompact, type UnverifiedToken } from './compact.ts'
import type { Credential } from './credential.ts'
import { createIntrospector, type Introspector } from './introspection.ts'
import { type Authority, invalid, RETRY_SECONDS, verifyJwt } from './jwt.ts'
import { createKeySet, type KeySetMemory, type WaitUntil } from './key-set.ts'
import type { NonceIssuer } from './nonce.ts'
import { type ProvenSender, provePossession, type SendingRequest } from './possession.ts'
import { type ReplayStore, replayKey } from './replay.ts'
import { type StatusReference, statusReferenceOf } from './status-list.ts'
import { createStatusLists, type StatusLists } from './status-lists.ts'

/** A credential that holds a token. */
export type PresentedToken = Credential & { readonly kind: 'token' }

/** What is known of the caller, and of a DPoP proof that came along. */
export type TokenEvidence =
  | Exclude<Evidence, { readonly kind: 'verified' }>
  | { readonly kind: 'verified'; readonly principal: Principal; readonly sender?: ProvenSender }

/** Of a principal what marks can name, and when the token ends. */
export type TokenNames = Pick<PrincipalFacts, 'issuer' | 'fingerprint' | 'subject' | 'client' | 'tokenId' | 'expiresAt'>

export interface TokenVerifier {
  /**
   * A bearer token that was seen before is answered without a promise. Never rejects. `now` in milliseconds. `fresh`: where the token is introspected, an
   * answer from before this request will not do.
   */
  evidence(
    credential: PresentedToken,
    request: SendingRequest,
    fresh: boolean,
    now: number,
    waitUntil: WaitUntil,
  ): TokenEvidence | Promise<TokenEvidence>
  /** Marks a proof as used. The denial says that it was used before, or that nobody can say. Never rejects. */
  spend(sender: ProvenSender): Promise<Denial | undefined>
}

export interface TokenNamer {
  /**
   * What a token that is good by itself is called, whoever holds what it is bound to: for whoever wants it revoked. No evidence: it lets nobody in.
   * Never rejects.
   */
  names(token: string, now: number, waitUntil: WaitUntil): Promise<Result<TokenNames, Denial>>
}

export interface IssuerProbe {
  /** How each issuer's keys stand; `asked`: its tokens are introspected, one by one. Bounded in time; asks nobody more often than tokens would. Never rejects. */
  standings(
    now: number,
    waitUntil: WaitUntil,
  ): Promise<readonly { readonly issuer: string; readonly keys: 'fresh' | 'stale' | 'none' | 'asked' }[]>
}

export interface VerifierParts {
  readonly environment: Pick<Environment, 'issuers' | 'services' | 'dpop' | 'mutualTls'>
  readonly fetch: Fetch
  readonly memory?: KeySetMemory
  readonly secrets: Secrets
  readonly nonces?: NonceIssuer
  /** Where there is none, nobody can say whether a proof was used before. */
  readonly replays?: ReplayStore
  /** Told why the store could not be asked. Must not throw. */
  readonly report?: (fault: unknown) => void
}

/** An issuer with all that is needed to judge its tokens. */
interface Judge extends Authority {
  readonly introspector?: Introspector
  readonly statusLists?: StatusLists
}

/** Why a token is not good, and whose it says it is, where that is an issuer of ours. */
interface Rejection {
  readonly denial: Denial
  readonly issuer?: string
}

/** A token that is good by itself, and what is still asked of each request that carries it. */
interface GoodToken {
  readonly evidence: TokenEvidence & { readonly kind: 'verified' }
  readonly judge: Judge
  readonly status?: StatusReference
}

/** A good JWT, and what would make the answer another one. */
interface CachedToken extends GoodToken {
  readonly generation: number
  readonly untilMs: number
  /** Nothing is asked of a request but to carry it as a bearer token. */
  readonly isPlain: boolean
}

const MAX_CACHED_TOKENS = 10_000
const MAX_CACHED_CHARACTERS = 8 * 1024 * 1024

export function createTokenVerifier(parts: VerifierParts): TokenVerifier & TokenNamer & IssuerProbe {
  const judges = new Map<unknown, Judge>(
    parts.environment.issuers.map((issuer) => [issuer.issuer, createJudge(issuer, parts)]),
  )
  const introspecting = [...judges.values()]
    .filter(({ issuer }) => issuer.introspection !== undefined)
    .sort((a, b) => prefixOf(b).length - prefixOf(a).length)
  const cache = createTokenCache<CachedToken>(MAX_CACHED_TOKENS, MAX_CACHED_CHARACTERS)
  const possession = { ...parts.environment, ...(parts.nonces && { nonces: parts.nonces }) }

  return {
    evidence(credential, request, fresh, now, waitUntil) {
      const cached = cache.get(credential.token)
      if (cached === undefined) return examine(credential, request, fresh, now, waitUntil)
      const { keys } = cached.judge
      keys.refreshIfDue(now, waitUntil)
      if (now < cached.untilMs && cached.generation === keys.generation() && keys.isUsable(now))
        return cached.isPlain && credential.scheme === 'bearer'
          ? cached.evidence
          : admit(cached, credential, request, now, waitUntil)
      cache.delete(credential.token)
      return examine(credential, request, fresh, now, waitUntil)
    },

    async names(token, now, waitUntil) {
      const good = await goodTokenOf(token, false, now, waitUntil)
      return good.ok ? ok(namesOf(good.value.evidence.principal)) : fail(good.error.denial)
    },

    standings: (now, waitUntil) =>
      Promise.all(
        [...judges.values()].map(async ({ issuer: { issuer }, introspector, keys }) => ({
          issuer,
          keys: introspector === undefined ? await keys.standing(now, waitUntil) : 'asked',
        })),
      ),

    async spend({ proof, request }) {
      const { dpop } = parts.environment
      if (dpop === undefined || parts.replays === undefined) return REPLAY_UNKNOWN
      const until = Math.ceil(proof.issuedAt) + MAX_PROOF_SECONDS + dpop.maxAgeSeconds
      try {
        const isFirst = await parts.replays.firstUse(await replayKey(proof, request), proof.thumbprint, until)
        return isFirst ? undefined : { code: 'proof_invalid', detail: 'replayed' }
      } catch (fault) {
        parts.report?.(fault)
        return REPLAY_UNKNOWN
      }
    },
  }

  async function examine(
    credential: PresentedToken,
    request: SendingRequest,
    fresh: boolean,
    now: number,
    waitUntil: WaitUntil,
  ): Promise<TokenEvidence> {
    const good = await goodTokenOf(credential.token, fresh, now, waitUntil)
    if (!good.ok) return { kind: 'rejected', ...good.error }
    return isPlain(good.value) && credential.scheme === 'bearer'
      ? good.value.evidence
      : admit(good.value, credential, request, now, waitUntil)
  }

  async function goodTokenOf(
    token: string,
    fresh: boolean,
    now: number,
    waitUntil: WaitUntil,
  ): Promise<Result<GoodToken, Rejection>> {
    const parsed = parseCompact(token)
    const judge = judgeOf(token, parsed, judges, introspecting)
    if (!judge.ok) return fail({ denial: judge.error })
    const { introspector, issuer } = judge.value
    const good =
      introspector === undefined
        ? await examineJwt(token, parsed, judge.value, now, waitUntil)
        : goodToken(await introspector.inspect(token, fresh, now, waitUntil), judge.value)
    return good.ok ? good : fail({ denial: good.error, issuer: issuer.issuer })
  }

  async function examineJwt(
    token: string,
    parsed: Result<UnverifiedToken, unknown>,
    judge: Judge,
    now: number,
    waitUntil: WaitUntil,
  ): Promise<Result<GoodToken, Denial>> {
    if (!parsed.ok) return invalid('not_a_jwt')
    const checked = await verifyJwt(parsed.value, judge, now, waitUntil)
    const good = goodToken(checked, judge, parsed.value.claims)
    if (good.ok && checked.ok) {
      const { generation, until } = checked.value
      cache.set(token, { ...good.value, generation, untilMs: until * 1000, isPlain: isPlain(good.value) })
    }
    return good
  }

  /** What is asked of each request that carries a good token. */
  async function admit(
    { evidence, judge, status }: GoodToken,
    credential: PresentedToken,
    request: SendingRequest,
    now: number,
    waitUntil: WaitUntil,
  ): Promise<TokenEvidence> {
    const proven = await provePossession(possession, judge.issuer, evidence.principal, credential, request, now)
    const { issuer } = judge.issuer
    if (!proven.ok) return { kind: 'rejected', denial: proven.error, issuer }
    const verdict = status === undefined ? 'valid' : await judge.statusLists?.check(status, now, waitUntil)
    if (verdict === 'unavailable') return { kind: 'rejected', denial: STATUS_UNKNOWN, issuer }
    if (verdict !== 'valid') return { kind: 'rejected', denial: { code: 'token_invalid', detail: 'status' }, issuer }
    return proven.value === undefined ? evidence : { ...evidence, sender: proven.value }
  }
}

/** How far off a proof's own time may be where a nonce of ours says when it was made. */
const MAX_PROOF_SECONDS = 300

const namesOf = ({ issuer, fingerprint, subject, client, tokenId, expiresAt }: Principal): TokenNames => ({
  issuer,
  fingerprint,
  ...(expiresAt !== undefined && { expiresAt }),
  ...(subject !== undefined && { subject }),
  ...(client !== undefined && { client }),
  ...(tokenId !== undefined && { tokenId }),
})

const STATUS_UNKNOWN: Denial = { code: 'unavailable', what: 'status', retryAfterSeconds: RETRY_SECONDS }
const REPLAY_UNKNOWN: Denial = { code: 'unavailable', what: 'replay', retryAfterSeconds: RETRY_SECONDS }

function createJudge(issuer: Issuer, { environment, fetch, memory, secrets }: VerifierParts): Judge {
  const keys = createKeySet(issuer, fetch, memory)
  const authority = { issuer, services: environment.services, keys }
  const { introspection, statusList: policy } = issuer
  return {
    ...authority,
    ...(introspection && { introspector: createIntrospector({ authority, introspection, fetch, secrets }) }),
    ...(policy && { statusLists: createStatusLists({ issuer, policy, keys, fetch }) }),
  }
}

/**
 * Whose token it is, by configuration and not by its looks (RFC 7662): a prefix that an issuer has claimed; else the `iss` of a JWT; else, for what is no JWT,
 * the issuer that introspects without a prefix. Only that issuer's own word then counts.
 */
function judgeOf(
  token: string,
  parsed: Result<UnverifiedToken, 'not_a_jwt' | 'header' | string>,
  judges: ReadonlyMap<unknown, Judge>,
  introspecting: readonly Judge[],
): Result<Judge, Denial> {
  const claimed = introspecting.find((judge) => prefixOf(judge) !== '' && token.startsWith(prefixOf(judge)))
  if (claimed !== undefined) return ok(claimed)
  if (parsed.ok) {
    const judge = judges.get(parsed.value.claims.iss)
    return judge === undefined ? invalid('issuer') : ok(judge)
  }
  // A JWT whose header is at fault is somebody's all the same, and is shown to nobody else.
  if (parsed.error === 'header') return invalid('header')
  const opaque = introspecting.find((judge) => prefixOf(judge) === '')
  return opaque === undefined ? invalid('not_a_jwt') : ok(opaque)
}

const prefixOf = ({ issuer }: Judge): string => issuer.introspection?.tokenPrefix ?? ''

/** The checked claims as evidence. For an issuer with status lists, a status that cannot be looked up, or that must be there and is not, is a fault. */
function goodToken(
  checked: Result<CheckedClaims, Denial>,
  judge: Judge,
  claims: JsonObject = {},
): Result<GoodToken, Denial> {
  if (!checked.ok) return fail(checked.error)
  const evidence = { kind: 'verified', principal: checked.value.principal } as const
  const { statusList } = judge.issuer
  if (statusList === undefined) return ok({ evidence, judge })
  const status = statusReferenceOf(claims)
  if (!status.ok) return invalid('claims')
  if (status.value === undefined) return statusList.isRequired ? invalid('claims') : ok({ evidence, judge })
  return ok({ evidence, judge, status: status.value })
}

const isPlain = ({ evidence, judge, status }: GoodToken): boolean =>
  evidence.principal.confirmation === undefined && status === undefined && !judge.issuer.requiresSenderConstraint
