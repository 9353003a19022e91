/** One denial of every code, and rules of every kind, for tests of how refusals look. */
import type { Denial } from '../../src/policy/denial.ts'
import type { Rule } from '../../src/policy/rule.ts'
import { releaseOf, ruleOf, scopesOf } from '../policy/build.ts'

const { rules } = releaseOf({
  scopes: scopesOf(['a:read', 'a:write', 'b:admin']),
  rules: [
    ruleOf('GET /public'),
    ruleOf('GET /one', { anyOf: [['a:read']] }),
    ruleOf('GET /several', { anyOf: [['b:admin'], ['a:read', 'a:write']] }),
  ],
})

function named(path: string): Rule {
  const rule = rules.find((each) => each.path === path)
  if (rule === undefined) throw new Error(`no rule ${path}`)
  return rule
}

export const RULES = {
  none: undefined,
  public: named('/public'),
  'one scope': named('/one'),
  'several alternatives': named('/several'),
} as const

export const DENIALS = [
  { code: 'target_ambiguous', detail: 'dot_segment' },
  { code: 'method_refused' },
  { code: 'unmapped', otherMethods: ['GET'] },
  { code: 'upgrade_refused' },
  { code: 'credential_missing' },
  { code: 'credential_malformed', detail: 'several' },
  { code: 'token_invalid', detail: 'signature' },
  { code: 'step_up_required', acr: ['phr', 'phrh'], maxAgeSeconds: 300 },
  { code: 'step_up_required', acr: ['phr'] },
  { code: 'step_up_required', maxAgeSeconds: 0 },
  { code: 'token_too_old', maxSeconds: 600 },
  { code: 'scope_insufficient', required: scopes('a:read', 'a:write'), missing: scopes('a:write') },
  { code: 'scope_retired', scope: scopes('a:read')[0], replacedBy: scopes('a:write', 'b:admin') },
  { code: 'scope_retired', scope: scopes('a:read')[0], replacedBy: [] },
  { code: 'unavailable', what: 'keys', retryAfterSeconds: 5 },
  { code: 'upstream_unreachable' },
  { code: 'not_found' },
] as const satisfies readonly Denial[]

type Scopes = Extract<Denial, { code: 'scope_insufficient' }>['required']

export function scopes(...names: readonly [string, ...string[]]): Scopes {
  return names as readonly string[] as Scopes
}
