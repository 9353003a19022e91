/** A scope belongs to one service: two declarations would be two owners and two sets of conditions. */
import { quoted } from '../diagnostic.ts'
import type { DeclaredScope } from '../model.ts'
import type { PartLint } from './lint.ts'

export const duplicateScope: PartLint = {
  rule: 'duplicate-scope',
  find: ({ scopes }) => {
    const firstOf = new Map<string, DeclaredScope>()
    return scopes.flatMap((scope) => {
      const first = firstOf.get(scope.name)
      if (first === undefined) {
        firstOf.set(scope.name, scope)
        return []
      }
      return [
        {
          at: scope.at,
          message: `the scope ${quoted(scope.name)} is declared a second time`,
          help: 'declare it in the service that owns it; other services can require it without declaring it',
          related: [{ message: `the service ${quoted(first.service)} declares it here`, at: first.at }],
        },
      ]
    })
  },
}
