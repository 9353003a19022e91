/** Whom a security policy lets in: valid tokens first, then the first authorization rule that matches. */
import { quoted } from '../../../diagnostic.ts'
import { type Access, AUTHENTICATED, both, either, NOBODY, PUBLIC } from '../access.ts'
import type { Note } from '../plan.ts'
import { anyOfSets } from '../scope-list.ts'
import type { AuthorizationRule, SecurityPolicy } from './resources.ts'

export interface RuleAccess {
  /** Whom an Allow rule lets in, or whom a Deny rule leaves alone. */
  readonly access: Access
  readonly notes: readonly Note[]
}

export function accessOfRule(rule: AuthorizationRule, policy: SecurityPolicy): RuleAccess {
  return rule.action === 'Allow' ? allowed(rule, policy) : spared(rule)
}

function allowed({ jwt, others }: AuthorizationRule, policy: SecurityPolicy): RuleAccess {
  const names = others.map(quoted).join(' and ')
  if (jwt === undefined)
    return others.length === 0
      ? { access: PUBLIC, notes: [] }
      : {
          access: NOBODY,
          notes: [
            { verdict: 'unrepresentable', message: `it lets callers in by ${names}, and a map knows tokens alone` },
          ],
        }
  if (policy.jwt === undefined || !policy.jwt.providers.includes(jwt.provider))
    return {
      access: NOBODY,
      notes: [
        {
          verdict: 'exact',
          message: `its provider ${quoted(jwt.provider)} is not one of its policy, so it matches nobody`,
        },
      ],
    }
  const reading = jwt.scopes.length === 0 ? { access: AUTHENTICATED, notes: [] } : anyOfSets([jwt.scopes])
  const notes: Note[] = [...reading.notes]
  if (jwt.claims.length > 0)
    notes.push({
      verdict: 'looser',
      message: `it also looks at the claims ${jwt.claims.slice(0, 5).map(quoted).join(', ')}, and no map does`,
    })
  if (others.length > 0) notes.push({ verdict: 'looser', message: `it also looks at ${names}, and no map does` })
  if (policy.jwt.providers.length > 1)
    notes.push({
      verdict: 'looser',
      message: `it takes tokens of ${quoted(jwt.provider)} alone, and a map those of every issuer`,
    })
  return { access: reading.access, notes }
}

/** No map refuses a token for what it has: whatever the rule could be about is refused. */
function spared({ jwt, others }: AuthorizationRule): RuleAccess {
  if (others.length > 0 || (jwt?.claims.length ?? 0) > 0)
    return { access: PUBLIC, notes: [{ verdict: 'looser', message: 'it refuses by something that no map looks at' }] }
  if (jwt === undefined) return { access: NOBODY, notes: [] }
  return {
    access: NOBODY,
    notes: [
      {
        verdict: 'stricter',
        message: 'it refuses those with certain tokens; the map refuses everybody it could be about',
      },
    ],
  }
}

export interface CoveringRule {
  readonly action: string
  readonly access: Access
}

/** @param rules those that cover the request, in their order */
export function accessByPolicy(policy: SecurityPolicy | undefined, rules: readonly CoveringRule[]): Access {
  if (policy === undefined) return PUBLIC
  if (policy.fault !== undefined) return NOBODY
  const token = policy.jwt === undefined || policy.jwt.isOptional ? PUBLIC : AUTHENTICATED
  if (policy.jwt === undefined && policy.elsewhere.length > 0) return NOBODY
  if (policy.authorization === undefined) return token
  let left: Access = PUBLIC
  let sum: Access = NOBODY
  for (const { action, access } of rules) {
    if (action === 'Allow') sum = either(sum, both(left, access) ?? NOBODY) ?? sum
    else left = both(left, access) ?? NOBODY
  }
  const authorized = policy.authorization.allowsByDefault ? (either(sum, left) ?? sum) : sum
  return both(token, authorized) ?? NOBODY
}

/** What is to be said of a policy wherever it applies. */
export function notesOfPolicy(policy: SecurityPolicy | undefined): readonly Note[] {
  if (policy === undefined) return []
  if (policy.fault !== undefined)
    return [
      {
        verdict: 'unrepresentable',
        message: `${quoted(policy.fault)} in its policy ${quoted(policy.name)} is not understood`,
      },
    ]
  const names = policy.elsewhere.map(quoted).join(' and ')
  const notes: Note[] = []
  if (policy.elsewhere.length > 0 && policy.jwt === undefined)
    notes.push({ verdict: 'unrepresentable', message: `it is opened by ${names}, and a map knows tokens alone` })
  else if (policy.elsewhere.length > 0)
    notes.push({ verdict: 'looser', message: `it also asks for ${names}, and no map does` })
  if (policy.jwt?.takesElsewhere === true)
    notes.push({
      verdict: 'stricter',
      message: 'its token comes from another place, too; the gate takes it from the `Authorization` header alone',
    })
  return notes
}
