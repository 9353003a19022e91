/** What somebody wants marked, as JSON -> checked. Closed: what is not understood is refused, for it may be what the mark was to be limited by. */
import type { Issuer } from '../policy/issuer.ts'
import { MARKED_CLAIMS, type MarkedClaim, type MarkTarget } from '../policy/mark.ts'
import { canonicalEmail } from '../policy/principal.ts'
import { type EpochSeconds, epochSeconds, type NonEmpty } from '../policy/result.ts'
import { isScopeToken, type ScopeToken } from '../policy/scope.ts'
import { array, day, Malformed, nonEmpty, object } from '../policy/untrusted.ts'

/** What the body's names are held against. */
export interface MarkSetting {
  readonly now: EpochSeconds
  /** Whose tokens can be meant, and what these say of themselves. */
  readonly issuers: readonly Pick<Issuer, 'issuer' | 'identifiers' | 'clientPrefix'>[]
  readonly isKnownScope: (name: string) => boolean
  /** Scopes that the admin API itself asks for. */
  readonly isOwnScope: (name: string) => boolean
  readonly tokenBytes: number
}

/** `token`: not named by a fingerprint, but by itself. */
export type WantedTarget = MarkTarget | { readonly kind: 'presented'; readonly token: string }

export interface WantedMark {
  readonly target: WantedTarget
  readonly reason: string
  readonly issuedUntil?: EpochSeconds
  /** Absent: when it is of no use any more. */
  readonly expires?: EpochSeconds | 'never'
  readonly holding?: NonEmpty<ScopeToken>
}

export const KILL_SWITCHES = ['scope', 'issuer'] as const
export const SINGLE_TARGETS = ['token', ...MARKED_CLAIMS] as const

type Kinds = typeof KILL_SWITCHES | typeof SINGLE_TARGETS

/** Throws `Malformed`, which says what to write instead and repeats nothing of what was sent. */
export function readMark(value: unknown, kinds: Kinds, setting: MarkSetting): WantedMark {
  const mark = members(value, ['target', 'reason', 'issuedBefore', 'expires', 'holding'], 'the mark')
  const target = readTarget(mark.target, kinds, setting)
  if (target.kind === 'scope')
    for (const name of ['issuedBefore', 'holding'])
      if (mark[name] !== undefined) throw new Malformed(`${name} means nothing of a scope: leave it out`)
  return {
    target,
    reason: readText(mark.reason, 'reason', MOST_REASON),
    ...(mark.issuedBefore !== undefined && { issuedUntil: readIssuedBefore(mark.issuedBefore, setting.now) }),
    ...(mark.expires !== undefined && { expires: readExpiry(mark.expires, setting.now) }),
    ...(mark.holding !== undefined && { holding: readHolding(mark.holding, setting) }),
  }
}

const MOST_REASON = 500
const MOST_NAME = 1024
const MOST_HOLDING = 100
/** Of all names in `holding`: an entry of the log has room for 16,000. */
const MOST_HOLDING_CHARACTERS = 8_000

export function members(value: unknown, known: readonly string[], at: string): Record<string, unknown> {
  const entry = object(value, at)
  if (!Object.keys(entry).every((key) => known.includes(key)))
    throw new Malformed(`${at} has a member that is none of ${known.join(', ')}`)
  return entry
}

/** What is shown to people and written to the log: one line, without what a terminal would act upon. */
export function readText(value: unknown, at: string, most: number): string {
  if (typeof value !== 'string' || value.trim() === '') throw new Malformed(`${at} must be a text that says something`)
  if (value.length > most) throw new Malformed(`${at} has more than ${most} characters`)
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(value))
    throw new Malformed(`${at} must be one line, without control characters`)
  return value
}

function readTarget(value: unknown, kinds: Kinds, setting: MarkSetting): WantedTarget {
  const target = members(value, ['kind', 'value', 'token', 'issuer', 'scope', 'client'], 'target')
  const kind = [...kinds].find((known) => known === target.kind)
  if (kind === undefined) throw new Malformed(`target.kind must be one of ${kinds.join(', ')} at this address`)
  if (kind === 'token') return readTokenTarget(target, setting)
  if (kind === 'scope') return readScopeTarget(target, setting)
  if (kind === 'issuer') {
    members(target, ['kind', 'issuer'], 'target')
    return { kind, issuer: readIssuer(target.issuer, setting) }
  }
  members(target, ['kind', 'value', 'issuer'], 'target')
  const named = readText(target.value, 'target.value', MOST_NAME)
  const issuer = readIssuer(target.issuer, setting)
  const why = whyNobody(
    kind,
    named,
    setting.issuers.find((each) => each.issuer === issuer),
  )
  if (why !== undefined) throw new Malformed(`no token would be revoked: ${why}`)
  return { kind, issuer, value: canonicalName(kind, named) }
}

const BY_STANDARD: readonly string[] = ['jti', 'subject', 'client']

/** Why no token can have such a name, as the gate reads those of the issuer; undefined where one can. */
function whyNobody(
  kind: MarkedClaim,
  value: string,
  issuer: MarkSetting['issuers'][number] | undefined,
): string | undefined {
  const { identifiers = {}, clientPrefix } = issuer ?? {}
  if (kind === 'client' && clientPrefix !== undefined && !value.startsWith(clientPrefix))
    return `names of clients of this issuer begin with ${clientPrefix}`
  if (BY_STANDARD.includes(kind) || Object.hasOwn(identifiers, kind)) return undefined
  return `tokens of this issuer have no ${kind}; name the claim in its \`identifiers\` in gateway.yaml, and deploy`
}

/** As tokens have it once they are verified. */
export const canonicalName = (kind: MarkedClaim, value: string): string =>
  kind === 'email' ? canonicalEmail(value) : value

/** SHA-256, base64url. */
const FINGERPRINT = /^[\w-]{43}$/
/** RFC 6750 section 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/

/** Whether somebody could send it as a bearer token here. */
export const isTokenText = (text: string, tokenBytes: number): boolean => text.length <= tokenBytes && TOKEN.test(text)

function readTokenTarget(target: Record<string, unknown>, { tokenBytes }: MarkSetting): WantedTarget {
  const { value, token } = members(target, ['kind', 'value', 'token'], 'target')
  if ((value === undefined) === (token === undefined))
    throw new Malformed('target needs either value, the fingerprint of a token, or token, the token itself')
  if (token === undefined) {
    if (typeof value !== 'string' || !FINGERPRINT.test(value))
      throw new Malformed('target.value must be the fingerprint of a token: 43 characters, base64url')
    return { kind: 'token', value }
  }
  if (typeof token !== 'string' || !isTokenText(token, tokenBytes))
    throw new Malformed(`target.token must be a token of at most ${tokenBytes} characters, and nothing around it`)
  return { kind: 'presented', token }
}

function readScopeTarget(target: Record<string, unknown>, { isKnownScope, isOwnScope }: MarkSetting): WantedTarget {
  const { scope, client } = members(target, ['kind', 'scope', 'client'], 'target')
  if (typeof scope !== 'string' || !isScopeToken(scope)) throw new Malformed('target.scope must be the name of a scope')
  if (!isKnownScope(scope)) throw new Malformed('target.scope is no scope of the map')
  if (isOwnScope(scope))
    throw new Malformed('target.scope opens this API: without it nobody could take the switch back')
  return { kind: 'scope', scope, ...(client !== undefined && { client: readText(client, 'target.client', MOST_NAME) }) }
}

/** Where there is one, it need not be named. */
function readIssuer(value: unknown, { issuers }: MarkSetting): string {
  const names = issuers.map(({ issuer }) => issuer)
  const [only, ...others] = names
  if (value === undefined && only !== undefined && others.length === 0) return only
  const issuer = names.find((known) => known === value)
  if (issuer === undefined) throw new Malformed(`target.issuer must be one of ${names.join(', ')}`)
  return issuer
}

function readHolding(value: unknown, { isKnownScope }: MarkSetting): NonEmpty<ScopeToken> {
  const list = array(value, 'holding')
  if (list.length > MOST_HOLDING) throw new Malformed(`holding has more than ${MOST_HOLDING} scopes`)
  const scopes = list.map((name) => {
    if (typeof name !== 'string' || !isScopeToken(name) || !isKnownScope(name))
      throw new Malformed('holding names something that is no scope of the map')
    return name
  })
  if (scopes.join(' ').length > MOST_HOLDING_CHARACTERS)
    throw new Malformed(`holding has more than ${MOST_HOLDING_CHARACTERS} characters`)
  return nonEmpty(scopes, 'holding')
}

function readIssuedBefore(value: unknown, now: EpochSeconds): EpochSeconds {
  if (value === 'now') return now
  const time = readTime(value, 'issuedBefore', '`now`')
  if (time > now) throw new Malformed('issuedBefore lies in the future: tokens that do not exist yet cannot be meant')
  return time
}

function readExpiry(value: unknown, now: EpochSeconds): EpochSeconds | 'never' {
  if (value === 'never') return value
  const time = readTime(value, 'expires', '`never`')
  if (time <= now) throw new Malformed('expires has passed already')
  return time
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/

function readTime(value: unknown, at: string, or: string): EpochSeconds {
  const milliseconds =
    typeof value === 'number' ? value * 1000 : typeof value === 'string' && TIME.test(value) ? Date.parse(value) : -1
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0)
    throw new Malformed(`${at} must be ${or}, a time such as 2027-01-31T12:00:00Z, or seconds since 1970`)
  // The 30th of February would be a day in March.
  if (typeof value === 'string') day(value.slice(0, 10), at)
  return epochSeconds(milliseconds)
}
