/** The shape of `scopes/<service>.yaml`. Closed: what is not written here is an error. */
import { z } from 'zod'
import type { RuleMethod } from '../policy/method.ts'
import { SENSITIVITIES } from '../policy/release.ts'
import { parseTemplate } from '../policy/template.ts'
import { isTrustworthyUrl } from './address.ts'
import { authorizationDetails, callers, conditions, stepUp } from './conditions-schema.ts'
import { quotedList } from './diagnostic.ts'
import { day, hostPattern, identifier, keyNotes, listOf, mode, params, prose, scopeName, textThat } from './fields.ts'

const scopeList = (help: string) => listOf(scopeName, help)

const deprecated = z.strictObject(
  {
    since: day.describe('The day of the announcement.'),
    sunset: day.describe('From this day on the scope grants nothing.').optional(),
    replacedBy: scopeList('write a list of scope names').describe('What to ask for instead.').optional(),
    link: textThat(
      (text) => text.startsWith('https://') && isTrustworthyUrl(text),
      'is no https address',
      'write the address of the announcement',
    )
      .describe('The announcement.')
      .optional(),
  },
  { error: 'write `{ since: 2027-01-31, sunset: 2027-06-30, replacedBy: [...] }`' },
)

const scope = z.strictObject(
  {
    reason: prose('say in a sentence why somebody needs this scope').describe('Why somebody needs this scope.'),
    sensitivity: z.enum(SENSITIVITIES, { error: `write ${quotedList(SENSITIVITIES)}`.replace(' and ', ' or ') }),
    owner: prose('name the team that answers for the scope')
      .describe("Who answers for it, if not the service's owner.")
      .optional(),
    implies: scopeList('write a list of scope names').describe('Scopes that a holder of this one has too.').optional(),
    stepUp: stepUp.optional(),
    ...conditions,
    review: day.describe('By this day somebody must have asked whether the scope is still needed.').optional(),
    deprecated: deprecated.optional(),
  },
  { error: 'write a map with `reason` and `sensitivity`' },
)

/** Nearly every product reads a bare list its own way, so this one reads none. */
const bareList = z
  .array(z.unknown())
  .transform((_, context): never => {
    context.addIssue({
      code: 'custom',
      message: 'a bare list of scopes could mean two things',
      params: params({
        rule: 'bare-list',
        help: 'write `{ anyOf: [...] }` if one of the scopes is enough, `{ allOf: [...] }` if all of them are needed',
      }),
    })
    return z.NEVER
  })
  .meta({ not: {}, description: 'A bare list could mean anyOf or allOf: say which.' })

const allOf = scopeList('write a list of scope names, all of which are needed')
const ALTERNATIVE_HELP = 'write a scope name, or `{ allOf: [...] }`'

const anyOf = z
  .array(z.union([scopeName, z.strictObject({ allOf }), bareList], { error: ALTERNATIVE_HELP }), {
    error: 'write a list of scope names and `{ allOf: [...] }`, one of which is enough',
  })
  .min(1)

const BASES = ['scope', 'anyOf', 'allOf', 'public', 'authenticated'] as const
const REQUIREMENT_HELP =
  'write a scope name, `{ anyOf: [...] }`, `{ allOf: [...] }`, `{ public: <reason> }` or `{ authenticated: <reason> }`; a method that is left out is refused'

const detailedRequirement = z
  .strictObject({
    scope: scopeName.describe('Exactly this scope.').optional(),
    anyOf: anyOf.describe('One of these is enough.').optional(),
    allOf: allOf.describe('All of these are needed.').optional(),
    public: prose('give the reason: `public: Load balancers probe it without credentials.`')
      .describe('No token is asked for. The value is the reason.')
      .optional(),
    authenticated: prose('give the reason: `authenticated: Everybody sees their own profile.`')
      .describe('Any valid token is enough, whatever its scopes. The value is the reason.')
      .optional(),
    stepUp: stepUp.optional(),
    ...conditions,
    ...callers,
    authorizationDetails,
    introspection: z
      .literal('always', { error: 'write `introspection: always`, or leave it out' })
      .describe('Ask the authorization server on each request, where it introspects its tokens.')
      .optional(),
    revocation: z
      .literal('strict', { error: 'write `revocation: strict`, or leave it out' })
      .describe('Ask the revocation log itself on each request.')
      .optional(),
    mode: mode.optional(),
    upgrade: z
      .literal('websocket', { error: 'write `upgrade: websocket`, or leave it out' })
      .describe('Lets the request ask for a WebSocket.')
      .optional(),
  })
  // Whatever else is wrong with the requirement, so that one run says it all.
  .superRefine(checkRequirement, {
    when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
  })
  .meta({ oneOf: BASES.map((base) => ({ required: [base] })) })

/** Further keys that make no sense where no token is looked at. */
const ABOUT_TOKENS = ['authorizationDetails', 'introspection', 'revocation', 'mode']

function checkRequirement(requirement: object, context: z.RefinementCtx): void {
  const bases = BASES.filter((base) => base in requirement)
  // With an unknown key, one of the five was meant, and is misspelt.
  const isMisspelt = bases.length === 0 && context.issues.some(({ code }) => code === 'unrecognized_keys')
  if (bases.length !== 1 && !isMisspelt)
    context.addIssue({
      code: 'custom',
      message: bases.length === 0 ? 'the requirement asks for nothing' : `the requirement has ${quotedList(bases)}`,
      params: params({
        rule: 'ambiguous-requirement',
        help: 'write exactly one of `scope`, `anyOf`, `allOf`, `public` and `authenticated`',
      }),
    })
  if (!bases.includes('public')) return
  for (const key of ['stepUp', ...Object.keys(conditions), ...Object.keys(callers), ...ABOUT_TOKENS])
    if (key in requirement)
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `a public rule cannot have \`${key}\``,
        params: params({
          rule: 'ambiguous-requirement',
          help: 'a public rule looks at no token: remove it, or require a scope',
        }),
      })
}

const requirement = z.union([scopeName, detailedRequirement, bareList], { error: REQUIREMENT_HELP }).meta({
  id: 'requirement',
  description: 'What a request needs: one scope, anyOf, allOf, or public or authenticated with a reason.',
})

const methodMap = z
  .strictObject(
    {
      GET: requirement.optional(),
      POST: requirement.optional(),
      PUT: requirement.optional(),
      PATCH: requirement.optional(),
      DELETE: requirement.optional(),
      OPTIONS: requirement.optional(),
      ANY: requirement.optional(),
    } satisfies Record<RuleMethod, z.ZodType>,
    { error: 'write a map from methods to what they need: `GET: invoices:read`' },
  )
  .register(keyNotes, {
    noun: 'method',
    help: {
      HEAD: '`GET` answers `HEAD`: remove it',
      TRACE: 'the gate refuses `TRACE` always: remove it',
      CONNECT: 'the gate refuses `CONNECT` always: remove it',
      '*': 'write `ANY`',
    },
  })

const basePath = textThat(isBasePath, 'is no base path', 'write it as `/v1`, without a slash or a tail at the end')

function isBasePath(text: string): boolean {
  const template = parseTemplate(text)
  return template.ok && !text.endsWith('/') && template.value.segments.at(-1)?.kind !== 'tail'
}

export const serviceFile = z.strictObject(
  {
    service: identifier.describe("The service's name, the same as the file's."),
    description: prose('say in a sentence what the service is').describe('What the service is.'),
    owner: prose('name the team that answers for the service').describe(
      'Who answers for the service, and for scopes that name nobody else.',
    ),
    hosts: listOf(hostPattern, 'write a list of hosts')
      .describe('Where the service answers; as in gateway.yaml if left out.')
      .optional(),
    basePath: basePath.describe('Stands before every path below.').optional(),
    mode: mode.optional(),
    ...conditions,
    scopes: z
      .record(scopeName, scope, { error: 'write a map from scope names to what they are' })
      .describe('The scopes that belong to this service.')
      .optional(),
    routes: z
      .record(z.string(), methodMap, { error: 'write a map from path templates to methods' })
      .describe('Path templates, their methods, and what each needs. Whatever is not named is refused.')
      .optional(),
  },
  { error: 'write a map with `service`, `description`, `owner`, `scopes` and `routes`' },
)

export type ServiceFile = z.output<typeof serviceFile>
export type ScopeDeclaration = z.output<typeof scope>
export type RequirementDeclaration = z.output<typeof requirement>
