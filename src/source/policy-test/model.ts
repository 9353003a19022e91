/** Policy tests, read and checked: ready to be judged. */
import type { DenialCode } from '../../policy/denial.ts'
import type { NonEmpty } from '../../policy/result.ts'
import type { Place } from '../diagnostic.ts'
import type { ImaginedCaller } from '../imagined-caller.ts'
import type { RequestText } from '../judge-request.ts'

/** What a case asks of the decision. */
export type Expected =
  | { readonly kind: 'allow' }
  | { readonly kind: 'observe' }
  /** Any denial at all. */
  | { readonly kind: 'deny' }
  | {
      readonly kind: 'denials'
      readonly codes: NonEmpty<DenialCode>
      /** The codes are all there are, and not only the first. */
      readonly isComplete: boolean
      /** Ascending. */
      readonly missing?: readonly string[]
      readonly required?: readonly string[]
    }

export interface Expectation {
  /** A name of the file's callers, or `nobody`. */
  readonly caller: string
  readonly expected: Expected
  readonly at: Place
}

/** One request; a case that lists several is here several times. */
export interface TestCase {
  readonly name?: string
  /** As it is written. */
  readonly text: string
  readonly request: RequestText
  readonly expectations: readonly Expectation[]
  readonly at: Place
}

export interface TestFile {
  readonly path: string
  /** What its tests are about. */
  readonly about: string
  /** `YYYY-MM-DD`; absent: the day they run. */
  readonly today?: string
  /** By name, without `nobody`. */
  readonly callers: ReadonlyMap<string, ImaginedCaller>
  readonly cases: readonly TestCase[]
}
