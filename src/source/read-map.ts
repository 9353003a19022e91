/** The door of this room: the files of `scopes/` -> a release and the environments, or what is wrong with them. */
import { decodeRelease } from '../policy/decode.ts'
import type { Environment } from '../policy/environment.ts'
import { encodeRelease, type ReleaseDocument } from '../policy/release.ts'
import { checkCredentials } from './check-credentials.ts'
import { checkIssuers } from './check-issuers.ts'
import { checkReleaseKeys } from './check-release-keys.ts'
import { compile } from './compile.ts'
import { type Diagnostic, diagnostic, inOrder, isError, isFirm } from './diagnostic.ts'
import { checkAliases, checkEnvironments, checkResources, compileEnvironments } from './environment.ts'
import { checkFapi } from './fapi.ts'
import type { GatewayFile } from './gateway-file.ts'
import { lintParts, lintWhole } from './lint/index.ts'
import { lintSettings } from './lint/settings.ts'
import { type Excused, findUnusedExceptions, type LintSettings, settle } from './lint/settle.ts'
import type { ScopeMap } from './model.ts'
import { type ParsedFile, parseFiles } from './parse.ts'
import type { SourceFile } from './source-text.ts'

export interface MapReading {
  /** By file, line and column; warnings too. */
  readonly diagnostics: readonly Diagnostic[]
  /** As far as it could be read. */
  readonly map: ScopeMap
  /** What `lint` of `gateway.yaml` keeps from being shown. */
  readonly excused: readonly Excused[]
  /** Absent if there is an error anywhere, like the environments. */
  readonly release?: ReleaseDocument
  /** By name. */
  readonly environments?: readonly Environment[]
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
  const environmental =
    gateway === undefined
      ? []
      : [
          ...checkEnvironments(gateway.content, gateway.document),
          ...checkIssuers(gateway.content, gateway.document, map),
          ...checkCredentials(gateway.content, gateway.document, map),
          ...checkFapi(gateway.content, gateway.document),
          ...checkReleaseKeys(gateway.content, gateway.document),
        ]
  const early = [...found, ...environmental, ...lintParts(map, today)]
  const settings: LintSettings = gateway ? lintSettings(gateway.content.lint, gateway.document) : new Map()
  // A rule whose level can be set keeps nothing from compiling, so that one run says it all.
  if (gateway === undefined || early.some(({ rule }) => isFirm(rule)))
    return { ...settle(inOrder(early), settings, today), map }
  const release = compile(map)
  const all = [...early, ...checkRelease(map, gateway, release, today)]
  const unused = findUnusedExceptions(all, settings)
  const settled = settle(inOrder([...all, ...unused]), settings, today)
  if (settled.diagnostics.some(isError)) return { ...settled, map }
  return { ...settled, map, release, environments: compileEnvironments(gateway.content) }
}

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
function checkRelease(
  map: ScopeMap,
  { content, document }: ParsedFile<GatewayFile>,
  compiled: ReleaseDocument,
  today: string,
): readonly Diagnostic[] {
  const release = decodeRelease(encodeRelease(compiled))
  if (release.ok)
    return [
      ...lintWhole(map, release.value, today),
      ...checkAliases(content, document, release.value),
      ...checkResources(content, document, release.value),
    ]
  const message = `the gate would refuse this map: ${release.error}`
  return [diagnostic('release-refused', { at: document.placeOf([]), message })]
}
