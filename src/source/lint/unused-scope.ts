/** A scope is of use if some rule asks for it, or for one that it implies. */
import { quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

export const unusedScope: WholeLint = {
  rule: 'unused-scope',
  find: ({ scopes }, { document }) => {
    const required = new Set(document.rules.flatMap(({ anyOf }) => anyOf?.flat() ?? []))
    const isUsed = (name: string) =>
      [name, ...(document.scopes[name]?.implies ?? [])].some((each) => required.has(each))
    return scopes
      .filter(({ name }) => !isUsed(name))
      .map(({ name, at }) => ({
        at,
        subject: name,
        message: `the scope ${quoted(name)} lets no request in: no rule asks for it or for what it implies`,
        help: 'require it somewhere, or remove it',
      }))
  },
}
