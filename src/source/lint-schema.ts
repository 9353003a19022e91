/** `lint` of `gateway.yaml`: how bad it is when a rule is broken, and where it does not hold. */
import { z } from 'zod'
import { FIRM_RULES, LINT_LEVELS, type LintRule } from './diagnostic.ts'
import { day, exactText, keyNotes, listOf, params, prose } from './fields.ts'

const level = z
  .enum(['error', 'warning', 'off'], { error: 'write `error`, `warning` or `off`' })
  .describe('error: the map does not compile; warning: it does; off: findings are counted and not shown.')

const exception = z.strictObject(
  {
    at: exactText(
      'write what `check` says the finding is about, such as a scope or `GET api.example.com/v1/x`',
    ).describe(
      'What the finding is about: a scope, a rule as `METHOD host/path`, a service, a host or an environment.',
    ),
    reason: prose('say in a sentence why the rule does not hold here').describe('Why the rule does not hold here.'),
    until: day.describe('The last day on which it excuses; left out: for good.').optional(),
  },
  { error: 'write `{ at: ..., reason: ... }`' },
)

const LEVEL_HELP = 'write `error`, `warning` or `off`, or a map with `level` and `except`'

const setting = z
  .union(
    [
      level.transform((only) => ({ level: only })),
      z
        .strictObject({
          level: level.optional(),
          except: listOf(exception, 'write a list of `{ at: ..., reason: ... }`')
            .describe('Places where the rule does not hold, each with its reason.')
            .optional(),
        })
        .superRefine(({ level: chosen, except }, context) => {
          if (chosen === 'off' && except !== undefined)
            context.addIssue({
              code: 'custom',
              path: ['except'],
              message: 'a rule that is off has no exceptions',
              params: params({ help: 'remove `except`, or set `error` or `warning`' }),
            })
        }),
    ],
    { error: LEVEL_HELP },
  )
  .meta({ id: 'lintLevel', description: 'A level, or a level and the places where the rule does not hold.' })

const FIRM_HELP = 'it is always an error: what a map that breaks it compiles to would not be what was meant'

export const lintLevels = z
  .strictObject(
    Object.fromEntries(Object.keys(LINT_LEVELS).map((rule) => [rule, setting.optional()])) as Readonly<
      Record<LintRule, z.ZodOptional<typeof setting>>
    >,
    { error: 'write a map from rules to levels: `unused-scope: error`' },
  )
  .register(keyNotes, {
    noun: 'adjustable rule',
    help: Object.fromEntries(Object.keys(FIRM_RULES).map((rule) => [rule, FIRM_HELP])),
  })

export type LintDeclaration = z.output<typeof lintLevels>
