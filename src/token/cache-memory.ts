/** Key sets that outlive an isolate, in the data centre's own cache: a cold isolate starts while its issuer is down. */
import type { KeyHolder } from './discovery.ts'
import type { KeySetMemory, RememberedKeySet } from './key-set.ts'

/** The part of the Cache API that is used (Service Workers, section 5.4). */
export interface KeySetCache {
  match(url: string): Promise<Response | undefined>
  put(url: string, response: Response): Promise<void>
}

/**
 * `open` is called once it is needed: caches may not be touched before the first request. The cache is one for the whole zone, so what is remembered is
 * told apart by all that it rests on: the environment, the issuer, and where that environment says its keys are.
 */
export function cacheMemory(open: () => Promise<KeySetCache>, environment: string, keepSeconds: number): KeySetMemory {
  // No such host exists, so nobody's request can have this address.
  const addressOf = ({ issuer, keys }: KeyHolder): string =>
    `https://key-sets.invalid/${encodeURIComponent(JSON.stringify([environment, issuer, keys]))}`

  return {
    async load(issuer) {
      const response = await (await open()).match(addressOf(issuer))
      if (response === undefined) return undefined
      const remembered = (await response.json()) as Partial<RememberedKeySet>
      return typeof remembered.fetchedAt === 'number'
        ? { document: remembered.document, fetchedAt: remembered.fetchedAt }
        : undefined
    },
    async save(issuer, remembered) {
      const headers = { 'content-type': 'application/json', 'cache-control': `max-age=${keepSeconds}` }
      await (await open()).put(addressOf(issuer), new Response(JSON.stringify(remembered), { headers }))
    },
  }
}
