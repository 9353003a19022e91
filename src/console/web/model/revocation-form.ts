/** What a person filled in -> the request that revokes, by the same code as the command line's, or what to mend where. */
import { MARKED_CLAIMS, type MarkedClaim } from '../../../policy/mark.ts'
import { isScopeToken } from '../../../policy/scope.ts'
import { type ApiMark, apiMarkOf, isKillSwitch, type MarkRow } from '../../../source/marks/row.ts'

export const FORM_KINDS = [
  'client',
  'subject',
  'token',
  'fingerprint',
  'scope',
  'issuer',
  'session',
  'jti',
  'grant',
  'tenant',
  'device',
  'email',
  'user',
] as const
export type FormKind = (typeof FORM_KINDS)[number]

export const KIND_LABELS: Readonly<Record<FormKind, string>> = {
  client: 'A client',
  subject: 'A person or account (sub)',
  token: 'A token, pasted',
  fingerprint: 'A token, by its fingerprint',
  scope: 'A scope (kill switch)',
  issuer: 'All tokens of an issuer',
  session: 'A login session (sid)',
  jti: 'A token, by its jti',
  grant: 'A grant',
  tenant: 'A tenant',
  device: 'A device',
  email: 'A verified email address',
  user: 'A user',
}

export interface RevocationForm {
  readonly kind: FormKind
  /** Of an issuer: the issuer. */
  readonly value: string
  /** Empty: the only one that there is. */
  readonly issuer: string
  /** Of kill switches: for this client alone; empty: for everybody. */
  readonly client: string
  readonly reason: string
  /** A length such as `1h`, a time, `never`, or empty: when no such token can be alive any more. */
  readonly expires: string
  /** Only tokens issued until now. */
  readonly onlyOld: boolean
  /** Only tokens with one of these scopes, with spaces between; empty: all. */
  readonly holding: string
}

export const EMPTY_FORM: RevocationForm = {
  kind: 'client',
  value: '',
  issuer: '',
  client: '',
  reason: '',
  expires: '',
  onlyOld: false,
  holding: '',
}

export type FormField = keyof RevocationForm

export interface Revocation {
  /** Below `/_scopewall/admin/`. */
  readonly path: 'revocations' | 'kill-switches'
  readonly body: ApiMark
}

export type FormFaults = Readonly<Partial<Record<FormField, string>>>

export type FormReading =
  | { readonly ok: true; readonly revocation: Revocation }
  | { readonly ok: false; readonly faults: FormFaults }

/** @param now milliseconds */
export function readForm(form: RevocationForm, isKnownScope: (name: string) => boolean, now: number): FormReading {
  const faults = faultsOf(form, isKnownScope, now)
  if (Object.keys(faults).length > 0) return { ok: false, faults }
  const mark = apiMarkOf(rowOf(form), now)
  if (!mark.ok) return { ok: false, faults: { value: mark.error } }
  return {
    ok: true,
    revocation: { path: isKillSwitch(mark.value) ? 'kill-switches' : 'revocations', body: mark.value },
  }
}

/** Which fields mean something for the kind. */
export const hasField = (kind: FormKind, field: 'issuer' | 'client' | 'onlyOld' | 'holding'): boolean => {
  if (field === 'client') return kind === 'scope'
  if (field === 'issuer') return isClaim(kind)
  return kind !== 'scope'
}

const isClaim = (kind: FormKind): kind is MarkedClaim => MARKED_CLAIMS.some((claim) => claim === kind)

function rowOf({ kind, value, issuer, client, reason, expires, onlyOld, holding }: RevocationForm): MarkRow {
  const scopes = holding.split(/\s+/).filter(Boolean)
  return {
    [kind]: value.trim(),
    ...(hasField(kind, 'issuer') && issuer !== '' && { issuer }),
    ...(hasField(kind, 'client') && client.trim() !== '' && { client: client.trim() }),
    reason: reason.trim(),
    ...(expires.trim() !== '' && { expires: expires.trim() }),
    ...(hasField(kind, 'onlyOld') && onlyOld && { issuedBefore: 'now' }),
    ...(hasField(kind, 'holding') && scopes.length > 0 && { holding: scopes }),
  }
}

/** As the admin API has them (`admin/read-mark.ts`): it has the last word, and these spare a round trip. */
const MOST_REASON = 500
const MOST_NAME = 1024
const FINGERPRINT = /^[\w-]{43}$/
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u
const LENGTH = /^[1-9]\d{0,6}[smhd]$/
const DAY = /^\d{4}-\d\d-\d\d$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/

function faultsOf(form: RevocationForm, isKnownScope: (name: string) => boolean, now: number): FormFaults {
  const { kind, reason, client, expires, holding } = form
  const value = valueFault(form, isKnownScope)
  const why = textFault(reason, MOST_REASON)
  const end = expiresFault(expires.trim(), now)
  const caller = hasField(kind, 'client') && client.trim() !== '' ? textFault(client, MOST_NAME) : undefined
  const unknown = hasField(kind, 'holding') && holding.split(/\s+/).find((name) => name !== '' && !isKnownScope(name))
  return {
    ...(value !== undefined && { value }),
    ...(why !== undefined && { reason: reason.trim() === '' ? 'Say why: it stays on record.' : why }),
    ...(end !== undefined && { expires: end }),
    ...(caller !== undefined && { client: caller }),
    ...(typeof unknown === 'string' && { holding: 'One of these is no scope of the map.' }),
  }
}

function valueFault({ kind, value }: RevocationForm, isKnownScope: (name: string) => boolean): string | undefined {
  const name = value.trim()
  if (name === '') return kind === 'issuer' ? 'Choose whose tokens.' : 'Say whom or what.'
  if (kind === 'fingerprint' && !FINGERPRINT.test(name)) return 'A fingerprint has 43 letters, digits, - and _.'
  if (kind === 'token') return TOKEN.test(name) ? undefined : 'This is no token: paste it alone, without `Bearer`.'
  if (kind === 'scope' && !(isScopeToken(name) && isKnownScope(name))) return 'The map has no such scope.'
  return textFault(name, MOST_NAME)
}

function textFault(text: string, most: number): string | undefined {
  if (text.trim() === '') return 'Something has to stand here.'
  if (text.length > most) return `At most ${most} characters; these are ${text.length}.`
  return UNPRINTABLE.test(text.trim()) ? 'One line, without control characters.' : undefined
}

function expiresFault(text: string, now: number): string | undefined {
  if (text === '' || text === 'never' || LENGTH.test(text)) return undefined
  const time = DAY.test(text) ? `${text}T00:00:00Z` : TIME.test(text) ? text : undefined
  // The 30th of February would be a day in March.
  const isDay =
    time !== undefined && new Date(`${text.slice(0, 10)}T00:00:00Z`).toJSON()?.slice(0, 10) === text.slice(0, 10)
  if (time === undefined || !isDay) return 'Write a length such as 1h or 30d, a day, or never.'
  return Date.parse(time) <= now ? 'This has passed already.' : undefined
}
