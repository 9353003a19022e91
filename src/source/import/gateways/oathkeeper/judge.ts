/** Oathkeeper's own judgement of a request: one rule must match, its authenticators are asked in order, every required scope must be granted. */
import type { ImportedCaller } from '../../imported.ts'
import { textOf, textsOf } from '../node.ts'
import type { Judge, SourceRequest } from '../plan.ts'
import { matchesWhole } from '../regex.ts'
import type { Handler, OathkeeperRule } from './rules.ts'
import type { UrlPattern } from './url.ts'

type Verdict = ReturnType<Judge>

export function judgeOathkeeper(rules: readonly { readonly rule: OathkeeperRule; readonly url: UrlPattern }[]): Judge {
  return (request, caller) => {
    const matching: OathkeeperRule[] = []
    for (const { rule, url } of rules) {
      if (!rule.methods.includes(request.method)) continue
      const isMatch = matches(url, request)
      if (isMatch === undefined) return undefined
      if (isMatch) matching.push(rule)
    }
    const [only] = matching
    // None: 404. Several: 500.
    return only === undefined || matching.length > 1 ? 'deny' : judgeRule(only, caller)
  }
}

function matches({ whole }: UrlPattern, { host = 'api.example.com', path }: SourceRequest): boolean | undefined {
  if (whole === undefined) return undefined
  const schemes = ['https', 'http'].map((scheme) => matchesWhole(whole, `${scheme}://${host}${path}`))
  return schemes.includes(true) ? true : schemes.includes(undefined) ? undefined : false
}

function judgeRule(rule: OathkeeperRule, caller: ImportedCaller): Verdict {
  if (rule.fault !== undefined) return 'deny'
  const verdict = authenticate(rule.authenticators, caller)
  if (verdict !== 'allow') return verdict
  if (rule.authorizer?.name === 'allow') return 'allow'
  return rule.authorizer?.name === 'deny' ? 'deny' : undefined
}

/** A holder shows a bearer token that the first authenticator for tokens takes for its own. */
function authenticate(authenticators: readonly Handler[], caller: ImportedCaller): Verdict {
  for (const handler of authenticators)
    switch (handler.name) {
      case 'noop':
        return 'allow'
      case 'unauthorized':
        return 'deny'
      case 'anonymous':
        if (caller.kind === 'nobody') return 'allow'
        break
      case 'jwt':
      case 'oauth2_introspection':
        if (caller.kind === 'holder') return holds(handler, caller.scopes)
        break
      case 'bearer_token':
      case 'remote_json':
        if (caller.kind === 'holder') return undefined
        break
    }
  // Whoever is refused for showing a token that nobody asks for can leave it out: that says nothing.
  return caller.kind === 'holder' && authenticators.some(({ name }) => name === 'anonymous') ? undefined : 'deny'
}

function holds(handler: Handler, granted: readonly string[]): Verdict {
  const required = textsOf(handler.setting('required_scope'))
  if (required === undefined) return 'deny'
  if (required.length === 0) return 'allow'
  const strategy = STRATEGIES.get((textOf(handler.setting('scope_strategy')) ?? '').toLowerCase())
  if (strategy === undefined) return handler.name === 'jwt' ? 'deny' : 'allow'
  return required.every((scope) => granted.some((each) => strategy(each, scope))) ? 'allow' : 'deny'
}

/** By name, whether a granted scope satisfies a required one. */
export const STRATEGIES: ReadonlyMap<string, (granted: string, required: string) => boolean> = new Map([
  ['exact', (granted, required) => granted === required],
  ['hierarchic', (granted, required) => granted === required || required.startsWith(`${granted}.`)],
  ['wildcard', wildcard],
])

function wildcard(granted: string, required: string): boolean {
  const [given, asked] = [granted.split('.'), required.split('.')]
  if (given.length > asked.length || (given.length < asked.length && given.at(-1) !== '*')) return false
  return given.every((segment, index) => segment === asked[index] || (segment === '*' && asked[index] !== ''))
}
