/** A scope that contains so much that nobody who grants it can say what it opens. */
import { quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

/** The largest scopes of real maps stay below both. */
const MOST_SCOPES = 20
const MOST_SERVICES = 3

export const impliesTooBroad: WholeLint = {
  rule: 'implies-too-broad',
  find: ({ scopes }, { document }) =>
    scopes.flatMap(({ name, at }) => {
      const implied = document.scopes[name]?.implies ?? []
      const services = new Set([name, ...implied].map((each) => document.scopes[each]?.service))
      if (implied.length <= MOST_SCOPES && services.size <= MOST_SERVICES) return []
      return [
        {
          at,
          subject: name,
          message: `the scope ${quoted(name)} implies ${implied.length} others of ${services.size} services`,
          help: `let it imply ${MOST_SCOPES} scopes of ${MOST_SERVICES} services at most, and give people several narrower ones`,
        },
      ]
    }),
}
