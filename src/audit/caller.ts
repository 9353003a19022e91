/** What events and counts say of a caller whose token was verified. Worked out once for each principal, and kept for as long as it is. */
import type { Identity, UsageTally } from '../policy/event-batch.ts'
import type { Principal } from '../policy/principal.ts'
import { ageClassOf } from '../policy/usage.ts'
import type { Names } from './names.ts'

/** Of the members of a usage row those that the token alone tells, whenever it is used. */
export type CallerRow = Pick<
  UsageTally['row'],
  'client' | 'scopes' | 'acr' | 'amr' | 'lifetime' | 'bound' | 'actor' | 'forDefault' | 'forServices'
>

export interface Caller {
  readonly issuer: string
  readonly who: Identity
  /** Ascending. */
  readonly held: readonly string[]
  readonly furtherHeld: number
  readonly acr: readonly string[]
  readonly bound: readonly ('dpop' | 'mtls')[]
  readonly row: CallerRow
  /** Callers of one number are counted alike. */
  readonly kind: number
}

export interface CallerBook {
  /** Undefined where it was never met: this is its first request. */
  known(principal: Principal): Caller | undefined
  /** `names`: of client and actor. */
  meet(principal: Principal, names: Names): Caller
}

const MOST_HELD = 64
const MOST_HELD_CHARACTERS = 4_096
const MOST_COUNTED_SCOPES = 256
const MOST_COUNTED_CHARACTERS = 8_192
const MOST_VALUES = 8
const MOST_CHARACTERS = 128
const MOST_KINDS = 10_000

export function createCallerBook(): CallerBook {
  const known = new WeakMap<Principal, Caller>()
  const kinds = new Map<string, { readonly kind: number; readonly row: CallerRow }>()
  let lastKind = 0

  return {
    known: (principal) => known.get(principal),
    meet(principal, names) {
      const row = rowOf(principal, names)
      const caller = { ...callerOf(principal), ...kindOf(principal.issuer, row) }
      known.set(principal, caller)
      return caller
    },
  }

  /** Those who are alike share one row. */
  function kindOf(issuer: string, row: CallerRow): Pick<Caller, 'kind' | 'row'> {
    const key = JSON.stringify([issuer, row])
    const before = kinds.get(key)
    if (before !== undefined) return before
    if (kinds.size >= MOST_KINDS) kinds.clear()
    const kind = { kind: ++lastKind, row }
    kinds.set(key, kind)
    return kind
  }
}

function callerOf(principal: Principal): Omit<Caller, 'kind' | 'row'> {
  const { issuer, client, subject, fingerprint, authentication } = principal
  const scopes = [...principal.scopes].sort()
  const held = within(scopes, MOST_HELD, MOST_HELD_CHARACTERS)
  return {
    issuer,
    who: {
      issuer,
      ...(client !== undefined && { client }),
      ...(subject !== undefined && { subject }),
      fingerprint,
    },
    held,
    furtherHeld: scopes.length - held.length,
    acr: authentication.acrs.slice(0, MOST_VALUES).map(cut),
    bound: boundOf(principal),
  }
}

function rowOf(principal: Principal, names: Names): CallerRow {
  const { authentication, lifetimeSeconds, actor } = principal
  const acr = authentication.acrs.slice(0, MOST_VALUES).map(cut)
  const amr = authentication.amr.slice(0, MOST_VALUES).map(cut)
  const bound = boundOf(principal)
  const forServices = [...principal.services].sort()
  return {
    ...(names.client !== undefined && { client: names.client }),
    scopes: within([...principal.scopes].sort(), MOST_COUNTED_SCOPES, MOST_COUNTED_CHARACTERS),
    ...(acr.length > 0 && { acr }),
    ...(amr.length > 0 && { amr }),
    ...(lifetimeSeconds !== undefined && { lifetime: ageClassOf(lifetimeSeconds) }),
    ...(bound.length > 0 && { bound }),
    ...(actor !== undefined && { actor: names.actor ?? null }),
    ...(!principal.isForDefault && { forDefault: false }),
    ...(forServices.length > 0 && { forServices }),
  }
}

const boundOf = ({ confirmation }: Principal): Caller['bound'] => [
  ...(confirmation?.keyThumbprint === undefined ? [] : ['dpop' as const]),
  ...(confirmation?.certificateThumbprint === undefined ? [] : ['mtls' as const]),
]

const cut = (text: string): string => text.slice(0, MOST_CHARACTERS)

/** Of a list as much as fits. */
function within(list: readonly string[], most: number, characters: number): readonly string[] {
  let length = 0
  const end = list.findIndex((each, index) => {
    length += each.length + 1
    return index >= most || length > characters
  })
  return end < 0 ? list : list.slice(0, end)
}
