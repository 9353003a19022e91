/** The map in the working tree: read, checked and compiled, for every command that needs one. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../policy/environment.ts'
import { encodeRelease, type ReleaseDocument } from '../policy/release.ts'
import { sha256Hex } from '../release/digest.ts'
import { type MapReading, readMap } from '../source/read-map.ts'
import type { SourceFile } from '../source/source-text.ts'
import { EXIT, Stop } from './exit.ts'
import { renderDiagnostics, summarize } from './report.ts'
import { announceStep, note } from './terminal.ts'

export interface LoadedMap extends MapReading {
  readonly files: readonly SourceFile[]
}

/** A map without errors. */
export interface SoundMap {
  readonly document: ReleaseDocument
  readonly environments: readonly Environment[]
  /** Canonical JSON, and its SHA-256. */
  readonly text: string
  readonly digest: string
  readonly warnings: number
}

/** Every YAML file directly in the folder; other folders in it (schemas, tests) are not map files. */
export async function loadMap(folder: string): Promise<LoadedMap> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => {
    throw new Stop(
      EXIT.usage,
      `there is no folder \`${folder}\``,
      'name the folder of the scope map with --scopes, or run this where `scopes/` is',
    )
  })
  const names = entries.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name)).map((entry) => entry.name)
  const files = await Promise.all(
    names.sort().map(async (name) => ({ path: join(folder, name), bytes: await readFile(join(folder, name)) })),
  )
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0)
  if (bytes > LONG_READ_BYTES) announceStep(`reading ${files.length} files, ${Math.round(bytes / 1024)} KiB`)
  return { files, ...readMap(files, today()) }
}

/** What takes longer than a second to read and check, roughly. */
const LONG_READ_BYTES = 400 * 1024

/** `YYYY-MM-DD`, UTC. */
export const today = (): string => new Date().toISOString().slice(0, 10)

/** Stops with the diagnostics on standard error where the map has errors. */
export async function requireSoundMap(folder: string): Promise<SoundMap> {
  const { files, diagnostics, release, environments } = await loadMap(folder)
  if (release === undefined || environments === undefined) {
    note(`${renderDiagnostics(diagnostics, files)}\n`)
    throw new Stop(EXIT.mapHasErrors, `the scope map has errors: ${summarize(diagnostics)}`)
  }
  const text = encodeRelease(release)
  return { document: release, environments, text, digest: await sha256Hex(text), warnings: diagnostics.length }
}

/** The environment of that name, or a stop that says which there are. */
export function requireEnvironment({ environments }: SoundMap, name: string): Environment {
  const found = environments.find((environment) => environment.name === name)
  if (found !== undefined) return found
  const known = environments.map((environment) => environment.name).join(', ')
  throw new Stop(EXIT.usage, `gateway.yaml has no environment \`${name}\``, `it has: ${known}`)
}
