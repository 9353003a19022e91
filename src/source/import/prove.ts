/** The table of an import, held against a release: does the map answer as the table says? */
import { decide } from '../../policy/decide.ts'
import type { Evidence } from '../../policy/decision.ts'
import type { Release } from '../../policy/decode.ts'
import { matchRequest } from '../../policy/matcher.ts'
import { verifiedPrincipal } from '../../policy/principal.ts'
import { readTarget } from '../../policy/read-target.ts'
import { epochSeconds } from '../../policy/result.ts'
import { isScopeToken } from '../../policy/scope.ts'
import type { ImportedCaller, ImportedCase } from './imported.ts'

/** A row that the map answers otherwise. */
export interface Mismatch {
  readonly row: ImportedCase
  readonly actual: 'allow' | 'deny'
}

/**
 * @param host of rows that name none
 * @param today `YYYY-MM-DD`, UTC: sunsets
 */
export function prove(
  release: Release,
  cases: readonly ImportedCase[],
  host: string,
  today: string,
): readonly Mismatch[] {
  const now = epochSeconds(Date.parse(`${today}T00:00:00Z`))
  const evidence = new Map<ImportedCaller, Evidence>()
  return cases.flatMap((row) => {
    const known = evidence.get(row.caller) ?? evidenceOf(row.caller, now)
    evidence.set(row.caller, known)
    const actual = answer(release, row, row.host ?? host, known, now)
    return actual === row.expected ? [] : [{ row, actual }]
  })
}

function answer(
  release: Release,
  { method, path }: ImportedCase,
  host: string,
  evidence: Evidence,
  now: ReturnType<typeof epochSeconds>,
): 'allow' | 'deny' {
  const target = readTarget(method, `https://${host}${path}`, path.length, new Map(), release)
  if (!target.ok) return 'deny'
  const match = matchRequest(release.table, target.value.host, target.value.path, target.value.method)
  const context = { mode: 'enforce', observeClients: [], upgrade: false, path: target.value.path } as const
  return decide(release.scopes, match, evidence, now, { ...context, resource: '', services: {} }).kind === 'allow'
    ? 'allow'
    : 'deny'
}

/** A caller who fulfils every condition that is no scope, save those that only a decorated token could: an import writes none of them. */
function evidenceOf(caller: ImportedCaller, now: ReturnType<typeof epochSeconds>): Evidence {
  if (caller.kind === 'nobody') return { kind: 'none' }
  return {
    kind: 'verified',
    principal: verifiedPrincipal({
      issuer: 'https://issuer.example',
      fingerprint: '',
      scopes: new Set(caller.scopes.filter(isScopeToken)),
      issuedAt: now,
      expiresAt: epochSeconds((now + 300) * 1000),
      lifetimeSeconds: 300,
      authentication: { at: now, acrs: [], amr: [] },
      isForDefault: true,
      services: new Set(),
      authorizationDetails: [],
    }),
  }
}
