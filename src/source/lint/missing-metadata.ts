/** What `metadata.required` asks beyond what the format asks anyway: owner, reason and sensitivity every scope has. */
import { quoted } from '../diagnostic.ts'
import type { PartLint } from './lint.ts'

export const missingMetadata: PartLint = {
  rule: 'missing-metadata',
  find: ({ scopes, conventions: { reviewRequired } }) =>
    scopes
      .filter(({ review }) => reviewRequired && review === undefined)
      .map(({ name, at }) => ({
        at,
        subject: name,
        message: `the scope ${quoted(name)} has no \`review\``,
        help: 'write the day by which somebody must ask whether it is still needed: `review: 2027-03-31`',
      })),
}
