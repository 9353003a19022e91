/** Imports for tests: a document in, the map that comes of it out. */
import { decide } from '../../../src/policy/decide.ts'
import { decodeRelease, type Release } from '../../../src/policy/decode.ts'
import { matchRequest } from '../../../src/policy/matcher.ts'
import { verifiedPrincipal } from '../../../src/policy/principal.ts'
import { readTarget } from '../../../src/policy/read-target.ts'
import { encodeRelease } from '../../../src/policy/release.ts'
import { epochSeconds } from '../../../src/policy/result.ts'
import { isScopeToken } from '../../../src/policy/scope.ts'
import type { Imported } from '../../../src/source/import/imported.ts'
import type { Importer, ImportOptions, OpenApiOptions } from '../../../src/source/import/importer.ts'
import { importOpenApi } from '../../../src/source/import/openapi.ts'
import { type ImportPlan, planImport } from '../../../src/source/import/plan.ts'
import { readMap } from '../../../src/source/read-map.ts'
import { filesOf, GATEWAY, TODAY } from '../maps.ts'

const encoder = new TextEncoder()

export interface TestOptions extends Partial<Omit<ImportOptions, 'openapi'>> {
  readonly openapi?: Partial<OpenApiOptions>
}

export function optionsOf({ openapi, ...options }: TestOptions = {}): ImportOptions {
  return {
    service: 'tested',
    hosts: [],
    acceptsLooser: false,
    ...options,
    openapi: { undeclared: 'public', bearer: [], roles: 'unknown', otherSchemes: 'drop', ...openapi },
  }
}

/** The import of one text; throws where there is none. */
export function importText(text: string, options: TestOptions = {}, importer: Importer = importOpenApi): Imported {
  const file = { path: 'api.yaml', bytes: encoder.encode(text) }
  const imported = importer({ files: [file], load: () => undefined }, optionsOf(options))
  if (!imported.ok) throw new Error(imported.error.map(({ message }) => message).join('\n'))
  return imported.value
}

export const planOf = (imported: Imported, gateway = GATEWAY): ImportPlan =>
  planImport(imported, {
    answers: { owner: 'team', sensitivity: 'low', reason: 'Nobody has said why.' },
    origin: 'api.yaml (test)',
    folder: 'scopes',
    existing: filesOf({ 'scopes/gateway.yaml': gateway }),
    today: TODAY,
  })

/** The release that the written files make. Throws where they make none. */
export function releaseOfPlan({ files }: ImportPlan, gateway = GATEWAY): Release {
  const services = files.filter(({ path }) => !path.includes('/tests/')).map(({ path, text }) => [path, text])
  const { release, diagnostics } = readMap(
    filesOf({ 'scopes/gateway.yaml': gateway, ...Object.fromEntries(services) }),
    TODAY,
  )
  if (release === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  const decoded = decodeRelease(encodeRelease(release))
  if (!decoded.ok) throw new Error(decoded.error)
  return decoded.value
}

/** The gate's own answer to a request by nobody, or by a token with these scopes. */
export function allows(release: Release, method: string, url: string, held: readonly string[] | undefined): boolean {
  const now = epochSeconds(Date.parse(TODAY))
  const target = readTarget(method, url, 16_384, new Map(), release)
  if (!target.ok) return false
  const { host, path } = target.value
  const match = matchRequest(release.table, host, path, target.value.method)
  const evidence =
    held === undefined
      ? ({ kind: 'none' } as const)
      : ({
          kind: 'verified',
          principal: verifiedPrincipal({
            issuer: 'https://issuer.example',
            fingerprint: '',
            scopes: new Set(held.filter(isScopeToken)),
            expiresAt: now,
            authentication: { acrs: [], amr: [] },
            isForDefault: true,
            services: new Set(),
            authorizationDetails: [],
          }),
        } as const)
  const context = { mode: 'enforce', observeClients: [], upgrade: false, path, resource: '', services: {} } as const
  return decide(release.scopes, match, evidence, now, context).kind === 'allow'
}

/** Verdict and message of the findings about one construct. */
export const findingsOn = ({ findings }: Imported, construct: string): readonly string[] =>
  findings
    .filter((each) => each.construct === construct)
    .map(({ verdict, message }) => (message === undefined ? verdict : `${verdict}: ${message}`))
