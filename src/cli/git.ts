/** The map as git remembers it. */
import { execFile } from 'node:child_process'
import { access, realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import type { SourceFile } from '../source/source-text.ts'
import { EXIT, Stop } from './exit.ts'

const run = promisify(execFile)

/** What a commit's folder holds, all of it in memory. */
const MOST_BYTES = 256 * 1024 * 1024

export interface Remembered {
  readonly commit: string
  /** The YAML files directly in the folder, as the working tree's would be read. */
  readonly files: readonly SourceFile[]
}

/** The map's folder at a commit, a branch or a tag of the repository that the folder is in. */
export async function mapAt(ref: string, folder: string): Promise<Remembered> {
  const repository = await repositoryOf(folder)
  // A name that git would take for an option is none of a commit.
  const commit = ref.startsWith('-')
    ? undefined
    : await repository.ask('rev-parse', '--verify', '--quiet', `${ref}^{commit}`)
  if (commit === undefined)
    throw new Stop(
      EXIT.usage,
      `git knows no commit \`${ref}\``,
      'name a branch, a tag or a commit; in CI, is the history there (`fetch-depth: 0`)?',
    )
  const tree = await repository.ask('ls-tree', '-z', '--full-tree', `${commit}:${repository.path}`)
  if (tree === undefined) throw new Stop(EXIT.usage, `there is no folder \`${folder}\` at \`${ref}\``)
  const blobs = blobsIn(tree)
  const contents = await repository.contents(blobs.map(({ id }) => id))
  return {
    commit,
    files: blobs.map(({ name }, index) => ({ path: join(folder, name), bytes: contents[index] ?? new Uint8Array() })),
  }
}

interface Repository {
  /** The folder's path in it, with slashes; empty for its root. */
  readonly path: string
  /** What git says; undefined where it fails. */
  ask(...args: readonly string[]): Promise<string | undefined>
  contents(ids: readonly string[]): Promise<readonly Uint8Array[]>
}

async function repositoryOf(folder: string): Promise<Repository> {
  const place = await realpath(await nearestThere(resolve(folder)))
  const whole = join(place, relative(await nearestThere(resolve(folder)), resolve(folder)))
  const git = (args: readonly string[]) =>
    run('git', ['-C', place, ...args], { encoding: 'buffer', maxBuffer: MOST_BYTES })
  const ask = async (...args: readonly string[]) => {
    try {
      return (await git(args)).stdout.toString().replace(/\n$/, '')
    } catch {
      return undefined
    }
  }
  const top = await ask('rev-parse', '--show-toplevel')
  if (top === undefined)
    throw new Stop(
      EXIT.couldNotRun,
      `\`${folder}\` is in no git repository`,
      'compare `working-tree`, `kv` or `env:<name>` instead',
    )
  return {
    path: relative(top, whole).split(sep).join('/'),
    ask,
    async contents(ids) {
      const running = git(['cat-file', '--batch'])
      running.child.stdin?.end(ids.map((id) => `${id}\n`).join(''))
      return splitBatch((await running).stdout, ids.length)
    },
  }
}

/** The folder, or the nearest one above it that exists: a map may have been deleted since. */
async function nearestThere(path: string): Promise<string> {
  try {
    await access(path)
    return path
  } catch {
    return dirname(path) === path ? path : nearestThere(dirname(path))
  }
}

/** Of `mode type id<tab>name` entries, the map files. A symbolic link is a blob, too, but of another mode. */
function blobsIn(tree: string): readonly { readonly id: string; readonly name: string }[] {
  return tree.split('\0').flatMap((entry) => {
    const [, id, name] = /^100\d{3} blob ([0-9a-f]+)\t(.*\.ya?ml)$/s.exec(entry) ?? []
    return id === undefined || name === undefined ? [] : [{ id, name }]
  })
}

/** `id blob size`, a line feed, the bytes, a line feed; for each. */
function splitBatch(output: Uint8Array, count: number): readonly Uint8Array[] {
  let start = 0
  return Array.from({ length: count }, () => {
    const lineEnd = output.indexOf(10, start)
    const size = Number(new TextDecoder().decode(output.subarray(start, lineEnd)).split(' ')[2])
    start = lineEnd + 1 + size + 1
    return output.subarray(lineEnd + 1, lineEnd + 1 + size)
  })
}
