/** Puts releases into a test's KV server the way `scopewall publish` leaves them there. */
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import { digestOf } from './gate.ts'
import type { KvServer } from './kv-server.ts'

/** Writes the release and points to it. Returns its digest. */
export function publishTo(kv: KvServer, document: ReleaseDocument, serial: number): string {
  const text = encodeRelease(document)
  const digest = digestOf(text)
  kv.entries.set(`release/${digest}`, text)
  pointTo(kv, digest, serial)
  return digest
}

export function pointTo(kv: KvServer, digest: string, serial: number): void {
  kv.entries.set('current', JSON.stringify({ digest, serial, publishedAt: '2026-11-01T00:00:00.000Z', by: 'test' }))
}
