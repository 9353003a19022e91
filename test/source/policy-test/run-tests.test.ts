/** What passes and what does not; and that nothing but the gate's own judgement decides. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRelease } from '../../../src/policy/decode.ts'
import type { DenialCode } from '../../../src/policy/denial.ts'
import { encodeRelease } from '../../../src/policy/release.ts'
import type { EpochSeconds } from '../../../src/policy/result.ts'
import { isScopeToken, type ScopeToken } from '../../../src/policy/scope.ts'
import { type ImaginedCaller, imaginedEvidence } from '../../../src/source/imagined-caller.ts'
import type { Expected, TestFile } from '../../../src/source/policy-test/model.ts'
import { runPolicyTests } from '../../../src/source/policy-test/run-tests.ts'
import { oracle } from '../../oracle/oracle.ts'
import { arbitraryMap, arbitraryRequest } from '../../support/arbitrary-map.ts'
import { runTexts, verdicts } from './texts.ts'

const CALLERS = `callers:
  reader: { scopes: [shop:read] }
  writer: { scopes: [shop:write], acr: phr, authAge: 1m }
  weak writer: { scopes: [shop:read, shop:write], acr: pwd, authAge: 1m }
  all: { scopes: [shop:all], acr: phr, authAge: 4m, client: desk }
  old: { scopes: [shop:old] }
  long: { scopes: [shop:read], lifetime: 11m }
  any: { scopes: [] }
`
const about = (...cases: readonly string[]): string =>
  `tests: T.\n${CALLERS}cases:\n${cases.map((each) => `  - ${each}\n`).join('')}`

describe('an expectation', () => {
  test.each<[string, string, boolean]>([
    ['allow', 'reader: allow', true],
    ['allow of somebody who is refused', 'any: allow', false],
    ['deny is any denial', 'any: deny', true],
    ['deny of somebody who is let in', 'reader: deny', false],
    ['observe where the rule is enforced', 'any: observe', false],
    ['the denial that comes first', 'any: scope_insufficient', true],
    ['another denial', 'any: step_up_required', false],
    ['no credential', 'nobody: credential_missing', true],
    ['what is missing', 'any: { deny: scope_insufficient, missing: [shop:read] }', true],
    ['not what is missing', 'any: { deny: scope_insufficient, missing: [shop:write] }', false],
    ['less than what is missing', 'any: { deny: scope_insufficient, missing: [shop:read, shop:write] }', false],
    ['missing of somebody without a token', 'nobody: { deny: credential_missing, missing: [shop:read] }', false],
  ])('%s', (_, expected, passes) => {
    const found = verdicts(about(`{ request: GET /items, expect: { ${expected} } }`))
    expect(Object.values(found)).toEqual([passes])
  })

  test.each<[string, string, boolean]>([
    ['tokenAge: 2h, lifetime: 1h', 'allow', false],
    ['tokenAge: 2h, lifetime: 1h', 'token_invalid', true],
    ['tokenAge: 1h, lifetime: 1h', 'allow', true],
    // Of a token that is that old, the lifetime is no less.
    ['tokenAge: 2h', 'allow', true],
  ])('of a token with %s: %s', (age, expected, passes) => {
    const text = `tests: T.\ncallers: { one: { scopes: [shop:read], ${age} } }\ncases: [{ request: GET /items, expect: { one: ${expected} } }]\n`
    expect(Object.values(verdicts(text))).toEqual([passes])
  })

  test.each<[string, string, boolean]>([
    ['the first of several denials', '{ deny: step_up_required }', true],
    ['not the second', '{ deny: scope_insufficient }', false],
    ['all of them, in their order', '{ deny: [step_up_required, scope_insufficient] }', true],
    ['all of them, in another order', '{ deny: [scope_insufficient, step_up_required] }', false],
    ['not all of them', '{ deny: [step_up_required] }', false],
    ['more than there are', '{ deny: [step_up_required, scope_insufficient, token_too_old] }', false],
    ['missing beside another denial', '{ deny: step_up_required, missing: [shop:write] }', true],
    ['required, in any order', '{ deny: step_up_required, required: [shop:write, shop:read] }', true],
    ['not what is required', '{ deny: step_up_required, required: [shop:write] }', false],
  ])('of several denials: %s', (_, expected, passes) => {
    const found = verdicts(about(`{ request: POST /items, expect: { reader: ${expected} } }`))
    expect(Object.values(found)).toEqual([passes])
  })
})

test('callers are what their tokens say', () => {
  const cases = [
    '{ request: POST /items, expect: { all: allow, weak writer: { deny: [step_up_required] } } }',
    '{ request: POST /items, expect: { writer: { deny: [scope_insufficient], missing: [shop:read] } } }',
    '{ request: DELETE /items/1, expect: { all: allow, writer: client_refused } }',
    '{ request: GET /mine, expect: { any: allow, nobody: credential_missing } }',
    '{ request: [GET /health, HEAD /health], expect: { any: allow, nobody: allow } }',
    '{ request: GET /health, upgrade: websocket, expect: { any: upgrade_refused } }',
  ]
  expect(Object.entries(verdicts(about(...cases))).filter(([, passed]) => !passed)).toEqual([])
})

test('targets are taken as the gate takes them', () => {
  const cases = [
    '{ request: [GET //items, GET /items/../mine, GET /items/%41], expect: { any: target_ambiguous } }',
    '{ request: [GET /nowhere, PUT /items, "GET https://other.example.com/items"], expect: { any: unmapped, nobody: unmapped } }',
    '{ request: TRACE /items, expect: { any: method_refused } }',
    '{ request: "GET https://API.example.com:443/items?page=2", expect: { reader: allow } }',
  ]
  expect(Object.entries(verdicts(about(...cases))).filter(([, passed]) => !passed)).toEqual([])
})

describe('the day', () => {
  const onDay = (day: string, expected: string) =>
    verdicts(
      about(`{ request: GET /items/1, expect: { old: ${expected} } }`).replace('callers', `today: ${day}\ncallers`),
    )

  test('of a file decides what is retired', () => {
    expect(Object.values(onDay('2026-11-30', 'allow'))).toEqual([true])
    expect(Object.values(onDay('2026-12-01', 'scope_insufficient'))).toEqual([true])
  })

  test('is otherwise the day they run', () => {
    expect(Object.values(verdicts(about('{ request: GET /items/1, expect: { old: allow } }')))).toEqual([true])
  })
})

describe('an environment', () => {
  const CASES = about(
    '{ request: GET /items, expect: { any: observe, nobody: credential_missing } }',
    '{ request: "GET https://api.test/items", expect: { reader: allow } }',
    '{ request: GET /items, expect: { long: token_invalid } }',
  )

  test('brings its mode, its hosts and its issuer', () => {
    expect(Object.values(verdicts(CASES, 'test'))).toEqual([true, true, true, true])
  })

  test('without one, all is enforced, on the hosts of the map, for any lifetime', () => {
    expect(Object.values(verdicts(CASES))).toEqual([false, true, false, false])
  })

  test('that refuses tokens in the query refuses them here', () => {
    const text = about('{ request: "GET /items?access_token=x", expect: { reader: deny } }')
    expect(runTexts(text, undefined, 'test').map(({ decision }) => decision)).toMatchObject([
      { denials: [{ code: 'credential_malformed', detail: 'in_query' }] },
    ])
    expect(Object.values(verdicts(text))).toEqual([false])
  })
})

/** What can be said of a caller, and what the oracle is told of him. */
const caller: fc.Arbitrary<ImaginedCaller> = fc.record(
  {
    scopes: fc
      .subarray(['a:read', 'a:write', 'a:admin', 'b:read', 'b:write', 'c:all', 'unknown'])
      .map((names) => new Set<ScopeToken>(names.filter(isScopeToken))),
    acrs: fc.subarray(['low', 'phr', 'phrh']),
    amr: fc.subarray(['otp', 'hwk', 'pwd']),
    bound: fc.subarray(['dpop', 'mtls'] as const),
    authorizationDetails: fc.constantFrom([], [{ type: 'payment', actions: ['initiate', 'cancel'] }]),
    client: fc.constantFrom('partner', 'support'),
    actor: fc.constantFrom('robot', 'agent'),
    authAgeSeconds: fc.constantFrom(0, 60, 61, 300, 301),
    tokenAgeSeconds: fc.constantFrom(0, 60, 61, 600, 601),
    lifetimeSeconds: fc.constantFrom(300, 301, 3600, 3601),
  },
  { requiredKeys: ['scopes', 'acrs', 'amr', 'bound', 'authorizationDetails'] },
)

const outcome = (codes: readonly DenialCode[]): fc.Arbitrary<Expected> =>
  fc.oneof(
    fc.constantFrom<Expected>({ kind: 'allow' }, { kind: 'deny' }, { kind: 'observe' }),
    fc
      .record({ first: fc.constantFrom(...codes), isComplete: fc.boolean() })
      .map(({ first, isComplete }): Expected => ({ kind: 'denials', codes: [first], isComplete })),
  )

test('the verdict is that of the oracle, whatever the map, the caller and the request', { timeout: 60_000 }, () => {
  const CODES = [
    'scope_insufficient',
    'step_up_required',
    'unmapped',
    'target_ambiguous',
    'credential_missing',
  ] as const
  const tally = { passed: 0, failed: 0 }
  const property = fc.property(
    arbitraryMap.chain((document) =>
      fc.record({
        document: fc.constant(document),
        rows: fc.array(fc.tuple(arbitraryRequest(document), caller, outcome(CODES), fc.boolean()), { minLength: 1 }),
        day: fc.constantFrom('2026-11-22', '2026-11-23', '2027-01-31'),
      }),
    ),
    ({ document, rows, day }) => {
      const release = decodeRelease(encodeRelease(document))
      if (!release.ok) throw new Error(release.error)
      const at = { file: 't', line: 1, column: 1 }
      const file: TestFile = {
        path: 't',
        about: 'T.',
        today: day,
        callers: new Map(rows.map(([, who], index) => [`${index}`, who])),
        cases: rows.map(([{ host, path, method, upgrade }, , expected, isNobody], index) => ({
          text: '',
          request: { method, url: `https://${host}${path}`, upgrade },
          expectations: [{ caller: isNobody ? 'nobody' : `${index}`, expected, at }],
          at,
        })),
      }
      const now = (Date.parse(`${day}T12:00:00Z`) / 1000) as EpochSeconds
      const results = runPolicyTests([file], { release: release.value, pathBytes: 4096, today: '2000-01-01' })
      for (const [index, { passed }] of results.entries()) {
        const [request, who, expected, isNobody] = rows[index] ?? []
        if (request === undefined || who === undefined || expected === undefined) throw new Error('a result too many')
        const { decision } = oracle(document, {
          ...request,
          evidence: isNobody ? { kind: 'none' } : imaginedEvidence(who, now),
          now,
          mode: 'enforce',
          observeClients: [],
          resource: `https://${request.host}`,
          services: {},
        })
        const codes = (decision.denials ?? []).map(({ code }) => code)
        const wanted =
          expected.kind === 'denials'
            ? decision.kind === 'deny' && codes[0] === expected.codes[0] && (!expected.isComplete || codes.length === 1)
            : decision.kind === expected.kind
        tally[passed ? 'passed' : 'failed']++
        expect(passed, JSON.stringify({ request, expected, decision })).toBe(wanted)
      }
    },
  )
  fc.assert(property, { numRuns: 100 })
  expect(Math.min(tally.passed, tally.failed)).toBeGreaterThan(50)
})
