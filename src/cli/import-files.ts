/** The files of an import: what is read, what may be read beside it, and what is written, all or nothing. */
import { randomUUID } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import type { PlannedFile } from '../source/import/plan.ts'
import type { SourceFile } from '../source/source-text.ts'
import { EXIT, Stop } from './exit.ts'

export async function readSources(paths: readonly string[]): Promise<readonly SourceFile[]> {
  return Promise.all(
    paths.map(async (path) => {
      try {
        return { path: path.split(sep).join('/'), bytes: await readFile(path) }
      } catch (error) {
        throw new Stop(EXIT.couldNotRun, `\`${path}\` cannot be read${codeOf(error)}`)
      }
    }),
  )
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '')

/** Files that a source refers to: in its own folder or below, or where the command runs. A description from elsewhere reads nothing else. */
export function loaderFor(paths: readonly string[]): (path: string) => Uint8Array | undefined {
  const roots = [process.cwd(), ...paths.map((path) => dirname(resolve(path)))].map((root) => realpathSync(root))
  return (path) => {
    try {
      const real = realpathSync(path)
      return roots.some((root) => real.startsWith(root + sep)) ? readFileSync(real) : undefined
    } catch {
      return undefined
    }
  }
}

/** The files of the map that an import joins; a folder that is not there has none. */
export async function readMapFolder(folder: string): Promise<readonly SourceFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const names = entries.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name)).map(({ name }) => name)
  return Promise.all(
    names.sort().map(async (name) => ({ path: `${folder}/${name}`, bytes: await readFile(join(folder, name)) })),
  )
}

/** What is at each path now, where something is. */
export async function currentTexts(files: readonly PlannedFile[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const { path } of files) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) texts.set(path, text)
  }
  return texts
}

/** Each file is written beside its place first, so that what cannot be written leaves everything as it was. */
export async function writeAll(files: readonly PlannedFile[]): Promise<void> {
  const suffix = `.${randomUUID()}.tmp`
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path + suffix, text, { flag: 'wx' })
    }
    for (const { path } of files) await rename(path + suffix, path)
  } catch (error) {
    await Promise.all(files.map(({ path }) => rm(path + suffix, { force: true })))
    throw new Stop(EXIT.couldNotRun, `the files cannot be written${codeOf(error)}`)
  }
}
