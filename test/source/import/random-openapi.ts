/** Random descriptions of all versions, as JSON values, and what OpenAPI says of a caller, read from the raw value by code of its own. */
import fc from 'fast-check'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const SCOPES = ['a:read', 'a:write', 'b:read', 'b:admin', 'c'] as const
/** The first four carry tokens. */
const SCHEMES = ['oauth', 'oauth2', 'oidc', 'bearer', 'key', 'basic', 'cert', 'missing'] as const
const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'options'] as const

const scopes = fc.subarray([...SCOPES], { maxLength: 3 })
const alternative = (names: readonly string[]): fc.Arbitrary<JsonObject> =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), scopes), {
      minLength: 1,
      maxLength: 2,
      selector: ([name]) => name,
    })
    .map((uses) => Object.fromEntries(uses.map(([name, list]) => [name, /oauth|oidc/.test(name) ? list : []])))

/** Weighted so that most operations can be said exactly. */
const security: fc.Arbitrary<Json> = fc.oneof(
  { weight: 6, arbitrary: fc.array(alternative(SCHEMES.slice(0, 4)), { minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: fc.array(alternative(SCHEMES), { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: alternative(SCHEMES).map((one): Json => [{}, one]) },
)

const operation = fc
  .record(
    {
      security,
      operationId: fc.string({ maxLength: 8 }),
      deprecated: fc.boolean(),
      tags: fc.array(fc.string({ maxLength: 5 })),
    },
    { requiredKeys: [] },
  )
  .map((each): JsonObject => ({ ...each, responses: { 200: { description: 'Fine.' } } }))

const segment = fc.constantFrom(
  'a',
  'b',
  'Files',
  'files',
  'x.json',
  'caf\u00e9',
  '{id}',
  '{petId}',
  '{a.b}',
  '{id}:cancel',
  'v{n}',
)
const path = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '', '', '/'))
  .map(([parts, end]) => `/${parts.map((part, index) => part.replace(/\{(\w)/, `{p${index}$1`)).join('/')}${end}`)

const pathItem = fc.dictionary(fc.constantFrom(...METHODS), operation, {
  minKeys: 1,
  maxKeys: 3,
  noNullPrototype: true,
})

export interface RandomApi {
  readonly document: JsonObject
}

const declaredScopes = Object.fromEntries(SCOPES.slice(0, 4).map((scope) => [scope, `Lets ${scope}.`]))

const schemes3: JsonObject = {
  oauth: {
    type: 'oauth2',
    flows: { clientCredentials: { tokenUrl: 'https://login.example.com', scopes: declaredScopes } },
  },
  oauth2: { type: 'oauth2', flows: { implicit: { authorizationUrl: 'https://login.example.com', scopes: {} } } },
  oidc: { type: 'openIdConnect', openIdConnectUrl: 'https://login.example.com' },
  bearer: { type: 'http', scheme: 'bearer' },
  key: { type: 'apiKey', in: 'header', name: 'X-Key' },
  basic: { type: 'http', scheme: 'basic' },
  cert: { type: 'mutualTLS' },
}

const schemes2: JsonObject = {
  oauth: { type: 'oauth2', flow: 'application', scopes: declaredScopes },
  oauth2: { type: 'oauth2', flow: 'implicit', scopes: {} },
  key: { type: 'apiKey', in: 'header', name: 'X-Key' },
  basic: { type: 'basic' },
}

export function randomApi(maxPaths: number, minPaths = 0): fc.Arbitrary<RandomApi> {
  return fc
    .record({
      version: fc.constantFrom('2.0', '3.0.3', '3.1.0'),
      paths: fc.dictionary(path, pathItem, {
        minKeys: minPaths,
        maxKeys: maxPaths,
        noNullPrototype: true,
        ...(minPaths > 20 && { size: 'max' as const }),
      }),
      security: fc.option(security, { nil: undefined }),
      host: fc.constantFrom('api.example.com', 'API.example.com:443'),
      basePath: fc.constantFrom('', '/v1', '/v1/'),
    })
    .map(({ version, paths, security: shared, host, basePath }) => {
      const common = {
        info: { title: 'Random', version: '1' },
        paths,
        ...(shared !== undefined && { security: shared }),
      }
      const document: JsonObject =
        version === '2.0'
          ? { swagger: '2.0', host, ...(basePath !== '' && { basePath }), securityDefinitions: schemes2, ...common }
          : {
              openapi: version,
              servers: [{ url: `https://${host}${basePath}` }],
              components: { securitySchemes: schemes3 },
              ...common,
            }
      return { document }
    })
}

/** What OpenAPI says of one operation: who gets in, whoever checks it. */
export interface Reading {
  readonly method: string
  /** The template, base path included. */
  readonly path: string
  /** Whether all that is asked for can be seen in a token. */
  readonly isAboutTokens: boolean
  /** Whether a request that holds a token with these scopes, or none, gets in; it carries no key, password or certificate. */
  readonly allows: (held: readonly string[] | undefined) => boolean
}

/** From the raw value alone. */
export function readRaw(document: JsonObject): readonly Reading[] {
  const isTwo = document.swagger !== undefined
  const components = document.components
  const declared = isTwo ? document.securityDefinitions : isObject(components) ? components.securitySchemes : undefined
  const isTokenScheme = (name: string): boolean => {
    const scheme = isObject(declared) && Object.hasOwn(declared, name) ? declared[name] : undefined
    if (!isObject(scheme)) return false
    return (
      scheme.type === 'oauth2' ||
      scheme.type === 'openIdConnect' ||
      (scheme.type === 'http' && scheme.scheme === 'bearer')
    )
  }
  const server = Array.isArray(document.servers) ? document.servers[0] : undefined
  const url = isTwo ? String(document.basePath ?? '') : isObject(server) ? new URL(String(server.url)).pathname : ''
  const base = url.replace(/\/$/, '')
  const { paths } = document
  return Object.entries(isObject(paths) ? paths : {}).flatMap(([template, item]) =>
    Object.entries(isObject(item) ? item : {}).map(([method, value]): Reading => {
      const asked = (isObject(value) ? value.security : undefined) ?? document.security ?? []
      const alternatives = (Array.isArray(asked) ? asked : []).filter(isObject)
      return {
        method: method.toUpperCase(),
        path: base + template,
        isAboutTokens: alternatives.every(
          (each) => Object.keys(each).length > 0 && Object.keys(each).every(isTokenScheme),
        ),
        allows: (held) =>
          alternatives.length === 0 ||
          alternatives.some((each) =>
            Object.entries(each).every(
              ([name, list]) =>
                held !== undefined &&
                isTokenScheme(name) &&
                Array.isArray(list) &&
                list.every((scope) => held.includes(String(scope))),
            ),
          ),
      }
    }),
  )
}

/** Callers worth asking about: nobody, and every set of the scopes. */
export const CALLERS: readonly (readonly string[] | undefined)[] = [
  undefined,
  ...Array.from({ length: 2 ** SCOPES.length }, (_, bits) => SCOPES.filter((_, index) => (bits >> index) & 1)),
]
