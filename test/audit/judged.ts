/** Judged requests, as the gate puts them on record. */
import type { JudgedRequest } from '../../src/audit/judged.ts'
import { decide } from '../../src/policy/decide.ts'
import { decodeRelease, type Release } from '../../src/policy/decode.ts'
import { matchRequest } from '../../src/policy/matcher.ts'
import type { Method } from '../../src/policy/method.ts'
import type { Principal } from '../../src/policy/principal.ts'
import { encodeRelease } from '../../src/policy/release.ts'
import { epochSeconds } from '../../src/policy/result.ts'
import { INVOICING } from '../support/invoicing.ts'

const decoded = decodeRelease(encodeRelease(INVOICING))
if (!decoded.ok) throw new Error(decoded.error)
export const RELEASE: Release = decoded.value

export const ARRIVED = Date.UTC(2026, 10, 1, 12, 0, 30)
const HOST = 'api.example.com'
const DIGEST = 'a'.repeat(64)

/** Judged by the example map, now. */
export function judged(
  path: string,
  principal?: Principal,
  overrides: Partial<JudgedRequest> = {},
  method: Method = 'GET',
): JudgedRequest {
  const evidence = principal === undefined ? ({ kind: 'none' } as const) : ({ kind: 'verified', principal } as const)
  const match = matchRequest(RELEASE.table, HOST, path, method)
  const decision = decide(RELEASE.scopes, match, evidence, epochSeconds(ARRIVED), {
    mode: 'enforce',
    observeClients: [],
    upgrade: false,
    path,
    resource: '',
    services: {},
  })
  return {
    arrivedAt: ARRIVED,
    gateMs: 0,
    judging: { release: RELEASE, digest: DIGEST, serial: 7 },
    target: { host: HOST, path, method },
    characters: path.length,
    isUpgrade: false,
    evidence,
    outcome: decision.kind,
    denials: decision.kind === 'allow' ? [] : decision.denials,
    ...(decision.rule && { rule: decision.rule }),
    ...(decision.kind === 'allow' && { by: decision.by }),
    ...(decision.kind === 'allow' && decision.deprecated && { deprecated: decision.deprecated }),
    decisionId: 'decision-1',
    isSettled: true,
    ...overrides,
  }
}
