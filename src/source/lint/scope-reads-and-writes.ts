/** A scope that is the only way to read something and also lets one change things: whoever needs to look must be trusted to write. */
import { type Finding, quoted } from '../diagnostic.ts'
import { type DeclaredRule, ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'
import { isRead, isWrite } from './route.ts'

export const scopeReadsAndWrites: WholeLint = {
  rule: 'scope-reads-and-writes',
  find: ({ scopes, rules }) => {
    const reads = new Map<string, DeclaredRule>()
    const writes = new Map<string, DeclaredRule>()
    for (const rule of rules) {
      const alone = opensAlone(rule)
      const [only, ...others] = alone
      // Where something else lets one read, too, whoever needs to look can ask for that.
      if (only !== undefined && others.length === 0 && isOnlyAlternative(rule) && isRead(rule)) keep(reads, only, rule)
      if (only !== undefined && isWrite(rule)) for (const name of alone) keep(writes, name, rule)
    }
    return scopes.flatMap(({ name, at, deprecated }): readonly Finding[] => {
      const [read, write] = [reads.get(name), writes.get(name)]
      // A deprecated one is being split, as like as not.
      if (read === undefined || write === undefined || deprecated !== undefined) return []
      return [
        {
          at,
          subject: name,
          message: `the scope ${quoted(name)} guards both reads and writes`,
          help: 'give reads a scope of their own, and let this one imply it',
          related: [
            { message: `it alone lets one read ${quoted(ruleId(read))}`, at: read.at },
            { message: `it also opens ${quoted(ruleId(write))}`, at: write.at },
          ],
        },
      ]
    })
  },
}

/** The scopes that open a rule by themselves. */
const opensAlone = ({ requirement }: DeclaredRule): readonly string[] =>
  requirement.kind === 'scopes'
    ? requirement.anyOf.flatMap(([first, ...more]) => (first !== undefined && more.length === 0 ? [first.text] : []))
    : []

const isOnlyAlternative = ({ requirement }: DeclaredRule): boolean =>
  requirement.kind === 'scopes' && requirement.anyOf.length === 1

function keep(found: Map<string, DeclaredRule>, name: string, rule: DeclaredRule): void {
  if (!found.has(name)) found.set(name, rule)
}
