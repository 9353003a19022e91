/** The release that judges now, as the pages about the map have it: fetched, checked and indexed once for each digest. */
import { decodeRelease, type Release } from '../../policy/decode.ts'
import type { Admin } from './api/admin.ts'
import { ApiFailure } from './api/failure.ts'
import { type Answer, useAnswer } from './api/use-answer.ts'
import { indexMap, type MapIndex } from './model/map-index.ts'
import { useAdmin } from './session.ts'

export interface ActiveMap {
  readonly digest: string
  readonly serial: number
  readonly release: Release
  readonly index: MapIndex
}

export function useMap(): Answer<ActiveMap> {
  const admin = useAdmin()
  return useAnswer('map', (signal) => activeMap(admin, signal), { everySeconds: 60 })
}

/** A release never changes, and pages come and go. */
let latest: ActiveMap | undefined

async function activeMap(admin: Admin, signal: AbortSignal): Promise<ActiveMap> {
  const { environments } = await admin.overview(signal)
  const active = environments.find(({ isOwn }) => isOwn)?.release
  if (active === undefined)
    throw failure('No release is active', 'The gate refuses everything until one is published (scopewall publish).')
  if (latest?.digest !== active.digest) latest = await readMap(admin, active, signal)
  return latest
}

async function readMap(
  admin: Admin,
  { digest, serial }: { readonly digest: string; readonly serial: number },
  signal: AbortSignal,
): Promise<ActiveMap> {
  const release = decodeRelease(await admin.releaseText(digest, signal))
  if (!release.ok) throw failure('The release cannot be read', `${release.error}. Is this console as new as the gate?`)
  return { digest, serial, release: release.value, index: indexMap(release.value.document) }
}

const failure = (title: string, detail: string): ApiFailure =>
  new ApiFailure({ kind: 'refused', status: 0, title, detail, flaws: [] })
