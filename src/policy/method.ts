/** The methods that the gate knows. TRACE, CONNECT and anything else is refused before any rule is looked at. */

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
export type Method = (typeof METHODS)[number]

/** Methods a map may name. `GET` answers `HEAD`, so `HEAD` is not one of them; `ANY` stands for every known method. */
export const RULE_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'ANY'] as const
export type RuleMethod = (typeof RULE_METHODS)[number]

const known: ReadonlySet<string> = new Set(METHODS)
const knownToRules: ReadonlySet<string> = new Set(RULE_METHODS)

/** Exact and case-sensitive, as RFC 9110 section 9.1 has it. */
export const isMethod = (text: string): text is Method => known.has(text)

/** Whether a map may name it. */
export const isRuleMethod = (text: string): text is RuleMethod => knownToRules.has(text)
