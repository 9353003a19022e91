/**
 * What keeps people from making the wrong release live: a protected environment must be told the digest that is meant. A guard against mistakes, not
 * against people: whoever can write KV needs no command.
 */

import { type Pointer, parsePointer } from '../release/pointer.ts'
import { HISTORY_PREFIX, POINTER_KEY, type ReleaseStore, readKey } from '../release/store.ts'
import { askAtTerminal, isTerminal } from './ask.ts'
import { EXIT, Stop } from './exit.ts'

export interface ConsentOptions {
  /** The beginning of the digest that is meant to become live. */
  readonly expect?: string
  /** The beginning of the digest that must be live until then; `none`: nothing may be. */
  readonly ifLive?: string
}

export interface Proposal {
  readonly environment: string
  readonly isProtected: boolean
  /** What would become live. */
  readonly digest: string
  /** What that changes, in lines. Asked only where somebody is to confirm it. */
  readonly changes: () => Promise<string>
}

/** Whether anything stands between a command and what it would make live. */
export const isConsentNeeded = (isProtected: boolean, { expect, ifLive }: ConsentOptions): boolean =>
  isProtected || expect !== undefined || ifLive !== undefined

/** Asks somebody and gives what they typed. */
export type Ask = (question: string) => Promise<string>

/**
 * Stops unless the proposal is what was asked for. Gives the store to publish to: where it matters what is live, that is looked at again right before
 * each write that could make something live. KV has no compare-and-swap: two who write within the same moment both pass.
 */
export async function requireConsent(
  store: ReleaseStore,
  { environment, isProtected, digest, changes }: Proposal,
  { expect, ifLive }: ConsentOptions,
  ask: Ask | undefined = isTerminal() ? askAtTerminal : undefined,
): Promise<ReleaseStore> {
  if (expect !== undefined && !digest.startsWith(requirePrefix('--expect', expect)))
    throw new Stop(
      EXIT.differs,
      `what would become live in ${environment} is ${digest.slice(0, 12)}, not ${expect.slice(0, 12)} as expected`,
      'nothing was changed; look at what would change with --dry-run',
    )
  if (!isProtected && ifLive === undefined) return store
  const text = await readKey(store, POINTER_KEY)
  const live = pointerIn(text)
  if (ifLive !== undefined && !isLive(live, ifLive)) throw movedOn(environment, live)
  if (isProtected && expect === undefined) {
    if (ask === undefined) throw unexpected(environment, digest, live)
    const typed = await ask(
      `${await changes()}\n\n${environment} is protected. Type the first 8 characters of ${digest.slice(0, 12)} to make it live: `,
    )
    if (typed.trim() !== digest.slice(0, 8)) throw new Stop(EXIT.usage, 'that is not its digest: nothing was changed')
  }
  return guarded(store, environment, text)
}

/** A damaged pointer is nothing that is live: whether a change may go on from it is not asked here. */
function pointerIn(text: string | undefined): Pointer | undefined {
  const pointer = parsePointer(text ?? '')
  return pointer.ok ? pointer.value : undefined
}

const LEAST_CHARACTERS = 12

function requirePrefix(option: string, text: string): string {
  if (/^[0-9a-f]{12,64}$/.test(text)) return text
  throw new Stop(
    EXIT.usage,
    `\`${option}\` takes a digest, or at least its first ${LEAST_CHARACTERS} characters`,
    'lower-case hexadecimal, as `scopewall status` and `history` show it',
  )
}

function isLive(live: Pointer | undefined, ifLive: string): boolean {
  if (ifLive === 'none') return live === undefined
  return live?.digest.startsWith(requirePrefix('--if-live', ifLive)) === true
}

/** The command as it was typed, with what it lacks. */
function unexpected(environment: string, digest: string, live: Pointer | undefined): Stop {
  const typed = process.argv
    .slice(2)
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
  const wanted = `--expect ${digest.slice(0, 12)} --if-live ${live?.digest.slice(0, 12) ?? 'none'}`
  return new Stop(
    EXIT.usage,
    `${environment} is protected, and the digest that is meant was not given`,
    `if ${digest.slice(0, 12)} is meant: scopewall ${typed.join(' ')} ${wanted}`,
  )
}

const movedOn = (environment: string, live: Pointer | undefined): Stop =>
  new Stop(
    EXIT.differs,
    live === undefined
      ? `nothing is live in ${environment}, and something else was expected`
      : `live in ${environment} is ${live.digest.slice(0, 12)}, serial ${live.serial}, and something else was expected`,
    'somebody published meanwhile; look at what would change now with --dry-run',
  )

/** A store that stops a publish as soon as something else is live than what was looked at. */
function guarded(store: ReleaseStore, environment: string, seen: string | undefined): ReleaseStore {
  return {
    ...store,
    put: async (key, value) => {
      if (key === POINTER_KEY || key.startsWith(HISTORY_PREFIX)) {
        const text = await readKey(store, POINTER_KEY)
        if (text !== seen) throw movedOn(environment, pointerIn(text))
      }
      return store.put(key, value)
    },
  }
}
