/** The admin API over a log in memory, with callers who are whoever a test says. */

import { adminDoor } from '../../src/admin/app.ts'
import type { AdminParts } from '../../src/admin/parts.ts'
import { selfDoor } from '../../src/admin/self.ts'
import type { IncidentDeskLink } from '../../src/audit/incident-desk.ts'
import type { TailLink } from '../../src/audit/live-tail.ts'
import type { Database } from '../../src/audit/usage/database.ts'
import { voiceOf } from '../../src/gateway/voice.ts'
import { decodeRelease } from '../../src/policy/decode.ts'
import type { Denial } from '../../src/policy/denial.ts'
import type { Environment } from '../../src/policy/environment.ts'
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import { fail, ok } from '../../src/policy/result.ts'
import type { RevocationLog } from '../../src/policy/revocation-log.ts'
import type { ReleaseStore } from '../../src/release/store.ts'
import type { AmbientEvidence } from '../../src/token/access.ts'
import type { TokenEvidence, TokenNamer, TokenNames } from '../../src/token/verify.ts'
import { NOW, principalOf } from '../policy/build.ts'
import { WITH_ADMIN } from '../support/admin-map.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'
import { MemoryLog } from '../support/memory-log.ts'
import { memoryStore } from '../support/memory-store.ts'
import { immediateRecorder } from '../support/recorder.ts'

export const ISSUER = 'https://issuer.example.com'
export const LIFETIME = 3600
export const LEEWAY = 10
const IDENTIFIERS = { session: 'sid', tenant: 'org_id', email: 'email' }
export const ALL = 'scopewall:review scopewall:revoke scopewall:restore'

export interface AdminOptions {
  readonly document?: ReleaseDocument
  /** What KV has, if it is not what the Worker was built with. */
  readonly live?: ReleaseDocument
  readonly evidence?: TokenEvidence
  readonly environment?: Partial<Environment>
  /** The tokens that are good, and what they are called; `unavailable` where nobody can say, `early` where they will be. */
  readonly tokens?: Readonly<Record<string, TokenNames | 'unavailable' | 'early'>>
  /** The log that is asked, if not the one in memory. */
  readonly store?: RevocationLog
  /** Revocation is off. */
  readonly noLog?: boolean
  /** The counts, where there are any. */
  readonly usage?: Database
  /** What lies in KV. */
  readonly releases?: ReleaseStore
  /** The serial that the gate judges by. */
  readonly active?: number
  readonly tail?: TailLink
  readonly access?: AmbientEvidence
  /** What `fetch` answers; there is no network otherwise. */
  readonly fetch?: AdminParts['fetch']
  readonly incidents?: IncidentDeskLink
  /** Who says what tokens are called, if not `tokens`. */
  readonly naming?: TokenNamer['names']
}

export const callerWith = (scopes: string, facts: Parameters<typeof principalOf>[1] = {}): TokenEvidence => ({
  kind: 'verified',
  principal: principalOf(scopes, { subject: 'ada', client: 'cli', ...facts }),
})

const NOT_OURS: Denial = { code: 'token_invalid', detail: 'signature' }
const NOT_YET: Denial = { code: 'token_invalid', detail: 'not_yet_valid' }
const NOBODY_KNOWS: Denial = { code: 'unavailable', what: 'keys', retryAfterSeconds: 5 }

const namedIn =
  (tokens: NonNullable<AdminOptions['tokens']>): TokenNamer['names'] =>
  async (token) => {
    const names = tokens[token]
    if (names === 'unavailable') return fail(NOBODY_KNOWS)
    if (names === 'early') return fail(NOT_YET)
    return names === undefined ? fail(NOT_OURS) : ok(names)
  }

export function adminOver({
  document = WITH_ADMIN,
  live = document,
  evidence = callerWith(ALL),
  environment: overrides = {},
  tokens = {},
  naming = namedIn(tokens),
  store,
  noLog = false,
  usage,
  releases = memoryStore(new Map()),
  active = 1,
  tail,
  access,
  fetch = async () => Promise.reject(new TypeError('there is no network')),
  incidents,
}: AdminOptions = {}) {
  const log = new MemoryLog(() => NOW * 1000)
  const environment = environmentOf(ISSUER, 'https://origin.example.com', {
    issuers: [issuerAt(ISSUER, { maxLifetimeSeconds: LIFETIME, identifiers: IDENTIFIERS })],
    ...overrides,
  })
  const records: unknown[] = []
  let forwarded = 0
  const release = decodeRelease(encodeRelease(live))
  if (!release.ok) throw new Error(release.error)
  const bundled = { text: encodeRelease(document), digest: 'b', serial: 0 }
  const verifier = { evidence: () => evidence, spend: async () => undefined }
  const parts: AdminParts = {
    gate: {
      environment,
      voice: voiceOf(environment),
      releases: {
        bundled: { digest: 'b', serial: 0 },
        current: () => ({ release: release.value, digest: 'k', serial: active, source: 'kv' }),
      },
      tokens: verifier,
      clock: () => NOW * 1000,
      newDecisionId: () => 'decision-1',
      fetchUpstream: async () => {
        forwarded++
        return new Response('origin')
      },
      unbound: [],
      recorder: immediateRecorder((event) => records.push(event)),
    },
    tokens: verifier,
    namers: [{ names: naming }],
    bundled,
    ...(!noLog && { log: store ?? log }),
    ...(usage && { usage }),
    probes: [],
    releases,
    bindings: [],
    ...(tail && { tail }),
    fetch,
    ...(access && { access }),
    ...(incidents && { incidents }),
    report: (event) => records.push(event),
  }
  const doors = { admin: adminDoor(parts), self: selfDoor(parts) }
  const ask = async (door: 'admin' | 'self', path: string, init: RequestInit = {}) =>
    doors[door].open(new Request(`https://api.example.com${path}`, init), () => {})
  return {
    log,
    ask,
    records,
    forwarded: () => forwarded,
    get: (path: string) => ask('admin', `/_scopewall/admin/${path}`, { headers: { authorization: 'Bearer a.b.c' } }),
    post: (path: string, body: unknown, type = 'application/json') =>
      ask('admin', `/_scopewall/admin/${path}`, {
        method: 'POST',
        headers: { authorization: 'Bearer a.b.c', 'content-type': type },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    burn: (body: string, init: RequestInit = {}) =>
      ask('self', '/_scopewall/revoke', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
        ...init,
      }),
  }
}
