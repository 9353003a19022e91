/** `scopewall promote`: what is live in one environment becomes live in another, the very same bytes; or a candidate becomes live where it is. */

import { type LiveRelease, readLiveRelease } from '../../release/promote.ts'
import { publishRelease } from '../../release/publish.ts'
import { trustOf } from '../../release/signature.ts'
import type { ReleaseStore } from '../../release/store.ts'
import { checkFit } from '../../source/check-fit.ts'
import { isError } from '../../source/diagnostic.ts'
import { differenceJson } from '../../source/diff/json.ts'
import { authorName } from '../author.ts'
import { type ConsentOptions, requireConsent } from '../consent.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { describeChanges, differenceFromLive, renderChanges } from '../live-difference.ts'
import { filesIn, isProtected, loadEnvironment, workingTreeDigest } from '../map.ts'
import { describePlace, type PlaceOptions, placeOf } from '../place.ts'
import { announce, faultOf, reportPublished } from '../publishing.ts'
import { renderDiagnostics, summarize } from '../report.ts'
import { type Signing, type SigningOptions, signingOf } from '../signing.ts'
import { withStore } from '../store.ts'
import { announceStep, note, paintError, print, printJson } from '../terminal.ts'
import { enforceCandidate } from './candidate.ts'

import { type WaitingOptions, waitAfterPublishing } from './wait.ts'

export interface PromoteOptions extends Omit<PlaceOptions, 'env'>, SigningOptions, ConsentOptions, WaitingOptions {
  readonly scopes: string
  readonly by?: string
  readonly note?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** With one environment its candidate becomes live. */
export async function promote(from: string, to: string | undefined, options: PromoteOptions): Promise<ExitCode> {
  if (to === undefined) return enforceCandidate({ ...options, env: from })
  if (from === to) throw new Stop(EXIT.usage, 'an environment is not promoted to itself', 'see `scopewall publish`')
  const [source, target] = [
    { ...options, env: from },
    { ...options, env: to },
  ]
  const trust = trustOf(await loadEnvironment(options.scopes, from))
  const environment = await loadEnvironment(options.scopes, to)
  const isTargetProtected = await isProtected(options.scopes, to)
  // What a dry run would change can be asked by people who may not sign.
  const signing = options.dryRun ? undefined : await signingOf(environment, options)
  announceStep(`reading what is live in ${describePlace(placeOf(source))}`)
  const live = await withStore(placeOf(source), (store) => readLiveRelease(store, { trust, now: Date.now() }))
  if (!live.ok) throw faultOf(live.error)
  await requireFit(options.scopes, to, live.value)
  await noteWorkingTree(options.scopes, live.value)
  const promotion: Promotion = { from, live: live.value, isTargetProtected, signing }
  return withStore(placeOf(target), (store) => promoteTo(store, promotion, target))
}

interface Promotion {
  readonly from: string
  readonly live: LiveRelease
  readonly isTargetProtected: boolean
  readonly signing: Signing | undefined
}

async function promoteTo(
  store: ReleaseStore,
  { from, live: { pointer, text }, isTargetProtected, signing }: Promotion,
  options: PromoteOptions & PlaceOptions,
): Promise<ExitCode> {
  const place = placeOf(options)
  const difference = await differenceFromLive(store, text)
  const what = `${pointer.digest.slice(0, 12)}, serial ${pointer.serial} of ${from}, to ${describePlace(place)}`
  if (options.dryRun) {
    if (options.json)
      printJson({
        dryRun: true,
        digest: pointer.digest,
        from: { environment: from, serial: pointer.serial },
        changes: difference ? differenceJson(difference) : null,
      })
    else print(`would promote ${what}: ${renderChanges(difference)}`)
    return EXIT.done
  }
  note(`promoting ${what}: ${describeChanges(difference)}`)
  const guarded = await requireConsent(
    store,
    {
      environment: options.env,
      isProtected: isTargetProtected,
      digest: pointer.digest,
      changes: async () => renderChanges(difference),
    },
    options,
  )
  const published = await publishRelease({
    ...signing,
    store: guarded,
    text,
    promotedFrom: { environment: from, serial: pointer.serial },
    by: options.by ?? (await authorName()),
    now: new Date().toISOString(),
    onStep: announce,
    ...(pointer.commit !== undefined && { commit: pointer.commit }),
    ...(options.note !== undefined && { note: options.note }),
  })
  if (!published.ok) throw faultOf(published.error)
  reportPublished(published.value, place, options.json)
  return waitAfterPublishing(published.value.pointer, options)
}

/** Stops where the environment, as the working tree has it, cannot carry the release. */
async function requireFit(scopes: string, to: string, { pointer, release }: LiveRelease): Promise<void> {
  const files = await filesIn(scopes)
  const found = checkFit(files, to, release)
  if (found.length > 0) note(`${renderDiagnostics(found, files)}\n`)
  if (found.some(isError))
    throw new Stop(
      EXIT.mapHasErrors,
      `${to} cannot carry release ${pointer.digest.slice(0, 12)}: ${summarize(found)}`,
      'mend the environment in gateway.yaml, deploy it, and promote again',
    )
}

/** The map of the working tree is not what is promoted; whoever thinks it is should hear of it. */
async function noteWorkingTree(scopes: string, { pointer }: LiveRelease): Promise<void> {
  const digest = await workingTreeDigest(scopes)
  if (digest === pointer.digest) return
  const what = digest === undefined ? 'has errors' : `is another one, ${digest.slice(0, 12)}`
  note(paintError('yellow', `the map of the working tree ${what}; it is not what is promoted`))
}
