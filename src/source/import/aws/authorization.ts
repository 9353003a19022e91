/** How API Gateway authorizes one method: by no authorizer, by one that looks at a token, or by one that the map knows nothing of. */
import { quoted } from '../../diagnostic.ts'
import type { ApiDescription, ApiOperation, SchemeUse, SecurityScheme } from '../../openapi/api.ts'
import { type ApiReading, member, textAt } from '../../openapi/follow.ts'

export interface AwsAuthorization {
  readonly kind: 'none' | 'token' | 'other'
  /** Any one of them is enough; none: any token. */
  readonly scopes: readonly string[]
  /** `apiKeyRequired`. */
  readonly needsKey: boolean
  /** What `other` is. */
  readonly why: string
  /** A user pool without scopes: it is the ID token that is looked at. */
  readonly isIdToken: boolean
  /** Inherited, while API Gateway writes security at each method. */
  readonly isOfDocument: boolean
  /** A scheme that stands for no authorizer. */
  readonly isUnchecked: boolean
}

const NONE: AwsAuthorization = {
  kind: 'none',
  scopes: [],
  needsKey: false,
  why: '',
  isIdToken: false,
  isOfDocument: false,
  isUnchecked: false,
}

export function awsAuthorization(
  reading: ApiReading,
  { schemes }: ApiDescription,
  { security, node }: ApiOperation,
): AwsAuthorization {
  const auth = member(reading, node, 'x-amazon-apigateway-auth')
  const type = auth && textAt(reading, auth, 'type')?.toUpperCase()
  if (type === 'AWS_IAM') return other('it needs a request that is signed with AWS credentials')
  if (security.kind === 'unreadable') return other('its `security` is no list')
  // What the extension says of an authorizer and what `security` says must agree: neither is dropped in favour of nothing.
  if (security.kind === 'undeclared')
    return type === undefined || type === 'NONE'
      ? NONE
      : other(`its authorizer, of the type ${quoted(type)}, is not named`)
  if (security.anyOf.some(({ kind }) => kind === 'unreadable'))
    return other('its `security` holds something that is no map')
  const uses = security.anyOf.flatMap((alternative) => (alternative.kind === 'all' ? alternative.uses : []))
  const keys = uses.filter(({ scheme }) => isUsageKey(reading, schemes.get(scheme)))
  const authorizers = uses.filter((use) => !keys.includes(use))
  const needsKey = keys.length > 0
  const [first, ...others] = authorizers
  if (first === undefined)
    return type === undefined || type === 'NONE'
      ? { ...NONE, needsKey }
      : other(`its authorizer, of the type ${quoted(type)}, is not named`)
  if (type === 'NONE') return other(`it names the authorizer ${quoted(first.scheme)} and says that it has none`)
  if (others.some(({ scheme }) => scheme !== first.scheme))
    return other('it names several authorizers, of which API Gateway takes one')
  return { ...authorizerOf(reading, first, authorizers, schemes), needsKey, isOfDocument: security.by === 'document' }
}

const other = (why: string): AwsAuthorization => ({ ...NONE, kind: 'other', why })

/** An API key of a usage plan: a scheme of that type that stands for no authorizer. */
const isUsageKey = (reading: ApiReading, scheme: SecurityScheme | undefined): boolean =>
  scheme?.kind === 'apiKey' &&
  member(reading, scheme.node, 'x-amazon-apigateway-authorizer') === undefined &&
  member(reading, scheme.node, 'x-amazon-apigateway-authtype') === undefined

function authorizerOf(
  reading: ApiReading,
  { scheme: name }: SchemeUse,
  uses: readonly SchemeUse[],
  schemes: ReadonlyMap<string, SecurityScheme>,
): AwsAuthorization {
  const scheme = schemes.get(name)
  const authorizer = scheme && member(reading, scheme.node, 'x-amazon-apigateway-authorizer')
  const authType = (scheme && textAt(reading, scheme.node, 'x-amazon-apigateway-authtype')) ?? ''
  const type = (authorizer && textAt(reading, authorizer, 'type'))?.toLowerCase()
  const scopes = [...new Set(uses.flatMap((use) => use.scopes))]
  if (type === 'jwt' || type === 'cognito_user_pools')
    return { ...NONE, kind: 'token', scopes, isIdToken: type === 'cognito_user_pools' && scopes.length === 0 }
  if (type === 'token' || type === 'request') return other(`the authorizer ${quoted(name)} is a function of its own`)
  if (/sigv4/i.test(authType)) return other('it needs a request that is signed with AWS credentials')
  if (authorizer !== undefined) return other(`the authorizer ${quoted(name)} is of the type ${quoted(type ?? '')}`)
  return { ...other(`the scheme ${quoted(name)} stands for no authorizer`), isUnchecked: true }
}
