/** The KV of a place, wherever it is. */
import type { ReleaseStore } from '../release/store.ts'
import { withLocalStore } from './kv-local.ts'
import { remoteStore } from './kv-remote.ts'
import type { Place } from './place.ts'

/** Runs `work` with the place's KV, and lets go of it whatever happens. */
export function withStore<T>(place: Place, work: (store: ReleaseStore) => Promise<T>): Promise<T> {
  return place.isLocal ? withLocalStore(place, work) : work(remoteStore(place))
}
