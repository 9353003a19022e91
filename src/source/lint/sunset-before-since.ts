/** A scope cannot end before its end was announced. */
import { quoted } from '../diagnostic.ts'
import type { PartLint } from './lint.ts'

export const sunsetBeforeSince: PartLint = {
  rule: 'sunset-before-since',
  find: ({ scopes }) =>
    scopes.flatMap(({ name, deprecated }) => {
      const { since, sunset } = deprecated ?? {}
      if (since === undefined || sunset === undefined || sunset.text >= since.text) return []
      return [
        {
          at: sunset.at,
          message: `the scope ${quoted(name)} ends on ${sunset.text}, before its deprecation on ${since.text}`,
          help: 'swap the two days, or correct one of them',
          related: [{ message: 'the deprecation', at: since.at }],
        },
      ]
    }),
}
