/** Finding the part of a schema that a path leads to, for its list of keys. */
import { z } from 'zod'
import type { Path } from './document.ts'

/** Every schema that a value at the path may be meant for. */
export function schemasAt(schema: z.ZodType, path: Path): readonly z.ZodType[] {
  let here = unwrap(schema)
  for (const step of path) here = here.flatMap((each) => childrenOf(each, step)).flatMap(unwrap)
  return here
}

function unwrap(schema: z.core.$ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) return unwrap(schema.unwrap())
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap)
  if (schema instanceof z.ZodPipe) return unwrap(schema.in)
  return schema instanceof z.ZodType ? [schema] : []
}

function childrenOf(schema: z.ZodType, step: string | number): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodObject) return [schema.shape[step]].filter((child) => child !== undefined)
  if (schema instanceof z.ZodRecord) return [schema.valueType]
  return schema instanceof z.ZodArray ? [schema.element] : []
}
