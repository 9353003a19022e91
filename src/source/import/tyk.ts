/**
 * `scopewall import tyk`: an OpenAPI document with `x-tyk-api-gateway` -> services. What counts is what the gateway's code does (OAuth2 scope check
 * of 2026), not what its comments say: scopes of an operation are enforced only where its `scopeCheck` is switched on, and an alternative
 * that asks for no scope switches the whole check off, the look for a token included.
 */
import { fail, type Result } from '../../policy/result.ts'
import { isScopeToken } from '../../policy/scope.ts'
import { canonicalAlternatives } from '../compile.ts'
import type { Finding } from '../diagnostic.ts'
import type { ApiDescription, ApiOperation, ApiSecurity } from '../openapi/api.ts'
import { type Located, member } from '../openapi/follow.ts'
import { readApi } from '../openapi/read-api.ts'
import { assemble } from './assemble.ts'
import type { FailOpen, Imported, ImportedCaller, ImportFinding } from './imported.ts'
import type { ImportOptions, ImportSource } from './importer.ts'
import { addressesOf } from './openapi/addresses.ts'
import { unreadFindings } from './openapi.ts'
import { type Asked, callersFor, type SourceOperation } from './operation.ts'
import { readTyk, type Tyk, type TykOperation } from './tyk/read-tyk.ts'

export function importTyk({ files, load }: ImportSource, options: ImportOptions): Result<Imported, readonly Finding[]> {
  const [file] = files
  if (file === undefined || files.length > 1)
    return fail([{ at: { file: files[1]?.path ?? '', line: 1, column: 1 }, message: 'one API definition at a time' }])
  const { api, problems, reading } = readApi(file, load)
  if (api === undefined) return fail(problems)
  const extension = member(reading, api.root, 'x-tyk-api-gateway')
  if (extension === undefined)
    return fail([
      {
        at: api.root.file.placeAt(0),
        message: 'the document has no `x-tyk-api-gateway`',
        help: '`import openapi` reads plain descriptions',
      },
    ])
  const tyk = readTyk(reading, extension, api.schemes)
  const names = new Set(
    api.operations.flatMap((operation) => alternativesOf(operation, api, tyk).flat()).filter(isScopeToken),
  )
  const scopes = [...names].map((name) => {
    const description = [...api.schemes.values()]
      .flatMap((scheme) => scheme.scopes.get(name) ?? [])
      .find((text) => text !== '')
    return { name, ...(description !== undefined && { description }) }
  })
  const all: ImportedCaller = { kind: 'holder', scopes: [...names] }
  const addresses = tykAddresses(api, tyk, options)
  const description = api.description ?? api.title
  return assemble(
    {
      file: file.path,
      ...(description !== undefined && { description }),
      scopes,
      operations: api.operations.map((operation) => sourceOperation(operation, api, tyk, addresses.addresses, all)),
      findings: [...addresses.findings, ...apiFindings(tyk, extension), ...unreadFindings(api, problems)],
      failOpen: [...tyk.failOpen, ...api.operations.flatMap((operation) => failOpenOf(operation, api, tyk))],
    },
    options,
  )
}

/** The custom domain, or else the servers; the listen path in place of their base paths. */
function tykAddresses(api: ApiDescription, { domain, listenPath }: Tyk, { hosts }: ImportOptions) {
  const own = hosts.length > 0 || domain === undefined ? hosts : [domain]
  const { addresses, findings } = addressesOf(api.servers, own)
  if (listenPath === undefined) return { addresses, findings }
  return { addresses: addresses.map((address) => ({ ...address, basePath: listenPath })), findings }
}

const operationOf = ({ operations }: Tyk, { operationId }: ApiOperation): TykOperation | undefined =>
  operationId === undefined ? undefined : operations.get(operationId)

/** The alternatives of an operation: OR of ANDs; none, or one that is empty: the check lets everything pass. */
export function alternativesOf(operation: ApiOperation, api: ApiDescription, tyk: Tyk): readonly (readonly string[])[] {
  const { scopeCheck } = tyk
  if (scopeCheck === undefined) return []
  const own =
    operation.security.kind === 'declared' &&
    operation.security.by === 'operation' &&
    operationOf(tyk, operation)?.checksScopes
      ? groupsIn(operation.security, (scheme) => tyk.oauth2.has(scheme), false)
      : []
  const shared = groupsIn(api.security, (scheme) => scheme === scopeCheck.scheme, true)
  if (scopeCheck.source === 'operation') return own
  if (scopeCheck.source === 'global') return shared
  if (own.length === 0 || shared.length === 0) return [...own, ...shared]
  return own.flatMap((scopes) => shared.map((others) => [...new Set([...scopes, ...others])]))
}

/** One group an entry. Entries without such a scheme are left out of the document's list, and an empty group of the operation's. */
function groupsIn(
  security: ApiSecurity,
  isOurs: (scheme: string) => boolean,
  leavesOut: boolean,
): readonly (readonly string[])[] {
  if (security.kind !== 'declared') return []
  return security.anyOf.flatMap((alternative) => {
    const uses = alternative.kind === 'all' ? alternative.uses.filter(({ scheme }) => isOurs(scheme)) : []
    if (uses.length === 0 && leavesOut) return []
    return [[...new Set(uses.flatMap(({ scopes }) => scopes))].filter((scope) => scope !== '')]
  })
}

function sourceOperation(
  operation: ApiOperation,
  api: ApiDescription,
  tyk: Tyk,
  addresses: SourceOperation['addresses'],
  all: ImportedCaller,
): SourceOperation {
  const { method, path, at, slashParameters } = operation
  const alternatives = alternativesOf(operation, api, tyk)
  const isVacuous = alternatives.length === 0 || alternatives.some((scopes) => scopes.length === 0)
  return {
    construct: `${method} ${path}`,
    method,
    path,
    at,
    slashParameters,
    addresses,
    asked: askedBy(tyk, operationOf(tyk, operation), isVacuous ? undefined : alternatives),
    callers: callersFor(
      alternatives.filter((scopes) => scopes.every(isScopeToken)),
      all,
    ),
    admits: (caller) => {
      const own = operationOf(tyk, operation)
      if (own?.isBlocked || (tyk.hasAllowList && !own?.isAllowed)) return false
      if (own?.ignoresAuthentication || !tyk.isAuthenticated) return true
      if (tyk.beyond.length > 0 || tyk.policies !== undefined) return false
      if (tyk.verifies && caller.kind === 'nobody') return false
      if (isVacuous) return true
      return (
        caller.kind === 'holder' &&
        alternatives.some((scopes) => scopes.every((scope) => caller.scopes.includes(scope)))
      )
    },
  }
}

const PUBLIC = { kind: 'public', reason: 'The gateway before this one asked for no credentials.' } as const
const ANY_TOKEN = {
  kind: 'authenticated',
  reason: 'The gateway before this one asked for a token and for no scope.',
} as const

function askedBy(
  tyk: Tyk,
  own: TykOperation | undefined,
  alternatives: readonly (readonly string[])[] | undefined,
): Asked {
  if (own?.isBlocked) return { verdict: 'exact', message: 'it is blocked, and has no rule' }
  if (tyk.hasAllowList && !own?.isAllowed)
    return { verdict: 'exact', message: 'it is not on the allow list, and has no rule' }
  if (own?.ignoresAuthentication || !tyk.isAuthenticated) return { requirement: PUBLIC, verdict: 'exact' }
  if (tyk.beyond.length > 0) return { verdict: 'unrepresentable', message: `it needs ${tyk.beyond.join(' and ')}` }
  if (tyk.policies !== undefined) return { verdict: 'unrepresentable', message: tyk.policies }
  if (alternatives === undefined) return { requirement: tyk.verifies ? ANY_TOKEN : PUBLIC, verdict: 'exact' }
  const possible = alternatives.filter((scopes) => scopes.every(isScopeToken))
  if (possible.length === 0)
    return { verdict: 'unrepresentable', message: 'its scopes are no scope names, and no token can hold them' }
  return {
    requirement: { kind: 'scopes', anyOf: canonicalAlternatives(possible) },
    verdict: possible.length === alternatives.length ? 'exact' : 'stricter',
    ...(possible.length < alternatives.length && {
      message: 'an alternative asks for what is no scope name; it is left out',
    }),
  }
}

function apiFindings(tyk: Tyk, extension: Located): readonly ImportFinding[] {
  const at = extension.file.placeAt(extension.offset)
  const finding = (verdict: ImportFinding['verdict'], message: string): ImportFinding => ({
    construct: 'x-tyk-api-gateway',
    at,
    verdict,
    message,
  })
  return [
    ...(tyk.hasAllowList
      ? []
      : [finding('stricter', 'paths that the document does not name pass there, and are refused here')]),
    ...(tyk.isActive ? [] : [finding('looser', 'the API is not active there: nobody gets in before it is')]),
    ...(tyk.looksAtAddresses
      ? [finding('looser', 'it refuses by the address of the caller, which the map does not see')]
      : []),
    ...tyk.notes.map((message) => finding('exact', message)),
  ]
}

function failOpenOf(operation: ApiOperation, api: ApiDescription, tyk: Tyk): readonly FailOpen[] {
  const { method, path, at, security } = operation
  const open = (message: string): FailOpen => ({ construct: `${method} ${path}`, at, message })
  const own = operationOf(tyk, operation)
  if (own?.isBlocked || !tyk.isAuthenticated) return []
  if (own?.ignoresAuthentication)
    return [
      open(
        'authentication is switched off for it, and for what its path is the beginning of where paths match by prefix',
      ),
    ]
  if (tyk.scopeCheck === undefined) return []
  const isIgnored =
    security.kind === 'declared' &&
    security.by === 'operation' &&
    !own?.checksScopes &&
    tyk.scopeCheck.source !== 'global'
  if (
    isIgnored &&
    security.anyOf.some((each) => each.kind === 'all' && each.uses.some(({ scopes }) => scopes.length > 0))
  )
    return [open('its scopes are not enforced: its `scopeCheck` is not switched on')]
  const alternatives = alternativesOf(operation, api, tyk)
  if (alternatives.length === 0) return [open('no scopes are asked for, so the scope check lets everything pass')]
  if (alternatives.some((scopes) => scopes.length === 0))
    return [open('an alternative asks for no scope, which switches the scope check off, the look for a token included')]
  return []
}
