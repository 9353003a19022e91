/** Whose requests a candidate is tried on. */
import type { Candidate } from './pointer.ts'

/**
 * Whether a client belongs to the selection. A client is in a share or is not, everywhere and for as long as the candidate is the same; the next
 * candidate draws anew. Requests without a client belong to a share of 100 alone.
 */
export function isSelected({ digest, share = 0, clients = [] }: Candidate, client: string | undefined): boolean {
  if (share === 100) return true
  if (client === undefined) return false
  return clients.includes(client) || percentile(digest.slice(0, 16) + client) < share
}

/** 0 to 99, evenly: FNV-1a and the last mixing of MurmurHash3. It keeps no secret, so it need not be stronger. */
function percentile(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % 100
}
