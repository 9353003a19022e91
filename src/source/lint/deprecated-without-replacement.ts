/** Clients that are told to leave a scope want to know where to go. */
import { quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

export const deprecatedWithoutReplacement: WholeLint = {
  rule: 'deprecated-without-replacement',
  find: ({ scopes }) =>
    scopes.flatMap(({ name, deprecated }) =>
      // An announcement can say that nothing takes its place.
      deprecated === undefined || deprecated.replacedBy.length > 0 || deprecated.link !== undefined
        ? []
        : [
            {
              at: deprecated.since.at,
              subject: name,
              message: `the scope ${quoted(name)} is deprecated, and nothing says what to ask for instead`,
              help: 'write `replacedBy`, or `link` to an announcement where nothing takes its place',
            },
          ],
    ),
}
