/** What is wrong with a scope map, as values: collected, never thrown, each with its place and how to mend it. */

export type Severity = 'error' | 'warning'

/** Every rule that can be broken, and how bad that is. Names never change their meaning: people type them and CI greps for them. */
export const SEVERITIES = {
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
  'unused-introspection': 'warning',
  'shared-client-names': 'warning',
  'duplicate-release-key': 'error',
  'unsigned-releases': 'warning',
  'resource-elsewhere': 'warning',
  'profile-audience': 'warning',
  'conflicting-constraints': 'error',
  // The map as a whole.
  'duplicate-service': 'error',
  'duplicate-scope': 'error',
  'undefined-scope': 'error',
  'implies-cycle': 'error',
  'implies-too-many': 'error',
  'overlapping-rules': 'error',
  'scope-naming': 'error',
  'scope-too-coarse': 'error',
  'missing-metadata': 'error',
  'review-overdue': 'error',
  'sunset-before-since': 'error',
  'lookup-too-branchy': 'error',
  'unused-host-options': 'error',
  'release-refused': 'error',
  'confusable-paths': 'warning',
  'empty-service': 'warning',
  'impossible-step-up': 'warning',
  'retired-scope-required': 'warning',
  'shadowed-rule': 'warning',
  'silent-step-up': 'warning',
  'double-binding': 'warning',
  'unused-host-alias': 'warning',
  'unused-scope': 'warning',
} as const satisfies Record<string, Severity>

export type DiagnosticRule = keyof typeof SEVERITIES

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
  /** How to mend it. */
  readonly help?: string
  readonly related?: readonly Related[]
}

export interface Diagnostic {
  readonly rule: DiagnosticRule
  readonly severity: Severity
  readonly at: Place
  readonly message: string
  readonly help?: string
  readonly related: readonly Related[]
}

export function diagnostic(rule: DiagnosticRule, finding: Finding): Diagnostic {
  return { rule, severity: SEVERITIES[rule], related: [], ...finding }
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

const LONGEST_QUOTE = 80

/** Input for a message: in backticks, short, and without characters that a terminal would act upon. */
export function quoted(text: string): string {
  const short = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text
  return `\`${short.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)}\``
}

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`

/** `a`, `b` and `c`. */
export function quotedList(texts: readonly string[]): string {
  const all = texts.map(quoted)
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}
