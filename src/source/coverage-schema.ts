/** The shape of `coverage` in `gateway.yaml`: which descriptions the map is held against, and how much may be amiss. */
import { z } from 'zod'
import { parseThreshold } from './coverage/threshold.ts'
import { exactText, hostPattern, identifier, listOf, textThat } from './fields.ts'

const threshold = z
  .union(
    [
      z.int().min(0).transform(String),
      textThat(isThreshold, 'is no threshold', 'write a number, or a share as `2.5%`'),
    ],
    {
      error: 'write a number, or a share as `2.5%`',
    },
  )
  .transform((text) => parseThreshold(text) ?? { kind: 'count' as const, value: 0 })

function isThreshold(text: string): boolean {
  return parseThreshold(text) !== undefined
}

const file = exactText('write the path of an OpenAPI description, from the folder of the map on')
const basePath = textThat(
  (text) => text === '' || /^\/[^?#\s]*[^/?#\s]$/.test(text),
  'is no base path',
  'write it as `/v1`, without a slash at the end',
)

const description = z.strictObject(
  {
    file: file.describe('An OpenAPI description, from the folder of the map on.'),
    host: hostPattern
      .describe('The host of the map that it is served on, instead of the hosts of its servers.')
      .optional(),
    basePath: basePath.describe('Instead of the base paths of its servers.').optional(),
  },
  { error: 'write a path, or `{ file: ..., host: ..., basePath: ... }`' },
)

export const coverage = z.strictObject(
  {
    documents: z
      .array(
        z.union([file.transform((path) => ({ file: path })), description], {
          error: 'write a path, or a map with `file`',
        }),
        {
          error: 'write a list of paths',
        },
      )
      .min(1, { error: 'name at least one description' })
      .describe('OpenAPI descriptions, from the folder of the map on.'),
    services: listOf(identifier, 'write a list of services')
      .describe('The services that the descriptions are about; all, if left out.')
      .optional(),
    maxUnmapped: threshold.describe('How many operations may have no rule.').optional(),
    maxStale: threshold.describe('How many rules may have no operation.').optional(),
    maxMismatch: threshold.describe('How many operations may ask for something else than their rule.').optional(),
  },
  { error: 'write a map with `documents`' },
)
