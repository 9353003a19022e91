/** Where the demo's issuer keeps sessions, grants and codes: a map that ends with the process. */
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

type Records = Map<string, AdapterPayload>

/** Returns a store of its own for one issuer. Records outlive their expiry, which the provider checks itself. */
export function createIssuerStore(): AdapterFactory {
  const records: Records = new Map()
  return (model) => createAdapter(records, model)
}

function createAdapter(records: Records, model: string): Adapter {
  const keyOf = (id: string) => `${model}:${id}`
  const findBy = async (test: (payload: AdapterPayload) => boolean) =>
    [...records].find(([key, payload]) => key.startsWith(`${model}:`) && test(payload))?.[1]
  return {
    upsert: async (id, payload) => void records.set(keyOf(id), payload),
    find: async (id) => records.get(keyOf(id)),
    findByUid: (uid) => findBy((payload) => payload.uid === uid),
    findByUserCode: (userCode) => findBy((payload) => payload.userCode === userCode),
    destroy: async (id) => void records.delete(keyOf(id)),
    consume: async (id) => {
      const payload = records.get(keyOf(id))
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000)
    },
    revokeByGrantId: async (grantId) => {
      for (const [key, payload] of records) if (payload.grantId === grantId) records.delete(key)
    },
  }
}
