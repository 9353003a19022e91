/** The map in the working tree: read, checked and compiled, for every command that needs one. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../policy/environment.ts'
import { encodeRelease, type ReleaseDocument } from '../policy/release.ts'
import { sha256Hex } from '../release/digest.ts'
import type { ScopeMap } from '../source/model.ts'
import { readProtection } from '../source/protection.ts'
import { type MapReading, readEnvironments, readMap } from '../source/read-map.ts'
import type { SourceFile } from '../source/source-text.ts'
import { EXIT, Stop } from './exit.ts'
import { renderDiagnostics, summarize } from './report.ts'
import { announceStep, note, paintError } from './terminal.ts'

export interface LoadedMap extends MapReading {
  readonly files: readonly SourceFile[]
}

/** A map without errors. */
export interface SoundMap {
  /** As it was written, with the place of each piece. */
  readonly map: ScopeMap
  readonly files: readonly SourceFile[]
  readonly document: ReleaseDocument
  readonly environments: readonly Environment[]
  /** Canonical JSON, and its SHA-256. */
  readonly text: string
  readonly digest: string
  readonly warnings: number
}

/** Every YAML file directly in the folder; other folders in it (schemas, tests) are not map files. */
export async function filesIn(folder: string): Promise<readonly SourceFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => {
    throw new Stop(
      EXIT.usage,
      `there is no folder \`${folder}\``,
      'name the folder of the scope map with --scopes, or run this where `scopes/` is',
    )
  })
  const names = entries.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name)).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => ({ path: join(folder, name), bytes: await readFile(join(folder, name)) })),
  )
}

export const loadMap = async (folder: string): Promise<LoadedMap> => read(await filesIn(folder), today())

function read(files: readonly SourceFile[], day: string): LoadedMap {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0)
  if (bytes > LONG_READ_BYTES) announceStep(`reading ${files.length} files, ${Math.round(bytes / 1024)} KiB`)
  return { files, ...readMap(files, day) }
}

/** What takes longer than a second to read and check, roughly. */
const LONG_READ_BYTES = 400 * 1024

/** `YYYY-MM-DD`, UTC. */
export const today = (): string => new Date().toISOString().slice(0, 10)

/** Stops with the diagnostics on standard error where the map has errors. */
export const requireSoundMap = async (folder: string): Promise<SoundMap> => soundMapOf(await filesIn(folder), today())

/** The same for files that were read already. `name`: where they come from, if there may be doubt. */
export async function soundMapOf(files: readonly SourceFile[], day: string, name?: string): Promise<SoundMap> {
  const { map, diagnostics, release, environments } = read(files, day)
  if (release === undefined || environments === undefined) {
    note(`${renderDiagnostics(diagnostics, files)}\n`)
    const which = name === undefined ? 'the scope map' : `the scope map of \`${name}\``
    throw new Stop(EXIT.mapHasErrors, `${which} has errors: ${summarize(diagnostics)}`)
  }
  const text = encodeRelease(release)
  return {
    files,
    map,
    document: release,
    environments,
    text,
    digest: await sha256Hex(text),
    warnings: diagnostics.length,
  }
}

/** The digest of the map in the working tree; undefined where it has errors. */
export async function workingTreeDigest(folder: string): Promise<string | undefined> {
  const { release } = await loadMap(folder)
  return release === undefined ? undefined : sha256Hex(encodeRelease(release))
}

/** The environments as `gateway.yaml` has them, also while services have errors: nothing may stand between an operator and a rollback. */
export async function loadEnvironments(folder: string): Promise<readonly Environment[]> {
  const environments = readEnvironments(await filesIn(folder))
  if (environments !== undefined) return environments
  throw new Stop(EXIT.mapHasErrors, 'gateway.yaml has errors, or is not there', 'see `scopewall check`')
}

export const loadEnvironment = async (folder: string, name: string): Promise<Environment> =>
  requireEnvironment({ environments: await loadEnvironments(folder) }, name)

/** The environment of that name, or a stop that says which there are. */
export function requireEnvironment({ environments }: Pick<SoundMap, 'environments'>, name: string): Environment {
  const found = environments.find((environment) => environment.name === name)
  if (found !== undefined) return found
  throw unknownEnvironment(
    name,
    environments.map((environment) => environment.name),
  )
}

const unknownEnvironment = (name: string, known: readonly string[]): Stop =>
  new Stop(EXIT.usage, `gateway.yaml has no environment \`${name}\``, `it has: ${known.join(', ')}`)

/** The address of an environment's API: `resource`. */
export const loadAddress = async (folder: string, name: string): Promise<string> =>
  (await loadEnvironment(folder, name)).resource

/** Whether an environment is protected. Where `gateway.yaml` cannot be read, each is. */
export async function isProtected(folder: string, name: string): Promise<boolean> {
  const protection = readProtection(await filesIn(folder))
  if (protection === undefined) {
    note(
      paintError(
        'yellow',
        `gateway.yaml cannot be read, so \`${name}\` is taken as protected: see \`scopewall check\``,
      ),
    )
    return true
  }
  const found = protection.get(name)
  if (found === undefined) throw unknownEnvironment(name, [...protection.keys()])
  return found
}

/** Host aliases of all environments: a description of the staging API is about the same map. */
export const aliasesOf = ({ environments }: SoundMap): ReadonlyMap<string, string> =>
  new Map(environments.flatMap(({ hostAliases }) => Object.entries(hostAliases)))
