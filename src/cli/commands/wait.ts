/** `scopewall wait`: returns when the edge answers with a release, and says how long that took. */
import type { Pointer } from '../../release/pointer.ts'
import { connectTo, type EdgeAnswer, type EdgeConnection, type EdgeRelease, healthAddress } from '../edge.ts'
import { ROUNDS_IN_A_ROW, type WaitOutcome, waitForEdge } from '../edge-wait.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { liveIn } from '../live.ts'
import { loadAddress } from '../map.ts'
import { type PlaceOptions, placeOf } from '../place.ts'
import { withStore } from '../store.ts'
import { announceStep, note, paint, paintError, print, printJson } from '../terminal.ts'
import { monotonicWallClock, pause } from '../time.ts'

export interface WaitOptions extends PlaceOptions {
  readonly scopes: string
  readonly digest?: string
  readonly serial?: number
  readonly url?: string
  /** Seconds. */
  readonly timeout: number
  readonly connections: number
  readonly json?: boolean
}

export async function wait(options: WaitOptions): Promise<ExitCode> {
  const url = options.url ?? (await loadAddress(options.scopes, options.env))
  const live = await livePointer(options)
  const wanted = wantedOf(options, live)
  announceStep(`asking ${healthAddress(url).origin} over ${options.connections} connections for ${wanted.name}`)
  const result = await waitAt(url, wanted, options)
  if (options.json) printJson(facts(url, wanted, result))
  else if (result.outcome.kind === 'reached') print(describe(url, wanted, result))
  if (result.outcome.kind !== 'reached') throw notReached(url, wanted, result.outcome)
  return EXIT.done
}

/** Only for how long it has been live where the release is named; everything where it is not. */
async function livePointer(options: WaitOptions): Promise<Pointer | undefined> {
  try {
    return await withStore(placeOf(options), liveIn)
  } catch (error) {
    if (!(error instanceof Stop) || (options.digest === undefined && options.serial === undefined)) throw error
    note(paintError('yellow', `KV could not be asked when it was published: ${error.message}`))
    return undefined
  }
}

interface Wanted {
  readonly name: string
  readonly isWanted: (release: EdgeRelease) => boolean
  readonly isPast: (release: EdgeRelease) => boolean
  /** When its pointer was made, by the publisher's clock. */
  readonly publishedAt?: string
}

function wantedOf({ digest, serial, env }: WaitOptions, live: Pointer | undefined): Wanted {
  if (digest !== undefined && serial !== undefined)
    throw new Stop(EXIT.usage, '--digest and --serial exclude each other', 'name one of them')
  if (digest !== undefined) {
    if (!/^[0-9a-f]{8,64}$/.test(digest))
      throw new Stop(EXIT.usage, '`--digest` takes a digest, or at least its first 8 characters')
    const isLive = live?.digest.startsWith(digest) === true
    return {
      name: `release ${digest.slice(0, 12)}`,
      isWanted: (release) => release.digest.startsWith(digest),
      isPast: () => false,
      ...(isLive && { publishedAt: live.publishedAt }),
    }
  }
  if (serial !== undefined)
    return {
      name: `serial ${serial}`,
      isWanted: (release) => release.serial >= serial,
      isPast: () => false,
      ...(live?.serial === serial && { publishedAt: live.publishedAt }),
    }
  if (live === undefined)
    throw new Stop(EXIT.couldNotRun, `nothing has been published in ${env}`, 'publish, or name a release with --digest')
  return wantedPointer(live)
}

/** A newer serial with another release means that somebody published meanwhile: this one will not come any more. */
const wantedPointer = ({ digest, serial, publishedAt }: Pointer): Wanted => ({
  name: `release ${digest.slice(0, 12)}, serial ${serial}`,
  isWanted: (release) => release.digest === digest && release.serial >= serial,
  isPast: (release) => release.serial > serial && release.digest !== digest,
  publishedAt,
})

interface Waited {
  readonly outcome: WaitOutcome
  readonly connections: number
  readonly startedAt: number
  readonly endedAt: number
}

async function waitAt(
  url: string,
  wanted: Wanted,
  { timeout, connections }: Pick<WaitOptions, 'timeout' | 'connections'>,
): Promise<Waited> {
  const address = healthAddress(url)
  const open: readonly EdgeConnection[] = Array.from({ length: connections }, () => connectTo(address))
  const now = monotonicWallClock
  const startedAt = now()
  let shown = -1
  try {
    const outcome = await waitForEdge({
      connections: open.map(({ ask }) => ask),
      isWanted: wanted.isWanted,
      isPast: wanted.isPast,
      timeoutMs: timeout * 1000,
      now,
      sleep: pause,
      onRound: (have) => {
        if (have !== shown)
          announceStep(`${have} of ${connections} connections have it after ${seconds(now() - startedAt)}`)
        shown = have
      },
    })
    return { outcome, connections, startedAt, endedAt: now() }
  } finally {
    for (const connection of open) connection.close()
  }
}

const seconds = (milliseconds: number): string => `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`

function describe(url: string, { name, publishedAt }: Wanted, { outcome, connections, startedAt }: Waited): string {
  const since = outcome.kind === 'reached' ? outcome.since : startedAt
  const published =
    publishedAt === undefined ? '' : `${seconds(since - Date.parse(publishedAt))} after it was published, `
  return [
    `${paint('green', 'live')} at ${healthAddress(url).origin}: ${name}`,
    `${published}${seconds(since - startedAt)} after the wait began; then confirmed on ${connections} connections, ${ROUNDS_IN_A_ROW} times in a row`,
  ].join('\n')
}

function facts(
  url: string,
  { name, publishedAt }: Wanted,
  { outcome, connections, startedAt, endedAt }: Waited,
): unknown {
  const tenths = (milliseconds: number) => Math.round(milliseconds / 100) / 10
  const since = outcome.kind === 'reached' ? outcome.since : undefined
  return {
    reached: outcome.kind === 'reached',
    address: healthAddress(url).origin,
    waitedFor: name,
    connections,
    roundsInARow: ROUNDS_IN_A_ROW,
    secondsSincePublished:
      since === undefined || publishedAt === undefined ? null : tenths(since - Date.parse(publishedAt)),
    secondsSinceStart: since === undefined ? null : tenths(since - startedAt),
    secondsWaited: tenths(endedAt - startedAt),
    ...(outcome.kind !== 'reached' && { outcome: outcome.kind, seen: outcome.last.map(describeAnswer) }),
  }
}

const describeAnswer = (answer: EdgeAnswer): string =>
  answer.kind === 'gate'
    ? `release ${answer.release.digest.slice(0, 12)}, serial ${answer.release.serial}, ${answer.release.source}`
    : answer.why

function notReached(url: string, { name }: Wanted, outcome: Exclude<WaitOutcome, { readonly kind: 'reached' }>): Stop {
  const counts = new Map<string, number>()
  for (const each of outcome.last.map(describeAnswer)) counts.set(each, (counts.get(each) ?? 0) + 1)
  const seen = [...counts].map(([text, count]) => `${count} × ${text}`).join('; ')
  const { origin } = healthAddress(url)
  return outcome.kind === 'past'
    ? new Stop(
        EXIT.differs,
        `${origin} has gone past ${name}: ${seen}`,
        'somebody published meanwhile, or the Worker was built with a newer one: see `scopewall status`',
      )
    : new Stop(
        EXIT.differs,
        `${origin} does not answer with ${name} on every connection: ${seen}`,
        'wait longer with --timeout, and see `scopewall status`',
      )
}

export interface WaitingOptions {
  readonly wait?: boolean
}

/** What `--wait` does at the end of a command that made a release live. Its result goes to standard error: the command has had its own. */
export async function waitAfterPublishing(
  pointer: Pointer,
  { wait: isAsked, scopes, env }: WaitingOptions & { readonly scopes: string; readonly env: string },
): Promise<ExitCode> {
  if (isAsked !== true) return EXIT.done
  const url = await loadAddress(scopes, env)
  const wanted = wantedPointer(pointer)
  announceStep(`waiting until ${healthAddress(url).origin} answers with ${wanted.name}`)
  const result = await waitAt(url, wanted, { timeout: 300, connections: 4 })
  if (result.outcome.kind !== 'reached') throw notReached(url, wanted, result.outcome)
  note(describe(url, wanted, result))
  return EXIT.done
}
