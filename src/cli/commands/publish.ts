/** `scopewall publish`: the map of the working tree becomes the live release of an environment. */
import { decodeRelease } from '../../policy/decode.ts'
import { epochSeconds } from '../../policy/result.ts'
import { publishRelease } from '../../release/publish.ts'
import { POINTER_KEY, parsePointer, type ReleaseStore, readKey, releaseKey } from '../../release/store.ts'
import { compareVersions, type Difference } from '../../source/diff/difference.ts'
import { differenceJson } from '../../source/diff/json.ts'
import { summarize } from '../../source/diff/summary.ts'
import { authorName, commitOf } from '../author.ts'
import { renderDifference } from '../diff-view.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { requireEnvironment, requireSoundMap, type SoundMap } from '../map.ts'
import { requirePassingTests } from '../passing-tests.ts'
import { describePlace, type Place, type PlaceOptions, placeOf } from '../place.ts'
import { announce, faultOf, reportPublished } from '../publishing.ts'
import { withStore } from '../store.ts'
import { note, print, printJson } from '../terminal.ts'

export interface PublishOptions extends PlaceOptions {
  readonly scopes: string
  readonly by?: string
  readonly commit?: string
  readonly note?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

export async function publish(options: PublishOptions): Promise<ExitCode> {
  const map = await requireSoundMap(options.scopes)
  requireEnvironment(map, options.env)
  await requirePassingTests(options.scopes, map)
  const place = placeOf(options)
  return withStore(place, (store) => publishTo(store, place, map, options))
}

async function publishTo(store: ReleaseStore, place: Place, map: SoundMap, options: PublishOptions): Promise<ExitCode> {
  const difference = await differenceFromLive(store, map)
  const changes = difference === undefined ? 'nothing that can be read is live' : summarize(difference)
  const what = `${map.digest.slice(0, 12)} to ${describePlace(place)}`
  if (options.dryRun) {
    if (options.json)
      printJson({ dryRun: true, digest: map.digest, changes: difference ? differenceJson(difference) : null })
    else print(`would publish ${what}: ${difference ? renderDifference(difference) : changes}`)
    return EXIT.done
  }
  note(`publishing ${what}: ${changes}`)
  const commit = options.commit ?? (await commitOf(options.scopes))
  const published = await publishRelease({
    store,
    text: map.text,
    by: options.by ?? (await authorName()),
    now: new Date().toISOString(),
    onStep: announce,
    ...(commit !== undefined && { commit }),
    ...(options.note !== undefined && { note: options.note }),
  })
  if (!published.ok) throw faultOf(published.error)
  reportPublished(published.value, place, options.json)
  return EXIT.done
}

/** From what is live now, if it can be read. Only for the summary: publishing does not depend on it. */
async function differenceFromLive(
  store: ReleaseStore,
  { text, environments }: SoundMap,
): Promise<Difference | undefined> {
  const pointer = parsePointer((await readKey(store, POINTER_KEY)) ?? '')
  const live = pointer.ok ? decodeRelease((await readKey(store, releaseKey(pointer.value.digest))) ?? '') : undefined
  const next = decodeRelease(text)
  if (live?.ok !== true || !next.ok) return undefined
  return compareVersions({ release: live.value }, { release: next.value, environments }, epochSeconds(Date.now()))
}
