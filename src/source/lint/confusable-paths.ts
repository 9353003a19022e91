/**
 * Paths that differ in case or a final slash alone, and ask for different things. The gate tells them apart (clause 3.5 calls neither
 * ambiguous, since both are named); an origin that does not serves the one under the rule of the other.
 */
import type { Release } from '../../policy/decode.ts'
import { METHODS, type Method, type RuleMethod } from '../../policy/method.ts'
import type { RuleEntry } from '../../policy/release.ts'
import type { Template } from '../../policy/template.ts'
import { type Finding, quoted } from '../diagnostic.ts'
import { type DeclaredRule, ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'

/** The rules of one template on one host, by method. */
type Methods = Map<RuleMethod, DeclaredRule>

export const confusablePaths: WholeLint = {
  rule: 'confusable-paths',
  find: ({ rules }, release) => {
    const confusable = [...groups(rules)].filter(({ length }) => length > 1)
    if (confusable.length === 0) return []
    const asks = asksById(release)
    return confusable.flatMap(([first, ...others]) =>
      first === undefined ? [] : others.flatMap((other) => compare(first, other, asks)),
    )
  },
}

/** By rule, what it asks, as text that is equal where that is equal. The reason of a rule asks nothing. */
const asksById = ({ document }: Release): ReadonlyMap<string, string> =>
  new Map(document.rules.map((rule) => [`${rule.method} ${rule.host}${rule.path}`, asksOf(rule)]))

function asksOf({ service: _service, host: _host, method: _method, path: _path, ...asked }: RuleEntry): string {
  const { public: isPublic, authenticated, ...rest } = asked
  return JSON.stringify({ ...rest, public: isPublic !== undefined, authenticated: authenticated !== undefined })
}

/** The templates that such an origin cannot tell apart, in groups. */
function groups(rules: readonly DeclaredRule[]): Iterable<readonly Methods[]> {
  const byPath = new Map<string, Map<string, Methods>>()
  // The methods of a route share their template.
  const plain = new Map<Template, string>()
  for (const rule of rules) {
    const spelling = plain.get(rule.template) ?? withoutCaseOrSlash(rule.template)
    plain.set(rule.template, spelling)
    const path = `${rule.host}/${spelling}`
    const templates = byPath.get(path) ?? new Map<string, Methods>()
    const methods = templates.get(rule.template.shape) ?? new Map()
    byPath.set(path, templates.set(rule.template.shape, methods.set(rule.method, rule)))
  }
  return [...byPath.values()].map((templates) => [...templates.values()])
}

function withoutCaseOrSlash({ segments }: Template): string {
  const parts = segments.map((each) =>
    each.kind === 'literal' ? `=${decodeURIComponent(each.text).toLowerCase()}` : each.kind,
  )
  return (parts.at(-1) === '=' ? parts.slice(0, -1) : parts).join('/')
}

function compare(first: Methods, other: Methods, asks: ReadonlyMap<string, string>): readonly Finding[] {
  const found = new Map<DeclaredRule, DeclaredRule>()
  for (const method of METHODS) {
    const [one, two] = [deciding(first, method), deciding(other, method)]
    if (one && two && asks.get(ruleId(one)) !== asks.get(ruleId(two)) && !found.has(two)) found.set(two, one)
  }
  return [...found].map(([at, rival]) => describe(at, rival))
}

/** Clause 4.1; no map has a rule for `HEAD` alone. */
const deciding = (methods: Methods, method: Method): DeclaredRule | undefined =>
  methods.get(method === 'HEAD' ? 'GET' : method) ?? methods.get('ANY')

const describe = (rule: DeclaredRule, rival: DeclaredRule): Finding => ({
  at: rule.at,
  subject: ruleId(rule),
  message: `${quoted(ruleId(rule))} and ${quoted(ruleId(rival))} differ in case or a final slash alone, and ask for different things`,
  help: 'ask for the same on both: many origins serve one for the other',
  related: [{ message: 'the other one is here', at: rival.at }],
})
