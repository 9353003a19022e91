/** Whom a rule of Istio is about, as far as a map can say it: valid tokens and their scopes. */
import { quoted } from '../../../diagnostic.ts'
import { type Access, AUTHENTICATED, both, either, NOBODY, PUBLIC } from '../access.ts'
import type { Note } from '../plan.ts'
import { anyOfSets } from '../scope-list.ts'
import { kindOf, matchesValue } from './match.ts'
import type { Condition, PolicyRule } from './policies.ts'

/** What is known of the whole configuration. */
export interface Knowledge {
  readonly issuers: readonly string[]
  /** Claims of scopes that are split at spaces. */
  readonly spaceDelimited: ReadonlySet<string>
  /** All scopes that some rule names in full. */
  readonly scopes: readonly string[]
}

/** A condition as a map sees it. */
type Literal =
  /** A map does not speak of it, or it is about the request and not about the caller. */
  | { readonly kind: 'condition'; readonly text: string }
  /** Callers that reach nothing through the gate, such as those inside the mesh. */
  | { readonly kind: 'inside'; readonly text: string }
  /** Something about the token besides its scopes. */
  | { readonly kind: 'beyond'; readonly text: string }
  | { readonly kind: 'valid-token' }
  | { readonly kind: 'no-token' }
  | { readonly kind: 'has-scope' | 'lacks-scope'; readonly scopes: readonly string[]; readonly isNarrower: boolean }

export interface Callers {
  /** Whom an ALLOW rule lets in, or whom a DENY rule leaves alone. */
  readonly access: Access
  readonly notes: readonly Note[]
  /** What else the request must have for the rule to apply. */
  readonly conditions: readonly string[]
}

const CLAIM = /^request\.auth\.claims\[([^\]]+)\]$/
const LISTS = ['scp', 'scopes', 'permissions']

/** The claim that a condition reads scopes from, if it does. */
export function scopeClaim(key: string, { spaceDelimited }: Knowledge): string | undefined {
  const [, claim] = CLAIM.exec(key) ?? []
  return claim !== undefined && (spaceDelimited.has(claim) || LISTS.includes(claim)) ? claim : undefined
}

function literalsOf({ key, values, notValues }: Condition, known: Knowledge): readonly Literal[] {
  if (scopeClaim(key, known) !== undefined)
    return [
      ...(values.length > 0 ? [scopeLiteral('has-scope', values, known)] : []),
      ...(notValues.length > 0 ? [scopeLiteral('lacks-scope', notValues, known)] : []),
    ]
  if (key === 'requestPrincipals' || key === 'request.auth.principal') {
    const isAny = values.some(
      (value) => value === '*' || (known.issuers.length === 1 && value === `${known.issuers[0]}/*`),
    )
    return [
      ...(values.length > 0 ? [isAny ? ({ kind: 'valid-token' } as const) : beyond(key)] : []),
      ...(notValues.length > 0 ? [notValues.includes('*') ? ({ kind: 'no-token' } as const) : beyond(key)] : []),
    ]
  }
  if (key.startsWith('request.auth.')) return [beyond(key)]
  if (INSIDE.has(key)) return values.length > 0 ? [{ kind: 'inside', text: quoted(key) }] : [beyond(key)]
  return [{ kind: 'condition', text: quoted(key) }]
}

const INSIDE: ReadonlySet<string> = new Set([
  'principals',
  'namespaces',
  'serviceAccounts',
  'ipBlocks',
  'remoteIpBlocks',
  'source.principal',
  'source.namespace',
  'source.serviceAccount',
  'source.ip',
  'remote.ip',
])

const beyond = (key: string): Literal => ({ kind: 'beyond', text: quoted(key) })

function scopeLiteral(kind: 'has-scope' | 'lacks-scope', values: readonly string[], { scopes }: Knowledge): Literal {
  const open = values.filter((value) => kindOf(value) !== 'exact')
  const matching = scopes.filter((scope) => open.some((value) => matchesValue(value, scope)))
  return {
    kind,
    scopes: [...new Set([...values.filter((value) => kindOf(value) === 'exact'), ...matching])],
    isNarrower: open.length > 0,
  }
}

export const namedScopes = (conditions: readonly Condition[], known: Knowledge): readonly string[] =>
  conditions
    .filter(({ key }) => scopeClaim(key, known) !== undefined)
    .flatMap(({ values, notValues }) => [...values, ...notValues])
    .filter((value) => kindOf(value) === 'exact')

/** The ways in which a rule is about somebody: any of its sources, with all of its other conditions. */
const waysOf = (rule: PolicyRule, known: Knowledge): readonly (readonly Literal[])[] => {
  const when = rule.when.flatMap((condition) => literalsOf(condition, known))
  const from = rule.from.length === 0 ? [[]] : rule.from
  return from.map((source) => [...source.flatMap((condition) => literalsOf(condition, known)), ...when])
}

const NARROWER: Note = {
  verdict: 'stricter',
  message: 'it takes every scope of a certain spelling; the map takes those that some rule names in full',
}

/** What is written in place of more sets of scopes than anybody would read. */
function tooMany(instead: Access, notes: Note[]): Access {
  const message = 'its conditions come to too many sets of scopes: not all whom they let in are let in'
  notes.push({ verdict: 'stricter', message })
  return instead
}

/** Any way will do; in each, everything must hold. */
export function callersAllowed(rule: PolicyRule, known: Knowledge): Callers {
  const notes: Note[] = []
  const conditions = new Set<string>()
  let access: Access = NOBODY
  for (const way of waysOf(rule, known)) {
    let whom: Access = PUBLIC
    for (const literal of way) {
      const one = allowed(literal, notes, conditions)
      whom = both(whom, one) ?? tooMany(NOBODY, notes)
    }
    access = either(access, whom) ?? tooMany(access, notes)
  }
  return { access, notes, conditions: [...conditions] }
}

function allowed(literal: Literal, notes: Note[], conditions: Set<string>): Access {
  switch (literal.kind) {
    case 'condition':
      conditions.add(literal.text)
      return PUBLIC
    case 'inside':
      notes.push({
        verdict: 'unrepresentable',
        message: `it lets callers in by ${literal.text}, and a map knows tokens alone`,
      })
      return NOBODY
    case 'beyond':
      notes.push({ verdict: 'looser', message: `it also looks at ${literal.text}, which no map does` })
      return AUTHENTICATED
    case 'valid-token':
      return AUTHENTICATED
    case 'no-token':
      notes.push({
        verdict: 'looser',
        message: 'it lets in those without a token; a map that does lets in those with one, too',
      })
      return PUBLIC
    case 'lacks-scope':
      notes.push({
        verdict: 'unrepresentable',
        message: 'it asks that scopes be missing, and no map refuses a token for having one',
      })
      return NOBODY
    case 'has-scope':
      return scopeAccess(literal.scopes, literal.isNarrower, notes)
  }
}

function scopeAccess(scopes: readonly string[], isNarrower: boolean, notes: Note[]): Access {
  if (isNarrower) notes.push(NARROWER)
  const reading = anyOfSets(scopes.map((scope) => [scope]))
  notes.push(...reading.notes)
  return reading.access
}

/** Whoever escapes every way: in each, something must not hold. */
export function callersSpared(rule: PolicyRule, known: Knowledge): Callers {
  const notes: Note[] = []
  const conditions = new Set<string>()
  let access: Access = PUBLIC
  for (const way of waysOf(rule, known)) {
    let whom: Access = NOBODY
    for (const literal of way) whom = either(whom, spared(literal, notes, conditions)) ?? tooMany(whom, notes)
    access = both(access, whom) ?? tooMany(NOBODY, notes)
  }
  return { access, notes, conditions: [...conditions] }
}

function spared(literal: Literal, notes: Note[], conditions: Set<string>): Access {
  switch (literal.kind) {
    case 'condition':
      conditions.add(literal.text)
      return NOBODY
    case 'inside':
    case 'beyond':
      notes.push({ verdict: 'looser', message: `it refuses by ${literal.text}, and no map does` })
      return PUBLIC
    case 'no-token':
      return AUTHENTICATED
    case 'valid-token':
      notes.push({
        verdict: 'stricter',
        message: 'it refuses those with a token; the map refuses those without one, too',
      })
      return NOBODY
    case 'has-scope':
      notes.push({
        verdict: 'stricter',
        message: 'it refuses those with certain scopes; the map refuses everybody it could be about',
      })
      return NOBODY
    case 'lacks-scope':
      return scopeAccess(literal.scopes, literal.isNarrower, notes)
  }
}
