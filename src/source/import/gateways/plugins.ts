/** Plugins of a gateway that decide together: all of them must let a request pass. */
import type { Place } from '../../diagnostic.ts'
import type { FailOpen } from '../imported.ts'
import { type Access, both, NOBODY, PUBLIC } from './access.ts'
import type { Note } from './plan.ts'
import type { TokenSettings } from './token-settings.ts'

/** What one plugin does about requests. */
export type PluginEffect =
  /** Looks at the bearer token. `isOptional`: lets requests without one pass. */
  | {
      readonly kind: 'token'
      readonly access: Access
      readonly isOptional: boolean
      readonly settings: TokenSettings
    }
  /** Asks for something that is no token. `isOptional`: and lets requests without it pass. */
  | { readonly kind: 'elsewhere'; readonly isOptional: boolean }
  /** Refuses some requests by rules that no map has. */
  | { readonly kind: 'restricts' }
  /** Answers every request itself. */
  | { readonly kind: 'refuses' }
  /** Lets everybody pass. */
  | { readonly kind: 'harmless' }

export interface ReadPlugin {
  readonly name: string
  readonly at: Place
  readonly effect: PluginEffect
  readonly notes: readonly Note[]
  /** Why it lets requests through unchecked, if it does. */
  readonly open: readonly string[]
}

export interface PluginsAccess {
  readonly access: Access
  readonly notes: readonly Note[]
  readonly failOpen: readonly FailOpen[]
  readonly settings?: TokenSettings
}

/** @param off plugins that are there and switched off, for the list of what lets requests through */
export function combinePlugins(
  plugins: readonly ReadPlugin[],
  construct: string,
  at: Place,
  off: readonly FailOpen[],
): PluginsAccess {
  const notes = plugins.flatMap((plugin) => plugin.notes)
  const failOpen = plugins.flatMap((plugin) => plugin.open.map((message) => ({ construct, at: plugin.at, message })))
  if (plugins.some(({ effect }) => effect.kind === 'refuses')) return { access: NOBODY, notes: [], failOpen: [] }
  const restricting = plugins.filter(({ effect }) => effect.kind === 'restricts').map((plugin) => dropped(plugin.name))
  const tokens = plugins.flatMap(({ effect }) => (effect.kind === 'token' ? [effect] : []))
  const elsewhere = plugins.filter(({ effect }) => effect.kind === 'elsewhere')
  const demanding = elsewhere.filter(({ effect }) => effect.kind === 'elsewhere' && !effect.isOptional)
  const [first] = tokens
  const isOpen = tokens.every(({ isOptional }) => isOptional)
  // Where tokens may be left out, what else is demanded is all that keeps anybody out.
  if (isOpen && demanding.length > 0) {
    const names = demanding.map(({ name }) => `\`${name}\``).join(' and ')
    return {
      access: NOBODY,
      notes: [
        ...notes,
        { verdict: 'unrepresentable', message: `it is opened by ${names}, and a map knows tokens alone` },
      ],
      failOpen,
    }
  }
  const further = demanding.map(({ name }) => dropped(name))
  const asked = tokens.reduce((sum: Access, { access }) => both(sum, access) ?? NOBODY, PUBLIC)
  const access = isOpen ? PUBLIC : asked
  const nothing: readonly FailOpen[] =
    first === undefined && elsewhere.length === 0
      ? [{ construct, at, message: 'no plugin asks for anything: everybody gets in' }]
      : []
  return {
    access,
    notes: [...notes, ...restricting, ...further, ...(isOpen ? optionalNotes(asked) : [])],
    failOpen: [...failOpen, ...off, ...nothing],
    ...(first && !isOpen && { settings: first.settings }),
  }
}

const dropped = (name: string): Note => ({
  verdict: 'looser',
  message: `the plugin \`${name.slice(0, 80)}\` may refuse requests, and no map does what it does`,
})

/** Scopes that only those need who send a token. */
const optionalNotes = (asked: Access): readonly Note[] =>
  asked.kind === 'scopes' || asked.kind === 'nobody'
    ? [
        {
          verdict: 'looser',
          message: 'a token without the scopes was refused, and the same caller without a token was not',
        },
      ]
    : []

/** A plugin that nobody here has heard of. */
export const unknownPlugin = (name: string, at: Place): ReadPlugin => ({
  name,
  at,
  effect: { kind: 'restricts' },
  notes: [],
  open: [],
})
