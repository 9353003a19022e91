/** An import held against its own table by the map's real way: files, release, matcher, judgement. */
import { stringify } from 'yaml'
import { decide } from '../../../../src/policy/decide.ts'
import { decodeRelease, type Release } from '../../../../src/policy/decode.ts'
import { matchRequest } from '../../../../src/policy/matcher.ts'
import { isMethod } from '../../../../src/policy/method.ts'
import { encodeRelease } from '../../../../src/policy/release.ts'
import type {
  Imported,
  ImportedCaller,
  ImportedCase,
  ImportedRequirement,
} from '../../../../src/source/import/imported.ts'
import { IMPORT_FORMATS } from '../../../../src/source/import/importers.ts'
import { CONTEXT, NOW, principalOf } from '../../../policy/build.ts'
import { GATEWAY, onlyErrors, readTexts, type Texts } from '../../maps.ts'

export interface Asked {
  readonly accept?: boolean
  readonly hosts?: readonly string[]
}

/** Throws where the source cannot be read. */
export function importText(format: string, text: string, { accept = false, hosts = [] }: Asked = {}): Imported {
  const reading = readImport(format, text, { accept, hosts })
  if (!reading.ok) throw new Error(reading.error.map(({ message }) => message).join(', '))
  return reading.value
}

export function readImport(format: string, text: string, { accept = false, hosts = [] }: Asked = {}) {
  const files = [{ path: 'source.yaml', bytes: new TextEncoder().encode(text) }]
  const openapi = { undeclared: 'deny', bearer: [], roles: 'unknown', otherSchemes: 'drop' } as const
  const importer = IMPORT_FORMATS[format]
  if (importer === undefined) throw new Error(`no importer for ${format}`)
  return importer.read({ files, load: () => undefined }, { service: 'shop', hosts, acceptsLooser: accept, openapi })
}

/** As the writer of services would have it, in the shortest form. */
export function mapOf({ services }: Imported): Texts {
  const files = services.map(({ name, hosts, scopes, rules }) => {
    const routes: Record<string, Record<string, unknown>> = {}
    for (const { path, method, requirement } of rules)
      routes[path] = { ...routes[path], [method]: requirementOf(requirement) }
    const file = {
      service: name,
      description: 'Imported.',
      owner: 'team',
      ...(hosts.length > 0 && { hosts }),
      scopes: Object.fromEntries(
        scopes.map(({ name, description }) => [name, { reason: description ?? 'Imported.', sensitivity: 'low' }]),
      ),
      routes,
    }
    return [`${name}.yaml`, stringify(file, { aliasDuplicateObjects: false })] as const
  })
  return { 'gateway.yaml': GATEWAY, ...Object.fromEntries(files) }
}

function requirementOf(requirement: ImportedRequirement): unknown {
  if (requirement.kind === 'public') return { public: requirement.reason }
  if (requirement.kind === 'authenticated') return { authenticated: requirement.reason }
  return { anyOf: requirement.anyOf.map((scopes) => (scopes.length === 1 ? scopes[0] : { allOf: scopes })) }
}

export function releaseOfImport(imported: Imported): Release {
  const { release, diagnostics } = readTexts(mapOf(imported))
  if (release === undefined)
    throw new Error(`the map has errors: ${onlyErrors(diagnostics)} ${JSON.stringify(diagnostics.slice(0, 3))}`)
  const decoded = decodeRelease(encodeRelease(release))
  if (!decoded.ok) throw new Error(decoded.error)
  return decoded.value
}

/** `GET /path` or `GET https://host/path`, and the scopes of a token, or `nobody`. */
export function answers(release: Release, request: string, caller: string): 'allow' | 'deny' {
  const [method = '', target = ''] = request.split(' ')
  const url = target.startsWith('/') ? ['api.example.com', target] : /^https:\/\/([^/]*)(.*)$/.exec(target)?.slice(1)
  const [host = '', path = ''] = url ?? []
  return answerOf(
    release,
    { method, host, path },
    caller === 'nobody' ? { kind: 'nobody' } : { kind: 'holder', scopes: caller.split(' ').filter(Boolean) },
  )
}

function answerOf(
  release: Release,
  { method, host = 'api.example.com', path }: { method: string; host?: string; path: string },
  caller: ImportedCaller,
): 'allow' | 'deny' {
  if (!isMethod(method)) return 'deny'
  const evidence =
    caller.kind === 'nobody'
      ? ({ kind: 'none' } as const)
      : ({ kind: 'verified', principal: principalOf(caller.scopes.join(' ')) } as const)
  const decision = decide(release.scopes, matchRequest(release.table, host, path, method), evidence, NOW, {
    ...CONTEXT,
    path,
  })
  return decision.kind === 'allow' ? 'allow' : 'deny'
}

export const rowText = ({ method, host, path, caller, source, expected }: ImportedCase): string =>
  `${method} ${host ?? ''}${path} ${caller.kind === 'nobody' ? 'nobody' : `[${caller.scopes.join(' ')}]`} source ${source} expected ${expected}`

export interface Proof {
  readonly rows: number
  /** Rows that the map does not answer as it is expected to. */
  readonly wrong: readonly string[]
  /** Rows of which a finding says that the map differs; not those that an origin could take for another rule's. */
  readonly stricter: readonly string[]
  readonly looser: readonly string[]
}

export function prove(imported: Imported): Proof {
  // A map without a service is none: whatever it would be asked is refused.
  const release = imported.services.length === 0 ? undefined : releaseOfImport(imported)
  const answer = (row: ImportedCase) => (release === undefined ? 'deny' : answerOf(release, row, row.caller))
  const wrong = imported.cases.filter((row) => answer(row) !== row.expected)
  const isAmbiguous = ({ method, host = 'api.example.com', path }: ImportedCase) =>
    release !== undefined && isMethod(method) && matchRequest(release.table, host, path, method).kind === 'ambiguous'
  const differing = (expected: string) =>
    imported.cases
      .filter((row) => row.expected !== row.source && row.expected === expected && !isAmbiguous(row))
      .map(rowText)
  return {
    rows: imported.cases.length,
    wrong: wrong.map(rowText),
    stricter: differing('deny'),
    looser: differing('allow'),
  }
}

/** `verdict construct`, in order. */
export const verdictsOf = ({ findings }: Imported): readonly string[] =>
  findings.map(({ verdict, construct }) => `${verdict} ${construct}`)

/** `GET /path: what it asks for`, host before the path where there is one, in the order of the files. */
export const rulesOf = ({ services }: Imported): readonly string[] =>
  services.flatMap(({ hosts, rules }) =>
    rules.map(
      ({ method, path, requirement }) => `${method} ${hosts.join(',')}${path}: ${requirementText(requirement)}`,
    ),
  )

const requirementText = (requirement: ImportedRequirement): string =>
  requirement.kind === 'scopes' ? requirement.anyOf.map((scopes) => scopes.join('+')).join(' | ') : requirement.kind
