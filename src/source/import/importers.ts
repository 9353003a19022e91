/** Every format that can be imported, by the name that the command line has for it. */
import type { Importer } from './importer.ts'
import { importOpenApi } from './openapi.ts'

export interface ImportFormat {
  /** As people call it. */
  readonly product: string
  readonly read: Importer
}

export const IMPORT_FORMATS: Readonly<Record<string, ImportFormat>> = {
  openapi: { product: 'OpenAPI', read: importOpenApi },
}
