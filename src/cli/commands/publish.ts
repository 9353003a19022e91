/** `scopewall publish`: the map of the working tree becomes the live release of an environment. */
import { publishRelease } from '../../release/publish.ts'
import type { ReleaseStore } from '../../release/store.ts'
import { differenceJson } from '../../source/diff/json.ts'
import { authorName, commitOf } from '../author.ts'
import { type ConsentOptions, requireConsent } from '../consent.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { describeChanges, differenceFromLive, renderChanges } from '../live-difference.ts'
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
  const difference = await differenceFromLive(store, map.text, map.environments)
  const what = `${map.digest.slice(0, 12)} to ${describePlace(place)}`
  if (options.dryRun) {
    if (options.json)
      printJson({ dryRun: true, digest: map.digest, changes: difference ? differenceJson(difference) : null })
    else print(`would publish ${what}: ${renderChanges(difference)}`)
    return EXIT.done
  }
  note(`publishing ${what}: ${describeChanges(difference)}`)
  const guarded = await requireConsent(
    store,
    {
      environment: options.env,
      isProtected: await isProtected(options.scopes, options.env),
      digest: map.digest,
      changes: async () => renderChanges(difference),
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
