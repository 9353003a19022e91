/** How one environment stands: what its KV says, what was live there, and what its edge answers with. What cannot be asked is a value, so that it keeps nobody else waiting. */
import type { Environment } from '../policy/environment.ts'
import { type Lineage, readLineage } from '../release/lineage.ts'
import { type Pointer, parsePointer } from '../release/pointer.ts'
import { type DistrustCode, refusalOf, type Trust, trustOf, type UntimelyCode } from '../release/signature.ts'
import { HISTORY_PREFIX, POINTER_KEY, readKey } from '../release/store.ts'
import { askOnce, type EdgeAnswer } from './edge.ts'
import { Stop } from './exit.ts'
import type { Place } from './place.ts'
import { withStore } from './store.ts'

export type KvStanding =
  /** `distrust`: why no edge takes the pointer over. */
  | {
      readonly kind: 'live'
      readonly pointer: Pointer
      readonly lineage: Lineage
      readonly distrust?: DistrustCode | UntimelyCode
    }
  /** `isLost`: there is a history, so the pointer was deleted. */
  | { readonly kind: 'empty'; readonly isLost: boolean }
  /** No edge takes over what cannot be read. */
  | { readonly kind: 'damaged'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

export interface EdgeStanding {
  /** Scheme, host and port. */
  readonly address: string
  readonly answer: EdgeAnswer
}

export interface Standing {
  readonly environment: string
  readonly kv: KvStanding
  readonly edges: readonly EdgeStanding[]
}

export async function standingOf(
  environment: Environment,
  place: Place,
  addresses: readonly string[],
): Promise<Standing> {
  const [kv, edges] = await Promise.all([
    kvOf(place, trustOf(environment)),
    Promise.all(addresses.map(async (address) => ({ address, answer: await askOnce(address) }))),
  ])
  return { environment: environment.name, kv, edges }
}

async function kvOf(place: Place, trust: Trust): Promise<KvStanding> {
  try {
    return await withStore(place, async (store) => {
      const text = await readKey(store, POINTER_KEY)
      if (text === undefined) return { kind: 'empty', isLost: (await store.list(HISTORY_PREFIX)).length > 0 }
      const parsed = parsePointer(text)
      if (!parsed.ok) return { kind: 'damaged', why: parsed.error }
      const pointer = parsed.value
      const distrust = await refusalOf(pointer, trust, Date.now())
      const lineage = await readLineage(store, pointer)
      return { kind: 'live', pointer, lineage, ...(distrust && { distrust }) }
    })
  } catch (error) {
    const help = error instanceof Stop && error.help !== undefined ? `; ${error.help}` : ''
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return { kind: 'failed', why: `${why}${help}` }
  }
}
