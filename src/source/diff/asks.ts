/** What a rule asks, as text that is equal where that is equal, and which rules are judged alike in both maps. */
import type { Release } from '../../policy/decode.ts'
import type { RuleEntry } from '../../policy/release.ts'
import type { Rule, ScopeFacts } from '../../policy/rule.ts'
import type { ScopeToken } from '../../policy/scope.ts'
import { alternativesOf } from './ways.ts'

export class Asks {
  readonly #texts = new Map<Rule, string>()
  readonly #unlike: ReadonlySet<ScopeToken>

  constructor(before: Release, after: Release) {
    for (const { rules, document } of [before, after])
      for (const [index, rule] of rules.entries()) {
        const entry = document.rules[index]
        if (entry !== undefined) this.#texts.set(rule, textOf(entry))
      }
    this.#unlike = unlikeScopes(before, after)
  }

  textOf(rule: Rule | undefined): string {
    return rule === undefined ? '' : (this.#texts.get(rule) ?? '')
  }

  /** Whether nobody can tell the one rule from the other, each in its own map. */
  areAlike(before: Rule | undefined, after: Rule | undefined): boolean {
    return this.textOf(before) === this.textOf(after) && (before === undefined || this.#namesOnlyAlike(before))
  }

  #namesOnlyAlike(rule: Rule): boolean {
    return (
      this.#unlike.size === 0 || alternativesOf(rule).every((names) => names.every((name) => !this.#unlike.has(name)))
    )
  }
}

/** Where the rule stands, and the reason that it gives, ask nothing; the path matters to details that name its parameters. */
function textOf({ host: _host, method: _method, path, ...asked }: RuleEntry): string {
  return JSON.stringify({
    ...asked,
    ...(asked.public !== undefined && { public: true }),
    ...(asked.authenticated !== undefined && { authenticated: true }),
    ...(asked.authorizationDetails !== undefined && { path }),
  })
}

/** The scopes that are granted or conditioned differently, and all that they bear on by implying it. */
function unlikeScopes(before: Release, after: Release): ReadonlySet<ScopeToken> {
  const names = new Set([...before.scopes.keys(), ...after.scopes.keys()])
  const changed = new Set(
    [...names].filter((name) => factsText(before.scopes.get(name)) !== factsText(after.scopes.get(name))),
  )
  return new Set([...names].filter((name) => changed.has(name) || isImpliedByAny(name, changed, [before, after])))
}

const isImpliedByAny = (name: ScopeToken, changed: ReadonlySet<ScopeToken>, releases: readonly Release[]): boolean =>
  changed.size > 0 &&
  releases.some(({ scopes }) => scopes.get(name)?.impliedBy.some((other) => changed.has(other)) === true)

function factsText(facts: ScopeFacts | undefined): string {
  if (facts === undefined) return ''
  const { impliedBy, conditions, retiredAt, isDeprecated } = facts
  return JSON.stringify([impliedBy, conditions, retiredAt ?? null, isDeprecated])
}
