/** A value of a document against a schema: the checked value, or a diagnostic for each thing that is wrong, at its place. */
import type { z } from 'zod'
import { describeFault, type Fault, type Issue } from './describe-fault.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'

export interface Checked<T> {
  /** Absent where anything is wrong. */
  readonly value?: T
  readonly diagnostics: readonly Diagnostic[]
  /** The paths of what is wrong. */
  readonly faults: readonly Path[]
}

/** The value is the document's, or a part of it. */
export function checkSchema<T>(schema: z.ZodType<T>, document: MapDocument, value: unknown): Checked<T> {
  // Zod's own wording is not used; an empty message says that the schema has none of its own.
  const parsed = schema.safeParse(value, { error: () => '' })
  if (parsed.success) return { value: parsed.data, diagnostics: [], faults: [] }
  const faults = parsed.error.issues.flatMap((issue) => flatten(issue, []))
  return {
    diagnostics: faults.flatMap((fault) => describeFault(schema, document, fault)),
    faults: faults.flatMap(pathsOf),
  }
}

const pathsOf = ({ issue, path }: Fault): readonly Path[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path]

/** The issues of the branch that was meant take the place of a union's own, those of a key the place of its record's. */
function flatten(issue: Issue, above: Path): readonly Fault[] {
  const path = [...above, ...issue.path.map(stepOf)]
  if (issue.code === 'invalid_key') return issue.issues.map((inner) => ({ issue: inner, path, isKey: true }))
  if (issue.code !== 'invalid_union') return [{ issue, path }]
  const meant = issue.errors.find((issues) => !issues.some(isOfOtherType))
  return meant === undefined ? [{ issue, path }] : meant.flatMap((inner) => flatten(inner, path))
}

const stepOf = (step: PropertyKey): string | number => (typeof step === 'number' ? step : String(step))

/** The branch is for values of another type, or for other words. */
const isOfOtherType = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union')
