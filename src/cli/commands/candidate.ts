/** `scopewall publish --observe`, `--enforce` and `--drop-candidate`: a release is tried on some requests before it is made live, or taken away. */

import { fail, type Result } from '../../policy/result.ts'
import { dropCandidate, promoteCandidate, publishCandidate, type Selection } from '../../release/candidate.ts'
import type { Author, Published, PublishFault } from '../../release/change.ts'
import { isShare } from '../../release/pointer.ts'
import { authorName, commitOf } from '../author.ts'
import { isConsentNeeded, requireConsent } from '../consent.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { liveIn } from '../live.ts'
import { renderStored } from '../live-difference.ts'
import { isProtected, loadEnvironment, requireEnvironment, requireSoundMap } from '../map.ts'
import { requirePassingTests } from '../passing-tests.ts'
import { placeOf } from '../place.ts'
import { announce, faultOf, reportPublished } from '../publishing.ts'
import { signingOf } from '../signing.ts'
import { withStore } from '../store.ts'
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
  if (observe) return observeMap(options)
  if (enforce) return enforceCandidate(options)
  return drop ? changeCandidate(options, dropCandidate) : publish(options)
}

/** The candidate becomes live: what a protected environment asks for is its digest. */
export function enforceCandidate(options: PublishOptions): Promise<ExitCode> {
  return changeCandidate(options, async (author) => {
    const isTargetProtected = await isProtected(options.scopes, options.env)
    if (!isConsentNeeded(isTargetProtected, options)) return promoteCandidate(author)
    const live = await liveIn(author.store)
    const digest = live?.candidate?.digest
    if (digest === undefined) return fail({ code: 'no_candidate' })
    const changes = () => renderStored(author.store, digest)
    const proposal = { environment: options.env, isProtected: isTargetProtected, digest, changes }
    return promoteCandidate({ ...author, store: await requireConsent(author.store, proposal, options) })
  })
}

async function observeMap(options: CandidateOptions): Promise<ExitCode> {
  const selection = requireSelection(options)
  const map = await requireSoundMap(options.scopes)
  requireEnvironment(map, options.env)
  await requirePassingTests(options.scopes, map)
  const commit = options.commit ?? (await commitOf(options.scopes))
  return changeCandidate({ ...options, ...(commit !== undefined && { commit }) }, (author) =>
    publishCandidate({ ...author, text: map.text, selection }),
  )
}

async function changeCandidate(
  options: PublishOptions,
  change: (author: Author) => Promise<Result<Published, PublishFault>>,
): Promise<ExitCode> {
  if (options.dryRun)
    throw new Stop(EXIT.usage, '--dry-run is for making the map live', 'a candidate changes no answer')
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
