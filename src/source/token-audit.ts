/** How `gateway.yaml` says what is remembered of tokens that were seen, and what becomes of it for the Worker. */
import { z } from 'zod'
import { SUBJECT_TREATMENTS, type TokenAuditPolicy } from '../policy/token-audit.ts'
import { DEFAULTS } from './defaults.ts'
import { quotedList } from './diagnostic.ts'
import { params, prose } from './fields.ts'

/** Member of an environment. */
export const tokenAudit = z
  .strictObject(
    {
      off: prose('say in a sentence why nobody should know which tokens are in use')
        .describe('Alone: no token that was seen is remembered, and why.')
        .optional(),
      subjects: z
        .enum(SUBJECT_TREATMENTS, { error: `write one of ${quotedList(SUBJECT_TREATMENTS)}` })
        .describe('What is remembered of a subject: its SHA-256, itself, or nothing; hashed where left out.')
        .optional(),
    },
    { error: 'write a map with `subjects`, or `{ off: <reason> }`' },
  )
  .superRefine(({ off, subjects }, context) => {
    if (off !== undefined && subjects !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['subjects'],
        message: '`subjects` has no effect where nothing is remembered',
        params: params({ help: 'remove it, or `off`' }),
      })
  })
  .prefault({})
  .describe('Which tokens were seen lately is remembered, for `scopewall tokens`. Left out: on, subjects hashed.')

/** Nothing where it is off. */
export const compileTokenAudit = ({
  off,
  subjects = DEFAULTS.tokenSubjects,
}: z.output<typeof tokenAudit>): {
  readonly tokenAudit?: TokenAuditPolicy
} => (off === undefined ? { tokenAudit: { subjects } } : {})
