/**
 * What the log answers, read as from a stranger: it also comes out of caches and snapshots, and the log may be of another version than this Worker.
 * What is not understood may deny too much, never too little; what is malformed is no answer.
 */
import {
  type ActiveEffect,
  type Effect,
  MARKED_CLAIMS,
  type MarkedClaim,
  type Matching,
  type TargetKind,
} from '../policy/mark.ts'
import type { EpochSeconds, NonEmpty, Result } from '../policy/result.ts'
import { fail, ok } from '../policy/result.ts'
import type { Changes, Cursor, SnapshotManifest, TargetState } from '../policy/revocation-log.ts'
import { isScopeToken, type ScopeToken } from '../policy/scope.ts'
import { array, closed, Malformed, nonEmpty, object, text, texts } from '../policy/untrusted.ts'

/** The kinds of targets that are looked up by their keys. Records of snapshots have their places in this list: new ones come last. */
// biome-ignore format: one line reads as the list it is
export const KEYED_KINDS = ['token', 'jti', 'subject', 'client', 'session', 'grant', 'tenant', 'device', 'email', 'issuer', 'user'] as const satisfies readonly Exclude<TargetKind, 'scope'>[]
export type KeyedKind = (typeof KEYED_KINDS)[number]

export type KeyedState = Extract<TargetState, { readonly key: string }>

/** Sixteen bytes in base64url, spelt in the one way there is. */
const KEY = /^[\w-]{21}[AQgw]$/
const HASH = /^[\w-]{43}$/
const SHA256_HEX = /^[0-9a-f]{64}$/

/** An answer of `RevocationLog.changes`. */
export const readChanges = (value: unknown): Result<Changes, string> => reading(() => changes(value))

export const readManifest = (value: unknown): Result<SnapshotManifest, string> =>
  reading(() => manifest(value, 'snapshot'))

export const readStates = (value: unknown): Result<readonly TargetState[], string> => reading(() => states(value))

function reading<T>(read: () => T): Result<T, string> {
  try {
    return ok(read())
  } catch (fault) {
    if (fault instanceof Malformed) return fail(fault.message)
    throw fault
  }
}

function changes(value: unknown): Changes {
  const { kind, ...rest } = object(value, 'answer')
  if (kind === 'resync') {
    const { head, snapshot } = closed(rest, ['head', 'snapshot'], 'answer')
    return {
      kind,
      head: cursor(head, 'head'),
      ...(snapshot !== undefined && { snapshot: manifest(snapshot, 'snapshot') }),
    }
  }
  if (kind !== 'changes') throw new Malformed('answer is of an unknown kind')
  const answer = closed(rest, ['states', 'cursor', 'head'], 'answer')
  return {
    kind,
    states: states(answer.states),
    cursor: cursor(answer.cursor, 'cursor'),
    head: cursor(answer.head, 'head'),
  }
}

function cursor(value: unknown, at: string): Cursor {
  const { seq, hash } = closed(object(value, at), ['seq', 'hash'], at)
  const number = count(seq, `${at}.seq`)
  if (typeof hash !== 'string' || !(number === 0 ? hash === '' : HASH.test(hash)))
    throw new Malformed(`${at}.hash is no hash`)
  return { seq: number, hash }
}

function manifest(value: unknown, at: string): SnapshotManifest {
  const { format, parts, ...rest } = closed(object(value, at), ['format', 'cursor', 'takenAt', 'parts'], at)
  if (format !== 1) throw new Malformed(`${at} is of an unknown format`)
  return {
    format,
    cursor: cursor(rest.cursor, `${at}.cursor`),
    takenAt: text(rest.takenAt, `${at}.takenAt`),
    parts: array(parts, `${at}.parts`).map((part, index) => {
      const { sha256, states } = closed(object(part, `${at}.parts[${index}]`), ['sha256', 'states'], `${at}.parts`)
      if (typeof sha256 !== 'string' || !SHA256_HEX.test(sha256)) throw new Malformed(`${at}.parts has no digest`)
      return { sha256, states: count(states, `${at}.parts.states`) }
    }),
  }
}

const states = (value: unknown): readonly TargetState[] => array(value, 'states').map(state)

function state(value: unknown): TargetState {
  const { kind, seq, effects, ...rest } = object(value, 'state')
  const list = array(effects, 'effects')
  if (kind === 'scope') {
    const { scope, client } = closed(rest, ['scope', 'client'], 'state')
    return {
      seq: positive(seq, 'seq'),
      kind,
      scope: text(scope, 'scope'),
      ...(client !== undefined && { client: text(client, 'client') }),
      effects: list.map((item) => activeEffect(item, SUSPEND)),
    }
  }
  if (!isKeyedKind(kind)) throw new Malformed('state is of an unknown kind')
  const { key } = closed(rest, ['key'], 'state')
  if (typeof key !== 'string' || !KEY.test(key)) throw new Malformed('key is no key')
  return { seq: positive(seq, 'seq'), kind, key, effects: list.map((item) => activeEffect(item, REVOKE)) }
}

const SUSPEND: Effect = { kind: 'suspend' }
const REVOKE: Effect = { kind: 'revoke' }

/** `otherwise`: what an effect does that this version does not know. */
function activeEffect(value: unknown, otherwise: Effect): ActiveEffect {
  const { effect, expires, entry } = closed(object(value, 'effect'), ['effect', 'expires', 'entry'], 'effect')
  return {
    effect: effectOf(object(effect, 'effect'), otherwise),
    ...(expires !== undefined && { expires: moment(expires, 'expires') }),
    entry: positive(entry, 'entry'),
  }
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  revoke: ['kind', 'issuedUntil', 'matching', 'holding'],
  'step-up': ['kind', 'issuedUntil', 'matching', 'authenticatedAfter', 'acr'],
}

/** INVARIANT (fail closed): an effect of an unknown kind, or with an unknown member, has none of the bounds that this version might know of it. */
function effectOf(effect: Readonly<Record<string, unknown>>, otherwise: Effect): Effect {
  const { kind, issuedUntil, matching, holding, authenticatedAfter, acr } = effect
  const members = typeof kind === 'string' && Object.hasOwn(MEMBERS, kind) ? MEMBERS[kind] : undefined
  if (otherwise.kind === 'suspend' || members === undefined) return otherwise
  if (Object.keys(effect).some((member) => !members.includes(member))) return otherwise
  const onTokens = {
    ...(issuedUntil !== undefined && { issuedUntil: moment(issuedUntil, 'issuedUntil') }),
    ...(matching !== undefined && { matching: matchingOf(matching) }),
  }
  if (kind === 'revoke') return { kind, ...(holding !== undefined && { holding: scopes(holding) }), ...onTokens }
  return {
    kind: 'step-up',
    ...(authenticatedAfter !== undefined && { authenticatedAfter: moment(authenticatedAfter, 'authenticatedAfter') }),
    ...(acr !== undefined && { acr: nonEmpty(texts(acr, 'acr'), 'acr') }),
    ...onTokens,
  }
}

function matchingOf(value: unknown): Matching {
  const names = closed(object(value, 'matching'), MARKED_CLAIMS, 'matching')
  return Object.fromEntries(Object.entries(names).map(([name, item]) => [name, text(item, name)])) as Partial<
    Record<MarkedClaim, string>
  >
}

function scopes(value: unknown): NonEmpty<ScopeToken> {
  const names = texts(value, 'holding').map((name) => {
    if (!isScopeToken(name)) throw new Malformed('holding has what is no scope')
    return name
  })
  return nonEmpty(names, 'holding')
}

const isKeyedKind = (kind: unknown): kind is KeyedKind => (KEYED_KINDS as readonly unknown[]).includes(kind)

/** Seconds since the epoch; senders may give fractions. */
function moment(value: unknown, at: string): EpochSeconds {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new Malformed(`${at} is no time`)
  return value as EpochSeconds
}

function count(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Malformed(`${at} is no number`)
  return value
}

function positive(value: unknown, at: string): number {
  const number = count(value, at)
  if (number === 0) throw new Malformed(`${at} is zero`)
  return number
}
