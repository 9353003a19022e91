/** `x-tyk-api-gateway`, as far as it decides who gets in. */
import { quoted } from '../../diagnostic.ts'
import type { SecurityScheme } from '../../openapi/api.ts'
import { type ApiReading, follow, isTrueAt, type Located, member, membersOf, textAt } from '../../openapi/follow.ts'
import type { FailOpen } from '../imported.ts'

export interface TykOperation {
  readonly isAllowed: boolean
  readonly isBlocked: boolean
  readonly ignoresAuthentication: boolean
  readonly checksScopes: boolean
}

export interface Tyk {
  readonly isActive: boolean
  /** Without it the API is open ("keyless"). */
  readonly isAuthenticated: boolean
  /** A scheme that is switched on checks the token's signature; the OAuth2 scope check alone only reads it. */
  readonly verifies: boolean
  /** Schemes that are switched on and that a gate which sees a token alone cannot check. */
  readonly beyond: readonly string[]
  /** Why policies that are not in the document decide. */
  readonly policies?: string
  /** Names of OAuth2 schemes with a scope check. */
  readonly oauth2: ReadonlySet<string>
  /** Where it is switched on. */
  readonly scopeCheck?: { readonly scheme: string; readonly source: 'operation' | 'global' | 'union' }
  readonly domain?: string
  /** Empty, or begins with `/` and does not end in one. */
  readonly listenPath?: string
  /** Addresses that are refused, or alone let in. */
  readonly looksAtAddresses: boolean
  /** Some operation is on one, so that all others are refused. */
  readonly hasAllowList: boolean
  /** By operation id. */
  readonly operations: ReadonlyMap<string, TykOperation>
  readonly failOpen: readonly FailOpen[]
  readonly notes: readonly string[]
}

/** `schemes`: what the description itself says of them. */
export function readTyk(reading: ApiReading, extension: Located, declared: ReadonlyMap<string, SecurityScheme>): Tyk {
  const at = (...path: readonly string[]): Located | undefined =>
    path.reduce<Located | undefined>((place, key) => place && member(reading, place, key), extension)
  const authentication = at('server', 'authentication')
  const isAuthenticated = authentication !== undefined && isTrueAt(reading, authentication, 'enabled')
  const schemes = readSchemes(reading, authentication && member(reading, authentication, 'securitySchemes'), declared)
  const operations = readOperations(reading, at('middleware', 'operations'))
  const domain = at('server', 'customDomain')
  const domainName =
    domain && isTrueAt(reading, domain, 'enabled') ? textAt(reading, domain, 'name')?.toLowerCase() : undefined
  const listenPath = at('server', 'listenPath')
  const listenValue = listenPath && textAt(reading, listenPath, 'value')?.replace(/\/+$/, '')
  const isOn = (...path: readonly string[]): boolean => {
    const block = at('server', ...path)
    return block !== undefined && isTrueAt(reading, block, 'enabled')
  }
  const state = at('info', 'state')
  const place = extension.file.placeAt(extension.offset)
  return {
    isActive: state === undefined || isTrueAt(reading, state, 'active'),
    isAuthenticated,
    ...schemes,
    beyond: [
      ...schemes.beyond,
      ...(isOn('clientCertificates') ? ['a client certificate'] : []),
      ...BESIDE_SCHEMES.filter((name) => isOn('authentication', name)).map(
        (name) => `the authentication ${quoted(name)}, which looks at something else than an access token`,
      ),
    ],
    ...(domainName !== undefined && { domain: domainName }),
    ...(listenValue !== undefined && {
      listenPath: listenValue === '' || listenValue.startsWith('/') ? listenValue : `/${listenValue}`,
    }),
    looksAtAddresses: isOn('ipAccessControl'),
    hasAllowList: [...operations.values()].some(({ isAllowed }) => isAllowed),
    operations,
    failOpen: [
      ...(isAuthenticated
        ? []
        : [
            {
              construct: 'x-tyk-api-gateway',
              at: place,
              message: 'authentication is not switched on: everybody gets in',
            },
          ]),
      ...(isAuthenticated && !schemes.verifies && schemes.scopeCheck !== undefined
        ? [
            {
              construct: 'x-tyk-api-gateway',
              at: place,
              message: 'the scope check reads tokens without checking their signature, and no scheme beside it does',
            },
          ]
        : []),
      ...schemes.failOpen,
    ],
  }
}

/** Ways to authenticate that no security scheme of the description stands for. */
const BESIDE_SCHEMES = ['custom', 'hmac', 'oidc']

type Schemes = Pick<Tyk, 'verifies' | 'beyond' | 'policies' | 'oauth2' | 'scopeCheck' | 'failOpen' | 'notes'>

function readSchemes(
  reading: ApiReading,
  schemes: Located | undefined,
  declared: ReadonlyMap<string, SecurityScheme>,
): Schemes {
  const enabled = (schemes === undefined ? [] : membersOf(schemes)).flatMap(([name, written]) => {
    const scheme = follow(reading, written)
    return scheme !== undefined && isTrueAt(reading, scheme, 'enabled') ? [{ name, scheme, at: written }] : []
  })
  const checks = enabled.filter(({ scheme }) => member(reading, scheme, 'scopeCheck') !== undefined)
  const others = enabled.filter((each) => !checks.includes(each))
  const tokens = others.filter(({ name, scheme }) => declared.get(name)?.kind === 'bearer' || isJwt(reading, scheme))
  const mapped = tokens.filter(({ scheme }) => mapsScopes(reading, scheme))
  const active = checks.filter(({ scheme }) => {
    const check = member(reading, scheme, 'scopeCheck')
    return check !== undefined && isTrueAt(reading, check, 'enabled')
  })
  const [first, second] = active
  const source = first && textAt(reading, member(reading, first.scheme, 'scopeCheck') ?? first.scheme, 'scopeSource')
  return {
    verifies: tokens.length > 0,
    beyond: [
      ...others
        .filter((each) => !tokens.includes(each))
        .map(({ name }) => `the scheme ${quoted(name)}, which looks at something else than an access token`),
      ...(second === undefined ? [] : ['one of several scope checks, and which one is not said']),
    ],
    ...(mapped.length > 0 && {
      policies: `the scopes of ${quoted(mapped[0]?.name ?? '')} stand for policies, which are not in the document`,
    }),
    oauth2: new Set(checks.map(({ name }) => name)),
    ...(first && {
      scopeCheck: { scheme: first.name, source: source === 'operation' || source === 'global' ? source : 'union' },
    }),
    failOpen: tokens
      .filter(({ scheme }) => member(reading, scheme, 'defaultPolicies') !== undefined)
      .map(({ name, at }) => ({
        construct: `scheme ${name}`,
        at: at.file.placeAt(at.offset),
        message: 'its default policies apply to tokens without a scope claim',
      })),
    notes: tokens.map(
      ({ name }) =>
        `the policies of ${quoted(name)} may allow less than the document says; they are not in it, and not imported`,
    ),
  }
}

const isJwt = (reading: ApiReading, scheme: Located): boolean =>
  ['signingMethod', 'jwksURIs', 'identityBaseField', 'policyFieldName', 'defaultPolicies', 'source'].some(
    (key) => member(reading, scheme, key) !== undefined,
  )

function mapsScopes(reading: ApiReading, scheme: Located): boolean {
  const scopes = member(reading, scheme, 'scopes')
  const mapping =
    scopes && (member(reading, scopes, 'scopeToPolicyMapping') ?? member(reading, scopes, 'scopeToPolicy'))
  return (
    mapping !== undefined &&
    (mapping.node.kind === 'list'
      ? mapping.node.items.length > 0
      : mapping.node.kind === 'map' && mapping.node.entries.size > 0)
  )
}

function readOperations(reading: ApiReading, operations: Located | undefined): ReadonlyMap<string, TykOperation> {
  if (operations === undefined) return new Map()
  return new Map(
    membersOf(operations).map(([id]) => {
      const operation = member(reading, operations, id)
      const isOn = (key: string): boolean => {
        const block = operation && member(reading, operation, key)
        return block !== undefined && isTrueAt(reading, block, 'enabled')
      }
      return [
        id,
        {
          isAllowed: isOn('allow'),
          isBlocked: isOn('block'),
          ignoresAuthentication: isOn('ignoreAuthentication'),
          checksScopes: isOn('scopeCheck'),
        },
      ]
    }),
  )
}
