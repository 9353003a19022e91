/** A deprecation without an end is read as "some day", and nobody moves. */
import { quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

export const deprecatedWithoutSunset: WholeLint = {
  rule: 'deprecated-without-sunset',
  find: ({ scopes }) =>
    scopes.flatMap(({ name, deprecated }) =>
      deprecated === undefined || deprecated.sunset !== undefined
        ? []
        : [
            {
              at: deprecated.since.at,
              subject: name,
              message: `the scope ${quoted(name)} is deprecated without a day on which it ends`,
              help: 'write `sunset`, the day from which on it grants nothing: clients are told it in every answer',
            },
          ],
    ),
}
