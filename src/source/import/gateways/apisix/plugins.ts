/** What the plugins of APISIX do about requests. */
import { quoted } from '../../../diagnostic.ts'
import { type Access, AUTHENTICATED, NOBODY } from '../access.ts'
import { entriesOf, field, isTrue, type Node, sameness, textOf, textsOf } from '../node.ts'
import type { Note } from '../plan.ts'
import { type ReadPlugin, unknownPlugin } from '../plugins.ts'
import { anyOfSets } from '../scope-list.ts'
import type { Plugin } from './routes.ts'

const HARMLESS: ReadonlySet<string> = new Set([
  'cors',
  'limit-req',
  'limit-conn',
  'limit-count',
  'prometheus',
  'zipkin',
  'skywalking',
  'opentelemetry',
  'datadog',
  'node-status',
  'http-logger',
  'file-logger',
  'kafka-logger',
  'tcp-logger',
  'udp-logger',
  'syslog',
  'sls-logger',
  'clickhouse-logger',
  'elasticsearch-logger',
  'loki-logger',
  'splunk-hec-logging',
  'google-cloud-logging',
  'rocketmq-logger',
  'skywalking-logger',
  'log-rotate',
  'request-id',
  'proxy-rewrite',
  'proxy-cache',
  'proxy-mirror',
  'proxy-control',
  'proxy-buffering',
  'response-rewrite',
  'body-transformer',
  'gzip',
  'brotli',
  'real-ip',
  'api-breaker',
  'traffic-split',
  'client-control',
  'echo',
  'grpc-transcode',
  'grpc-web',
  'degraphql',
  'redirect',
  'server-info',
  'ext-plugin-post-resp',
  'attach-consumer-label',
])

const OTHER_AUTHENTICATION: ReadonlySet<string> = new Set([
  'key-auth',
  'basic-auth',
  'hmac-auth',
  'ldap-auth',
  'wolf-rbac',
  'authz-keycloak',
  'cas-auth',
  'saml-auth',
  'multi-auth',
  'jwe-decrypt',
  'dingtalk-auth',
])

export const changesNothing = (name: string): boolean => HARMLESS.has(name)

/** By these APISIX knows which consumer is calling. */
export const namesConsumer = (name: string): boolean => name === 'jwt-auth' || OTHER_AUTHENTICATION.has(name)

export function readPlugin({ name, at, config, isFiltered }: Plugin): ReadPlugin {
  if (HARMLESS.has(name)) return { name, at, effect: { kind: 'harmless' }, notes: [], open: [] }
  if (isFiltered)
    return {
      ...unknownPlugin(name, at),
      open: [`its ${quoted(name)} runs only on requests that meet a filter; all others pass it`],
    }
  if (name === 'openid-connect') return readOpenid(name, at, config)
  const isOptional = field(config, 'anonymous_consumer') !== undefined
  const open = isOptional
    ? [`its ${quoted(name)} lets requests without a valid credential pass, as a consumer of its own`]
    : []
  if (name === 'jwt-auth') {
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
  return unknownPlugin(name, at)
}

/** Without one of these a bearer token is not even looked at. */
export const looksAtTokens = (config: Node | undefined): boolean =>
  isTrue(field(config, 'bearer_only')) ||
  isTrue(field(config, 'use_jwks')) ||
  ['introspection_endpoint', 'public_key'].some((key) => field(config, key) !== undefined)

/** Whether requests without a token are passed on. */
export const isPassedOn = (config: Node | undefined): boolean =>
  !isTrue(field(config, 'bearer_only')) && textOf(field(config, 'unauth_action')) === 'pass'

const MISSPELT = ['required_scope', 'scopes_required', 'require_scopes', 'scopes']

function readOpenid(name: string, at: Plugin['at'], config: Node): ReadPlugin {
  const required = textsOf(field(config, 'required_scopes'))
  const notes: Note[] = []
  const open: string[] = []
  const result = (access: Access): ReadPlugin => ({
    name,
    at,
    effect: { kind: 'token', access, isOptional: isPassedOn(config), settings: settingsOf(config) },
    notes,
    open,
  })
  if (isPassedOn(config)) open.push('its `unauth_action` is `pass`: requests without a valid token are passed on')
  const misspelt = entriesOf(config).find(([key]) => MISSPELT.includes(key))
  if (misspelt !== undefined)
    open.push(`APISIX ignores the setting ${quoted(misspelt[0])}; \`required_scopes\` is what it checks`)
  if (required?.length === 0 && (textOf(field(config, 'scope')) ?? 'openid') !== 'openid')
    open.push('its `scope` is what APISIX asks for at login; without `required_scopes` none is checked')
  if (!isTrue(field(config, 'bearer_only'))) {
    notes.push({
      verdict: 'stricter',
      message: 'logins and sessions of browsers are refused: a map knows bearer tokens alone',
    })
    if ((required?.length ?? 0) > 0)
      open.push('APISIX before August 2026 did not check `required_scopes` of those who log in: which version is it?')
  }
  for (const key of ['claim_schema', 'claim_validator'])
    if (field(config, key) !== undefined && !isAboutIssuer(key, field(config, key)))
      notes.push({ verdict: 'looser', message: `its ${quoted(key)} asks for more than scopes, and no map does` })
  if (required === undefined) {
    notes.push({ verdict: 'unrepresentable', message: 'its `required_scopes` is no list of texts' })
    return result(NOBODY)
  }
  if (!looksAtTokens(config)) {
    notes.push({
      verdict: 'unrepresentable',
      message: 'it verifies no bearer tokens, and lets in by login alone: a map knows bearer tokens alone',
    })
    return result(NOBODY)
  }
  const reading = required.length === 0 ? { access: AUTHENTICATED, notes: [] } : anyOfSets([required])
  notes.push(...reading.notes)
  return result(reading.access)
}

const isAboutIssuer = (key: string, node: Node | undefined): boolean =>
  key === 'claim_validator' && entriesOf(node).every(([name]) => name === 'issuer' || name === 'audience')

function settingsOf(config: Node): ReadonlyMap<string, string> {
  const names = ['discovery', 'client_id', 'public_key', 'introspection_endpoint', 'claim_validator']
  return new Map(
    names.flatMap((name) =>
      field(config, name) === undefined ? [] : [[name, sameness(field(config, name))] as const],
    ),
  )
}
