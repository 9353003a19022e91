/** What a map can be compared with, by the words that people write. */
import { decodeRelease, type Release } from '../policy/decode.ts'
import { sha256Hex } from '../release/digest.ts'
import { findDigest } from '../release/publish.ts'
import { type ReleaseStore, readKey, releaseKey } from '../release/store.ts'
import type { Version } from '../source/diff/difference.ts'
import type { FileMemory } from '../source/parse.ts'
import { compileMap } from '../source/read-map.ts'
import type { SourceFile } from '../source/source-text.ts'
import { EXIT, Stop } from './exit.ts'
import { mapAt } from './git.ts'
import { liveIn } from './live.ts'
import { announceReading, filesIn, stopAt } from './map.ts'
import { describePlace, type PlaceOptions, placeOf } from './place.ts'
import { faultOf } from './publishing.ts'
import { withStore } from './store.ts'

export interface NamedVersion extends Version {
  readonly name: string
  readonly digest: string
}

export interface VersionOptions extends PlaceOptions {
  readonly scopes: string
}

const KNOWN = '`working-tree`, `git:<ref>`, `kv`, `kv:<serial or digest>` or `env:<name>`'

/** Of maps, whatever compiles: what lints say of it is for \`check\`, and what was in order when it was committed is to be compared today as well. */
export async function versionOf(word: string, options: VersionOptions, memory: FileMemory): Promise<NamedVersion> {
  const [kind, ...rest] = word.split(':')
  const detail = rest.join(':')
  if (word === 'working-tree') return versionOfMap(word, word, await filesIn(options.scopes), memory)
  if (kind === 'git' && detail !== '') {
    const { files, commit } = await mapAt(detail, options.scopes)
    return versionOfMap(word, `${word} (${commit.slice(0, 12)})`, files, memory)
  }
  if (word === 'kv') return versionInStore(options)
  if (kind === 'kv' && detail !== '') return versionInStore(options, detail)
  if (kind === 'env' && detail !== '') return versionInStore({ ...options, env: detail })
  throw new Stop(EXIT.usage, `\`${word}\` is nothing that can be compared`, `write ${KNOWN}`)
}

async function versionOfMap(
  word: string,
  name: string,
  files: readonly SourceFile[],
  memory: FileMemory,
): Promise<NamedVersion> {
  announceReading(files)
  const compiled = compileMap(files, memory)
  if (!compiled.ok) throw stopAt(`the scope map of \`${word}\``, compiled.error, files)
  const { loaded, environments } = compiled.value
  return { name, digest: await sha256Hex(loaded.text), release: loaded.release, environments }
}

function versionInStore(options: VersionOptions, to?: string): Promise<NamedVersion> {
  const place = placeOf(options)
  return withStore(place, async (store) => {
    const digest = to === undefined ? await liveDigest(store, describePlace(place)) : await digestOf(store, to)
    const name = `${describePlace(place)} ${digest.slice(0, 12)}`
    return { name, digest, release: requireRelease(await textOf(store, digest), name) }
  })
}

async function liveDigest(store: ReleaseStore, place: string): Promise<string> {
  const live = await liveIn(store)
  if (live === undefined)
    throw new Stop(EXIT.couldNotRun, `${place} has no live release`, 'publish one with `scopewall publish`')
  return live.digest
}

async function digestOf(store: ReleaseStore, to: string): Promise<string> {
  const digest = await findDigest(store, undefined, to)
  if (!digest.ok) throw faultOf(digest.error)
  return digest.value
}

async function textOf(store: ReleaseStore, digest: string): Promise<string> {
  const text = await readKey(store, releaseKey(digest))
  if (text === undefined || (await sha256Hex(text)) !== digest) throw faultOf({ code: 'release_damaged', digest })
  return text
}

/** What stands under a digest, read as the gate reads it. Stops where it is not that release. */
export const releaseIn = async (store: ReleaseStore, digest: string): Promise<Release> =>
  requireRelease(await textOf(store, digest), digest.slice(0, 12))

function requireRelease(text: string, name: string): Release {
  const release = decodeRelease(text)
  if (!release.ok) throw new Stop(EXIT.couldNotRun, `the release of ${name} cannot be read: ${release.error}`)
  return release.value
}
