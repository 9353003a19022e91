/** `scopewall rollback`: an older release becomes live again, under a new serial. */
import { type Author, readerOf } from '../../release/change.ts'
import { readLive } from '../../release/history.ts'
import { findDigest, rollbackRelease } from '../../release/publish.ts'
import type { ReleaseStore } from '../../release/store.ts'
import { authorName } from '../author.ts'
import { type ConsentOptions, isConsentNeeded, requireConsent } from '../consent.ts'
import type { ExitCode } from '../exit.ts'
import { renderStored } from '../live-difference.ts'
import { isProtected, loadEnvironment } from '../map.ts'
import { type PlaceOptions, placeOf } from '../place.ts'
import { announce, faultOf, reportPublished } from '../publishing.ts'
import { type SigningOptions, signingOf } from '../signing.ts'
import { withStore } from '../store.ts'
import { type WaitingOptions, waitAfterPublishing } from './wait.ts'

export interface RollbackOptions extends PlaceOptions, SigningOptions, ConsentOptions, WaitingOptions {
  readonly scopes: string
  readonly to?: string
  readonly by?: string
  readonly note?: string
  readonly json?: boolean
}

export async function rollback(options: RollbackOptions): Promise<ExitCode> {
  const place = placeOf(options)
  const signing = await signingOf(await loadEnvironment(options.scopes, options.env), options)
  const by = options.by ?? (await authorName())
  const isTargetProtected = await isProtected(options.scopes, options.env)
  return withStore(place, async (store) => {
    const author = {
      ...signing,
      store,
      by,
      now: new Date().toISOString(),
      onStep: announce,
      ...(options.to !== undefined && { to: options.to }),
      ...(options.note !== undefined && { note: options.note }),
    }
    const agreed = await agreeOn(author, isTargetProtected, options)
    const rolledBack = await rollbackRelease({ ...author, ...agreed })
    if (!rolledBack.ok) throw faultOf(rolledBack.error)
    reportPublished(rolledBack.value, place, options.json)
    return waitAfterPublishing(rolledBack.value.pointer, options)
  })
}

/** The release that everybody means. Where nobody need agree nothing is asked: in an emergency each look at KV costs a second. */
async function agreeOn(
  author: Author & { readonly to?: string },
  isTargetProtected: boolean,
  options: RollbackOptions,
): Promise<{ readonly store?: ReleaseStore; readonly to?: string }> {
  if (!isConsentNeeded(isTargetProtected, options)) return {}
  const digest = await targetOf(author)
  const changes = () => renderStored(author.store, digest)
  const proposal = { environment: options.env, isProtected: isTargetProtected, digest, changes }
  return { store: await requireConsent(author.store, proposal, options), to: digest }
}

async function targetOf(author: Author & { readonly to?: string }): Promise<string> {
  const reader = readerOf(author)
  const live = await readLive(author.store, reader, author.above)
  if (!live.ok) throw faultOf(live.error)
  const digest = await findDigest(author.store, live.value.pointer, author.to, reader)
  if (!digest.ok) throw faultOf(digest.error)
  return digest.value
}
