/** What a lint is. Each has a file of its own; `index.ts` lists them. */
import type { Release } from '../../policy/decode.ts'
import type { DiagnosticRule, Finding } from '../diagnostic.ts'
import type { ScopeMap } from '../model.ts'

/** Looks at the parts that could be read; makes sense also while others are wrong. `today` is `YYYY-MM-DD`. */
export interface PartLint {
  readonly rule: DiagnosticRule
  readonly find: (map: ScopeMap, today: string) => readonly Finding[]
}

/** Looks at a map that has no errors so far, and at the release that the gate would run on. */
export interface WholeLint {
  readonly rule: DiagnosticRule
  readonly find: (map: ScopeMap, release: Release, today: string) => readonly Finding[]
}
