/** A scope that contains one of another service and another owner: its holders get in there, and who answers for it there was never asked. */
import { type Finding, quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

export const impliesAcrossOwners: WholeLint = {
  rule: 'implies-across-owners',
  find: ({ scopes }) => {
    const declared = new Map(scopes.map((scope) => [scope.name, scope]))
    return scopes.flatMap(({ name, service, owner, implies }) =>
      implies.flatMap(({ text, at }): readonly Finding[] => {
        const implied = declared.get(text)
        if (implied === undefined || implied.service === service || implied.owner === owner) return []
        return [
          {
            at,
            subject: name,
            message: `the scope ${quoted(name)} of ${quoted(owner)} implies ${quoted(text)}, for which ${quoted(implied.owner)} answers`,
            help: 'let clients ask for both; where the other owner has agreed, make it an exception and say so',
            related: [{ message: `${quoted(text)} is declared here`, at: implied.at }],
          },
        ]
      }),
    )
  },
}
