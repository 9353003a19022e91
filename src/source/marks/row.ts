/** One thing to be revoked, as files and the command line write it -> what the admin API takes. Closed: what is not understood may be what a mark was to be limited by. */
import { MARKED_CLAIMS, type MarkedClaim } from '../../policy/mark.ts'
import { fail, ok, type Result } from '../../policy/result.ts'
import { quoted, quotedList } from '../diagnostic.ts'
import { parseDuration } from '../duration.ts'
import { didYouMean } from '../suggest.ts'

/** What can be revoked; each of them names what is. */
export const MARK_NAMES = ['token', 'fingerprint', ...MARKED_CLAIMS, 'scope'] as const
const MEMBERS = [...MARK_NAMES, 'issuer', 'reason', 'issuedBefore', 'expires', 'holding'] as const
type Member = (typeof MEMBERS)[number]

/** `holding` may be a list. */
export type MarkRow = Readonly<Partial<Record<Exclude<Member, 'holding'>, string>>> & {
  readonly holding?: readonly string[]
}

/** The body of a request to the admin API (docs/revocation.md). */
export interface ApiMark {
  readonly target: ApiTarget
  readonly reason: string
  readonly issuedBefore?: string
  readonly expires?: string
  readonly holding?: readonly string[]
}

export type ApiTarget =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'token'; readonly value: string }
  | { readonly kind: MarkedClaim; readonly value: string; readonly issuer?: string }
  | { readonly kind: 'issuer'; readonly issuer: string }
  | { readonly kind: 'scope'; readonly scope: string; readonly client?: string }

/** The error is a sentence without a place: the reader knows it. */
export function readMarkRow(value: unknown): Result<MarkRow, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail('it is not a map, such as `{ subject: u-17, reason: left the company }`')
  for (const [key, member] of Object.entries(value)) {
    if (!MEMBERS.some((known) => known === key))
      return fail(`there is no ${quoted(key)}: ${didYouMean(key, MEMBERS) ?? `write ${quotedList(MEMBERS)}`}`)
    if (!isText(member) && !(key === 'holding' && Array.isArray(member) && member.every(isText)))
      return fail(`${quoted(key)} is no text${typeof member === 'number' ? ': put it in quotation marks' : ''}`)
  }
  const { holding, ...rest } = value as Readonly<Record<string, string | readonly string[]>>
  return ok({
    ...rest,
    ...(holding !== undefined && {
      holding: typeof holding === 'string' ? holding.split(' ').filter(isText) : holding,
    }),
  })
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** @param now milliseconds: lengths of time end so much later */
export function apiMarkOf(row: MarkRow, now: number): Result<ApiMark, string> {
  const target = targetOf(row)
  if (!target.ok) return target
  const { reason, issuedBefore, expires, holding } = row
  if (reason === undefined) return fail('a reason is missing: everything in the log says why')
  return ok({
    target: target.value,
    reason,
    ...(issuedBefore !== undefined && { issuedBefore: wholeTime(issuedBefore) }),
    ...(expires !== undefined && { expires: endOf(expires, now) }),
    ...(holding !== undefined && { holding }),
  })
}

/** What only the route for kill switches takes. */
export const isKillSwitch = ({ target }: ApiMark): boolean => target.kind === 'scope' || target.kind === 'issuer'

export function targetOf(row: MarkRow): Result<ApiTarget, string> {
  const named = MARK_NAMES.filter((name) => row[name] !== undefined)
  const { issuer, scope, client } = row
  if (scope !== undefined && issuer === undefined && named.every((name) => name === 'scope' || name === 'client'))
    return ok({ kind: 'scope', scope, ...(client !== undefined && { client }) })
  const [name, ...others] = named
  if (others.length > 0) return fail(`it names ${quotedList(named)}: one mark is about one of them`)
  if (name === undefined)
    return issuer === undefined
      ? fail(`it names nothing to revoke: one of ${quotedList([...MARK_NAMES, 'issuer'])}`)
      : ok({ kind: 'issuer', issuer })
  const value = row[name] ?? ''
  if (name === 'token' || name === 'fingerprint' || name === 'scope') {
    if (issuer !== undefined) return fail(`${quoted(name)} goes without \`issuer\``)
    return ok(name === 'token' ? { kind: 'token', token: value } : { kind: 'token', value })
  }
  return ok({ kind: name, value, ...(issuer !== undefined && { issuer }) })
}

/** A day is its first second, UTC. */
const wholeTime = (text: string): string => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)

function endOf(text: string, now: number): string {
  const seconds = parseDuration(text)
  return seconds === undefined ? wholeTime(text) : new Date(now + seconds * 1000).toISOString()
}
