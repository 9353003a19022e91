/** The pointer in KV, for commands that ask what is live. */
import { readPointer } from '../release/publish.ts'
import type { Pointer, ReleaseStore } from '../release/store.ts'
import { faultOf } from './publishing.ts'

/** Undefined where nothing has been published. A damaged pointer stops the command. */
export async function liveIn(store: ReleaseStore): Promise<Pointer | undefined> {
  const live = await readPointer(store)
  if (!live.ok) throw faultOf(live.error)
  return live.value
}
