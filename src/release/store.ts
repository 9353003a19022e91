/** The release in KV: which keys there are and what stands under them. Everything read is checked: whoever can write KV can write anything. */
/** KV as publishing needs it. Values are texts. Rejects where KV cannot be reached. */
export interface ReleaseStore {
  /** The keys that are there, with their values. */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  put(key: string, value: string): Promise<void>
  /** Keys that begin with the prefix. */
  list(prefix: string): Promise<readonly string[]>
}

/** One key's value, if it is there. */
export const readKey = async (store: ReleaseStore, key: string): Promise<string | undefined> =>
  (await store.read([key])).get(key)

export const POINTER_KEY = 'current'
export const HISTORY_PREFIX = 'history/'
export const releaseKey = (digest: string): string => `release/${digest}`
/** Ten digits, so that keys list in the order of their serials. */
export const historyKey = (serial: number): string => `${HISTORY_PREFIX}${String(serial).padStart(10, '0')}`
