/** What the log must mean, written a second time from the words alone: slowly, in memory, and without a look at how it is stored. */
import fc from 'fast-check'
import type { ActiveEffect, Effect, MarkTarget } from '../../src/policy/mark.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { Action, LogEntry, NewEntry } from '../../src/policy/revocation-log.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'

export const START = Date.UTC(2026, 10, 1)
export const seconds = (milliseconds: number): EpochSeconds => Math.floor(milliseconds / 1000) as EpochSeconds

const KEYED: readonly MarkTarget[] = [
  { kind: 'subject', issuer: 'https://login.example.com', value: 'u-1' },
  { kind: 'device', issuer: 'https://login.example.com', value: 'd-1' },
  { kind: 'token', value: 'f-1' },
]
const SCOPES: readonly MarkTarget[] = [
  { kind: 'scope', scope: 'invoices:refund' as ScopeToken },
  { kind: 'scope', scope: 'invoices:refund' as ScopeToken, client: 'app' },
]

/** Few values, so that many are about the same and some say the same. */
const second = fc.integer({ min: -3, max: 3 }).map((offset) => (seconds(START) + offset) as EpochSeconds)
const expiry = fc.option(
  fc.constantFrom(1, 5, 40).map((days) => (seconds(START) + days * 86_400) as EpochSeconds),
  { nil: undefined },
)
const matching = fc.constantFrom({ session: 's-1' }, { session: 's-2' }, undefined)
const onTokens = fc.oneof(
  fc.record({ kind: fc.constant('revoke' as const), issuedUntil: fc.option(second, { nil: undefined }), matching }),
  fc.record({
    kind: fc.constant('step-up' as const),
    authenticatedAfter: fc.option(second, { nil: undefined }),
    acr: fc.constantFrom(undefined, ['phr'] as const),
    issuedUntil: fc.option(second, { nil: undefined }),
  }),
)
const asEffect = (value: object): Effect => JSON.parse(JSON.stringify(value))
const marked = fc.oneof(
  { weight: 3, arbitrary: fc.record({ target: fc.constantFrom(...KEYED), effect: onTokens.map(asEffect) }) },
  {
    weight: 1,
    arbitrary: fc.record({ target: fc.constantFrom(...SCOPES), effect: fc.constant({ kind: 'suspend' as const }) }),
  },
)
const family = fc.record({ label: fc.constantFrom('status', 'compliance'), at: second })
const reason = 'because'

/** `undo` has no number yet: which mark it takes back is chosen where there is a log. */
export type ModelAction = Exclude<Action, { kind: 'undo' }>
export const action: fc.Arbitrary<ModelAction> = fc
  .oneof(
    fc.tuple(marked, expiry).map(([mark, expires]) => ({ kind: 'mark' as const, ...mark, expires, reason })),
    fc
      .tuple(marked, expiry, family)
      .map(([mark, expires, of]) => ({ kind: 'mark' as const, ...mark, ...of, expires, reason })),
    fc
      .tuple(fc.constantFrom(...KEYED, ...SCOPES), family)
      .map(([target, of]) => ({ kind: 'lift' as const, target, ...of, reason })),
    fc.constant({ kind: 'note' as const, about: 'the weather', reason }),
  )
  .map((value) => JSON.parse(JSON.stringify(value)))

export const entryOf = (action: Action, once?: string): NewEntry => ({
  author: { kind: 'sender', name: 'idp' },
  origin: { via: 'signal' },
  action,
  ...(once !== undefined && { once }),
})

export const nameOf = (target: MarkTarget): string =>
  target.kind === 'scope' ? `scope ${target.scope} ${target.client ?? '*'}` : `${target.kind}`

/** Target -> effects that hold at a time, as texts without the entries' numbers where `isAnonymous`. */
export type Holding = Readonly<Record<string, readonly string[]>>

/** What holds at a time by a list of entries, whatever their order. */
export function holding(entries: readonly LogEntry[], now: number, isAnonymous = false): Holding {
  const undone = new Set(entries.flatMap(({ action }) => (action.kind === 'undo' ? [action.mark] : [])))
  const standing = entries.filter(({ seq }) => !undone.has(seq))
  const all: Record<string, ActiveEffect[]> = {}
  for (const { seq, action } of standing) {
    if (action.kind !== 'mark') continue
    const { target, label, at = 0, effect, expires } = action
    const isOvertaken = standing.some(
      ({ action: other }) =>
        (other.kind === 'mark' || other.kind === 'lift') &&
        label !== undefined &&
        other.label === label &&
        nameOf(other.target) === nameOf(target) &&
        (other.at ?? 0) > at,
    )
    if (isOvertaken || (expires !== undefined && expires <= now / 1000)) continue
    all[nameOf(target)] = [
      ...(all[nameOf(target)] ?? []),
      { effect, ...(expires !== undefined && { expires }), entry: seq },
    ]
  }
  return asHolding(all, isAnonymous)
}

/** Drops what others say as well, and names the rest. */
export function asHolding(all: Readonly<Record<string, readonly ActiveEffect[]>>, isAnonymous = false): Holding {
  const entries = Object.entries(all).flatMap(([name, effects]) => {
    const needed = effects.filter((one) => !effects.some((other) => other !== one && saysMore(other, one)))
    const texts = needed.map(({ entry, ...rest }) => text(isAnonymous ? rest : { ...rest, entry })).sort()
    return needed.length === 0 ? [] : [[name, texts] as const]
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const text = (value: object): string =>
  JSON.stringify(value, (_, member) =>
    typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )

/** Whether whatever meets one effect meets the other: by kind, as the comments of `policy/mark.ts` have it. */
function saysMore(more: ActiveEffect, less: ActiveEffect): boolean {
  if (!saysAll(more, less)) return false
  return !saysAll(less, more) || more.entry < less.entry
}

function saysAll(more: ActiveEffect, less: ActiveEffect): boolean {
  const [a, b] = [more.effect, less.effect]
  if (more.expires !== undefined && (less.expires === undefined || less.expires > more.expires)) return false
  if (a.kind === 'suspend' || b.kind === 'suspend') return a.kind === b.kind
  if (a.issuedUntil !== undefined && (b.issuedUntil === undefined || b.issuedUntil > a.issuedUntil)) return false
  if (JSON.stringify(a.matching) !== JSON.stringify(b.matching)) return false
  if (a.kind === 'revoke' || b.kind === 'revoke') return a.kind === b.kind
  if (JSON.stringify(a.acr) !== JSON.stringify(b.acr)) return false
  return (
    b.authenticatedAfter === undefined || (a.authenticatedAfter ?? Number.NEGATIVE_INFINITY) >= b.authenticatedAfter
  )
}
