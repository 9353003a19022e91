/** All that a mark could name a principal by, as keys of the table. Each is worked out when it is first asked for, and once. */
import type { MarkTarget } from '../policy/mark.ts'
import type { Principal } from '../policy/principal.ts'
import { markedName } from '../policy/standing.ts'
import { KEYED_KINDS, type KeyedKind } from './read-changes.ts'
import { targetKeyBytes } from './target-key.ts'
import { KEY_WORDS, writeKey } from './target-words.ts'

export interface PrincipalKeys {
  /** A key for each kind of target, in the order of `KEYED_KINDS`. */
  readonly words: Uint32Array
  /** Where the key of this kind begins; undefined where the principal has no such name. */
  placeOf(kind: KeyedKind): number | undefined
}

export function createPrincipalKeys(principal: Principal): PrincipalKeys {
  const words = new Uint32Array(KEYED_KINDS.length * KEY_WORDS)
  const places = new Map<KeyedKind, number | undefined>()
  return {
    words,
    placeOf(kind) {
      if (places.has(kind)) return places.get(kind)
      const target = targetOf(kind, principal)
      const place = target === undefined ? undefined : KEYED_KINDS.indexOf(kind) * KEY_WORDS
      if (target !== undefined && place !== undefined) writeKey(targetKeyBytes(target), words, place)
      places.set(kind, place)
      return place
    },
  }
}

function targetOf(kind: KeyedKind, principal: Principal): MarkTarget | undefined {
  const { issuer } = principal
  if (kind === 'token') return { kind, value: principal.fingerprint }
  if (kind === 'issuer') return { kind, issuer }
  const value = markedName(principal, kind)
  return value === undefined ? undefined : { kind, issuer, value }
}
