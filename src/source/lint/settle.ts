/** What the map has set: levels, and places that are excused. Nothing is dropped without being counted. */
import {
  type Diagnostic,
  diagnostic,
  isFirm,
  type Level,
  LINT_LEVELS,
  type LintRule,
  type Place,
  quoted,
} from '../diagnostic.ts'
import { didYouMean } from '../suggest.ts'

/** A place where a rule does not hold. */
export interface LintException {
  /** The subject of findings. */
  readonly subject: string
  readonly reason: string
  /** `YYYY-MM-DD`, the last day on which it excuses. */
  readonly until?: string
  readonly at: Place
}

export interface LintSetting {
  readonly level?: Level
  readonly exceptions: readonly LintException[]
}

export type LintSettings = ReadonlyMap<LintRule, LintSetting>

/** A finding that is not shown, and why: an exception gives a reason, or else the rule is off. */
export interface Excused {
  readonly rule: LintRule
  readonly at: Place
  readonly message: string
  readonly subject?: string
  readonly reason?: string
}

export interface Settled {
  readonly diagnostics: readonly Diagnostic[]
  /** Without what is off because nobody has turned it on. */
  readonly excused: readonly Excused[]
}

/** Levels and exceptions applied. `today` is `YYYY-MM-DD`. */
export function settle(found: readonly Diagnostic[], settings: LintSettings, today: string): Settled {
  const excused: Excused[] = []
  const diagnostics = found.flatMap((each): readonly Diagnostic[] => {
    const { rule, subject } = each
    if (isFirm(rule)) return [each]
    const setting = settings.get(rule)
    const exception = setting?.exceptions.find((one) => one.subject === subject)
    const isExcused = exception !== undefined && !hasLapsed(exception, today)
    const level = setting?.level ?? LINT_LEVELS[rule]
    if (level !== 'off' && !isExcused) return [{ ...lapsed(each, exception), severity: level }]
    if (setting !== undefined) excused.push(excuse(each, rule, isExcused ? exception.reason : undefined))
    return []
  })
  return { diagnostics, excused }
}

const excuse = ({ at, message, subject }: Diagnostic, rule: LintRule, reason: string | undefined): Excused => ({
  rule,
  at,
  message,
  ...(subject !== undefined && { subject }),
  ...(reason !== undefined && { reason }),
})

const hasLapsed = ({ until }: LintException, today: string): boolean => until !== undefined && until < today

const lapsed = (found: Diagnostic, exception: LintException | undefined): Diagnostic =>
  exception === undefined
    ? found
    : {
        ...found,
        related: [...found.related, { message: `its exception ended on ${exception.until}`, at: exception.at }],
      }

/** `unused-exception`: an exception that excuses nothing hides the next finding that it happens to fit. To be asked once all lints have run. */
export function findUnusedExceptions(found: readonly Diagnostic[], settings: LintSettings): readonly Diagnostic[] {
  const subjectsOf = new Map<string, Set<string>>()
  for (const { rule, subject } of found) {
    const subjects = subjectsOf.get(rule) ?? new Set()
    subjectsOf.set(rule, subject === undefined ? subjects : subjects.add(subject))
  }
  return [...settings].flatMap(([rule, { exceptions }]) =>
    exceptions
      .filter(({ subject }) => subjectsOf.get(rule)?.has(subject) !== true)
      .map(({ subject, at }) =>
        diagnostic('unused-exception', {
          at,
          subject,
          message: `${quoted(rule)} finds nothing at ${quoted(subject)}: the exception excuses nothing`,
          help: didYouMean(subject, subjectsOf.get(rule) ?? []) ?? 'remove it',
          fix: 'remove-item',
        }),
      ),
  )
}
