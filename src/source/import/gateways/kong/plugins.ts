/** What Kong's plugins do about requests. */
import { quoted } from '../../../diagnostic.ts'
import { AUTHENTICATED, NOBODY } from '../access.ts'
import { entriesOf, field, isFalse, isTrue, type Node, sameness, textOf, textsOf } from '../node.ts'
import type { Note } from '../plan.ts'
import { type ReadPlugin, unknownPlugin } from '../plugins.ts'
import { anyOfSets } from '../scope-list.ts'
import type { TokenSettings } from '../token-settings.ts'
import type { Plugin } from './entities.ts'

const HARMLESS: ReadonlySet<string> = new Set([
  'cors',
  'rate-limiting',
  'rate-limiting-advanced',
  'response-ratelimiting',
  'graphql-rate-limiting-advanced',
  'request-size-limiting',
  'prometheus',
  'opentelemetry',
  'zipkin',
  'datadog',
  'statsd',
  'statsd-advanced',
  'loggly',
  'file-log',
  'http-log',
  'tcp-log',
  'udp-log',
  'syslog',
  'kafka-log',
  'correlation-id',
  'request-transformer',
  'request-transformer-advanced',
  'response-transformer',
  'response-transformer-advanced',
  'proxy-cache',
  'proxy-cache-advanced',
  'canary',
  'route-by-header',
  'route-transformer-advanced',
  'upstream-timeout',
  'grpc-web',
  'grpc-gateway',
  'jq',
  'exit-transformer',
  'redirect',
  'standard-webhooks',
  'service-protection',
  'upstream-oauth',
  'kafka-upstream',
  'aws-lambda',
  'azure-functions',
])

const OTHER_AUTHENTICATION: ReadonlySet<string> = new Set([
  'key-auth',
  'key-auth-enc',
  'basic-auth',
  'hmac-auth',
  'ldap-auth',
  'ldap-auth-advanced',
  'mtls-auth',
  'session',
  'saml',
  'vault-auth',
  'header-cert-auth',
  'oauth2',
  'oauth2-introspection',
  'jwt-signer',
  'ai-mcp-oauth2',
  'openwhisk',
])

export const changesNothing = (name: string): boolean => HARMLESS.has(name)

export function readPlugin(plugin: Plugin): ReadPlugin {
  const { name, at, config, isForConsumers } = plugin
  if (HARMLESS.has(name)) return { name, at, effect: { kind: 'harmless' }, notes: [], open: [] }
  if (isForConsumers) return unknownPlugin(`${name} of some consumers`, at)
  if (name === 'openid-connect') return readOpenid(plugin)
  const isOptional = hasAnonymous(config)
  const open = isOptional ? [anonymous(name)] : []
  if (name === 'jwt') {
    const notes: readonly Note[] = [
      {
        verdict: 'exact',
        message:
          'tokens of its consumers are valid, whatever their scopes: each key must be that of an issuer in gateway.yaml',
      },
    ]
    return { name, at, effect: { kind: 'token', access: AUTHENTICATED, isOptional, settings: new Map() }, notes, open }
  }
  if (OTHER_AUTHENTICATION.has(name)) return { name, at, effect: { kind: 'elsewhere', isOptional }, notes: [], open }
  if (name === 'request-termination' && field(config, 'trigger') === undefined)
    return { name, at, effect: { kind: 'refuses' }, notes: [], open: [] }
  return unknownPlugin(name, at)
}

export const hasAnonymous = (config: Node | undefined): boolean => (textOf(field(config, 'anonymous')) ?? '') !== ''

const anonymous = (name: string): string =>
  `its ${quoted(name)} lets requests without a valid credential pass, as a consumer of its own`

function readOpenid({ name, at, config }: Plugin): ReadPlugin {
  const required = textsOf(field(config, 'scopes_required'))
  const isVoid = required?.some((item) => item.trim() === '') === true
  const isOptional = hasAnonymous(config)
  const notes: Note[] = []
  const open: string[] = isOptional ? [anonymous(name)] : []
  for (const [key, entry] of entriesOf(config)) {
    if (!/_required$|_allowed$|^domains$/.test(key) || key === 'scopes_required' || SETTINGS.includes(key)) continue
    if (entry.node.kind === 'list' && entry.node.items.length > 0)
      notes.push({ verdict: 'looser', message: `its ${quoted(key)} asks for more than scopes, and no map does` })
  }
  if (field(config, 'consumer_claim') !== undefined && !isTrue(field(config, 'consumer_optional')))
    notes.push({ verdict: 'looser', message: 'it lets in only those that are consumers of Kong, and a map knows none' })
  for (const key of ['verify_claims', 'verify_signature'])
    if (isFalse(field(config, key))) open.push(`its ${quoted(key)} is off: tokens are believed unchecked`)
  const requested = (textsOf(field(config, 'scopes')) ?? []).filter((scope) => scope !== 'openid')
  if (required?.length === 0 && requested.length > 0)
    open.push('its `scopes` are those that Kong asks for at login; without `scopes_required` none is checked')
  const methods = textsOf(field(config, 'auth_methods')) ?? []
  if (required === undefined || isVoid || (methods.length > 0 && !methods.some((each) => BEARER.includes(each)))) {
    const message =
      required === undefined
        ? 'its `scopes_required` is no list of texts'
        : isVoid
          ? 'its `scopes_required` has an item without a scope'
          : 'none of its `auth_methods` takes a bearer token'
    return {
      name,
      at,
      effect: token(NOBODY, isOptional, config),
      notes: [...notes, { verdict: 'unrepresentable', message }],
      open,
    }
  }
  if (methods.length === 0 || methods.some((each) => !BEARER.includes(each)))
    notes.push({
      verdict: 'stricter',
      message: 'what it lets in by logins, sessions and passwords is refused: a map knows bearer tokens alone',
    })
  const reading = required.length === 0 ? { access: AUTHENTICATED, notes: [] } : anyOfSets(conjunctions(required))
  return { name, at, effect: token(reading.access, isOptional, config), notes: [...notes, ...reading.notes], open }
}

const BEARER = ['bearer', 'introspection', 'kong_oauth2', 'userinfo']

/** One item is all of its words, the list is any of its items. */
const conjunctions = (required: readonly string[]): readonly (readonly string[])[] =>
  required.map((item) => item.split(' ').filter((word) => word !== ''))

const SETTINGS = ['issuer', 'issuers_allowed', 'audience_required', 'audience_claim', 'scopes_claim']

const token = (access: typeof AUTHENTICATED | typeof NOBODY, isOptional: boolean, config: Node | undefined) =>
  ({ kind: 'token', access, isOptional, settings: settingsOf(config) }) as const

const settingsOf = (config: Node | undefined): TokenSettings =>
  new Map(
    SETTINGS.flatMap((name) =>
      field(config, name) === undefined ? [] : [[name, sameness(field(config, name))] as const],
    ),
  )
