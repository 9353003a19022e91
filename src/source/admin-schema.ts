/** How `gateway.yaml` says whose tokens open the admin API, where those of the API's callers are not to. */
import { z } from 'zod'
import { asNonEmpty } from './fields.ts'
import { audience, issuer } from './issuer-schema.ts'

/** A member of an environment. */
export const admin = {
  admin: z
    .strictObject(
      {
        issuers: z
          .array(issuer, { error: 'write a list of issuers' })
          .min(1, { error: 'without an issuer nobody ever opens the admin API' })
          .transform(asNonEmpty)
          .describe('The authorization servers whose access tokens open the admin API: these alone, and nothing else.'),
        audience: audience.describe("Instead of the environment's.").optional(),
      },
      { error: 'write a map with `issuers`' },
    )
    .describe("Whose access tokens open the admin API; those of the environment's issuers where left out.")
    .optional(),
}
