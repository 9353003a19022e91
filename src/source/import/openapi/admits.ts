/**
 * What OpenAPI itself says of a caller (Security Requirement Object): one of the alternatives, all of its schemes. Written apart from `asked.ts`,
 * which makes the rules, so that the table can find it wrong.
 */
import type { ApiSecurity, SchemeUse } from '../../openapi/api.ts'
import type { ImportedCaller } from '../imported.ts'
import type { OpenApiOptions } from '../importer.ts'
import type { Schemes } from './asked.ts'

/** Callers of a table carry a token or nothing: no API key, no password, no certificate, and no roles. */
export function admits(
  security: ApiSecurity,
  schemes: Schemes,
  options: OpenApiOptions,
  caller: ImportedCaller,
): boolean {
  if (security.kind === 'undeclared') return true
  if (security.kind === 'unreadable') return false
  if (security.anyOf.length === 0) return true
  for (const alternative of security.anyOf) {
    if (alternative.kind === 'all' && alternative.uses.every((use) => satisfies(use, schemes, options, caller)))
      return true
  }
  return false
}

function satisfies(
  { scheme, scopes }: SchemeUse,
  schemes: Schemes,
  options: OpenApiOptions,
  caller: ImportedCaller,
): boolean {
  if (caller.kind === 'nobody') return false
  const kind = options.bearer.includes(scheme) ? 'oauth2' : schemes.get(scheme)?.kind
  switch (kind) {
    case 'oauth2':
    case 'openIdConnect':
      return scopes.every((scope) => caller.scopes.includes(scope))
    case 'bearer':
      return options.roles === 'scopes' ? scopes.every((scope) => caller.scopes.includes(scope)) : scopes.length === 0
    default:
      return false
  }
}
