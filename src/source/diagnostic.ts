/** What is wrong with a scope map, as values: collected, never thrown, each with its place and how to mend it. */
import { quoted } from '../policy/quoted.ts'

export type Severity = 'error' | 'warning'

/** What a lint can be set to; `off` hides what it finds, and `check` says how much that is. */
export type Level = Severity | 'off'

/**
 * Rules whose level nobody can set: a map that breaks one cannot be read, or what it compiles to would not be what was meant; or they are about
 * policy tests, which fail by themselves. Names of rules never change their meaning: people type them and CI greps for them.
 */
export const FIRM_RULES = {
  // The text of a file.
  'file-name': 'error',
  'file-too-large': 'error',
  'not-utf8': 'error',
  'forbidden-character': 'error',
  'tab-indentation': 'error',
  'empty-file': 'error',
  'missing-file': 'error',
  // YAML, and the part of it that a map may use.
  'yaml-syntax': 'error',
  'yaml-feature': 'error',
  'too-deep': 'error',
  'non-string-key': 'error',
  'reserved-key': 'error',
  'duplicate-key': 'error',
  // The shape of a file.
  'unknown-key': 'error',
  'missing-key': 'error',
  'empty-value': 'error',
  'wrong-type': 'error',
  'invalid-value': 'error',
  'duplicate-value': 'error',
  'bare-list': 'error',
  'ambiguous-requirement': 'error',
  'invalid-template': 'error',
  'missing-host': 'error',
  'admin-route': 'error',
  // Environments.
  'duplicate-issuer': 'error',
  'refresh-too-slow': 'error',
  'ambiguous-introspection': 'error',
  'indistinct-token-type': 'error',
  'fapi-profile': 'error',
  'unknown-service': 'error',
  'binding-not-accepted': 'error',
  'shared-resource': 'error',
  'shared-secret': 'error',
  'unread-setting': 'error',
  'unknown-issuer': 'error',
  'duplicate-release-key': 'error',
  'conflicting-constraints': 'error',
  'unknown-channel': 'error',
  'impossible-response': 'error',
  // Policy tests.
  'unknown-caller': 'error',
  'unused-caller': 'warning',
  // The map as a whole.
  'duplicate-service': 'error',
  'duplicate-scope': 'error',
  'undefined-scope': 'error',
  'implies-cycle': 'error',
  'implies-too-many': 'error',
  'overlapping-rules': 'error',
  'sunset-before-since': 'error',
  'lookup-too-branchy': 'error',
  'release-refused': 'error',
} as const satisfies Record<string, Severity>

/** Rules whose level `lint` of `gateway.yaml` can set, and the level that holds where it says nothing. */
export const LINT_LEVELS = {
  // Names and what is said of scopes.
  'scope-naming': 'error',
  'scope-too-coarse': 'error',
  'generic-scope': 'warning',
  'wildcard-scope': 'warning',
  'near-duplicate-scope': 'warning',
  'missing-metadata': 'error',
  'placeholder-metadata': 'warning',
  'review-overdue': 'error',
  // Scopes on their way out.
  'deprecated-without-sunset': 'warning',
  'deprecated-without-replacement': 'warning',
  'sunset-passed': 'warning',
  'retired-scope-required': 'warning',
  // How scopes and requirements go together.
  'unused-scope': 'warning',
  'scope-reads-and-writes': 'warning',
  'implies-more-sensitive': 'warning',
  'implies-across-owners': 'warning',
  'implies-too-broad': 'warning',
  'redundant-implies': 'off',
  'all-of-contained': 'warning',
  'duplicate-alternative': 'warning',
  // Routes.
  'public-identifier': 'warning',
  'sensitive-public': 'warning',
  'sensitive-authenticated': 'warning',
  'sensitive-low-scope': 'warning',
  'sensitive-without-step-up': 'warning',
  'confusable-paths': 'warning',
  'shadowed-rule': 'warning',
  'empty-service': 'warning',
  // Conditions.
  'impossible-step-up': 'warning',
  'silent-step-up': 'warning',
  'double-binding': 'warning',
  // What `gateway.yaml` says.
  'unused-host-options': 'error',
  'unused-host-alias': 'warning',
  'unused-introspection': 'warning',
  'unused-revocation': 'warning',
  'unlimited-lifetime': 'off',
  'shared-client-names': 'warning',
  'resource-elsewhere': 'warning',
  'profile-audience': 'warning',
  'unsigned-releases': 'warning',
  'unused-channel': 'warning',
  'unused-exception': 'warning',
} as const satisfies Record<string, Level>

export type FirmRule = keyof typeof FIRM_RULES
export type LintRule = keyof typeof LINT_LEVELS
export type DiagnosticRule = FirmRule | LintRule

export const isFirm = (rule: string): rule is FirmRule => Object.hasOwn(FIRM_RULES, rule)

/** A position in a file; line and column count from 1, columns in UTF-16 code units. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Another place that has a part in it, and which part. */
export interface Related {
  readonly message: string
  readonly at: Place
}

/** A broken rule, before its severity is known. Messages are lower-case sentences without a full stop, input in backticks. */
export interface Finding {
  readonly at: Place
  readonly message: string
  /** What it is about, by a name that stays when lines move: a scope, a rule as the release calls it, a service. Exceptions go by it. */
  readonly subject?: string
  /** How to mend it. */
  readonly help?: string
  readonly related?: readonly Related[]
  /** How `--fix` mends it; the release stays the same. */
  readonly fix?: Fix
}

/** `remove-item`: take the item that stands at the place out of its list. */
export type Fix = 'remove-item'

export interface Diagnostic {
  readonly rule: DiagnosticRule
  readonly severity: Severity
  readonly at: Place
  readonly message: string
  readonly subject?: string
  readonly help?: string
  readonly related: readonly Related[]
  readonly fix?: Fix
}

/** At the default level; what a map has set is looked at once all is found (`lint/settle.ts`). */
export function diagnostic(rule: DiagnosticRule, finding: Finding): Diagnostic {
  const level = isFirm(rule) ? FIRM_RULES[rule] : LINT_LEVELS[rule]
  const severity = level === 'error' ? 'error' : 'warning'
  return { rule, severity, related: [], ...finding }
}

export const isError = ({ severity }: Diagnostic): boolean => severity === 'error'

/** The same diagnostics by file, line and column, each once: a rule on two hosts is written in one place. */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const distinct = new Map(diagnostics.map((each) => [JSON.stringify([each.rule, each.at, each.message]), each]))
  return [...distinct.values()].sort(
    (a, b) =>
      compareText(a.at.file, b.at.file) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column ||
      compareText(a.rule, b.rule) ||
      compareText(a.message, b.message),
  )
}

/** By code unit, as the release sorts. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export { quoted }

/** `a`, `b` and `c`. */
export function quotedList(texts: readonly string[]): string {
  const all = texts.map(quoted)
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}
