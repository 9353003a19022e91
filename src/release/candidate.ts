/** A candidate: a release that selected requests are judged by as well, for the record. What is live stays live, and answers everybody, until it is made live itself. */
import { fail, type Result } from '../policy/result.ts'
import {
  type Author,
  carryOut,
  checkRelease,
  type Published,
  type PublishFault,
  prepareChange,
  putRelease,
  readBefore,
} from './change.ts'
import { sha256Hex } from './digest.ts'
import type { Candidate } from './pointer.ts'

/** Whose requests are judged twice: a share of the clients, those that are named, or both. At least one of the two. */
export type Selection = Pick<Candidate, 'share' | 'clients'>

/** Puts a canonical release text beside what is live. A candidate that is there gives way; the same one keeps the time since when it is there. */
export async function publishCandidate(
  author: Author & { readonly text: string; readonly selection: Selection },
): Promise<Result<Published, PublishFault>> {
  const live = await readBefore(author)
  if (!live.ok) return live
  const { pointer } = live.value
  if (pointer === undefined) return fail({ code: 'nothing_live' })
  const digest = await sha256Hex(author.text)
  if (digest === pointer.digest) return fail({ code: 'candidate_is_live', digest })
  const { share, clients } = author.selection
  const candidate: Candidate = {
    digest,
    since: pointer.candidate?.digest === digest ? pointer.candidate.since : author.now,
    ...(share !== undefined && { share }),
    ...(clients !== undefined && { clients: [...new Set(clients)].sort() }),
  }
  const entry = await prepareChange(author, live.value, { digest: pointer.digest, kind: 'observe', candidate })
  if (!entry.ok) return entry
  await putRelease(author, digest, author.text)
  const checked = await checkRelease(author, digest)
  return checked.ok ? carryOut(author, live.value, entry.value) : checked
}

/** Makes the candidate live, for everybody. `expected`: its digest, where somebody has agreed to that one and no other. */
export async function promoteCandidate(
  author: Author & { readonly expected?: string },
): Promise<Result<Published, PublishFault>> {
  const live = await readBefore(author)
  if (!live.ok) return live
  const digest = live.value.pointer?.candidate?.digest
  if (digest === undefined) return fail({ code: 'no_candidate' })
  if (author.expected !== undefined && digest !== author.expected) return fail({ code: 'candidate_changed', digest })
  const checked = await checkRelease(author, digest)
  if (!checked.ok) return checked
  const entry = await prepareChange(author, live.value, { digest, kind: 'enforce' })
  return entry.ok ? carryOut(author, live.value, entry.value) : entry
}

/** Takes the candidate away. What is live stays. */
export async function dropCandidate(author: Author): Promise<Result<Published, PublishFault>> {
  const live = await readBefore(author)
  if (!live.ok) return live
  const { pointer } = live.value
  if (pointer?.candidate === undefined) return fail({ code: 'no_candidate' })
  const entry = await prepareChange(author, live.value, { digest: pointer.digest, kind: 'drop' })
  return entry.ok ? carryOut(author, live.value, entry.value) : entry
}
