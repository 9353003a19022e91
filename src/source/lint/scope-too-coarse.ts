/** Words that say nothing of what they open, from `naming.tooCoarse`. */
import { quoted } from '../diagnostic.ts'
import type { PartLint } from './lint.ts'

export const scopeTooCoarse: PartLint = {
  rule: 'scope-too-coarse',
  find: ({ scopes, conventions: { tooCoarse } }) => {
    const words = new Set(tooCoarse.map((word) => word.toLowerCase()))
    return scopes
      .filter(({ name }) => words.has(name.toLowerCase()))
      .map(({ name, at }) => ({
        at,
        subject: name,
        message: `the scope name ${quoted(name)} is too coarse`,
        help: `say of what, for example ${quoted(`invoices:${name}`)}`,
      }))
  },
}
