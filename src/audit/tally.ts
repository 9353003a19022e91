/** All requests of a window, counted: those that are alike in everything that is counted together. */
import { grantorOf } from '../policy/alternative.ts'
import type { UsageTally } from '../policy/event-batch.ts'
import { OTHER_SHAPES } from '../policy/path-shape.ts'
import type { Principal } from '../policy/principal.ts'
import { epochSeconds } from '../policy/result.ts'
import { type AgeClass, ageClassOf } from '../policy/usage.ts'
import { ageAt, codesOf, type Findings, letInBy, missingOf } from './decision.ts'
import type { JudgedRequest, Judging } from './judged.ts'
import { recordedPath } from './recorded-path.ts'

export interface Counter {
  add(request: JudgedRequest, findings: Findings): void
  /** What was counted since it was last asked. */
  take(): readonly UsageTally[]
}

/** Shapes that are kept apart in one window; anybody can ask for as many as they like. */
const MOST_SHAPES = 100
/** Where none was active. */
const NO_RELEASE = '0'.repeat(64)
/** In the place of a host that the map does not have, and of labels that a pattern leaves open: no host has such a label. */
const NO_HOST = '_'

export function createCounter(): Counter {
  const numbers = new WeakMap<object, number>()
  let lastNumber = 0
  let tallies = new Map<string, { readonly tally: Omit<UsageTally, 'count'>; count: number }>()
  let shapes = new Set<string>()

  return {
    add(request, findings) {
      const facts = factsOf(request, findings, boundedShape(findings.shape))
      const key = keyOf(request, facts)
      const known = tallies.get(key)
      if (known !== undefined) known.count++
      else tallies.set(key, { tally: tallyOf(request, facts), count: 1 })
    },
    take() {
      const taken = [...tallies.values()].map(({ tally, count }) => ({ ...tally, count }))
      tallies = new Map()
      shapes = new Set()
      return taken
    },
  }

  function boundedShape(shape: string | undefined): string | undefined {
    if (shape === undefined || shapes.has(shape)) return shape
    if (shapes.size >= MOST_SHAPES) return OTHER_SHAPES
    shapes.add(shape)
    return shape
  }

  /** Everything that a tally is made of, as a short text. */
  function keyOf(
    { judging, target, rule, isUpgrade, outcome, denials, evidence }: JudgedRequest,
    facts: Facts,
  ): string {
    const { path, host, shape, findings, tokenAge, authAge, by, exercised, deprecated, details } = facts
    const { caller } = findings
    const whose = evidence?.kind === 'verified' ? caller?.kind : (caller?.issuer ?? issuerOf(evidence))
    let key = `${judging === undefined ? '' : numberOf(judging.release)} ${rule === undefined ? '' : numberOf(rule)} ${target?.method ?? ''} ${path} ${host} ${shape ?? ''}`
    key += ` ${isUpgrade} ${outcome} ${evidence?.kind ?? ''} ${tokenAge ?? ''} ${authAge ?? ''} ${details ?? ''} ${whose ?? ''}`
    if (by !== undefined) key += typeof by === 'string' ? ` ${by}` : ` ${numberOf(by)} ${exercised?.join(' ')}`
    if (deprecated !== undefined) key += `\n${deprecated.join(' ')}`
    for (const denial of denials)
      key += denial.code === 'scope_insufficient' ? `\n${denial.code} ${denial.missing.join(' ')}` : `\n${denial.code}`
    return key
  }

  function numberOf(thing: object): number {
    const known = numbers.get(thing)
    if (known !== undefined) return known
    numbers.set(thing, ++lastNumber)
    return lastNumber
  }
}

/** What the key and the tally have in common. */
interface Facts {
  readonly findings: Findings
  readonly path: string | null
  readonly host: string
  readonly shape: string | undefined
  readonly tokenAge: AgeClass | undefined
  readonly authAge: AgeClass | undefined
  readonly by: JudgedRequest['by'] | undefined
  readonly exercised: readonly string[] | undefined
  readonly deprecated: readonly string[] | undefined
  readonly details: 'met' | 'unmet' | undefined
}

function factsOf(request: JudgedRequest, findings: Findings, shape: string | undefined): Facts {
  const { judging, target, rule, arrivedAt, evidence } = request
  const { by, deprecated } = letInBy(request)
  // Of a revoked token nothing is counted but that there was one: a replay knows of no marks.
  const principal = evidence?.kind === 'verified' ? evidence.principal : undefined
  const isReplayable = rule !== undefined && target !== undefined && judging !== undefined
  return {
    findings,
    path: isReplayable ? recordedPath(rule, target.path, judging.release) : null,
    host: recordedHost(findings.host, target?.host),
    shape,
    by,
    deprecated,
    tokenAge: principal?.issuedAt === undefined ? undefined : ageClassOf(ageAt(arrivedAt, principal.issuedAt)),
    authAge:
      principal?.authentication.at === undefined
        ? undefined
        : ageClassOf(ageAt(arrivedAt, principal.authentication.at)),
    exercised:
      by === undefined || typeof by === 'string' || principal === undefined || judging === undefined
        ? undefined
        : exercisedScopes(by, principal, judging, arrivedAt),
    details: rule?.authorizationDetails === undefined ? undefined : detailsOf(request),
  }
}

/** The host that was asked for, where the map names it; of a pattern, one that it covers. */
function recordedHost(pattern: string | undefined, host: string | undefined): string {
  if (pattern === undefined || host === undefined) return NO_HOST
  return pattern.startsWith('*.') ? `${NO_HOST}${pattern.slice(1)}` : host
}

/** For each scope that was asked for the one that the token holds: itself, or what implies it (clauses 5.5 and 5.6). */
function exercisedScopes(
  by: readonly string[],
  principal: Principal,
  { release }: Judging,
  arrivedAt: number,
): readonly string[] {
  const { scopes } = principal
  const isHeld = (name: string): boolean => (scopes as ReadonlySet<string>).has(name)
  if (by.every(isHeld)) return by
  const now = epochSeconds(arrivedAt)
  const exercised = by.map((name) => {
    if (isHeld(name)) return name
    const facts = (release.scopes as ReadonlyMap<string, Parameters<typeof grantorOf>[1]>).get(name)
    return (facts && grantorOf(release.scopes, facts, principal, now)?.name) ?? name
  })
  return [...new Set(exercised)].sort()
}

/** Undefined where nobody came to look at them. */
function detailsOf({ outcome, denials }: JudgedRequest): 'met' | 'unmet' | undefined {
  if (denials.some(({ code }) => code === 'authorization_details_insufficient')) return 'unmet'
  return outcome === 'deny' ? undefined : 'met'
}

const issuerOf = (evidence: JudgedRequest['evidence']): string | undefined =>
  evidence?.kind === 'rejected' ? evidence.issuer : undefined

function tallyOf(request: JudgedRequest, facts: Facts): Omit<UsageTally, 'count'> {
  const { judging, target, rule, isUpgrade, outcome, denials, evidence } = request
  const { findings, path, host, shape, tokenAge, authAge, by, exercised, deprecated, details } = facts
  const caller = evidence?.kind === 'verified' ? findings.caller : undefined
  const issuer = findings.caller?.issuer ?? issuerOf(evidence)
  const [first] = denials
  const missing = missingOf(denials)
  return {
    row: {
      release: judging?.digest ?? NO_RELEASE,
      host,
      method: target?.method ?? 'GET',
      path,
      ...(isUpgrade && { upgrade: true }),
      credential: evidence?.kind ?? 'none',
      ...caller?.row,
      ...(tokenAge !== undefined && { tokenAge }),
      ...(authAge !== undefined && { authAge }),
      ...(details !== undefined && { details }),
      outcome: outcome === 'deny' ? (first?.code ?? 'unavailable') : outcome,
    },
    ...(rule !== undefined && { rule: rule.id, service: rule.service }),
    ...(issuer !== undefined && { issuer }),
    ...(by !== undefined && typeof by !== 'string' && { by }),
    ...(exercised !== undefined && { exercised }),
    ...(denials.length > 0 && { codes: codesOf(denials) }),
    ...(missing.length > 0 && { missing }),
    ...(deprecated !== undefined && { deprecated }),
    ...(shape !== undefined && { shape }),
  }
}
