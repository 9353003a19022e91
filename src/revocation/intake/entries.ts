/** How what an event asks for becomes entries of the log: on record with who sent it, what it was called, and so that it can come twice. */
import type { Issuer } from '../../policy/issuer.ts'
import type { Effect, MarkTarget, Matching } from '../../policy/mark.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import type { Action, NewEntry, Origin } from '../../policy/revocation-log.ts'
import { type EventSender, markExpiry, type RevocationPolicy } from '../../policy/revocation-policy.ts'
import { Malformed } from '../../policy/untrusted.ts'

/** Whose event it is, and what it is read with. */
export interface Setting<Sender extends EventSender = EventSender> {
  readonly sender: Sender
  readonly issuers: readonly Issuer[]
  readonly roles: RevocationPolicy['roles']
  /** When it came in, by the gate's clock. */
  readonly now: EpochSeconds
}

/** A name that an access token may have, and the other names that it must not contradict. */
export interface Named {
  readonly target: MarkTarget
  readonly matching?: Matching
}

/** Entries of one target of which the latest holds, such as "disabled" and "enabled". */
export interface Family {
  readonly label: string
  /** When it happened, by the sender's clock. */
  readonly at: EpochSeconds
}

type Mark = Action & { readonly kind: 'mark' }

/** A login goes on making tokens that say when it was, for longer than any of them lives: as long as most sessions are let live. */
const LOGIN_SECONDS = 30 * 24 * 3600

/** Until no token that exists now can live any more; of an effect on logins, until no login of before is likely to go on. */
export function mark({ issuers, now }: Setting, { target, matching }: Named, effect: Effect, reason: string): Mark {
  const expires = laterOf(markExpiry(target, issuers, now), effect, now)
  return {
    kind: 'mark',
    target,
    effect: withMatching(effect, matching),
    reason,
    ...(expires !== undefined && { expires }),
  }
}

function laterOf(expires: EpochSeconds | undefined, { kind }: Effect, now: EpochSeconds): EpochSeconds | undefined {
  if (expires === undefined || kind !== 'step-up') return expires
  return Math.max(expires, now + LOGIN_SECONDS) as EpochSeconds
}

/** Until an event of the same family ends it. */
export const block = ({ target, matching }: Named, { label, at }: Family, reason: string): Action => ({
  kind: 'mark',
  target,
  effect: withMatching({ kind: 'revoke' }, matching),
  reason,
  label: labelOf(label, matching),
  at,
})

/** A mark of a family that tokens outlive: it ends by itself, or by an event of the family before. */
export function markInFamily(setting: Setting, named: Named, effect: Effect, family: Family, reason: string): Mark {
  return { ...mark(setting, named, effect, reason), label: labelOf(family.label, named.matching), at: family.at }
}

export const lift = ({ target, matching }: Named, { label, at }: Family, reason: string): Action => ({
  kind: 'lift',
  target,
  label: labelOf(label, matching),
  at,
  reason,
})

/** What was compliant again was this device of the person, not another. */
const labelOf = (label: string, matching: Matching | undefined): string =>
  matching === undefined ? label : `${label} ${JSON.stringify(Object.entries(matching).sort())}`

const withMatching = (effect: Effect, matching: Matching | undefined): Effect =>
  matching === undefined || effect.kind === 'suspend' ? effect : { ...effect, matching }

/** What the log takes as one entry, with room for its number and time. */
const MAX_ENTRY_CHARACTERS = 12_000

/**
 * `id`: what the sender calls the event, so that it is entered once; where it calls it nothing, each is another.
 * @throws Malformed where a name is longer than any that tokens have: the log would not take it, however often it came
 */
export function entriesOf(
  { sender }: Setting,
  via: Origin['via'],
  event: string,
  id: string | undefined,
  actions: readonly Action[],
  first = 0,
): readonly NewEntry[] {
  return actions.map((action, index) => {
    const entry: NewEntry = {
      author: { kind: 'sender', name: sender.name },
      origin: { via, event, ...(id !== undefined && { id }) },
      action,
      ...(id !== undefined && { once: `${sender.name} ${id} ${first + index}` }),
    }
    if (JSON.stringify(entry).length > MAX_ENTRY_CHARACTERS) throw new Malformed('an identifier is too long')
    return entry
  })
}
