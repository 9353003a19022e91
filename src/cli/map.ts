/** The map in the working tree: read, checked and compiled, for every command that needs one. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Release } from '../policy/decode.ts'
import type { Environment } from '../policy/environment.ts'
import type { ReleaseDocument } from '../policy/release.ts'
import { sha256Hex } from '../release/digest.ts'
import type { Diagnostic } from '../source/diagnostic.ts'
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
  /** The same as the gate reads it. */
  readonly release: Release
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

export async function loadMap(folder: string): Promise<LoadedMap> {
  const files = await filesIn(folder)
  announceReading(files)
  return { files, ...readMap(files, today()) }
}

export function announceReading(files: readonly SourceFile[]): void {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0)
  if (bytes > LONG_READ_BYTES) announceStep(`reading ${files.length} files, ${Math.round(bytes / 1024)} KiB`)
}

/** What takes longer than a second to read and check, roughly. */
const LONG_READ_BYTES = 400 * 1024

/** `YYYY-MM-DD`, UTC. */
export const today = (): string => new Date().toISOString().slice(0, 10)

/** Stops with the diagnostics on standard error where the map has errors. */
export async function requireSoundMap(folder: string): Promise<SoundMap> {
  const { files, map, diagnostics, release, loaded, environments } = await loadMap(folder)
  if (release === undefined || loaded === undefined || environments === undefined)
    throw stopAt('the scope map', diagnostics, files)
  return {
    files,
    map,
    document: release,
    ...loaded,
    environments,
    digest: await sha256Hex(loaded.text),
    warnings: diagnostics.length,
  }
}

/** The stop of a map that has errors, which standard error shows. */
export function stopAt(which: string, diagnostics: readonly Diagnostic[], files: readonly SourceFile[]): Stop {
  note(`${renderDiagnostics(diagnostics, files)}\n`)
  return new Stop(EXIT.mapHasErrors, `${which} has errors: ${summarize(diagnostics)}`)
}

/** The digest of the map in the working tree; undefined where it has errors. */
export async function workingTreeDigest(folder: string): Promise<string | undefined> {
  const { loaded } = await loadMap(folder)
  return loaded && sha256Hex(loaded.text)
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
