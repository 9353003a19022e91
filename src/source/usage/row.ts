/** A line of a usage file -> the row that it is, or what is wrong with it. Closed, as the files of a map are. */
import { z } from 'zod'
import { isDenialCode } from '../../policy/denial.ts'
import { METHODS } from '../../policy/method.ts'
import { fail, ok, type Result } from '../../policy/result.ts'
import { parseTemplate } from '../../policy/template.ts'
import { AGE_BOUNDS, USAGE_FORMAT, type UsageRow } from '../../policy/usage.ts'
import { quoted, quotedList } from '../diagnostic.ts'
import { scopeName } from '../fields.ts'
import { didYouMean } from '../suggest.ts'

/** Rows are short; what is longer is something else. */
export const LONGEST_LINE = 65_536

const text = z.string().min(1)
const time = z.iso.datetime()
const names = z.array(text)
const age = z.union([z.literal([...AGE_BOUNDS]), z.literal('longer')])

const row = z.strictObject({
  format: z.literal(USAGE_FORMAT),
  environment: text,
  release: z.string().regex(/^[0-9a-f]{64}$/),
  from: time,
  to: time,
  host: text.regex(/^[a-z0-9._-]+$/),
  method: z.enum(METHODS),
  path: z
    .string()
    .refine((path) => parseTemplate(path).ok)
    .nullable(),
  upgrade: z.literal(true).optional(),
  credential: z.enum(['none', 'rejected', 'verified']),
  client: text.optional(),
  scopes: z.array(scopeName).optional(),
  acr: names.optional(),
  amr: names.optional(),
  authAge: age.optional(),
  tokenAge: age.optional(),
  lifetime: age.optional(),
  bound: z.array(z.enum(['dpop', 'mtls'])).optional(),
  actor: text.nullable().optional(),
  forDefault: z.boolean().optional(),
  forServices: names.optional(),
  details: z.enum(['met', 'unmet']).optional(),
  outcome: z.string().refine((outcome) => outcome === 'allow' || outcome === 'observe' || isDenialCode(outcome)),
  count: z.int().min(1),
})

/** The error is a sentence without a place: the reader knows the line. */
export function readUsageRow(line: string): Result<UsageRow, string> {
  if (line.length > LONGEST_LINE) return fail(`it has more than ${LONGEST_LINE} characters`)
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return fail('it is not JSON')
  }
  const read = row.safeParse(value)
  if (read.success) return ok(read.data as UsageRow)
  return fail(problemOf(value, read.error.issues[0]))
}

function problemOf(value: unknown, issue: z.core.$ZodIssue | undefined): string {
  // Another format may have any members: that it is another one is all there is to say.
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (format !== undefined && format !== USAGE_FORMAT)
    return `its format is not ${USAGE_FORMAT}, the only one that this version reads`
  if (issue === undefined || issue.path.length === 0 || issue.code === 'unrecognized_keys') return wholeProblem(issue)
  const [member] = issue.path
  const isMissing = typeof value === 'object' && value !== null && !Object.hasOwn(value, String(member))
  return isMissing
    ? `${quoted(String(member))} is missing`
    : `${quoted(String(member))} ${HELP[String(member)] ?? 'is not what it should be'}`
}

function wholeProblem(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'unrecognized_keys') return 'it is not an object'
  const [key = ''] = issue.keys
  return `it has no member ${quoted(key)}: ${didYouMean(key, Object.keys(row.shape)) ?? `there are ${quotedList(Object.keys(row.shape))}`}`
}

const AGES = `is none of the classes ${AGE_BOUNDS.join(', ')} and \`longer\``

const HELP: Readonly<Record<string, string>> = {
  release: 'is no SHA-256',
  from: 'is no time in UTC, as in 2026-12-01T00:00:00Z',
  to: 'is no time in UTC, as in 2026-12-01T00:00:00Z',
  host: 'is no host in lower case',
  method: `is none of ${METHODS.join(', ')}`,
  path: 'is no path template',
  upgrade: 'is `true` or left out',
  credential: 'is none of `none`, `rejected` and `verified`',
  authAge: AGES,
  tokenAge: AGES,
  lifetime: AGES,
  bound: 'holds something other than `dpop` and `mtls`',
  details: 'is neither `met` nor `unmet`',
  outcome: 'is neither `allow`, `observe` nor the code of a denial',
  count: 'is no whole number from 1',
}
