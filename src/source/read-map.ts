/** The door of this room: the files of `scopes/` -> a release and the environments, or what is wrong with them. */
import { decodeRelease, type Release } from '../policy/decode.ts'
import type { Environment } from '../policy/environment.ts'
import { encodeRelease, type ReleaseDocument } from '../policy/release.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import { checkAccess } from './check-access.ts'
import { checkCredentials } from './check-credentials.ts'
import { checkIncidents } from './check-incidents.ts'
import { checkIssuers } from './check-issuers.ts'
import { checkReleaseKeys } from './check-release-keys.ts'
import { checkRevocation } from './check-revocation.ts'
import { compile } from './compile.ts'
import { type Diagnostic, diagnostic, inOrder, isError, isFirm } from './diagnostic.ts'
import { checkAliases, checkEnvironments, checkResources, compileEnvironments } from './environment.ts'
import { checkFapi } from './fapi.ts'
import type { GatewayFile } from './gateway-file.ts'
import { lintFirm, lintParts, lintWhole } from './lint/index.ts'
import { lintSettings } from './lint/settings.ts'
import { type Excused, findUnusedExceptions, type LintSettings, settle } from './lint/settle.ts'
import type { ScopeMap } from './model.ts'
import { type FileMemory, type ParsedFile, parseFiles } from './parse.ts'
import type { SourceFile } from './source-text.ts'

export interface MapReading {
  /** By file, line and column; warnings too. */
  readonly diagnostics: readonly Diagnostic[]
  /** As far as it could be read. */
  readonly map: ScopeMap
  /** What `lint` of `gateway.yaml` keeps from being shown. */
  readonly excused: readonly Excused[]
  /** Absent if there is an error anywhere, like all below. */
  readonly release?: ReleaseDocument
  readonly loaded?: LoadedRelease
  /** By name. */
  readonly environments?: readonly Environment[]
}

/** A compiled map as the gate reads it. */
export interface LoadedRelease {
  /** Canonical JSON, of which the digest is. */
  readonly text: string
  readonly release: Release
}

/**
 * Reads, checks and compiles a map. Total: it neither throws nor touches anything but its arguments. The same files in any order make the
 * same release, byte for byte once encoded.
 *
 * @param files `gateway.yaml` and a `<service>.yaml` for each service; anything else among them is an error
 * @param today `YYYY-MM-DD`, UTC; the release does not depend on it
 */
export function readMap(files: readonly SourceFile[], today: string): MapReading {
  const { map, gateway, diagnostics: found } = parseFiles(files)
  const early = [...found, ...(gateway ? checkGateway(gateway, map) : []), ...lintParts(map, today)]
  const settings: LintSettings = gateway ? lintSettings(gateway.content.lint, gateway.document) : new Map()
  // A rule whose level can be set keeps nothing from compiling, so that one run says it all.
  if (gateway === undefined || early.some(keepsFromCompiling))
    return { ...settle(inOrder(early), settings, today), map }
  const document = compile(map)
  const loaded = load(document, gateway)
  const late = loaded.ok ? lintLoaded(map, gateway, loaded.value.release, today) : [loaded.error]
  const all = [...early, ...late]
  const unused = findUnusedExceptions(all, settings)
  const settled = settle(inOrder([...all, ...unused]), settings, today)
  if (settled.diagnostics.some(isError) || !loaded.ok) return { ...settled, map }
  const environments = compileEnvironments(gateway.content)
  return { ...settled, map, release: document, loaded: loaded.value, environments }
}

const keepsFromCompiling = (each: Diagnostic): boolean => isFirm(each.rule) && isError(each)

export interface CompiledMap {
  readonly loaded: LoadedRelease
  /** By name. */
  readonly environments: readonly Environment[]
}

/**
 * The same release and the same environments, whatever the lints say whose levels can be set: for maps that are looked at and not let through.
 * The error is what keeps the map from being compiled, in order.
 *
 * @param memory what was read of other maps; it learns what is read of this one
 */
export function compileMap(
  files: readonly SourceFile[],
  memory: FileMemory,
): Result<CompiledMap, readonly Diagnostic[]> {
  const { map, gateway, diagnostics } = parseFiles(files, memory)
  const found = [...diagnostics, ...(gateway ? checkGateway(gateway, map) : []), ...lintFirm(map)]
  if (gateway === undefined || found.some(keepsFromCompiling)) return fail(inOrder(found.filter(keepsFromCompiling)))
  const loaded = load(compile(map), gateway)
  if (!loaded.ok) return fail([loaded.error])
  return ok({ loaded: loaded.value, environments: compileEnvironments(gateway.content) })
}

const checkGateway = ({ content, document }: ParsedFile<GatewayFile>, map: ScopeMap): readonly Diagnostic[] => [
  ...checkEnvironments(content, document),
  ...checkIssuers(content, document, map),
  ...checkCredentials(content, document, map),
  ...checkRevocation(content, document, map),
  ...checkIncidents(content, document, map),
  ...checkAccess(content, document, map),
  ...checkFapi(content, document),
  ...checkReleaseKeys(content, document),
]

/**
 * The environments alone, whatever the services are like: a rollback must not wait until a map in the making is sound again. Undefined where
 * `gateway.yaml` itself has an error.
 */
export function readEnvironments(files: readonly SourceFile[]): readonly Environment[] | undefined {
  const { gateway } = parseFiles(files)
  if (gateway === undefined) return undefined
  const found = [
    ...checkEnvironments(gateway.content, gateway.document),
    ...checkReleaseKeys(gateway.content, gateway.document),
  ]
  return found.some(({ rule }) => isFirm(rule)) ? undefined : compileEnvironments(gateway.content)
}

/** Through the gate's own eyes: what it would refuse to load must not leave here. */
function load(compiled: ReleaseDocument, { document }: ParsedFile<GatewayFile>): Result<LoadedRelease, Diagnostic> {
  const text = encodeRelease(compiled)
  const release = decodeRelease(text)
  if (release.ok) return ok({ text, release: release.value })
  const message = `the gate would refuse this map: ${release.error}`
  return fail(diagnostic('release-refused', { at: document.placeOf([]), message }))
}

const lintLoaded = (
  map: ScopeMap,
  { content, document }: ParsedFile<GatewayFile>,
  release: Release,
  today: string,
): readonly Diagnostic[] => [
  ...lintWhole(map, release, today),
  ...checkAliases(content, document, release),
  ...checkResources(content, document, release),
]
