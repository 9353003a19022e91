/** `scopewall probe`: how long a release takes to reach the edge, measured from many connections. */

import { type Pointer, parseHistoryEntry, parsePointer } from '../../release/pointer.ts'
import { republishRelease } from '../../release/publish.ts'
import { historyKey, POINTER_KEY, type ReleaseStore, readKey } from '../../release/store.ts'
import { authorName } from '../author.ts'
import { requireConsent } from '../consent.ts'
import { connectTo, type EdgeConnection, healthAddress } from '../edge.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { liveIn } from '../live.ts'
import { isProtected, loadAddress, loadEnvironment } from '../map.ts'
import { describePlace, type PlaceOptions, placeOf } from '../place.ts'
import { type Measured, measurePropagation, type Propagation, summarizePropagation } from '../propagation.ts'
import { announce, faultOf } from '../publishing.ts'
import { renderPropagation } from '../render-propagation.ts'
import { type SigningOptions, signingOf } from '../signing.ts'
import { withStore } from '../store.ts'
import { announceStep, print, printJson } from '../terminal.ts'
import { monotonicWallClock, pause } from '../time.ts'

export interface ProbeOptions extends PlaceOptions, SigningOptions {
  readonly scopes: string
  readonly url?: string
  readonly connections: number
  /** Seconds. */
  readonly duration: number
  readonly publish?: boolean
  readonly by?: string
  readonly expect?: string
  readonly json?: boolean
}

const EVERY_MS = 1_000
/** The part of the duration that is looked on for once everybody has it: who goes back to the old release is seen then. */
const SETTLING_PART = 1 / 6
/** How long somebody has to publish. */
const PATIENCE_MS = 600_000
const DEADLINE_MS = 10_000

export async function probe(options: ProbeOptions): Promise<ExitCode> {
  const address = healthAddress(options.url ?? (await loadAddress(options.scopes, options.env)))
  const connections = Array.from({ length: options.connections }, () => connectTo(address))
  try {
    const [inKv, atEdge] = [await liveSerial(options), await edgeSerial(address, connections)]
    if (options.publish === true && atEdge > inKv)
      throw new Stop(
        EXIT.differs,
        `the edge has serial ${atEdge} and KV ${inKv}: it would not take over the next one`,
        'see `scopewall status`',
      )
    const measured = await (options.publish === true
      ? publishAndFollow(options, connections)
      : follow(options, connections, Math.max(inKv, atEdge) + 1))
    const report = { address: address.origin, everySeconds: EVERY_MS / 1000, ...measured }
    if (options.json) printJson(report)
    else print(renderPropagation(report))
    return measured.propagation.unseen === 0 ? EXIT.done : EXIT.differs
  } finally {
    for (const connection of connections) connection.close()
  }
}

const liveSerial = async (options: ProbeOptions): Promise<number> =>
  (await withStore(placeOf(options), liveIn))?.serial ?? 0

/** Opens every connection, and says how far the edge is. A host where no gate answers is not measured. */
async function edgeSerial(address: URL, connections: readonly EdgeConnection[]): Promise<number> {
  announceStep(`opening ${connections.length} connections to ${address.origin}`)
  const answers = await Promise.all(connections.map(({ ask }) => ask(DEADLINE_MS)))
  const serials = answers.flatMap((answer) => (answer.kind === 'gate' ? [answer.release.serial] : []))
  const failed = answers.find((answer) => answer.kind === 'failed')
  if (serials.length === 0 && failed !== undefined)
    throw new Stop(EXIT.couldNotRun, failed.why, 'is the Worker deployed, and its route and DNS record in place?')
  return Math.max(...serials)
}

/** What was measured, and from when. */
interface Followed {
  readonly serial: number
  readonly digest: string
  /** `pointer-write`: our own clock as the pointer began to be written; `published-at`: what its publisher's clock said as publishing began. */
  readonly countedFrom: 'pointer-write' | 'published-at'
  readonly beganAt: string
  readonly propagation: Propagation
}

/** Connections are asked from the moment on that the pointer begins to be written, not only once the publish is through. */
async function publishAndFollow(options: ProbeOptions, connections: readonly EdgeConnection[]): Promise<Followed> {
  const stop = new AbortController()
  let [beganAt, measuring]: [number, Promise<Measured> | undefined] = [0, undefined]
  try {
    const pointer = await republish(options, (serial) => {
      beganAt = monotonicWallClock()
      measuring = measure(options, connections, serial, options.duration * 1000, stop.signal)
    })
    if (measuring === undefined) throw new Error('a publish that moved no pointer')
    return {
      serial: pointer.serial,
      digest: pointer.digest,
      countedFrom: 'pointer-write',
      beganAt: new Date(beganAt).toISOString(),
      propagation: summarizePropagation(await measuring, beganAt),
    }
  } finally {
    stop.abort()
  }
}

/** @param onFlip called right before the pointer is written, with its serial */
async function republish(options: ProbeOptions, onFlip: (serial: number) => void): Promise<Pointer> {
  const place = placeOf(options)
  const isTargetProtected = await isProtected(options.scopes, options.env)
  const signing = await signingOf(await loadEnvironment(options.scopes, options.env), options)
  return withStore(place, async (store) => {
    const live = await liveIn(store)
    if (live === undefined)
      throw new Stop(EXIT.couldNotRun, `nothing has been published in ${describePlace(place)}`, 'publish first')
    const changes = async () => `${live.digest.slice(0, 12)} stays live, under a new serial`
    const proposal = { environment: options.env, isProtected: isTargetProtected, digest: live.digest, changes }
    const published = await republishRelease({
      ...signing,
      store: noticing(await requireConsent(store, proposal, options), onFlip),
      by: options.by ?? (await authorName()),
      now: new Date().toISOString(),
      note: 'published again to measure propagation',
      onStep: announce,
    })
    if (!published.ok) throw faultOf(published.error)
    return published.value.pointer
  })
}

/** A store that tells of the pointer right before it is written. */
const noticing = (store: ReleaseStore, onFlip: (serial: number) => void): ReleaseStore => ({
  ...store,
  put: (key, value) => {
    const pointer = key === POINTER_KEY ? parsePointer(value) : undefined
    if (pointer?.ok === true) onFlip(pointer.value.serial)
    return store.put(key, value)
  },
})

async function follow(
  options: ProbeOptions,
  connections: readonly EdgeConnection[],
  serial: number,
): Promise<Followed> {
  announceStep(`publish now, in another terminal: waiting for serial ${serial} in ${options.env}, ten minutes at most`)
  const measured = await measure(options, connections, serial, PATIENCE_MS)
  if (measured.records.every(({ firstSeen }) => firstSeen === undefined))
    throw new Stop(
      EXIT.differs,
      `nobody saw serial ${serial}`,
      'publish while this runs, or let it publish with --publish',
    )
  const entry = await withStore(placeOf(options), async (store) =>
    parseHistoryEntry((await readKey(store, historyKey(serial))) ?? ''),
  )
  if (!entry.ok) throw new Stop(EXIT.couldNotRun, `the history does not say when serial ${serial} was published`)
  const { digest, publishedAt } = entry.value
  return {
    serial,
    digest,
    countedFrom: 'published-at',
    beganAt: publishedAt,
    propagation: summarizePropagation(measured, Date.parse(publishedAt)),
  }
}

const measure = (
  { duration }: ProbeOptions,
  connections: readonly EdgeConnection[],
  serial: number,
  patienceMs: number,
  signal?: AbortSignal,
) =>
  measurePropagation({
    ...(signal && { signal }),
    connections: connections.map(({ ask }) => ask),
    serial,
    everyMs: EVERY_MS,
    patienceMs,
    durationMs: duration * 1000,
    settleMs: duration * 1000 * SETTLING_PART,
    now: monotonicWallClock,
    sleep: pause,
    onSeen: announceSeen(connections.length),
  })

/** A line for the first, for the last, and for every tenth part in between. */
const announceSeen =
  (all: number) =>
  (seen: number): void => {
    const tenth = Math.max(1, Math.ceil(all / 10))
    if (seen === 1 || seen === all || seen % tenth === 0) announceStep(`${seen} of ${all} connections have it`)
  }
