/** Since when each scope stands in the map, as git remembers it: for people, so an answer that is not there is no error. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { note, paintError } from './terminal.ts'

/** One pass over a long history takes about a second; a catalogue without the days is better than one that never comes. */
const PATIENCE_MILLISECONDS = 10_000

/**
 * Scope -> the day (`YYYY-MM-DD`) on which its name came into the folder and stayed, on the line of first parents. Empty without git, without
 * commits, and where the history is cut off, because its first commit would seem to have brought everything; then says so.
 */
export async function scopesSince(folder: string, names: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const shallow = await gitLines(folder, ['rev-parse', '--is-shallow-repository'])
  if (shallow === undefined) return new Map()
  if (shallow[0] === 'true') {
    note(paintError('yellow', 'the git history is cut off, so the catalogue does not say since when: fetch all of it'))
    return new Map()
  }
  const lines = await gitLines(folder, [
    ...['log', '--first-parent', '--diff-merges=first-parent', '--reverse', '--patch', '--unified=0'],
    ...['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', `--format=${COMMIT}%cs`],
    ...['--', ':(glob)*.yaml', ':(glob)*.yml'],
  ])
  return sinceFromLog(lines ?? [], names)
}

const COMMIT = 'commit '
const DEFINITION = /^([+-]) +(["']?)([!-~]+?)\2:(?:\s|$)/

/** From the lines of a log with patches, oldest first. A name that moves from file to file within a commit keeps its day. */
export function sinceFromLog(lines: Iterable<string>, names: ReadonlySet<string>): ReadonlyMap<string, string> {
  const places = new Map<string, number>()
  const since = new Map<string, string>()
  const changed = new Set<string>()
  let day = ''
  const settle = () => {
    for (const name of changed) {
      if ((places.get(name) ?? 0) <= 0) since.delete(name)
      else if (!since.has(name)) since.set(name, day)
    }
    changed.clear()
  }
  for (const line of lines) {
    if (line.startsWith(COMMIT)) {
      settle()
      day = line.slice(COMMIT.length)
      continue
    }
    const [, sign, , name] = DEFINITION.exec(line) ?? []
    if (name === undefined || !names.has(name)) continue
    places.set(name, (places.get(name) ?? 0) + (sign === '+' ? 1 : -1))
    changed.add(name)
  }
  settle()
  return since
}

/** What git prints, or undefined where it fails or takes too long. */
function gitLines(folder: string, args: readonly string[]): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => {
    const child = spawn('git', args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PATIENCE_MILLISECONDS,
    })
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => {
      // Nothing else is looked at, and a history can be long.
      if (/^[a-z+-]/.test(line)) lines.push(line)
    })
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => resolve(code === 0 ? lines : undefined))
  })
}
