/** The convention of the organisation, from `naming.pattern`. */
import { quoted } from '../diagnostic.ts'
import type { PartLint } from './lint.ts'

export const scopeNaming: PartLint = {
  rule: 'scope-naming',
  find: ({ scopes, conventions: { pattern } }) =>
    pattern === undefined
      ? []
      : scopes
          .filter(({ name }) => !pattern.expression.test(name))
          .map(({ name, at }) => ({
            at,
            subject: name,
            message: `the scope name ${quoted(name)} does not follow the convention`,
            help: `\`gateway.yaml\` wants names that match ${quoted(pattern.source)}`,
          })),
}
