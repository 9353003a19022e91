/** Two rules for the same requests at equal rank (clause 3.3): which of them decides would be chance. */
import { quoted } from '../diagnostic.ts'
import type { DeclaredRule } from '../model.ts'
import type { PartLint } from './lint.ts'

export const overlappingRules: PartLint = {
  rule: 'overlapping-rules',
  find: ({ rules }) => {
    const firstOf = new Map<string, DeclaredRule>()
    return rules.flatMap((rule) => {
      const key = `${rule.method} ${rule.host}/${rule.template.shape}`
      const first = firstOf.get(key)
      if (first === undefined) {
        firstOf.set(key, rule)
        return []
      }
      return [
        {
          at: rule.at,
          message: `${describe(rule)} covers the same requests as ${describe(first)}`,
          help: 'remove one of them, or make their paths, methods or hosts differ',
          related: [{ message: 'the other one is here', at: first.at }],
        },
      ]
    })
  },
}

const describe = ({ method, host, template }: DeclaredRule): string => quoted(`${method} ${host}${template.text}`)
