/** What became of the trust anchors: every member that differs, and whether more is let in by it where that is plain. */
import type { Environment } from '../../policy/environment.ts'
import { STALE_STANCES } from '../../policy/revocation-policy.ts'

export interface EnvironmentChange {
  readonly environment: string
  /** From the top inwards; items of lists by their own names: `issuers`, `https://login.example.com`, `algorithms`. Empty: the environment itself. */
  readonly path: readonly string[]
  readonly kind: 'added' | 'removed' | 'changed'
  /** As JSON has it. */
  readonly before?: unknown
  readonly after?: unknown
  /** `looser` also where trust moves, as to other keys of an issuer: somebody may get in. `fact`: it says nothing of who gets in. */
  readonly effect: 'looser' | 'stricter' | 'fact'
}

/** By environment and path, in the order of their names. */
export function compareEnvironments(
  before: readonly Environment[],
  after: readonly Environment[],
): readonly EnvironmentChange[] {
  const [old, next] = [byName(before), byName(after)]
  return [...new Set([...old.keys(), ...next.keys()])]
    .sort()
    .flatMap((environment) =>
      differences([], old.get(environment), next.get(environment)).map((change) => ({ environment, ...change })),
    )
}

const byName = (environments: readonly Environment[]): ReadonlyMap<string, Environment> =>
  new Map(environments.map((environment) => [environment.name, environment]))

type Found = Omit<EnvironmentChange, 'environment'>

function differences(path: readonly string[], before: unknown, after: unknown): readonly Found[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  const [old, next] = [membersOf(before), membersOf(after)]
  if (old === undefined || next === undefined) return [change(path, before, after)]
  return [...new Set([...old.keys(), ...next.keys()])].flatMap((name) =>
    differences([...path, name], old.get(name), next.get(name)),
  )
}

/** Of a list, the items by what tells them apart; undefined where there is nothing inside. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) return new Map(value.map((item) => [nameOf(item), item]))
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined
}

function nameOf(item: unknown): string {
  if (typeof item === 'string') return item
  const { name, issuer, id } = (item ?? {}) as Readonly<Record<string, unknown>>
  return [name, issuer, id].find((each) => typeof each === 'string') ?? JSON.stringify(item)
}

function change(path: readonly string[], before: unknown, after: unknown): Found {
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  const values = { ...(before !== undefined && { before }), ...(after !== undefined && { after }) }
  return { path, kind, ...values, effect: effectOf(path, before, after) }
}

/** Lists of what is accepted, and parts without which a kind of token is refused: more of them let in more. */
const ACCEPTED: ReadonlySet<string> = new Set([
  'issuers',
  'audiences',
  'algorithms',
  'observeClients',
  'origins',
  'hostAliases',
  'accept',
  'distinguishedBy',
  'scopes',
  'uris',
])
const ACCEPTING: ReadonlySet<string> = new Set(['dpop', 'mutualTls', 'cors'])

/** Parts without which something is let in that was refused. */
const MISSED: ReadonlySet<string> = new Set(['statusList', 'releaseSigning'])

/** Limits: absent is none at all. */
const LIMITS: ReadonlySet<string> = new Set([
  'maxTokenAgeSeconds',
  'maxLifetimeSeconds',
  'clockLeewaySeconds',
  'keysMaxStaleSeconds',
  'maxStaleSeconds',
  'maxAgeSeconds',
  'futureLeewaySeconds',
  'cacheSeconds',
  'validitySeconds',
  'minTtlSeconds',
  'maxTtlSeconds',
])

/** Where a change that is not plain decides whose tokens are accepted or what they are taken to say, so that somebody may get in by it. */
const TRUST: ReadonlySet<string> = new Set(['issuers', 'releaseSigning'])

/** Members below those by which nobody gets in. */
const INDIFFERENT: ReadonlySet<string> = new Set(['reason', 'authentication', 'clientId', 'negativeCacheSeconds'])

/** The strict value of each. */
const STRICT: Readonly<Record<string, unknown>> = {
  mode: 'enforce',
  coldStart: 'strict',
  queryToken: 'reject',
  singleUse: 'always',
  whenUnreachable: 'refuse',
  requiresSenderConstraint: true,
  singleUseProofs: true,
  requiresVerifiedChain: true,
  isRequired: true,
}

function effectOf(path: readonly string[], before: unknown, after: unknown): EnvironmentChange['effect'] {
  const [member, list] = [path.at(-1) ?? '', path.at(-2) ?? '']
  if (path[0] === 'revocation') return revocationEffect(path, before, after)
  // Whoever goes in by another team, application or grant is somebody else.
  if (path[0] === 'admin' && path[1] === 'access') return after === undefined ? 'stricter' : 'looser'
  // Tokens for one audience get in instead of those for another. A service may be called `mode`.
  if (path[0] === 'services' && list !== 'audiences') return 'looser'
  const isKey = path[0] === 'releaseSigning' && list === 'keys'
  if (ACCEPTED.has(list) || ACCEPTING.has(member) || isKey) return after === undefined ? 'stricter' : 'looser'
  // What a token is called can be revoked; a name that another claim has now is missed by marks on the old one.
  if (list === 'identifiers') return gainOf(before !== undefined, before === undefined)
  if (MISSED.has(member)) return gainOf(after === undefined, before === undefined)
  if (LIMITS.has(member)) return gainOf(limit(after) > limit(before), limit(after) < limit(before))
  const strict = Object.hasOwn(STRICT, member) ? STRICT[member] : undefined
  if (strict !== undefined) return gainOf(before === strict, after === strict)
  return TRUST.has(path[0] ?? '') && !path.slice(2).some((step) => INDIFFERENT.has(step)) ? 'looser' : 'fact'
}

/** What is known later, or told by nobody any more, or cuts fewer tokens, is looser; so is whatever changes of a sender: somebody else may be believed. */
function revocationEffect(path: readonly string[], before: unknown, after: unknown): EnvironmentChange['effect'] {
  const [, part, ...below] = path
  const isGone = gainOf(after === undefined, before === undefined)
  if (part === undefined) return isGone
  if (part === 'whenStale')
    return gainOf(strictness(after) < strictness(before), strictness(after) > strictness(before))
  if (part === 'senders') return below.length === 1 ? isGone : 'looser'
  // A role that the table does not have cuts all tokens; one with fewer scopes cuts fewer.
  if (part === 'roles') return below.length === 3 ? isGone : gainOf(before === undefined, after === undefined)
  return gainOf(limit(after) > limit(before), limit(after) < limit(before))
}

const STANCES: readonly unknown[] = STALE_STANCES
const strictness = (stance: unknown): number => STANCES.indexOf(stance)

const limit = (value: unknown): number => (typeof value === 'number' ? value : Number.POSITIVE_INFINITY)

const gainOf = (isLooser: boolean, isStricter: boolean): EnvironmentChange['effect'] =>
  isLooser ? 'looser' : isStricter ? 'stricter' : 'fact'
