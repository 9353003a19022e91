/** The pointer in KV, for commands that ask what is live. */

import { type Pointer, parsePointer } from '../release/pointer.ts'
import { POINTER_KEY, type ReleaseStore, readKey } from '../release/store.ts'
import { faultOf } from './publishing.ts'

/** Undefined where nothing has been published. A damaged pointer stops the command; whether it is to be believed is not looked at. */
export async function liveIn(store: ReleaseStore): Promise<Pointer | undefined> {
  const text = await readKey(store, POINTER_KEY)
  if (text === undefined) return undefined
  const live = parsePointer(text)
  if (!live.ok) throw faultOf({ code: 'pointer_malformed', key: POINTER_KEY, detail: live.error })
  return live.value
}
