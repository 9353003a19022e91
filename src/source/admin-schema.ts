/** How `gateway.yaml` says who opens the admin API, where the tokens of the API's callers are not to, or not alone. */
import { z } from 'zod'
import type { AccessGrant, AccessHolder, AccessPolicy } from '../policy/access.ts'
import { canonicalEmail } from '../policy/principal.ts'
import { mapNonEmpty } from '../policy/result.ts'
import type { ScopeToken } from '../policy/scope.ts'
import { asNonEmpty, exactText, listOf, params, scopeName, textThat } from './fields.ts'
import { audience, issuer } from './issuer-schema.ts'

const HOLDERS = ['email', 'emailDomain', 'group'] as const

const email = textThat(
  (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  'is no address',
  'write one address, as in `ada@example.com`',
)

const domain = textThat(
  (text) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(text),
  'is no domain in lower case',
  'write what follows the `@`, as in `example.com`',
)

const grant = z
  .strictObject(
    {
      email: email.describe('One person.').optional(),
      emailDomain: domain.describe('Everybody whose address ends in it.').optional(),
      group: exactText('write the name of a group')
        .describe('Everybody whom the identity provider has in it; Access must pass on the claim `groups`.')
        .optional(),
      scopes: listOf(scopeName, 'write a list of scopes').describe('What they may do here.'),
    },
    { error: 'write a map such as `{ email: ada@example.com, scopes: [...] }`' },
  )
  .superRefine((given, context) => {
    const [first, ...others] = HOLDERS.filter((name) => given[name] !== undefined)
    if (first !== undefined && others.length === 0) return
    context.addIssue({
      code: 'custom',
      message: first === undefined ? 'nobody is meant' : 'it is for two at once',
      params: params({ help: 'write one of `email`, `emailDomain` and `group`: two grants are for either' }),
    })
  })

const access = z
  .strictObject(
    {
      team: textThat(
        (text) => /^https:\/\/[a-z0-9][a-z0-9-]*\.cloudflareaccess\.com$/.test(text),
        'is no team of Cloudflare Access',
        'write `https://<team>.cloudflareaccess.com`',
      ).describe('Whose assertions are believed.'),
      audience: exactText('write the AUD tag of the application').describe(
        'The AUD tag of the Access application that stands before `/_scopewall/`.',
      ),
      grants: z
        .array(grant, { error: 'write a list of grants' })
        .min(1, { error: 'without a grant nobody whom Access lets in may do anything' })
        .transform(asNonEmpty)
        .describe('Who may do what. Who is in several has all of them together.'),
    },
    { error: 'write a map with `team`, `audience` and `grants`' },
  )
  .describe('Cloudflare Access as a way in for people, besides tokens.')

/** A member of an environment. */
export const admin = {
  admin: z
    .strictObject(
      {
        issuers: z
          .array(issuer, { error: 'write a list of issuers' })
          .min(1, { error: 'without an issuer nobody ever opens the admin API' })
          .transform(asNonEmpty)
          .describe('The authorization servers whose access tokens open the admin API: these alone, and nothing else.')
          .optional(),
        audience: audience.describe("Instead of the environment's.").optional(),
        access: access.optional(),
      },
      { error: 'write a map with `issuers` or `access`' },
    )
    .superRefine(({ issuers, audience: own, access: way }, context) => {
      const refuse = (key: string, message: string, help: string) =>
        context.addIssue({ code: 'custom', path: [key], message, params: params({ help }) })
      if (issuers === undefined && way === undefined) refuse('issuers', '', 'write a list of issuers, or `access`')
      else if (issuers === undefined && own !== undefined)
        refuse('audience', 'it is for the tokens of `issuers`, of which there are none', 'remove it')
    })
    .describe("Who opens the admin API; the access tokens of the environment's issuers where left out.")
    .optional(),
}

/** Total on what the schema let through. */
export const compileAccess = ({ team, audience: tag, grants }: z.output<typeof access>): AccessPolicy => ({
  team,
  audience: tag,
  grants: mapNonEmpty(
    grants,
    (each): AccessGrant => ({ holder: holderOf(each), scopes: mapNonEmpty(each.scopes, (name) => name as ScopeToken) }),
  ),
})

function holderOf({ email: address, emailDomain, group: name = '' }: z.output<typeof grant>): AccessHolder {
  if (address !== undefined) return { kind: 'email', email: canonicalEmail(address) }
  return emailDomain === undefined ? { kind: 'group', group: name } : { kind: 'domain', domain: emailDomain }
}
