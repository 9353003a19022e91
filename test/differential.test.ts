/**
 * Production against the oracle that was written from docs/semantics.md alone: the decision, the rule, every denial and the scopes to ask for must be the same. `DIFFERENTIAL_RUNS` sets
 * how many decisions, `DIFFERENTIAL_SEED` repeats a run.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRelease } from '../src/policy/decode.ts'
import { encodeRelease } from '../src/policy/release.ts'
import { oracle } from './oracle/oracle.ts'
import { production } from './oracle/production.ts'
import { type Asked, arbitraryMap, arbitraryRequest } from './support/arbitrary-map.ts'

const RUNS = Number(process.env.DIFFERENTIAL_RUNS ?? 30_000)
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? Math.floor(Math.random() * 2 ** 31))
const REQUESTS = 200

/** What happened how often: a run in which some outcome never came up would have compared less than it seems. */
type Census = Map<string, number>

function count(census: Census, asked: Asked, decision: object): void {
  const { kind, denials = [] } = decision as { kind: string; denials?: readonly { code: string }[] }
  const names = [
    kind,
    ...denials.map(({ code }) => code),
    ...denials.flatMap((denial) => ('detail' in denial && denial.detail === 'revoked' ? ['revoked'] : [])),
    ...(denials.length > 1 ? ['several denials'] : []),
    ...['deprecated', 'singleUse'].filter((name) => name in decision),
    ...(asked.method === 'HEAD' && kind === 'allow' ? ['HEAD allowed'] : []),
  ]
  for (const name of names) census.set(name, (census.get(name) ?? 0) + 1)
}

const OUTCOMES = [
  'allow', 'deny', 'observe', 'several denials', 'HEAD allowed', 'target_ambiguous', 'unmapped', 'upgrade_refused', 'credential_missing', 'token_invalid',
  'step_up_required', 'token_too_old', 'scope_insufficient', 'scope_retired', 'sender_constraint_required', 'token_too_long_lived', 'client_refused',
  'actor_refused', 'authorization_details_insufficient', 'deprecated', 'singleUse', 'scope_suspended', 'revoked', 'unavailable',
] // biome-ignore format: a list of names reads better packed

test(`production and oracle agree on ${RUNS} decisions (seed ${SEED})`, { timeout: 60_000 + RUNS }, () => {
  const census: Census = new Map()
  const maps = fc.sample(arbitraryMap, { numRuns: Math.ceil(RUNS / REQUESTS), seed: SEED })
  for (const [index, document] of maps.entries()) {
    const release = decodeRelease(encodeRelease(document))
    if (!release.ok) throw new Error(`the generator made a map that does not load: ${release.error}`)
    for (const asked of fc.sample(arbitraryRequest(document), { numRuns: REQUESTS, seed: SEED + index })) {
      const found = production(release.value, asked)
      const expected = oracle(document, asked)
      // Comparing texts first: an assertion for each of so many decisions would take longer than the decisions.
      if (JSON.stringify(sorted(found)) !== JSON.stringify(sorted(expected))) {
        expect({ asked, ...found }, JSON.stringify(document)).toEqual({ asked, ...expected })
      }
      count(census, asked, expected.decision)
    }
  }
  for (const outcome of OUTCOMES)
    expect(census.get(outcome) ?? 0, `${outcome} came up too seldom`).toBeGreaterThanOrEqual(RUNS / 2000)
})

/** Members in one order, so that equal values give equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}
