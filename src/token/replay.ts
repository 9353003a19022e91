/** Each DPoP proof serves once, where that is asked for (RFC 9449 section 11.1). What remembers them is in replay-object.ts. */
import { sha256 } from './digest.ts'
import { normalizeTargetUri } from './htu.ts'
import { settleWithin } from './patience.ts'
import type { Proof, ProofRequest } from './proof.ts'

/** Strongly consistent, or it is none: of two uses at once, exactly one is the first. */
export interface ReplayStore {
  /**
   * Whether this proof is seen for the first time; from then on it is not, until `expiresAtSeconds` at least. `key` is a SHA-256 as base64url, `shard`
   * a text of base64url that spreads evenly, such as a key's thumbprint. Rejects where the store cannot be asked.
   */
  firstUse(key: string, shard: string, expiresAtSeconds: number): Promise<boolean>
}

/** SHA-256, base64url, of the key, the method, the URI and the `jti`: however long or odd these are, a row is short, and no two uses share one. */
export async function replayKey(proof: Proof, request: ProofRequest): Promise<string> {
  const uri = normalizeTargetUri(request.uri) ?? request.uri
  const use = JSON.stringify([proof.thumbprint, request.method, uri, proof.id])
  return sha256(use)
}

/** The part of a Durable Object namespace of `ProofRegistry` that is used. */
export interface ProofRegistries<Id = unknown> {
  idFromName(name: string): Id
  get(id: Id): { firstUse(key: string, expiresAtSeconds: number): Promise<boolean> }
}

/** Two characters of base64url: 4096 objects, each of which a client's key belongs to for good. */
const SHARD_CHARACTERS = 2

/** Rejects where the answer fails or takes longer than `deadlineMs`. Never asks twice: the second answer would call the first use a replay. */
export function durableReplayStore<Id>(registries: ProofRegistries<Id>, deadlineMs: number): ReplayStore {
  return {
    async firstUse(key, shard, expiresAtSeconds) {
      const id = registries.idFromName(shard.slice(0, SHARD_CHARACTERS))
      const answer = await settleWithin(registries.get(id).firstUse(key, expiresAtSeconds), deadlineMs)
      if (typeof answer !== 'boolean') throw new Error('the registry of proofs did not say in time')
      return answer
    },
  }
}
