/** An implication that another one of the same scope contains already. Off unless asked for: to write both can be meant as a help to readers. */
import { type Finding, quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

export const redundantImplies: WholeLint = {
  rule: 'redundant-implies',
  find: ({ scopes }, { document }) =>
    scopes.flatMap(({ name, implies }) =>
      implies.flatMap(({ text, at }): readonly Finding[] => {
        const container = implies.find((other) => document.scopes[other.text]?.implies?.includes(text))
        if (container === undefined) return []
        return [
          {
            at,
            subject: name,
            message: `${quoted(name)} implies ${quoted(text)} by way of ${quoted(container.text)} already`,
            help: 'remove it from the list',
            related: [{ message: 'this one contains it', at: container.at }],
            fix: 'remove-item',
          },
        ]
      }),
    ),
}
