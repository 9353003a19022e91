/**
 * `scopewall import aws`: what AWS API Gateway exports, an OpenAPI document with its extensions -> services. A method has one authorizer; the
 * scopes listed for it are alternatives, and one of them is enough.
 */
import { fail, type Result } from '../../policy/result.ts'
import { isScopeToken } from '../../policy/scope.ts'
import { type Finding, quoted } from '../diagnostic.ts'
import type { ApiDescription, ApiOperation } from '../openapi/api.ts'
import { type ApiReading, member } from '../openapi/follow.ts'
import { readApi } from '../openapi/read-api.ts'
import { assemble } from './assemble.ts'
import { type AwsAuthorization, awsAuthorization } from './aws/authorization.ts'
import type { FailOpen, Imported, ImportedCaller, ImportFinding } from './imported.ts'
import type { ImportOptions, ImportSource } from './importer.ts'
import { addressesOf } from './openapi/addresses.ts'
import { unreadFindings } from './openapi.ts'
import { type Asked, callersFor, type SourceOperation } from './operation.ts'

const EXTRA_METHODS = { 'x-amazon-apigateway-any-method': 'ANY' } as const

export function importAws({ files, load }: ImportSource, options: ImportOptions): Result<Imported, readonly Finding[]> {
  const [file] = files
  if (file === undefined || files.length > 1)
    return fail([{ at: { file: files[1]?.path ?? '', line: 1, column: 1 }, message: 'one exported API at a time' }])
  const { api, problems, reading } = readApi(file, load, EXTRA_METHODS)
  if (api === undefined) return fail(problems)
  const asked = api.operations.map((operation) => [operation, awsAuthorization(reading, api, operation)] as const)
  const names = [...new Set(asked.flatMap(([, { scopes }]) => scopes.filter(isScopeToken)))]
  const all: ImportedCaller = { kind: 'holder', scopes: names }
  const addresses = new Map(api.operations.map(({ servers }) => [servers, addressesOf(servers, options.hosts)]))
  const description = api.description ?? api.title
  return assemble(
    {
      file: file.path,
      ...(description !== undefined && { description }),
      scopes: names.map((name) => ({ name })),
      operations: asked.map(([operation, authorization]) =>
        sourceOperation(operation, api, authorization, addresses.get(operation.servers)?.addresses ?? [], all, options),
      ),
      findings: [
        ...[...addresses.values()].flatMap(({ findings }) => findings),
        ...policyFinding(reading, api),
        ...unreadFindings(api, problems),
      ],
      failOpen: asked.flatMap(([operation, authorization]) => failOpenOf(operation, authorization)),
    },
    options,
  )
}

const DEFAULT_ROUTE = '/$default'

function sourceOperation(
  operation: ApiOperation,
  api: ApiDescription,
  authorization: AwsAuthorization,
  addresses: SourceOperation['addresses'],
  all: ImportedCaller,
  options: ImportOptions,
): SourceOperation {
  const { method, path, at } = operation
  const isDefault = path === DEFAULT_ROUTE
  const asked = askedBy(authorization, options.openapi.otherSchemes === 'ignore')
  const wider = isDefault ? DEFAULT_IS_WIDER : fallsThrough(operation, api) ? METHODS_FALL_THROUGH : undefined
  return {
    construct: `${method} ${path}`,
    method,
    addresses,
    path: isDefault ? '/{default+}' : path,
    slashParameters: [],
    at,
    asked: wider !== undefined && asked.verdict === 'exact' ? { ...asked, verdict: 'stricter', message: wider } : asked,
    callers: callersFor(
      authorization.scopes.filter(isScopeToken).map((scope) => [scope]),
      all,
    ),
    admits: (caller) => {
      if (authorization.needsKey || authorization.kind === 'other') return false
      if (authorization.kind === 'none') return true
      if (caller.kind === 'nobody') return false
      return authorization.scopes.length === 0 || authorization.scopes.some((scope) => caller.scopes.includes(scope))
    },
  }
}

const DEFAULT_IS_WIDER =
  'the default route also takes `/`, and methods that more specific routes do not have; the map refuses these'
const METHODS_FALL_THROUGH =
  'methods that a more specific path does not have may fall through to this one there; the map refuses them'

/** Whether other paths lie below its `{proxy+}`: in the map, the most specific path decides alone. */
function fallsThrough({ path }: ApiOperation, { operations }: ApiDescription): boolean {
  const prefix = /^(.*\/)\{[^}]*\+\}$/.exec(path)?.[1]
  return prefix !== undefined && operations.some((other) => other.path !== path && other.path.startsWith(prefix))
}

function askedBy(authorization: AwsAuthorization, ignoresKeys: boolean): Asked {
  const asked = askedWithoutKey(authorization)
  if (!authorization.needsKey || asked.requirement === undefined) return asked
  if (ignoresKeys && authorization.kind === 'token')
    return { ...asked, verdict: 'looser', message: 'it needs an API key, and is written without' }
  return { verdict: 'unrepresentable', message: 'it needs an API key' }
}

function askedWithoutKey({ kind, scopes, why, isIdToken, isOfDocument }: AwsAuthorization): Asked {
  if (kind === 'other') return { verdict: 'unrepresentable', message: why }
  if (kind === 'none')
    return { requirement: { kind: 'public', reason: 'API Gateway asked for no credentials.' }, verdict: 'exact' }
  const difference = isIdToken
    ? 'without scopes API Gateway takes ID tokens here; the gate refuses them'
    : isOfDocument
      ? 'the security of the document as a whole is applied; API Gateway may look at that of each method alone'
      : undefined
  const verdict = {
    verdict: difference === undefined ? 'exact' : 'stricter',
    ...(difference !== undefined && { message: difference }),
  } as const
  if (scopes.length === 0)
    return {
      requirement: { kind: 'authenticated', reason: 'API Gateway asked for a token and for no scope.' },
      ...verdict,
    }
  const possible = scopes.filter(isScopeToken)
  if (possible.length === 0)
    return {
      verdict: 'unrepresentable',
      message: `${quoted(scopes.join(' '))} is no scope name, and no token can hold it`,
    }
  return { requirement: { kind: 'scopes', anyOf: possible.map((scope) => [scope]) }, ...verdict }
}

/** Whom a resource policy keeps out, by address or account, the map lets in. */
function policyFinding(reading: ApiReading, { root }: ApiDescription): readonly ImportFinding[] {
  const policy = member(reading, root, 'x-amazon-apigateway-policy')
  if (policy === undefined) return []
  return [
    {
      construct: 'x-amazon-apigateway-policy',
      at: policy.file.placeAt(policy.offset),
      verdict: 'looser',
      message: 'the resource policy refuses by address, account or network, which the map does not see',
    },
  ]
}

function failOpenOf(
  { method, path, at }: ApiOperation,
  { kind, scopes, why, isUnchecked }: AwsAuthorization,
): readonly FailOpen[] {
  const open = (message: string): readonly FailOpen[] => [{ construct: `${method} ${path}`, at, message }]
  if (isUnchecked) return open(`${why}: API Gateway checks nothing`)
  if (kind === 'none') return open('no authorizer: everybody gets in')
  if (kind === 'token' && scopes.length === 0)
    return open('an authorizer without scopes: every token of the issuer gets in, ID tokens too')
  return []
}
