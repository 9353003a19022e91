/** Descriptions held against the map in both directions: operations without a rule, rules without an operation, and what either asks for. */
import { adminRouteOf } from '../../policy/admin-routes.ts'
import { decodeRelease, type Release } from '../../policy/decode.ts'
import { encodeRelease, type ReleaseDocument } from '../../policy/release.ts'
import type { Rule } from '../../policy/rule.ts'
import type { Place } from '../diagnostic.ts'
import { exampleValue } from '../import/template.ts'
import type { DeclaredRule } from '../model.ts'
import type { ApiDescription, ApiOperation } from '../openapi/api.ts'
import { requirementOf } from './asked.ts'
import { type Difference, differenceOf } from './difference.ts'
import { type Location, locate, type Placing } from './locate.ts'
import { isAbove, type Threshold } from './threshold.ts'

export interface CoveredDescription extends Pick<Placing, 'host' | 'basePath'> {
  readonly api: ApiDescription
}

export interface CoverageOptions {
  readonly aliases: ReadonlyMap<string, string>
  /** Of these services alone a rule without an operation counts; absent: of all. */
  readonly services?: readonly string[]
}

/** What holds of one operation, by the address where it stands worst. */
export interface OperationCoverage {
  /** `GET https://api.example.com/v1/pets/{petId}`; without a host where none is known. */
  readonly operation: string
  readonly at: Place
  readonly status: 'covered' | 'unmapped' | 'mismatch'
  /** Why it is unmapped. */
  readonly why?: string
  readonly help?: string
  readonly difference?: Difference
  /** The rule that covers it. */
  readonly rule?: RuleReference
  /** It is covered by a rule whose template is another and matches more. */
  readonly isBroader: boolean
}

export interface RuleReference {
  /** `METHOD host/path`. */
  readonly id: string
  readonly at?: Place
}

export interface Coverage {
  readonly operations: readonly OperationCoverage[]
  /** Rules without an operation, each once however many hosts it is on. */
  readonly stale: readonly RuleReference[]
  /** Rules that count. */
  readonly rules: number
}

/**
 * @param declared the rules as they were written, for their places
 */
export function coverageOf(
  document: ReleaseDocument,
  declared: readonly DeclaredRule[],
  descriptions: readonly CoveredDescription[],
  { aliases, services }: CoverageOptions,
): Coverage {
  const release = releaseFrom(document)
  const value = exampleValue([
    ...document.rules.map(({ path }) => path),
    ...descriptions.flatMap(({ api }) => api.operations.map(({ path }) => path)),
  ])
  const places = placesOf(declared)
  const entries = new Map(release.rules.map((rule, index) => [rule, document.rules[index]]))
  const met = new Set<string>()
  const operations = descriptions.flatMap(({ api, host, basePath }) => {
    const placing = { aliases, value, ...(host !== undefined && { host }), ...(basePath !== undefined && { basePath }) }
    return api.operations.map((operation) => {
      const findings = locate(release, operation, placing).map((location) => {
        if (location.kind === 'rule') met.add(writtenAt(referenceTo(location.rule, places)))
        return judge(document, entries, places, api, operation, location)
      })
      return findings.reduce((worst, each) => (RANK[each.status] > RANK[worst.status] ? each : worst))
    })
  })
  // No description of the origin's API holds what the gate itself answers. A rule on several hosts is written once, and one of them is enough.
  const counted = release.rules
    .filter((rule) => adminRouteOf(rule) === undefined)
    .filter(({ service }) => services === undefined || services.includes(service))
    .map((rule) => referenceTo(rule, places))
  const written = [...new Map(counted.toReversed().map((rule) => [writtenAt(rule), rule])).values()].reverse()
  return { operations, stale: written.filter((rule) => !met.has(writtenAt(rule))), rules: written.length }
}

const writtenAt = ({ id, at }: RuleReference): string => (at === undefined ? id : `${at.file}:${at.line}:${at.column}`)

export interface CoverageCounts {
  readonly operations: number
  readonly covered: number
  readonly unmapped: number
  readonly mismatched: number
  readonly rules: number
  readonly stale: number
}

export function countsOf({ operations, stale, rules }: Coverage): CoverageCounts {
  const count = (status: OperationCoverage['status']) => operations.filter((each) => each.status === status).length
  return {
    operations: operations.length,
    covered: count('covered'),
    unmapped: count('unmapped'),
    mismatched: count('mismatch'),
    rules,
    stale: stale.length,
  }
}

export interface CoverageLimits {
  readonly unmapped: Threshold
  readonly mismatched: Threshold
  readonly stale: Threshold
}

/** Whether more of anything is there than may be. */
export const isOver = (
  { operations, unmapped, mismatched, rules, stale }: CoverageCounts,
  limits: CoverageLimits,
): boolean =>
  isAbove(unmapped, operations, limits.unmapped) ||
  isAbove(mismatched, operations, limits.mismatched) ||
  isAbove(stale, rules, limits.stale)

const RANK = { covered: 0, mismatch: 1, unmapped: 2 } as const

/** The document comes from the compiler, which has read it with the same eyes. */
function releaseFrom(document: ReleaseDocument): Release {
  const release = decodeRelease(encodeRelease(document))
  if (!release.ok) throw new TypeError(`a compiled map cannot be read: ${release.error}`)
  return release.value
}

type Places = ReadonlyMap<string, Place>

const placesOf = (declared: readonly DeclaredRule[]): Places =>
  new Map(declared.map(({ method, host, template, at }) => [`${method} ${host}${template.text}`, at]))

function referenceTo({ id, method, host, path }: Rule, places: Places): RuleReference {
  const at = places.get(`${method} ${host}${path}`)
  return { id, ...(at && { at }) }
}

function judge(
  document: ReleaseDocument,
  entries: ReadonlyMap<Rule, ReleaseDocument['rules'][number] | undefined>,
  places: Places,
  api: ApiDescription,
  operation: ApiOperation,
  location: Location,
): OperationCoverage {
  const { spot } = location
  const name = visible(
    `${operation.method} ${spot === undefined ? operation.path : `https://${spot.host}${spot.path}`}`,
  )
  const common = { operation: name, at: operation.at }
  if (location.kind === 'none') {
    const { why, help } = location
    return { ...common, status: 'unmapped', why, ...(help !== undefined && { help }), isBroader: false }
  }
  const { rule, isBroader } = location
  const entry = entries.get(rule)
  const difference = entry && differenceOf(document, entry, requirementOf(operation.security, api.schemes))
  return {
    ...common,
    status: difference === undefined ? 'covered' : 'mismatch',
    ...(difference && { difference }),
    rule: referenceTo(rule, places),
    isBroader,
  }
}

/** A description may hold anything, and this goes to terminals. */
const visible = (text: string): string => text.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD')
