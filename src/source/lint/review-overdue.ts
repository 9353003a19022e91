/** A scope that nobody has looked at by the day they promised to. */
import { quoted } from '../diagnostic.ts'
import type { PartLint } from './lint.ts'

export const reviewOverdue: PartLint = {
  rule: 'review-overdue',
  find: ({ scopes }, today) =>
    scopes.flatMap(({ name, owner, review }) =>
      review === undefined || review.text >= today
        ? []
        : [
            {
              at: review.at,
              subject: name,
              message: `the review of the scope ${quoted(name)} was due on ${review.text}`,
              help: `ask ${quoted(owner)} whether it is still needed, then set a new day`,
            },
          ],
    ),
}
