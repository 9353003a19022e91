/** What the webhooks of identity providers have in common: people who lose their account, a session, a credential or a role. */
import type { Matching } from '../../policy/mark.ts'
import { type EpochSeconds, isNonEmpty } from '../../policy/result.ts'
import type { Action, NewEntry } from '../../policy/revocation-log.ts'
import type { EventHook } from '../../policy/revocation-policy.ts'
import type { ScopeToken } from '../../policy/scope.ts'
import { block, entriesOf, lift, mark, type Named, type Setting } from './entries.ts'

/** One event of a body. */
export interface HookEvent {
  /** As the sender calls it, where it is one that something follows from. */
  readonly type: string
  /** The sender's identifier of it. */
  readonly id?: string
  readonly actions: readonly Action[]
}

export interface HookReading {
  readonly entries: readonly NewEntry[]
  readonly types: readonly string[]
}

export const hookReading = (setting: Setting, events: readonly HookEvent[]): HookReading => ({
  entries: events.flatMap(({ type, id, actions }) => entriesOf(setting, 'hook', type, id, actions)),
  types: [...new Set(events.map(({ type }) => type))],
})

/** A body of an identity provider -> what goes into the log. Throws `Malformed` where it is no such body; events that nothing follows from are left out. */
export type HookReader<Sender extends EventHook> = (body: unknown, setting: Setting<Sender>) => HookReading

export const person = ({ sender }: Setting, id: string, matching?: Matching): Named => ({
  target: { kind: sender.knownAs ?? 'subject', issuer: sender.issuer, value: id },
  ...(matching !== undefined && { matching }),
})

/** Every token of the issuer. */
export const everybody = ({ sender }: Setting): Named => ({ target: { kind: 'issuer', issuer: sender.issuer } })

/** Tokens that there are now: what is issued from now on knows of it. */
export const cutNow = (setting: Setting, named: Named, reason: string, holding: readonly ScopeToken[] = []): Action =>
  mark(setting, named, { kind: 'revoke', issuedUntil: setting.now, ...(isNonEmpty(holding) && { holding }) }, reason)

export const stepUpSince = (setting: Setting, named: Named, since: EpochSeconds, reason: string): Action =>
  mark(setting, named, { kind: 'step-up', authenticatedAfter: since }, reason)

/** Until the account is enabled again; the tokens that there are stay revoked even then. */
export const disable = (setting: Setting, named: Named, at: EpochSeconds, reason: string): readonly Action[] => [
  block(named, { label: 'account', at }, reason),
  cutNow(setting, named, reason),
]

export const enable = (named: Named, at: EpochSeconds, reason: string): readonly Action[] => [
  lift(named, { label: 'account', at }, reason),
]

/** More than a person has on account of roles; then all tokens are meant. */
const MAX_SCOPES = 100

/**
 * Tokens that hold scopes on account of a lost role; each role by all that it is called, of which the table has one. With a role that the table does not
 * have, nobody can say which scopes went with it: then all tokens of the person are cut.
 */
export function loseRoles(setting: Setting, named: Named, lost: readonly (readonly string[])[]): readonly Action[] {
  if (lost.length === 0) return []
  const table = scopesOf(setting)
  const held = lost.map((names) => names.find((name) => Object.hasOwn(table, name)))
  const known = held.filter((name) => name !== undefined)
  if (known.length < held.length) return [cutNow(setting, named, 'lost a role that `roles` does not have')]
  const scopes = [...new Set(known.flatMap((name) => table[name] ?? []))].sort()
  if (scopes.length === 0) return [{ kind: 'note', about: 'role', reason: 'no scope goes with the lost role' }]
  if (scopes.length > MAX_SCOPES) return [cutNow(setting, named, 'lost roles with more scopes than a mark holds')]
  return [cutNow(setting, named, `lost ${[...new Set(known)].sort().join(', ')}`, scopes)]
}

const scopesOf = ({ roles, sender }: Setting): Setting['roles'][string] =>
  Object.hasOwn(roles, sender.issuer) ? (roles[sender.issuer] ?? {}) : {}

/** When it happened, by a text of ISO 8601 or milliseconds; never later than now, and now where nothing is said. */
export function secondOf(time: unknown, now: EpochSeconds): EpochSeconds {
  const milliseconds = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isFinite(milliseconds) && milliseconds >= 0
    ? (Math.min(Math.floor(milliseconds / 1000), now) as EpochSeconds)
    : now
}

/** Of an object of JSON that may say anything. */
export type Members = Readonly<Record<string, unknown>>

/** A text that is there, or nothing. */
export const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** The members of an object; of anything else none. */
export const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
