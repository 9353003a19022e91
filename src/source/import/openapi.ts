/** `scopewall import openapi`: an OpenAPI description -> services whose rules say what its `security` says, and what of it they cannot say. */
import { fail, type Result } from '../../policy/result.ts'
import { isScopeToken } from '../../policy/scope.ts'
import { type Finding, quoted } from '../diagnostic.ts'
import type { ApiDescription, ApiOperation } from '../openapi/api.ts'
import { readApi } from '../openapi/read-api.ts'
import { assemble } from './assemble.ts'
import type { FailOpen, Imported, ImportedCaller, ImportedScope, ImportFinding } from './imported.ts'
import type { ImportOptions, ImportSource } from './importer.ts'
import { addressesOf } from './openapi/addresses.ts'
import { admits } from './openapi/admits.ts'
import { askedBy, isToken } from './openapi/asked.ts'
import { callersFor, type SourceOperation } from './operation.ts'

export function importOpenApi(
  { files, load }: ImportSource,
  options: ImportOptions,
): Result<Imported, readonly Finding[]> {
  const [file] = files
  if (file === undefined || files.length > 1)
    return fail([
      { at: startOf(files[1]?.path ?? ''), message: 'one description at a time: it names the other files itself' },
    ])
  const { api, problems } = readApi(file, load)
  if (api === undefined) return fail(problems)
  const scopes = scopesOf(api, options)
  const all: ImportedCaller = { kind: 'holder', scopes: scopes.map(({ name }) => name) }
  const addresses = new Map(api.operations.map(({ servers }) => [servers, addressesOf(servers, options.hosts)]))
  const operations = api.operations.map((operation) =>
    sourceOperation(operation, api, options, addresses.get(operation.servers)?.addresses ?? [], all),
  )
  const description = api.description ?? api.title
  return assemble(
    {
      file: file.path,
      ...(description !== undefined && { description }),
      scopes,
      operations,
      findings: [
        ...[...addresses.values()].flatMap(({ findings }) => findings),
        ...scopeFindings(api, scopes, options),
        ...unreadFindings(api, problems),
      ],
      failOpen: api.operations.flatMap((operation) => failOpenOf(operation, api, options)),
    },
    options,
  )
}

/** Paths that could not be read, and what else is odd about the document. */
export const unreadFindings = (api: ApiDescription, problems: readonly Finding[]): readonly ImportFinding[] => [
  ...api.unread.map(({ at, message }) => ({ construct: 'path', at, verdict: 'unrepresentable', message }) as const),
  ...problems.map(({ at, message, help }) => noteOf(at, message, help)),
]

const startOf = (file: string) => ({ file, line: 1, column: 1 })

const noteOf = (at: Finding['at'], message: string, help: string | undefined): ImportFinding => ({
  construct: 'document',
  at,
  verdict: 'exact',
  message,
  ...(help !== undefined && { help }),
})

const constructOf = ({ method, path }: ApiOperation): string => `${method} ${path}`

function sourceOperation(
  operation: ApiOperation,
  { schemes }: ApiDescription,
  options: ImportOptions,
  addresses: SourceOperation['addresses'],
  all: ImportedCaller,
): SourceOperation {
  const { method, path, at, security, slashParameters } = operation
  const alternatives = security.kind === 'declared' ? security.anyOf : []
  const sets = alternatives.flatMap((alternative) => {
    if (alternative.kind === 'unreadable') return []
    const scopes = alternative.uses.filter((use) => isToken(use, schemes, options.openapi)).flatMap((use) => use.scopes)
    return scopes.every(isScopeToken) ? [[...new Set(scopes)]] : []
  })
  return {
    construct: constructOf(operation),
    method,
    addresses,
    path,
    slashParameters,
    at,
    asked: askedBy(security, schemes, options.openapi),
    callers: security.kind === 'unreadable' ? [] : callersFor(sets, all),
    admits: (caller) => admits(security, schemes, options.openapi, caller),
  }
}

/** Declared in some flow, or asked for by some operation; each once. */
function scopesOf({ schemes, operations }: ApiDescription, { openapi }: ImportOptions): readonly ImportedScope[] {
  const scopes = new Map<string, string>()
  for (const scheme of schemes.values())
    for (const [name, description] of scheme.scopes) if (!scopes.get(name)) scopes.set(name, description)
  for (const { security } of operations)
    for (const alternative of security.kind === 'declared' ? security.anyOf : [])
      for (const use of alternative.kind === 'all' ? alternative.uses : [])
        if (isToken(use, schemes, openapi)) for (const name of use.scopes) if (!scopes.has(name)) scopes.set(name, '')
  return [...scopes]
    .filter(([name]) => isScopeToken(name))
    .map(([name, description]) => ({ name, ...(description !== '' && { description }) }))
}

/** Scopes that no flow declares, that nothing asks for, or that no token can hold. */
function scopeFindings(
  { schemes, operations, root }: ApiDescription,
  scopes: readonly ImportedScope[],
  { openapi }: ImportOptions,
): readonly ImportFinding[] {
  const declared = new Map(
    [...schemes.values()].flatMap(({ scopes: own, at }) => [...own.keys()].map((name) => [name, at])),
  )
  const hasDeclared = declared.size > 0
  const used = new Map(
    operations.flatMap(({ security }) =>
      (security.kind === 'declared' ? security.anyOf : []).flatMap((alternative) =>
        (alternative.kind === 'all' ? alternative.uses : [])
          .filter((use) => isToken(use, schemes, openapi))
          .flatMap((use) => use.scopes.map((name) => [name, alternative.at] as const)),
      ),
    ),
  )
  const finding = (name: string, at: Finding['at'], message: string): ImportFinding => ({
    construct: `scope ${name}`,
    at,
    verdict: 'exact',
    message,
  })
  const at = root.file.placeAt(0)
  return [
    ...scopes.flatMap(({ name }) => {
      if (hasDeclared && !declared.has(name))
        return [finding(name, used.get(name) ?? at, 'no flow declares it, and it is declared now')]
      if (!used.has(name)) return [finding(name, declared.get(name) ?? at, 'no operation asks for it, and it is kept')]
      return []
    }),
    ...[...declared].flatMap(([name, where]) =>
      isScopeToken(name)
        ? []
        : [
            {
              ...finding(name, where, `${quoted(name)} is no scope name, and no token can hold it`),
              verdict: 'unrepresentable' as const,
            },
          ],
    ),
  ]
}

function failOpenOf(operation: ApiOperation, api: ApiDescription, { openapi }: ImportOptions): readonly FailOpen[] {
  const { security, at } = operation
  const construct = constructOf(operation)
  if (security.kind === 'undeclared') {
    const message =
      api.schemes.size > 0
        ? 'no security is declared for it, though the description has security schemes: OpenAPI lets everybody in'
        : 'no security is declared for it: OpenAPI lets everybody in'
    return [{ construct, at, message }]
  }
  if (security.kind !== 'declared') return []
  if (security.anyOf.some((alternative) => alternative.kind === 'all' && alternative.uses.length === 0))
    return [{ construct, at, message: 'a token is optional (`{}`): whoever sends none gets in' }]
  const isAnyToken = security.anyOf.some(
    (alternative) =>
      alternative.kind === 'all' &&
      alternative.uses.length > 0 &&
      alternative.uses.every(
        (use) =>
          use.scopes.length === 0 &&
          api.schemes.get(use.scheme)?.kind === 'oauth2' &&
          isToken(use, api.schemes, openapi),
      ),
  )
  return isAnyToken ? [{ construct, at, message: 'an OAuth scheme without scopes: every valid token gets in' }] : []
}
