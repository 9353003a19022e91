/** `scopewall publish --observe`, `--enforce` and `--drop-candidate`: a release is tried on some requests before it is made live, or taken away. */

import { fail, type Result } from '../../policy/result.ts'
import { dropCandidate, promoteCandidate, publishCandidate, type Selection } from '../../release/candidate.ts'
import type { Author, Published, PublishFault } from '../../release/change.ts'
import { isShare } from '../../release/pointer.ts'
import { type ReleaseStore, readKey, releaseKey } from '../../release/store.ts'
import { differenceJson } from '../../source/diff/json.ts'
import { authorName, commitOf } from '../author.ts'
import { isConsentNeeded, requireConsent } from '../consent.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { liveIn } from '../live.ts'
import { differenceFromLive, renderStored } from '../live-difference.ts'
import { isProtected, loadEnvironment, requireEnvironment, requireSoundMap } from '../map.ts'
import { requirePassingTests } from '../passing-tests.ts'
import { describePlace, placeOf } from '../place.ts'
import { announce, faultOf, reportPublished } from '../publishing.ts'
import { signingOf } from '../signing.ts'
import { withStore } from '../store.ts'
import { print, printJson } from '../terminal.ts'
import { type PublishOptions, publish } from './publish.ts'
import { waitAfterPublishing } from './wait.ts'

export interface CandidateOptions extends PublishOptions {
  readonly observe?: boolean
  readonly share?: string
  readonly clients?: readonly string[]
  readonly enforce?: boolean
  readonly dropCandidate?: boolean
}

/** What `publish` does: make the map live, or one of the three. */
export function publishOrTry(options: CandidateOptions): Promise<ExitCode> {
  const { observe, enforce, dropCandidate: drop, share, clients } = options
  if ([observe, enforce, drop].filter(Boolean).length > 1)
    throw new Stop(EXIT.usage, '--observe, --enforce and --drop-candidate exclude each other')
  if (observe !== true && (share !== undefined || clients !== undefined))
    throw new Stop(EXIT.usage, '--share and --clients say whom a candidate is tried on', 'add --observe')
  if (options.dryRun && (observe || drop))
    throw new Stop(EXIT.usage, '--dry-run is for what would become live', 'a candidate changes no answer')
  if (observe) return observeMap(options)
  if (enforce) return enforceCandidate(options)
  return drop ? takeCandidateAway(options) : publish(options)
}

/** The candidate becomes live: what a protected environment asks for is its digest. */
export function enforceCandidate(options: PublishOptions): Promise<ExitCode> {
  if (options.dryRun) return previewCandidate(options)
  return changeCandidate(options, async (author) => {
    const isTargetProtected = await isProtected(options.scopes, options.env)
    if (!isConsentNeeded(isTargetProtected, options)) return promoteCandidate(author)
    const live = await liveIn(author.store)
    const digest = live?.candidate?.digest
    if (digest === undefined) return fail({ code: 'no_candidate' })
    const changes = () => renderStored(author.store, digest)
    const proposal = { environment: options.env, isProtected: isTargetProtected, digest, changes }
    const store = await requireConsent(author.store, proposal, options)
    return promoteCandidate({ ...author, store, expected: digest })
  })
}

/** What would change if the candidate became live. Can be asked by people who may not sign. */
function previewCandidate(options: PublishOptions): Promise<ExitCode> {
  const place = placeOf(options)
  return withStore(place, async (store) => {
    const digest = (await liveIn(store))?.candidate?.digest
    if (digest === undefined) throw faultOf({ code: 'no_candidate' })
    if (options.json) {
      const difference = await differenceFromLive(store, (await readKey(store, releaseKey(digest))) ?? '')
      printJson({ dryRun: true, digest, changes: difference ? differenceJson(difference) : null })
    } else
      print(`would make ${digest.slice(0, 12)} live in ${describePlace(place)}: ${await renderStored(store, digest)}`)
    return EXIT.done
  })
}

function takeCandidateAway(options: PublishOptions): Promise<ExitCode> {
  if (options.expect !== undefined)
    throw new Stop(EXIT.usage, '--expect says what becomes live, and --drop-candidate makes nothing live')
  return changeCandidate(options, async (author) =>
    dropCandidate({ ...author, store: await agreedStore(author, '', options) }),
  )
}

/** A candidate changes no answer, so no environment asks for consent; what was said all the same must hold. */
const agreedStore = ({ store }: Author, digest: string, options: PublishOptions): Promise<ReleaseStore> =>
  requireConsent(store, { environment: options.env, isProtected: false, digest, changes: async () => '' }, options)

async function observeMap(options: CandidateOptions): Promise<ExitCode> {
  const selection = requireSelection(options)
  const map = await requireSoundMap(options.scopes)
  requireEnvironment(map, options.env)
  await requirePassingTests(options.scopes, map)
  const commit = options.commit ?? (await commitOf(options.scopes))
  return changeCandidate({ ...options, ...(commit !== undefined && { commit }) }, async (author) =>
    publishCandidate({ ...author, store: await agreedStore(author, map.digest, options), text: map.text, selection }),
  )
}

async function changeCandidate(
  options: PublishOptions,
  change: (author: Author) => Promise<Result<Published, PublishFault>>,
): Promise<ExitCode> {
  const signing = await signingOf(await loadEnvironment(options.scopes, options.env), options)
  const place = placeOf(options)
  const by = options.by ?? (await authorName())
  const published = await withStore(place, (store) =>
    change({
      ...signing,
      store,
      by,
      now: new Date().toISOString(),
      onStep: announce,
      ...(options.commit !== undefined && { commit: options.commit }),
      ...(options.note !== undefined && { note: options.note }),
    }),
  )
  if (!published.ok) throw faultOf(published.error)
  reportPublished(published.value, place, options.json)
  return waitAfterPublishing(published.value.pointer, options)
}

function requireSelection({ share, clients }: CandidateOptions): Selection {
  if (share === undefined && clients === undefined)
    throw new Stop(
      EXIT.usage,
      '--observe needs to know whom the candidate is tried on',
      'give --share 10, --clients a b, or both',
    )
  const percent = share === undefined ? undefined : Number(share.replace(/%$/, ''))
  if (percent !== undefined && !isShare(percent))
    throw new Stop(EXIT.usage, `\`${share}\` is no share of the clients`, 'write a whole number from 1 to 100')
  const names = clients?.flatMap((text) => text.split(',')).filter((name) => name !== '')
  if (names?.length === 0)
    throw new Stop(EXIT.usage, '--clients names no client', 'write --clients partner-a partner-b')
  return { ...(percent !== undefined && { share: percent }), ...(names !== undefined && { clients: names }) }
}
