/** Names are compared exactly (clause 1.4), so an asterisk in one is a letter like any other: whoever reads it as a pattern is wrong. */
import { quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

export const wildcardScope: WholeLint = {
  rule: 'wildcard-scope',
  find: ({ scopes }) =>
    scopes
      .filter(({ name }) => name.includes('*'))
      .map(({ name, at }) => ({
        at,
        subject: name,
        message: `the scope name ${quoted(name)} looks like a pattern, and is none`,
        help: 'choose a name without `*`, and list under `implies` what it contains',
      })),
}
