/** The core's own verdicts against what the diff says of them: nothing looser is missed, and nothing is called looser that is not. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../../src/policy/decide.ts'
import type { Decision, Match } from '../../../src/policy/decision.ts'
import { decodeRelease, type Release } from '../../../src/policy/decode.ts'
import { matchRequest } from '../../../src/policy/matcher.ts'
import { encodeRelease, type ReleaseDocument } from '../../../src/policy/release.ts'
import type { EpochSeconds } from '../../../src/policy/result.ts'
import type { Witness } from '../../../src/source/diff/compare.ts'
import { type Change, compareRoutes, type RouteChange } from '../../../src/source/diff/routes.ts'
import type { Stance } from '../../../src/source/diff/ways.ts'
import { type Asked, arbitraryRequest } from '../../support/arbitrary-map.ts'
import { arbitraryPair } from './random-pairs.ts'

const releaseOf = (document: ReleaseDocument): Release => {
  const release = decodeRelease(encodeRelease(document))
  if (!release.ok) throw new Error(release.error)
  return release.value
}

const judge = ({ scopes, table }: Release, asked: Asked): readonly [Match, Decision] => {
  const match = matchRequest(table, asked.host, asked.path, asked.method)
  return [match, decide(scopes, match, asked.evidence, asked.now, asked)]
}

const stancesOf = ({ resource, services }: Asked): readonly Stance[] =>
  (['enforce', 'observe'] as const).map((mode) => ({ mode, resource, services }))

const keyOf = (match: Match): string => (match.kind === 'rule' ? match.rule.id : match.kind)

const GAINS: ReadonlySet<Change> = new Set<Change>(['opened', 'looser', 'both'])
const LOSSES: ReadonlySet<Change> = new Set<Change>(['closed', 'stricter', 'both'])

const RUNS = 40

test('whoever gets in by one map alone gets in by a route of which the diff says so', () => {
  let gained = 0
  fc.assert(
    fc.property(
      arbitraryPair.chain((pair) =>
        fc.record({
          pair: fc.constant(pair),
          asked: fc.array(fc.oneof(arbitraryRequest(pair.before), arbitraryRequest(pair.after)), {
            minLength: 30,
            maxLength: 30,
          }),
        }),
      ),
      ({ pair, asked }) => {
        const [before, after] = [releaseOf(pair.before), releaseOf(pair.after)]
        const known = new Map<string, readonly RouteChange[]>()
        for (const each of asked) {
          const [oldMatch, old] = judge(before, each)
          const [newMatch, next] = judge(after, each)
          if ((old.kind === 'deny') === (next.kind === 'deny')) continue
          gained++
          const stances = stancesOf(each)
          const key = JSON.stringify([each.now, each.services])
          const routes = known.get(key) ?? compareRoutes(before, after, stances, each.now).routes
          known.set(key, routes)
          const about = routes.filter(
            (route) => keyOf(route.before) === keyOf(oldMatch) && keyOf(route.after) === keyOf(newMatch),
          )
          const expected = old.kind === 'deny' ? GAINS : LOSSES
          expect(
            about.some(({ change }) => expected.has(change)),
            JSON.stringify([each, keyOf(oldMatch), keyOf(newMatch), old, next, about], (_, v) =>
              v instanceof Set ? [...v] : v,
            ),
          ).toBe(true)
        }
      },
    ),
    { numRuns: RUNS },
  )
  expect(gained).toBeGreaterThan(10)
})

const NOW = (Date.parse('2026-11-23T00:00:00Z') / 1000) as EpochSeconds
const STANCES: readonly Stance[] = (['enforce', 'observe'] as const).map((mode) => ({
  mode,
  resource: 'https://api.example.com',
  services: {},
}))

test('every claim has a witness, whom the core judges as it says', () => {
  fc.assert(
    fc.property(arbitraryPair, (pair) => {
      const [before, after] = [releaseOf(pair.before), releaseOf(pair.after)]
      for (const route of compareRoutes(before, after, STANCES, NOW).routes) {
        const { gains, losses, mayGain, mayLose } = route.comparison
        if (GAINS.has(route.change)) expect(gains.length > 0 || mayGain).toBe(true)
        if (LOSSES.has(route.change)) expect(losses.length > 0 || mayLose).toBe(true)
        for (const witness of [...gains, ...losses]) {
          const { method, host, path } = route.example
          const answers = [before, after].map((release) => answerTo(release, witness, { method, host, path }))
          expect(answers).toEqual(gains.includes(witness) ? ['deny', 'pass'] : ['pass', 'deny'])
        }
      }
    }),
    { numRuns: RUNS },
  )
})

function answerTo(
  { scopes, table }: Release,
  { caller, stance }: Witness,
  { method, host, path }: RouteChange['example'],
) {
  const context = { ...stance, observeClients: [], upgrade: caller.upgrade, path }
  const match = matchRequest(table, host, path, method)
  return decide(scopes, match, caller.evidence, NOW, context).kind === 'deny' ? 'deny' : 'pass'
}

test('a map does not differ from itself', () => {
  fc.assert(
    fc.property(arbitraryPair, ({ before }) => {
      expect(compareRoutes(releaseOf(before), releaseOf(before), STANCES, NOW)).toEqual({
        routes: [],
        later: [],
        isWhole: true,
      })
    }),
    { numRuns: RUNS },
  )
})
