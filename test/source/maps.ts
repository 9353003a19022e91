/** Maps for tests of their source: texts in, what is wrong or what was compiled out. */
import type { Environment } from '../../src/policy/environment.ts'
import type { ReleaseDocument, RuleEntry } from '../../src/policy/release.ts'
import type { Diagnostic } from '../../src/source/diagnostic.ts'
import { type MapReading, readMap } from '../../src/source/read-map.ts'
import type { SourceFile } from '../../src/source/source-text.ts'

export const TODAY = '2026-11-23'

/** By file name. */
export type Texts = Readonly<Record<string, string>>

export const GATEWAY = `hosts: [api.example.com]
environments:
  test:
    resource: https://api.example.com
    audience: https://api.example.com
    issuers: [{ issuer: https://login.example.com, keys: oidc, algorithms: [ES256] }]
    upstream: zone
`

export const filesOf = (texts: Texts): readonly SourceFile[] =>
  Object.entries(texts).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) }))

export const readTexts = (texts: Texts, today = TODAY): MapReading => readMap(filesOf(texts), today)

/** A service `tested` beside a plain gateway. It declares `a:read`, `a:write` and `a:admin` and uses them in a route of its own. */
export const serviceOf = (routes: string): Texts => ({
  'gateway.yaml': GATEWAY,
  'tested.yaml': `${HEAD}scopes:\n${SCOPES}routes:\n${routes}  /used: { GET: { anyOf: [a:read, a:write, a:admin] } }\n`,
})

/** The same with scopes of its own, and no route but those given. */
export const scopesOf = (scopes: string, routes: string): Texts => ({
  'gateway.yaml': GATEWAY,
  'tested.yaml': `${HEAD}scopes:\n${scopes}routes:\n${routes}`,
})

const HEAD = 'service: tested\ndescription: Tested.\nowner: team\n'
const SCOPES = ['read', 'write', 'admin'].map((name) => `  a:${name}: { reason: Tested., sensitivity: low }\n`).join('')

/** The line of `scopes:` in both, and of `routes:` in the first. */
export const SCOPES_LINE = 4
export const ROUTES_LINE = 8

/** `rule@file:line:column`, in order. */
export const rulesOf = ({ diagnostics }: MapReading): readonly string[] => diagnostics.map(labelOf)

export const labelOf = ({ rule, at }: Diagnostic): string => `${rule}@${at.file}:${at.line}:${at.column}`

/** `rule@file:line:column` of errors alone. */
export const onlyErrors = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.filter(({ severity }) => severity === 'error').map(labelOf)

/** The diagnostics of one rule. */
export const findingsOf = (texts: Texts, rule: Diagnostic['rule'], today = TODAY): readonly Diagnostic[] =>
  readTexts(texts, today).diagnostics.filter((each) => each.rule === rule)

/** The release; throws with the diagnostics where there is none. */
export function releaseOf(texts: Texts): ReleaseDocument {
  const { release, diagnostics } = readTexts(texts)
  if (release === undefined) throw new Error(diagnostics.map((each) => `${labelOf(each)} ${each.message}`).join('\n'))
  return release
}

/** The rule that `GET /x` compiles to. */
export function compiledFrom(requirement: string): RuleEntry {
  const rule = releaseOf(serviceOf(`  /x: { GET: ${requirement} }\n`)).rules.find(({ path }) => path === '/x')
  if (rule === undefined) throw new Error('the rule is not there')
  return rule
}

/** The one environment; throws where there is none. */
export function environmentOf(texts: Texts): Environment {
  const { environments, diagnostics } = readTexts(texts)
  const [environment] = environments ?? []
  if (environment === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return environment
}
