/**
 * Our verdicts on access tokens and DPoP proofs against those of `validateJwtAccessToken` of oauth4webapi, which shares no line with ours.
 * `PEER_RUNS` sets how many requests are judged, `PEER_SEED` repeats a run: its choices, not its keys, which are made anew each time.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { EXPLAINED, explanationsOf } from './differential/explained.ts'
import { seeded } from './differential/random.ts'
import { type Case, drawCase, MUTATION_NAMES } from './differential/tokens.ts'
import { ourJudge, theirJudge, type Verdict } from './differential/verdicts.ts'
import { NOW_MS } from './differential/world.ts'

const RUNS = Number(process.env.PEER_RUNS ?? 5_000)
const SEED = Number(process.env.PEER_SEED ?? Math.floor(Math.random() * 2 ** 31))
/** Enough for each explanation to be needed. */
const MANY_RUNS = 100_000
/** Judged at once, so that WebCrypto's threads have something to do. */
const BATCH = 64
const MAX_SHOWN = 5

/** Between two readings of a running clock a token could expire. Theirs reads it by itself, so it is stopped. */
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS }))
afterAll(() => void vi.useRealTimers())

/** Why we refuse, each of which must have come up: they show how deep the cases reach. */
const OUR_REASONS = [
  'none', 'credential_malformed: empty', 'credential_malformed: several', 'credential_malformed: not_token68', 'credential_malformed: too_large',
  'token_invalid: not_a_jwt', 'token_invalid: header', 'token_invalid: type', 'token_invalid: algorithm', 'token_invalid: unknown_key',
  'token_invalid: signature', 'token_invalid: issuer', 'token_invalid: audience', 'token_invalid: expired', 'token_invalid: not_yet_valid',
  'token_invalid: claims', 'token_invalid: confirmation', 'token_invalid: binding', 'proof_invalid: missing', 'proof_invalid: several',
  'proof_invalid: too_large', 'proof_invalid: not_a_jwt', 'proof_invalid: header', 'proof_invalid: type', 'proof_invalid: algorithm',
  'proof_invalid: key', 'proof_invalid: claims', 'proof_invalid: method', 'proof_invalid: uri', 'proof_invalid: token_hash', 'proof_invalid: stale',
  'proof_invalid: signature',
] // biome-ignore format: a list of names reads better packed

/** What came up how often. */
interface Census {
  readonly outcomes: Map<string, number>
  readonly reasons: Map<string, number>
  readonly mutations: Map<string, number>
  readonly explanations: Map<string, number>
}

const count = (counts: Map<string, number>, name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1)

interface Judged {
  readonly asked: Case
  readonly ours: Verdict
  readonly theirs: Verdict
}

/** Counts a case, and gives it back where nothing explains it: a difference, or that both refuse what nothing is wrong with. */
function compare({ asked, ours, theirs }: Judged, census: Census): Judged | undefined {
  for (const name of asked.mutations) count(census.mutations, name)
  count(census.reasons, ours.why)
  count(census.outcomes, outcomeOf(asked, ours, theirs))
  if (ours.isAccepted === theirs.isAccepted)
    return asked.mutations.length === 0 && !ours.isAccepted ? { asked, ours, theirs } : undefined
  const explanations = explanationsOf(asked.request, ours, theirs)
  for (const { name } of explanations) count(census.explanations, name)
  return explanations.length === 0 ? { asked, ours, theirs } : undefined
}

const OUTCOMES = ['bearer accepted', 'dpop accepted', 'refused', 'accepted by us', 'accepted by them']

function outcomeOf({ request }: Case, ours: Verdict, theirs: Verdict): string {
  if (ours.isAccepted !== theirs.isAccepted) return ours.isAccepted ? 'accepted by us' : 'accepted by them'
  if (!ours.isAccepted) return 'refused'
  const scheme = request.headers.get('authorization')?.slice(0, 4).toLowerCase()
  return scheme === 'dpop' ? 'dpop accepted' : 'bearer accepted'
}

const shown = ({ asked: { mutations, request }, ours, theirs }: Judged): string =>
  [
    `we: ${ours.why}; they: ${theirs.why}; mutations: ${mutations.join(', ') || 'none'}`,
    `${request.method} ${request.url}`,
    ...[...request.headers].map(([name, value]) => `${name}: ${value}`),
  ].join('\n')

const table = (counts: Map<string, number>): string =>
  [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, times]) => `${String(times).padStart(8)}  ${name}`)
    .join('\n')

test('[BCP-4] [JAT-9] our verdicts on tokens and proofs are those of oauth4webapi, save for the differences that are explained', {
  timeout: 60_000 + 5 * RUNS,
}, async () => {
  const random = seeded(SEED)
  const judges = { ours: ourJudge(), theirs: theirJudge() }
  const census: Census = { outcomes: new Map(), reasons: new Map(), mutations: new Map(), explanations: new Map() }
  const unexplained: Judged[] = []
  const started = performance.now()
  for (let done = 0; done < RUNS && unexplained.length < MAX_SHOWN; done += BATCH) {
    const cases = Array.from({ length: Math.min(BATCH, RUNS - done) }, () => drawCase(random))
    const judged = await Promise.all(
      cases.map(async (asked) => {
        const [ours, theirs] = await Promise.all([judges.ours(asked.request), judges.theirs(asked.request)])
        return { asked, ours, theirs }
      }),
    )
    unexplained.push(...judged.map((one) => compare(one, census)).filter((one) => one !== undefined))
  }
  const run = `PEER_RUNS=${RUNS} PEER_SEED=${SEED}`
  console.log(`${run}: ${((performance.now() - started) / 1000).toFixed(1)} s\n${table(census.outcomes)}`)
  if (RUNS >= MANY_RUNS) console.log(`differences that are explained\n${table(census.explanations)}`)

  expect(unexplained.map(shown).join('\n\n'), `${run}: nothing explains`).toBe('')
  const least = Math.floor(RUNS / 5_000)
  const tooSeldom = (counts: Map<string, number>, names: readonly string[], times: number) =>
    names.filter((name) => (counts.get(name) ?? 0) < times)
  expect(tooSeldom(census.outcomes, OUTCOMES, RUNS / 200), `${run}: outcomes that came up too seldom`).toEqual([])
  expect(tooSeldom(census.reasons, OUR_REASONS, least), `${run}: reasons that came up too seldom`).toEqual([])
  expect(tooSeldom(census.mutations, MUTATION_NAMES, least), `${run}: mutations that came up too seldom`).toEqual([])
  if (RUNS < MANY_RUNS) return
  const explanations = EXPLAINED.map(({ name }) => name)
  expect(tooSeldom(census.explanations, explanations, 1), `${run}: explanations that nothing needs`).toEqual([])
})

/** What the peer says where an explanation may excuse it. */
const THEIR_REASONS = [
  'JWT "cnf" (confirmation) claim missing', 'multiple confirmation claims are not supported', 'DPoP Proof htu mismatch',
  'error when selecting a JWT verification key, no applicable keys found', 'unexpected JWT "exp" (expiration time) claim value, expiration is past',
  'error when selecting a JWT verification key, multiple applicable keys found, a "kid"', 'unexpected JWT "nbf" (not before) claim value',
  'unexpected JWT "iss" (issuer) claim type', 'unexpected JWT "aud" (audience) claim type', 'JWT signature verification failed',
] // biome-ignore format: a list of texts reads better packed

test('nothing explains a difference over a request that is as it should be', () => {
  const random = seeded(SEED)
  const accepted: Verdict = { isAccepted: true, why: 'accepted' }
  const refusals = (reasons: readonly string[]): readonly Verdict[] =>
    reasons.map((why) => ({ isAccepted: false, why }))
  // A stray `%` in what is asked for is a reason of its own.
  const good = Array.from({ length: 1_000 }, () => drawCase(random)).filter(
    ({ mutations, request }) => mutations.length === 0 && !request.url.endsWith('%'),
  )
  expect(good.length).toBeGreaterThan(50)
  const excuses = good.flatMap(({ request }) => [
    ...refusals(OUR_REASONS).flatMap((ours) => explanationsOf(request, ours, accepted)),
    ...refusals(THEIR_REASONS).flatMap((theirs) => explanationsOf(request, accepted, theirs)),
  ])
  expect([...new Set(excuses.map(({ name }) => name))], `PEER_SEED=${SEED}`).toEqual([])
})
