/** Scopes that are suspended, for every client or for one. There are few, so they are gone through. */
import type { EpochSeconds } from '../policy/result.ts'
import type { TargetState } from '../policy/revocation-log.ts'
import type { ScopeToken } from '../policy/scope.ts'
import { isActive } from '../policy/standing.ts'

export type SwitchState = Extract<TargetState, { readonly kind: 'scope' }>

export interface KillSwitches {
  readonly size: number
  /** Replaces what was known of this scope, for this client. */
  put(state: SwitchState): void
  suspendedFor(client: string | undefined, now: EpochSeconds): ReadonlySet<ScopeToken>
}

const NOTHING: ReadonlySet<ScopeToken> = new Set()

export function createKillSwitches(): KillSwitches {
  const switches = new Map<string, SwitchState>()
  return {
    get size() {
      return switches.size
    },

    put(state) {
      const name = JSON.stringify([state.scope, state.client])
      if (state.effects.length === 0) switches.delete(name)
      else switches.set(name, state)
    },

    suspendedFor(client, now) {
      if (switches.size === 0) return NOTHING
      const concerned = [...switches.values()].filter(
        (state) =>
          (state.client === undefined || state.client === client) &&
          state.effects.some((effect) => isActive(effect, now)),
      )
      return concerned.length === 0 ? NOTHING : new Set(concerned.map(({ scope }) => scope as ScopeToken))
    },
  }
}
