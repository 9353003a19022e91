/** What is right about a file that is wrong in places, so that one run also checks how its right parts fit together. */
import type { z } from 'zod'
import { type Checked, checkSchema } from './check-schema.ts'
import type { MapDocument, Path } from './document.ts'

export interface SoundPartOptions {
  /** How many steps below the top an entry of its own lies, by the first step; 1 where nothing is said. */
  readonly entryDepths: Readonly<Record<string, number>>
  /** Stands in for keys that are wrong. Nothing is ever compiled from it, for there was an error. */
  readonly filler: Readonly<Record<string, unknown>>
}

/** The value without the entries that are wrong; absent where nothing is left. The diagnostics are those of the whole. */
export function checkSoundPart<T>(schema: z.ZodType<T>, document: MapDocument, options: SoundPartOptions): Checked<T> {
  const whole = checkSchema(schema, document, document.root.value)
  if (whole.value !== undefined) return whole
  const wrong = whole.faults.map((path) => path.slice(0, options.entryDepths[String(path[0])] ?? 1))
  if (wrong.some((path) => path.length === 0)) return whole
  const wrongKeys = new Set(wrong.map(([key]) => key))
  const filler = Object.entries(options.filler).filter(([key]) => wrongKeys.has(key))
  const rest = { ...Object(without(document.root.value, wrong)), ...Object.fromEntries(filler) }
  const { value } = checkSchema(schema, document, rest)
  return value === undefined ? whole : { ...whole, value }
}

/** A copy that lacks what lies at the paths. */
function without(value: unknown, paths: readonly Path[]): unknown {
  if (paths.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const below = new Map<string, Path[]>()
  for (const [step, ...rest] of paths) {
    const inside = below.get(String(step))
    if (inside === undefined) below.set(String(step), [rest])
    else inside.push(rest)
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => {
      const inside = below.get(key) ?? []
      return inside.some((path) => path.length === 0) ? [] : [[key, without(child, inside)]]
    }),
  )
}
