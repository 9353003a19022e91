/** What an OpenAPI description says of its operations: addresses, and who may call them. Nothing here is guessed or filled in. */
import type { Finding, Place } from '../diagnostic.ts'
import type { ApiReading, Located } from './follow.ts'

export const OPENAPI_VERSIONS = ['2.0', '3.0', '3.1', '3.2'] as const
export type OpenApiVersion = (typeof OPENAPI_VERSIONS)[number]

export interface ApiDescription {
  readonly version: OpenApiVersion
  readonly title?: string
  readonly description?: string
  /** Of the document as a whole. */
  readonly servers: readonly ApiServer[]
  readonly security: ApiSecurity
  /** By name. */
  readonly schemes: ReadonlyMap<string, SecurityScheme>
  /** In the order of the document. Webhooks and callbacks are requests that others answer, and not among them. */
  readonly operations: readonly ApiOperation[]
  /** Paths whose operations could not be read: all that is known is that there may be some. */
  readonly unread: readonly Finding[]
  /** For what extensions say. */
  readonly root: Located
}

export interface ApiOperation {
  /** Upper case, save for methods that `additionalOperations` (3.2) spells otherwise. */
  readonly method: string
  /** The template as it is written, without the base path. */
  readonly path: string
  readonly operationId?: string
  readonly summary?: string
  readonly isDeprecated: boolean
  readonly tags: readonly string[]
  readonly at: Place
  /** What holds for this operation after inheritance. */
  readonly security: ApiSecurity
  readonly servers: readonly ApiServer[]
  /** Parameters of the path whose value may hold a slash. */
  readonly slashParameters: readonly string[]
  readonly node: Located
}

/** Any of the alternatives; an empty list lets everybody in, and so does an alternative without schemes. */
export type ApiSecurity =
  /** Neither the operation nor the document says anything. OpenAPI: nothing is required. */
  | { readonly kind: 'undeclared' }
  | {
      readonly kind: 'declared'
      readonly anyOf: readonly SecurityAlternative[]
      readonly by: 'operation' | 'document'
      readonly at: Place
    }
  /** Something is there that is no list. */
  | { readonly kind: 'unreadable'; readonly at: Place }

export type SecurityAlternative =
  /** All of the schemes; without any, everybody. */
  | { readonly kind: 'all'; readonly uses: readonly SchemeUse[]; readonly at: Place }
  /** It says something that has no meaning: nobody can tell what it asks for. */
  | { readonly kind: 'unreadable'; readonly at: Place }

export interface SchemeUse {
  readonly scheme: string
  /** All of them, each once; of schemes that have no scopes, names of roles (3.1). */
  readonly scopes: readonly string[]
}

export type SchemeKind =
  | 'oauth2'
  | 'openIdConnect'
  | 'bearer'
  | 'basic'
  /** Another HTTP authentication scheme. */
  | 'http'
  | 'apiKey'
  | 'mutualTLS'
  /** Of a type that no version of OpenAPI knows, or declared in a way that cannot be read. */
  | 'unknown'

export interface SecurityScheme {
  readonly name: string
  readonly kind: SchemeKind
  /** `header X-Api-Key`, the HTTP scheme, the unknown type. */
  readonly detail?: string
  readonly description?: string
  /** Name -> description of all flows together. */
  readonly scopes: ReadonlyMap<string, string>
  readonly at: Place
  readonly node: Located
}

export interface ApiServer {
  /** As written. */
  readonly url: string
  readonly at: Place
  /** One for each combination of the values that its variables may have. */
  readonly addresses: readonly ServerAddress[]
}

export interface ServerAddress {
  /** Lower case, without the port; absent where the description leaves it to whoever serves it. */
  readonly host?: string
  /** Empty, or begins with `/` and does not end in one. */
  readonly basePath: string
  /** What holds a variable whose values are not listed, so that its default is one of many. */
  readonly open?: 'host' | 'path'
}

export interface ApiDescriptionReading {
  /** Absent where the text is no description. */
  readonly api?: ApiDescription
  /** Without it, what keeps the text from being one; otherwise what was left out or read in one of several ways. */
  readonly problems: readonly Finding[]
  /** For importers that look at extensions. */
  readonly reading: ApiReading
}
