/** A store in memory. */
import type { ReleaseStore } from '../../src/release/store.ts'

export const memoryStore = (entries: Map<string, string>): ReleaseStore => ({
  read: async (keys) =>
    new Map(keys.flatMap((key) => (entries.has(key) ? [[key, entries.get(key) ?? ''] as const] : []))),
  put: async (key, value) => void entries.set(key, value),
  list: async (prefix) => [...entries.keys()].filter((key) => key.startsWith(prefix)),
})
