/** The JSON Schemas that editors use, from the schemas that files are checked with. */
import { z } from 'zod'
import { gatewayFile } from './gateway-file.ts'
import { testsFile } from './policy-test/tests-file.ts'
import { serviceFile } from './service-file.ts'

export interface SchemaFile {
  /** Below the folder of the map. */
  readonly path: string
  readonly text: string
}

/** The files to commit. The same on every machine. */
export const jsonSchemaFiles = (): readonly SchemaFile[] => [
  schemaFile('schema/service.schema.json', 'A service of a Scopewall scope map', serviceFile),
  schemaFile('schema/gateway.schema.json', 'What the services of a Scopewall scope map share', gatewayFile),
  schemaFile('schema/tests.schema.json', 'Policy tests of a Scopewall scope map', testsFile),
]

function schemaFile(path: string, title: string, schema: z.ZodType): SchemaFile {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' })
  return { path, text: `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n` }
}
