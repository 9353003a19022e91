/** `scopewall publish`: the map of the working tree becomes the live release of an environment. */
import { decodeRelease } from '../../policy/decode.ts'
import type { ReleaseDocument } from '../../policy/release.ts'
import { publishRelease } from '../../release/publish.ts'
import { POINTER_KEY, parsePointer, type ReleaseStore, readKey, releaseKey } from '../../release/store.ts'
import { authorName, commitOf } from '../author.ts'
import { type ConsentOptions, requireConsent } from '../consent.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { isProtected, requireEnvironment, requireSoundMap, type SoundMap } from '../map.ts'
import { requirePassingTests } from '../passing-tests.ts'
import { describePlace, type Place, type PlaceOptions, placeOf } from '../place.ts'
import { announce, faultOf, reportPublished } from '../publishing.ts'
import { type Signing, type SigningOptions, signingOf } from '../signing.ts'
import { withStore } from '../store.ts'
import { note, print, printJson } from '../terminal.ts'
import { type WaitingOptions, waitAfterPublishing } from './wait.ts'

export interface PublishOptions extends PlaceOptions, SigningOptions, ConsentOptions, WaitingOptions {
  readonly scopes: string
  readonly by?: string
  readonly commit?: string
  readonly note?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

export async function publish(options: PublishOptions): Promise<ExitCode> {
  const map = await requireSoundMap(options.scopes)
  const environment = requireEnvironment(map, options.env)
  await requirePassingTests(options.scopes, map)
  const place = placeOf(options)
  // What a dry run would change can be asked by people who may not sign.
  const signing = options.dryRun ? undefined : await signingOf(environment, options)
  return withStore(place, (store) => publishTo(store, place, map, options, signing))
}

async function publishTo(
  store: ReleaseStore,
  place: Place,
  map: SoundMap,
  options: PublishOptions,
  signing: Signing | undefined,
): Promise<ExitCode> {
  const changes = countChanges(await liveDocument(store), JSON.parse(map.text))
  if (options.dryRun) {
    if (options.json) printJson({ dryRun: true, digest: map.digest, changes })
    else print(`would publish ${map.digest.slice(0, 12)} to ${describePlace(place)}: ${describeChanges(changes)}`)
    return EXIT.done
  }
  note(`publishing ${map.digest.slice(0, 12)} to ${describePlace(place)}: ${describeChanges(changes)}`)
  const guarded = await requireConsent(
    store,
    {
      environment: options.env,
      isProtected: await isProtected(options.scopes, options.env),
      digest: map.digest,
      changes: async () => describeChanges(changes),
    },
    options,
  )
  const commit = options.commit ?? (await commitOf(options.scopes))
  const published = await publishRelease({
    ...signing,
    store: guarded,
    text: map.text,
    by: options.by ?? (await authorName()),
    now: new Date().toISOString(),
    onStep: announce,
    ...(commit !== undefined && { commit }),
    ...(options.note !== undefined && { note: options.note }),
  })
  if (!published.ok) throw faultOf(published.error)
  reportPublished(published.value, place, options.json)
  return waitAfterPublishing(published.value.pointer, options)
}

/** What is live now, if it can be read. Only for the summary: publishing does not depend on it. */
export async function liveDocument(store: ReleaseStore): Promise<ReleaseDocument | undefined> {
  const text = await readKey(store, POINTER_KEY)
  const pointer = text === undefined ? undefined : parsePointer(text)
  const release = pointer?.ok === true ? await readKey(store, releaseKey(pointer.value.digest)) : undefined
  const decoded = release === undefined ? undefined : decodeRelease(release)
  return decoded?.ok === true ? decoded.value.document : undefined
}

/** What it would change if a release that is in KV became live. */
export async function describeStored(store: ReleaseStore, digest: string): Promise<string> {
  const next = decodeRelease((await readKey(store, releaseKey(digest))) ?? '')
  return next.ok
    ? describeChanges(countChanges(await liveDocument(store), next.value.document))
    : 'what it changes cannot be said: its bytes are damaged'
}

export interface Changes {
  readonly rules: Counts
  readonly scopes: Counts
}

interface Counts {
  readonly added: number
  readonly removed: number
  readonly changed: number
}

export function countChanges(live: ReleaseDocument | undefined, next: ReleaseDocument): Changes {
  const rulesOf = (document: ReleaseDocument | undefined) =>
    new Map(document?.rules.map((rule) => [`${rule.method} ${rule.host}${rule.path}`, rule]))
  return {
    rules: compare(rulesOf(live), rulesOf(next)),
    scopes: compare(new Map(Object.entries(live?.scopes ?? {})), new Map(Object.entries(next.scopes))),
  }
}

function compare(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): Counts {
  const shared = [...after.keys()].filter((key) => before.has(key))
  return {
    added: after.size - shared.length,
    removed: before.size - shared.length,
    changed: shared.filter((key) => JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key))).length,
  }
}

export const describeChanges = ({ rules, scopes }: Changes): string =>
  `rules ${describe(rules)}, scopes ${describe(scopes)}`
const describe = ({ added, removed, changed }: Counts): string => `+${added} -${removed} ~${changed}`
