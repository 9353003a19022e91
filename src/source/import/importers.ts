/** Every format that can be imported, by the name that the command line has for it. */

import { importAws } from './aws.ts'
import type { Importer } from './importer.ts'
import { importOpenApi } from './openapi.ts'
import { importTyk } from './tyk.ts'

export interface ImportFormat {
  /** As people call it. */
  readonly product: string
  readonly read: Importer
}

export const IMPORT_FORMATS: Readonly<Record<string, ImportFormat>> = {
  openapi: { product: 'OpenAPI', read: importOpenApi },
  aws: { product: 'AWS API Gateway', read: importAws },
  tyk: { product: 'Tyk OAS', read: importTyk },
}
