/**
 * Operations -> services with rules, and what became of each operation. A verdict is not what the rules were meant to say: each operation is
 * looked up in the finished rules by the gate's own matcher, and what decides there is held against what the source asks for.
 */
import { decodeRelease, type Release } from '../../policy/decode.ts'
import { matchRequest } from '../../policy/matcher.ts'
import { isMethod, METHODS } from '../../policy/method.ts'
import { readTarget } from '../../policy/read-target.ts'
import { encodeRelease, RELEASE_FORMAT, type RuleEntry } from '../../policy/release.ts'
import { ok, type Result } from '../../policy/result.ts'
import { canonicalAlternatives } from '../compile.ts'
import { quoted } from '../diagnostic.ts'
import type { ImportedCase, ImportedRequirement, ImportedRule, ImportFinding, Verdict } from './imported.ts'
import { fulfils, isAsStrict, type SourceOperation } from './operation.ts'
import { type PlacedOperation, type PlacedRules, placeRules } from './place-rules.ts'

export interface Settled {
  /** By host; the empty one stands for the hosts of `gateway.yaml`. */
  readonly rules: ReadonlyMap<string, readonly ImportedRule[]>
  /** One for each operation. */
  readonly findings: readonly ImportFinding[]
  readonly cases: readonly ImportedCase[]
}

/** The error says why there cannot be such a map. */
export function settle(operations: readonly SourceOperation[], acceptsLooser: boolean): Result<Settled, string> {
  const placing = placeRules(operations, acceptsLooser)
  const release = releaseOf(placing.rules)
  if (!release.ok) return release
  const byOperation = new Map<SourceOperation, Outcome[]>(operations.map((operation) => [operation, []]))
  const otherMethods = methodsByPath(operations)
  for (const placed of placing.placed) {
    for (const method of methodsOf(placed.operation, otherMethods))
      byOperation.get(placed.operation)?.push({ placed, method, ...outcomeOf(placed, method, placing, release.value) })
  }
  const outcomes = [...byOperation]
  return ok({
    rules: placing.rules,
    findings: outcomes.map(([operation, each]) => findingOf(operation, each)),
    cases: outcomes.flatMap(([operation, each]) => casesOf(operation, each)),
  })
}

/** Stands for a host that is not known yet. */
const NO_HOST = 'unnamed'

function releaseOf(rules: PlacedRules['rules']): Result<Release, string> {
  const entries = [...rules].flatMap(([host, ofHost]) => ofHost.map((rule) => ruleEntry(rule, host)))
  const names = new Set(entries.flatMap(({ anyOf = [] }) => anyOf.flat()))
  const scope = { service: 'imported', owner: 'nobody', reason: 'Imported.', sensitivity: 'low' } as const
  return decodeRelease(
    encodeRelease({
      format: RELEASE_FORMAT,
      services: { imported: { owner: 'nobody', description: 'Imported.' } },
      scopes: Object.fromEntries([...names].map((name) => [name, scope])),
      hosts: {},
      rules: entries,
    }),
  )
}

function ruleEntry({ method, path, requirement }: ImportedRule, host: string): RuleEntry {
  const entry = { service: 'imported', host: host === '' ? NO_HOST : host, method, path }
  return requirement.kind === 'scopes'
    ? { ...entry, anyOf: canonicalAlternatives(requirement.anyOf) }
    : { ...entry, [requirement.kind]: requirement.reason }
}

const methodsByPath = (operations: readonly SourceOperation[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const methods = new Map<string, Set<string>>()
  for (const { path, method } of operations) methods.set(path, (methods.get(path) ?? new Set()).add(method))
  return methods
}

/** For `ANY` the methods that no other operation of the path has. */
function methodsOf(
  { method, path }: SourceOperation,
  methods: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  return method === 'ANY' ? METHODS.filter((each) => methods.get(path)?.has(each) !== true) : [method]
}

interface Judgement {
  readonly verdict: Verdict
  readonly message?: string
  readonly help?: string
  /** What decides on the example; absent: it is refused. */
  readonly deciding?: ImportedRequirement
}

interface Outcome extends Judgement {
  readonly placed: PlacedOperation
  readonly method: string
}

function outcomeOf(placed: PlacedOperation, method: string, placing: PlacedRules, release: Release): Judgement {
  const { operation, reading, host } = placed
  const { asked } = operation
  if (!isMethod(method)) return { verdict: 'unrepresentable', message: `the gate refuses ${quoted(method)} always` }
  const found = reading.example === undefined ? undefined : lookUp(release, method, host, reading.example)
  if (typeof found === 'object') return compare(placed, method, found, placing)
  if (asked.requirement === undefined) return { ...asked }
  return { verdict: 'unrepresentable', ...whyNone(placed, placing, found) }
}

/** Why nothing covers an operation that asks for something that the map could say. */
function whyNone(
  placed: PlacedOperation,
  { conflicts }: PlacedRules,
  refusal: string | undefined,
): Pick<Judgement, 'message' | 'help'> {
  const { operation, reading } = placed
  const conflict = conflicts.get(placed)
  if (reading.message !== undefined && reading.verdict === 'unrepresentable') return { message: reading.message }
  if (conflict !== undefined)
    return { message: `${quoted(conflict.construct)} covers the same requests and asks for something else` }
  if (refusal !== undefined) return { message: refusal }
  if (operation.method === 'HEAD') return { message: 'the map has no rule for `HEAD` alone: `GET` answers it' }
  return {
    message: reading.message ?? 'no rule covers it',
    ...(reading.verdict === 'looser' && { help: '`--accept looser` writes the wider template' }),
  }
}

interface Deciding {
  readonly id: string
  readonly requirement: ImportedRequirement
}

/** The rule that decides, or why none does. */
function lookUp(release: Release, method: string, host: string, path: string): Deciding | string | undefined {
  const name = host === '' ? NO_HOST : host.replace(/^\*/, 'any')
  const target = readTarget(method, `https://${name}${path}`, path.length, new Map(), release)
  if (!target.ok) return 'the gate refuses such a path: it can be read in more than one way'
  const match = matchRequest(release.table, target.value.host, target.value.path, target.value.method)
  if (match.kind === 'ambiguous')
    return 'another path differs from it in case, a suffix or a final slash alone, so the gate refuses it'
  return match.kind === 'rule' ? match.rule : undefined
}

function compare(placed: PlacedOperation, method: string, rule: Deciding, { widened }: PlacedRules): Judgement {
  const { operation, reading } = placed
  const { asked } = operation
  const deciding = rule.requirement
  const under = `${operation.method === method ? 'it' : quoted(method)} falls under ${quoted(idOf(rule))}`
  if (asked.requirement === undefined) {
    const why = asked.message ?? 'the map cannot say what it asks for'
    return { deciding, verdict: 'looser', message: `${under}, and has no rule of its own: ${why}` }
  }
  const isStricter = isAsStrict(deciding, asked.requirement)
  const isLooser = isAsStrict(asked.requirement, deciding)
  if (isStricter && isLooser) {
    // Where it has no rule of its own, the one that it falls under says the same, and is not made wider for it.
    const path = reading.verdict !== 'looser' || widened.has(placed) ? reading : EXACT
    return { deciding, ...worse(asked, path) }
  }
  return isStricter
    ? { deciding, ...worse(asked, { verdict: 'stricter', message: `${under}, which asks for more` }) }
    : { deciding, verdict: 'looser', message: `${under}, which asks for ${isLooser ? 'less' : 'something else'}` }
}

const EXACT = { verdict: 'exact' } as const

const idOf = ({ id }: Deciding): string => id.replace(` ${NO_HOST}/`, ' /')

const RANK: Readonly<Record<Verdict, number>> = { exact: 0, stricter: 1, unrepresentable: 2, looser: 3 }

const worse = <A extends { readonly verdict: Verdict }, B extends { readonly verdict: Verdict }>(a: A, b: B): A | B =>
  RANK[b.verdict] > RANK[a.verdict] ? b : a

/** The worst of its addresses speaks for the operation. */
function findingOf(operation: SourceOperation, outcomes: readonly Outcome[]): ImportFinding {
  const { construct, at, asked } = operation
  const [first = NO_ADDRESS, ...others] = outcomes
  const { verdict, message, help } = others.reduce<Judgement>(worse, first)
  return {
    construct,
    at,
    verdict,
    ...(message !== undefined && { message }),
    ...(help !== undefined && { help }),
    ...(message === undefined &&
      verdict === asked.verdict &&
      asked.message !== undefined && { message: asked.message }),
  }
}

const NO_ADDRESS: Judgement = { verdict: 'unrepresentable', message: 'it has no address that the map could name' }

/** On one host of each kind: the map says the same of the others. */
function casesOf({ callers, admits }: SourceOperation, outcomes: readonly Outcome[]): readonly ImportedCase[] {
  const seen = new Set<string>()
  return outcomes.flatMap(({ placed: { host, reading }, method, verdict, deciding }) => {
    const path = reading.example
    const key = `${path} ${deciding === undefined ? '' : JSON.stringify(deciding)}`
    if (path === undefined || !isMethod(method) || seen.has(key)) return []
    seen.add(key)
    return callers.map((caller): ImportedCase => {
      const source = admits(caller) ? 'allow' : 'deny'
      const map = deciding !== undefined && fulfils(caller, deciding) ? 'allow' : 'deny'
      return {
        method,
        ...(host !== '' && { host }),
        path,
        caller,
        source,
        expected: verdict === 'exact' ? source : map,
      }
    })
  })
}
