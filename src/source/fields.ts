/**
 * The pieces that both kinds of file are made of. The `error` of a type is its help where a value has the wrong type; a check says what
 * is wrong in its `error` and how to mend it in `params.help`.
 */
import { z } from 'zod'
import { isNonEmpty, type NonEmpty } from '../policy/result.ts'
import { isScopeToken } from '../policy/scope.ts'
import { isHostPattern } from './address.ts'
import { isDay } from './day.ts'
import { type DiagnosticRule, type Fix, quoted } from './diagnostic.ts'
import { DURATION_PATTERN, parseDuration } from './duration.ts'

/** What a check hands on to its diagnostic. */
export interface CheckParams {
  readonly rule?: DiagnosticRule
  readonly help?: string
  readonly fix?: Fix
}

/** How the keys of a map are called, and what to say of some that are no keys of it. */
export interface KeyNotes {
  readonly noun: string
  readonly help: Readonly<Record<string, string>>
}

export const keyNotes = z.registry<KeyNotes>()

/** Zod takes a record of unknowns; this makes sure that it is ours. */
export const params = (params: CheckParams) => ({ ...params })

/** A text that a test accepts. The problem follows the quoted text: "`x` is no scope name". */
export const textThat = (accepts: (text: string) => boolean, problem: string, help: string) =>
  z.string({ error: help }).refine(accepts, {
    error: ({ input }) => `${quoted(String(input))} ${problem}`,
    params: params({ help }),
  })

/** A sentence for people, trimmed. */
export const prose = (help: string) =>
  z
    .string({ error: help })
    .trim()
    .min(1, { error: help })
    .refine((text) => !/[^\P{Cc}\n]/u.test(text), {
      error: 'the text holds control characters',
      params: params({ help: 'remove them' }),
    })

/** A text that is compared code point by code point, such as a claim's name. */
export const exactText = (help: string) => z.string({ error: help }).min(1, { error: help })

/** One item or more, each once. */
export const listOf = <Item extends z.ZodType>(item: Item, help: string) =>
  z.array(item, { error: help }).min(1, { error: help }).superRefine(refuseTwins).transform(asNonEmpty)

/** A check of lists: each item once. */
export function refuseTwins(items: readonly unknown[], context: z.RefinementCtx): void {
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    const text = JSON.stringify(item)
    if (seen.has(text))
      context.addIssue({
        code: 'custom',
        path: [index],
        message: `${typeof item === 'string' ? quoted(item) : 'this'} is in the list twice`,
        params: params({ rule: 'duplicate-value', help: 'remove it', fix: 'remove-item' }),
      })
    seen.add(text)
  }
}

/** For lists of which `min(1)` has made sure. */
export function asNonEmpty<T>(items: readonly T[]): NonEmpty<T> {
  if (!isNonEmpty(items)) throw new TypeError('a list that was checked is empty')
  return items
}

/** One item or a list of them -> a list. */
export const oneOrMore = <Item extends z.ZodType>(item: Item, help: string) =>
  z.union([item.transform((only): NonEmpty<z.output<Item>> => [only]), listOf(item, help)], { error: help })

const DURATION_HELP = 'write a length of time as `30s`, `5m`, `12h` or `7d`'

/** -> seconds, zero included. */
export const durationOrZero = textThat(
  (text) => parseDuration(text) !== undefined,
  'is no length of time',
  DURATION_HELP,
)
  .transform((text) => parseDuration(text) ?? 0)
  .meta({ pattern: DURATION_PATTERN, examples: ['30s', '5m', '12h', '7d'] })

/** -> seconds, more than none. */
export const duration = textThat((text) => (parseDuration(text) ?? 0) > 0, 'is no length of time', DURATION_HELP)
  .transform((text) => parseDuration(text) ?? 0)
  .meta({ pattern: DURATION_PATTERN, examples: ['30s', '5m', '12h', '7d'] })

export const day = textThat(isDay, 'is no day of the calendar', 'write a day as `2027-03-31`').meta({ format: 'date' })

export const scopeName = textThat(
  isScopeToken,
  'is no scope name',
  'a scope name is one or more visible ASCII characters without spaces, quotes and backslashes (RFC 6749 section 3.3)',
).meta({ pattern: '^[\\x21\\x23-\\x5B\\x5D-\\x7E]+$' })

export const isIdentifier = (text: string): boolean => /^[a-z][a-z0-9-]*$/.test(text)

/** One service, environment or file stem. */
export const identifier = textThat(
  isIdentifier,
  'is no name for this',
  'begin with a lower-case letter; go on with those, digits and hyphens',
).meta({ pattern: '^[a-z][a-z0-9-]*$' })

const HOST_HELP =
  'write a name such as `api.example.com`, or `*.example.com` for all names below it, without scheme, port and path'

/** -> lower case. */
export const hostPattern = textThat(isHostPattern, 'is no host', HOST_HELP).transform((text) => text.toLowerCase())

/** As a key, where two spellings of one host would be two keys. */
export const hostPatternKey = textThat(
  (text) => isHostPattern(text) && text === text.toLowerCase(),
  'is no host in lower case',
  HOST_HELP,
)

export const mode = z
  .enum(['enforce', 'observe'], { error: 'write `enforce` or `observe`' })
  .describe('observe lets through what fails on scope grounds alone, and records it.')

export const metadataName = z.enum(['owner', 'reason', 'sensitivity', 'review'])
