/** Policy tests against a release: each expectation beside what the gate decides, by the very code that decides there. */
import type { Decision, Evidence, Match } from '../../policy/decision.ts'
import type { Release } from '../../policy/decode.ts'
import type { Denial } from '../../policy/denial.ts'
import type { Environment } from '../../policy/environment.ts'
import { type EpochSeconds, epochSeconds } from '../../policy/result.ts'
import { compareText } from '../diagnostic.ts'
import { imaginedEvidence } from '../imagined-caller.ts'
import { judgeRequest, type RequestText, type Stance, stanceOf } from '../judge-request.ts'
import type { Expectation, Expected, TestCase, TestFile } from './model.ts'
import { NOBODY } from './tests-file.ts'

/** An expectation and what came of it. */
export interface Tested {
  readonly file: TestFile
  readonly test: TestCase
  readonly expectation: Expectation
  readonly evidence: Evidence
  /** The second at which it was judged. */
  readonly now: EpochSeconds
  /** Absent where the target could not be read. */
  readonly match?: Match
  readonly decision: Decision
  readonly passed: boolean
}

/**
 * By what the tests are judged. Without an environment: enforced, on the hosts of the map, every token for every service, and the resource is the
 * host of the request; so that a test says the same whatever becomes of the environments.
 */
export interface Bench {
  readonly release: Release
  readonly environment?: Environment
  /** The longest path that the gate reads (`limits` of `gateway.yaml`). */
  readonly pathBytes: number
  /** `YYYY-MM-DD`, for files that name no day. */
  readonly today: string
}

/** In the order of the files, their cases and their callers. Total. */
export function runPolicyTests(files: readonly TestFile[], bench: Bench): readonly Tested[] {
  return files.flatMap((file) => runFile(file, bench))
}

function runFile(file: TestFile, { release, environment, pathBytes, today }: Bench): readonly Tested[] {
  const now = noonOf(file.today ?? today)
  const callers = new Map<string, Evidence>([[NOBODY, { kind: 'none' }]])
  for (const [name, caller] of file.callers) callers.set(name, imaginedEvidence(caller, now, environment))
  const stance = environment && stanceOf(environment)
  return file.cases.flatMap((test) => {
    const judgedBy = stance ?? enforcing(test.request, pathBytes)
    return test.expectations.map((expectation): Tested => {
      const evidence = callers.get(expectation.caller) ?? UNKNOWN
      const judgement = judgeRequest(release, test.request, evidence, now, judgedBy)
      const passed = isAsExpected(expectation.expected, judgement.decision)
      return { file, test, expectation, evidence, now, ...judgement, passed }
    })
  })
}

/** Reading the files has seen to it that every caller is there. */
const UNKNOWN: Evidence = { kind: 'none' }

/** Far from both midnights, where a scope's sunset begins. */
const noonOf = (day: string): EpochSeconds => epochSeconds(Date.parse(`${day}T12:00:00Z`))

const enforcing = ({ url }: RequestText, pathBytes: number): Stance => ({
  mode: 'enforce',
  observeClients: [],
  aliases: new Map(),
  resource: url.split('/', 3).join('/'),
  services: {},
  queryToken: 'ignore',
  pathBytes,
})

/** Whether a decision is what a case asks for. */
export function isAsExpected(expected: Expected, decision: Decision): boolean {
  if (expected.kind !== 'denials') return decision.kind === expected.kind
  if (decision.kind !== 'deny') return false
  const { codes, isComplete, missing, required } = expected
  const found = decision.denials.map(({ code }) => code)
  if (isComplete && found.length !== codes.length) return false
  if (!codes.every((code, index) => found[index] === code)) return false
  const lacking = decision.denials.find(isLackOfScope)
  return (
    (missing === undefined || isSameSet(missing, lacking?.missing ?? [])) &&
    (required === undefined || isSameSet(required, lacking?.required ?? []))
  )
}

export const isLackOfScope = (denial: Denial): denial is Denial & { readonly code: 'scope_insufficient' } =>
  denial.code === 'scope_insufficient'

/** The first ascends. */
const isSameSet = (sorted: readonly string[], other: readonly string[]): boolean =>
  sorted.join(' ') === other.toSorted(compareText).join(' ')
