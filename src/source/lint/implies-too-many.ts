/** Everything that a scope implies is written out in the release, which long chains would make as large as their square. */
import { quoted } from '../diagnostic.ts'
import { closeImplications, MOST_IMPLIED } from '../implication.ts'
import { implicationsOf } from '../model.ts'
import type { PartLint } from './lint.ts'

export const impliesTooMany: PartLint = {
  rule: 'implies-too-many',
  find: ({ scopes }) => {
    const closure = closeImplications(implicationsOf(scopes))
    const isTooMany = (name: string) => (closure.get(name)?.size ?? 0) > MOST_IMPLIED
    return scopes
      .filter(({ name, implies }) => isTooMany(name) && !implies.some(({ text }) => isTooMany(text)))
      .map(({ name, at }) => ({
        at,
        message: `the scope ${quoted(name)} implies more than ${MOST_IMPLIED} others`,
        help: 'shorten the chain that begins here',
      }))
  },
}
