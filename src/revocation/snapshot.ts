/** A copy of the log out of KV, so that a cold isolate need not read a long log page by page. */
import { fail, ok, type Result } from '../policy/result.ts'
import type { SnapshotManifest } from '../policy/revocation-log.ts'
import { createLogCopy, type LogCopy } from './log-copy.ts'
import { readManifest } from './read-changes.ts'
import { decodePart, MAX_PART_BYTES, RECORD_BYTES } from './snapshot-format.ts'
import { digestOfPart, MANIFEST_KEY, partKey } from './snapshot-names.ts'

/** KV, as the request path reads it. Not more than `mostBytes`, whatever is there. */
export type ReadBytes = (key: string, mostBytes: number) => Promise<ArrayBuffer | 'too_large' | undefined>

/** `unreachable`: KV does not answer. */
export type SnapshotFault = { readonly code: 'missing' | 'damaged' | 'unreachable'; readonly detail?: string }

const MAX_MANIFEST_BYTES = 256 * 1024
/** Read at once: quicker than one after the other, and still little to hold. */
const AT_ONCE = 4

/** INVARIANT (trust): every byte is what the manifest says, so a snapshot is as trustworthy as whoever gave the manifest. */
export async function loadSnapshot(
  { parts, cursor }: SnapshotManifest,
  read: ReadBytes,
  now: number,
): Promise<Result<LogCopy, SnapshotFault>> {
  const copy = createLogCopy(parts.reduce((sum, { states }) => sum + states, 0))
  for (let from = 0; from < parts.length; from += AT_ONCE) {
    const loaded = await Promise.all(parts.slice(from, from + AT_ONCE).map((part) => loadPart(part, read)))
    for (const part of loaded) {
      if (!part.ok) return part
      if (!copy.takePart(part.value, now)) return fail({ code: 'damaged', detail: 'it holds too much' })
    }
  }
  copy.reach(cursor)
  return ok(copy)
}

async function loadPart({ sha256, states }: SnapshotManifest['parts'][number], read: ReadBytes) {
  const bytes = await readFrom(read, partKey(sha256), MAX_PART_BYTES)
  if (!bytes.ok) return bytes
  if ((await digestOfPart(bytes.value)) !== sha256)
    return fail({ code: 'damaged', detail: 'its digest is another' } as const)
  const part = decodePart(new Uint8Array(bytes.value))
  if (!part.ok) return fail({ code: 'damaged', detail: part.error } as const)
  const count = part.value.records.byteLength / RECORD_BYTES + part.value.others.length
  return count === states ? part : fail({ code: 'damaged', detail: 'it holds another number of states' } as const)
}

/** What KV itself calls the latest: not to be trusted with more than to deny. */
export async function latestManifest(read: ReadBytes): Promise<Result<SnapshotManifest, SnapshotFault>> {
  const bytes = await readFrom(read, MANIFEST_KEY, MAX_MANIFEST_BYTES)
  if (!bytes.ok) return bytes
  try {
    const manifest = readManifest(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.value)))
    return manifest.ok ? manifest : fail({ code: 'damaged', detail: manifest.error })
  } catch {
    return fail({ code: 'damaged', detail: 'it is no JSON' })
  }
}

async function readFrom(read: ReadBytes, key: string, mostBytes: number): Promise<Result<ArrayBuffer, SnapshotFault>> {
  try {
    const bytes = await read(key, mostBytes)
    if (bytes === undefined) return fail({ code: 'missing' })
    return bytes === 'too_large' ? fail({ code: 'damaged', detail: 'it is too large' }) : ok(bytes)
  } catch (fault) {
    return fail({ code: 'unreachable', detail: fault instanceof Error ? fault.name : typeof fault })
  }
}
