/** Whom an endpoint lets in: its JWT validator, and what else is configured beside it. */
import { type Place, quoted } from '../../../diagnostic.ts'
import { closest } from '../../../suggest.ts'
import type { FailOpen } from '../../imported.ts'
import { AUTHENTICATED, NOBODY, PUBLIC } from '../access.ts'
import { entriesOf, field, type Node, sameness, textOf, textsOf } from '../node.ts'
import type { Note } from '../plan.ts'
import { anyOfSets, type Reading } from '../scope-list.ts'
import type { TokenSettings } from '../token-settings.ts'
import { type Endpoint, VALIDATORS } from './endpoints.ts'

export interface EndpointAccess extends Reading {
  readonly failOpen: readonly FailOpen[]
  readonly settings?: TokenSettings
}

export function accessOfEndpoint(endpoint: Endpoint, construct: string): EndpointAccess {
  const others = endpoint.extras.filter((name) => !VALIDATORS.includes(name))
  const elsewhere = others.filter((name) => OTHER_AUTHENTICATION.has(name))
  const notes = others.filter((name) => mayRefuse(name)).map(dropped)
  if (endpoint.validator !== undefined) {
    const read = readValidator(endpoint.validator, construct)
    return { ...read, notes: [...read.notes, ...notes, ...elsewhere.map(dropped)] }
  }
  if (elsewhere.length > 0)
    return {
      access: NOBODY,
      notes: [
        {
          verdict: 'unrepresentable',
          message: `it is opened by ${elsewhere.map(quoted).join(' and ')}, and a map knows tokens alone`,
        },
      ],
      failOpen: [],
    }
  return {
    access: PUBLIC,
    notes,
    failOpen: [{ construct, at: endpoint.at, message: 'it has no `auth/validator`: everybody gets in' }],
  }
}

const OTHER_AUTHENTICATION: ReadonlySet<string> = new Set(['auth/api-keys', 'auth/basic'])

/** Refuses requests by rules of its own, or could. What only shapes, counts or records them is left out in silence. */
const mayRefuse = (name: string): boolean =>
  (/^(auth|security|validation|plugin)\//.test(name) || /lua|cel$/.test(name)) &&
  !OTHER_AUTHENTICATION.has(name) &&
  !HARMLESS.has(name)

/** These sign answers, and fetch tokens for backends. */
const HARMLESS: ReadonlySet<string> = new Set([
  'auth/signer',
  'auth/client-credentials',
  'security/cors',
  'security/http',
  'auth/gcp',
  'auth/ntlm',
  'auth/aws-sigv4',
])

const dropped = (name: string): Note => ({
  verdict: 'looser',
  message: `${quoted(name)} may refuse requests, and no map does what it does`,
})

const KNOWN_KEYS = [
  'alg',
  'audience',
  'auth_header_name',
  'cache',
  'cache_duration',
  'cipher_key',
  'cipher_suites',
  'cookie_key',
  'disable_jwk_security',
  'failed_jwk_key_cooldown',
  'issuer',
  'jwk_fingerprints',
  'jwk_local_ca',
  'jwk_local_path',
  'jwk_url',
  'key_identify_strategy',
  'leeway',
  'local_ca',
  'local_path',
  'operation_debug',
  'propagate_claims',
  'roles',
  'roles_key',
  'roles_key_is_nested',
  'scopes',
  'scopes_key',
  'scopes_matcher',
  'secret_url',
  'unknown_keys_ttl',
]

function readValidator(validator: Node, construct: string): EndpointAccess {
  if (validator.kind !== 'map')
    return {
      access: NOBODY,
      notes: [{ verdict: 'unrepresentable', message: 'its `auth/validator` is no map' }],
      failOpen: [],
    }
  const failOpen: FailOpen[] = []
  const notes: Note[] = []
  const open = (at: Place, message: string) => failOpen.push({ construct, at, message })
  for (const [key, { at }] of entriesOf(validator)) {
    if (KNOWN_KEYS.includes(key) || /^[@$_#]/.test(key)) continue
    const meant = closest(key, KNOWN_KEYS)
    if (meant === undefined) return { access: NOBODY, notes: [...notes, misunderstood(key)], failOpen }
    open(at, `KrakenD ignores the setting ${quoted(key)}; was ${quoted(meant)} meant?`)
  }
  if (field(validator, 'cookie_key') !== undefined || field(validator, 'auth_header_name') !== undefined)
    notes.push({
      verdict: 'stricter',
      message: 'it takes tokens from another place, too; the gate takes them from the `Authorization` header alone',
    })
  const lists = [textsOf(field(validator, 'scopes')), textsOf(field(validator, 'roles'))]
  const [scopes, roles] = lists
  if (scopes === undefined || roles === undefined)
    return {
      access: NOBODY,
      notes: [{ verdict: 'unrepresentable', message: 'its scopes or roles are no list of texts' }],
      failOpen,
    }
  if (roles.length > 0)
    notes.push({
      verdict: 'looser',
      message: `it asks for one of the roles ${roles.slice(0, 5).map(quoted).join(', ')}, and no map asks for roles`,
    })
  const settings = settingsOf(validator)
  const key = textOf(field(validator, 'scopes_key')) ?? ''
  if (scopes.length > 0 && key === '')
    open(
      field(validator, 'scopes')?.at ?? validator.at,
      'its `scopes` are not checked, because `scopes_key` is missing: every valid token gets in',
    )
  if (scopes.length === 0 || key === '') return { access: AUTHENTICATED, notes, failOpen, settings }
  if (isOutOfReach(key)) {
    const message = `KrakenD takes the claim ${quoted(key)} for a path, does not find it, and refuses everybody`
    return { access: NOBODY, notes: [...notes, { verdict: 'unrepresentable', message }], failOpen }
  }
  const reading = anyOfSets(matchesAll(validator) ? [scopes] : scopes.map((scope) => [scope]))
  return { access: reading.access, notes: [...notes, ...reading.notes], failOpen, settings }
}

const misunderstood = (key: string): Note => ({
  verdict: 'unrepresentable',
  message: `its setting ${quoted(key)} is not understood`,
})

/** Every other value, a misspelt one included, means any. */
export const matchesAll = (validator: Node): boolean => textOf(field(validator, 'scopes_matcher')) === 'all'

/** A dot always leads into an object: an address can never be the name of the claim. */
export const isOutOfReach = (key: string): boolean => key.includes('.') && /^https?:\/\//.test(key)

function settingsOf(validator: Node): TokenSettings {
  const names = ['issuer', 'audience', 'jwk_url', 'jwk_local_path', 'scopes_key']
  return new Map(
    names.flatMap((name) => (field(validator, name) === undefined ? [] : [[name, sameness(field(validator, name))]])),
  )
}
