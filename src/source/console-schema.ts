/** How `gateway.yaml` says how people sign in to the console. */
import { z } from 'zod'
import { isTrustworthyUrl } from './address.ts'
import { exactText, listOf, textThat } from './fields.ts'
import { issuerUrl, URL_RULES } from './issuer-schema.ts'

const endpoint = textThat(isTrustworthyUrl, 'is no address of a provider', `write the whole address: ${URL_RULES}`)

const endpoints = z
  .strictObject(
    {
      authorization: endpoint.describe('Where the browser is sent to sign in.'),
      token: endpoint.describe('Where the page redeems its code; it must allow the origin of `resource` (CORS).'),
    },
    { error: 'write a map with `authorization` and `token`' },
  )
  .describe("Instead of what the issuer's metadata say.")

/** Member of an environment. */
export const consoleSignIn = z
  .strictObject(
    {
      clientId: exactText('write the id that the provider gave the console').describe(
        'The public client that the console is at the provider; its redirect URI is `<resource>/_scopewall/`.',
      ),
      issuer: issuerUrl.describe('Which issuer people sign in at, where several open the admin API.').optional(),
      scopes: listOf(exactText('write the name of a scope, as the provider knows it'), 'write a list of scopes')
        .describe('Asked for when somebody signs in; what needs more asks for it later.')
        .optional(),
      resource: exactText('write the resource that the token is for')
        .describe('RFC 8707 `resource` of the sign-in, where the provider wants one.')
        .optional(),
      endpoints: endpoints.optional(),
    },
    { error: 'write a map with `clientId`' },
  )
  .describe('How people sign in to the console at `/_scopewall/`. Left out: it is off.')
  .optional()
