/** `scopewall rollback`: an older release becomes live again, under a new serial. */
import { decodeRelease } from '../../policy/decode.ts'
import { findDigest, readPointer, rollbackRelease } from '../../release/publish.ts'
import { type ReleaseStore, readKey, releaseKey } from '../../release/store.ts'
import { authorName } from '../author.ts'
import { type ConsentOptions, isConsentNeeded, requireConsent } from '../consent.ts'
import type { ExitCode } from '../exit.ts'
import { isProtected } from '../map.ts'
import { type PlaceOptions, placeOf } from '../place.ts'
import { announce, faultOf, reportPublished } from '../publishing.ts'
import { withStore } from '../store.ts'
import { countChanges, describeChanges, liveDocument } from './publish.ts'
import { type WaitingOptions, waitAfterPublishing } from './wait.ts'

export interface RollbackOptions extends PlaceOptions, ConsentOptions, WaitingOptions {
  readonly scopes: string
  readonly to?: string
  readonly by?: string
  readonly note?: string
  readonly json?: boolean
}

export async function rollback(options: RollbackOptions): Promise<ExitCode> {
  const place = placeOf(options)
  const by = options.by ?? (await authorName())
  const isTargetProtected = await isProtected(options.scopes, options.env)
  return withStore(place, async (store) => {
    const agreed = await agreeOn(store, isTargetProtected, options)
    const rolledBack = await rollbackRelease({
      ...agreed,
      by,
      now: new Date().toISOString(),
      onStep: announce,
      ...(options.note !== undefined && { note: options.note }),
    })
    if (!rolledBack.ok) throw faultOf(rolledBack.error)
    reportPublished(rolledBack.value, place, options.json)
    return waitAfterPublishing(rolledBack.value.pointer, options)
  })
}

/** The target as it was given where nobody need agree: in an emergency each look at KV costs a second. */
async function agreeOn(
  store: ReleaseStore,
  isTargetProtected: boolean,
  options: RollbackOptions,
): Promise<{ readonly store: ReleaseStore; readonly to?: string }> {
  const { env: environment, to } = options
  if (!isConsentNeeded(isTargetProtected, options)) return { store, ...(to !== undefined && { to }) }
  const digest = await targetOf(store, to)
  const changes = () => describeRollback(store, digest)
  const proposal = { environment, isProtected: isTargetProtected, digest, changes }
  return { store: await requireConsent(store, proposal, options), to: digest }
}

async function targetOf(store: ReleaseStore, to: string | undefined): Promise<string> {
  const live = await readPointer(store)
  if (!live.ok) throw faultOf(live.error)
  const digest = await findDigest(store, live.value, to)
  if (!digest.ok) throw faultOf(digest.error)
  return digest.value
}

async function describeRollback(store: ReleaseStore, digest: string): Promise<string> {
  const next = decodeRelease((await readKey(store, releaseKey(digest))) ?? '')
  return next.ok
    ? describeChanges(countChanges(await liveDocument(store), next.value.document))
    : 'what it changes cannot be said: its bytes are damaged'
}
