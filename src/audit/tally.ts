/** All requests of a window, counted: those that are alike in everything that is counted together. */
import { grantorOf } from '../policy/alternative.ts'
import type { UsageTally } from '../policy/event-batch.ts'
import { OTHER_SHAPES } from '../policy/path-shape.ts'
import type { Principal } from '../policy/principal.ts'
import { epochSeconds } from '../policy/result.ts'
import { type AgeClass, ageClassOf } from '../policy/usage.ts'
import { ageAt, codesOf, type Findings, missingOf } from './decision.ts'
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
  let root: Branch = { branches: new Map() }
  let counted: Counted[] = []
  let shapes = new Set<string>()

  return {
    add(request, findings) {
      const facts = factsOf(request, findings, boundedShape(findings.shape))
      let branch = root
      for (const trait of traitsOf(request, facts)) branch = branch.branches.get(trait) ?? grow(branch, trait)
      if (branch.counted !== undefined) branch.counted.count++
      else {
        branch.counted = { tally: tallyOf(request, facts), count: 1 }
        counted.push(branch.counted)
      }
    },
    take() {
      const taken = counted.map(({ tally, count }) => ({ ...tally, count }))
      root = { branches: new Map() }
      counted = []
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
}

/** Objects are told apart by identity, so that hardly a text is made for a request that is like one before. */
type Trait = object | string | number | boolean | null | undefined

interface Counted {
  readonly tally: Omit<UsageTally, 'count'>
  count: number
}

/** Of all that are alike so far. */
interface Branch {
  readonly branches: Map<Trait, Branch>
  counted?: Counted
}

function grow(branch: Branch, trait: Trait): Branch {
  const grown: Branch = { branches: new Map() }
  branch.branches.set(trait, grown)
  return grown
}

/** Everything that a tally is made of. The last ones are as many as there are denials. */
function traitsOf(
  { judging, target, rule, isUpgrade, outcome, denials, evidence }: JudgedRequest,
  { path, host, shape, findings, tokenAge, authAge, by, exercised, deprecated, details }: Facts,
): readonly Trait[] {
  const { caller } = findings
  const whose = evidence?.kind === 'verified' ? caller?.kind : (caller?.issuer ?? issuerOf(evidence))
  const traits: Trait[] = [judging?.release, rule, path, whose, target?.method, host, shape, isUpgrade, outcome]
  traits.push(evidence?.kind, tokenAge, authAge, details, by)
  traits.push(exercised === by ? by : exercised?.join(' '), deprecated?.join(' '))
  for (const denial of denials)
    traits.push(denial.code === 'scope_insufficient' ? `${denial.code} ${denial.missing.join(' ')}` : denial.code)
  return traits
}

/** What the traits and the tally have in common. */
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
  const { judging, target, rule, arrivedAt, evidence, outcome } = request
  // What let it in, if nothing turned it away after all.
  const by = outcome === 'allow' ? request.by : undefined
  // Of a revoked token nothing is counted but that there was one: a replay knows of no marks.
  const principal = evidence?.kind === 'verified' ? evidence.principal : undefined
  const isReplayable = rule !== undefined && target !== undefined && judging !== undefined
  return {
    findings,
    path: isReplayable ? recordedPath(rule, target.path, judging.release) : null,
    host: recordedHost(findings.host, target?.host),
    shape,
    by,
    deprecated: outcome === 'allow' ? request.deprecated : undefined,
    tokenAge: principal && ageClassAt(arrivedAt, principal.issuedAt),
    authAge: principal && ageClassAt(arrivedAt, principal.authentication.at),
    exercised:
      by === undefined || typeof by === 'string' || principal === undefined || judging === undefined
        ? undefined
        : exercisedScopes(by, principal, judging, arrivedAt),
    details: rule?.authorizationDetails === undefined ? undefined : detailsOf(request),
  }
}

const ageClassAt = (now: number, since: number | undefined): AgeClass | undefined =>
  since === undefined ? undefined : ageClassOf(ageAt(now, since))

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
