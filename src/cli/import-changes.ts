/** What an import changes in the folder of the map: shown before anything that is there is overwritten. */
import type { PlannedFile } from '../source/import/plan.ts'
import { EXIT, Stop } from './exit.ts'
import { currentTexts, writeAll } from './import-files.ts'
import { note, paint } from './terminal.ts'

export interface Change extends PlannedFile {
  readonly state: 'new' | 'same' | 'changed'
  /** Lines that are there on one side alone. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

export async function changesOf(files: readonly PlannedFile[]): Promise<readonly Change[]> {
  const current = await currentTexts(files)
  return files.map((file) => {
    const before = current.get(file.path)
    const [old, lines] = [before?.trimEnd().split('\n') ?? [], file.text.trimEnd().split('\n')]
    return {
      ...file,
      state: before === undefined ? 'new' : before === file.text ? 'same' : 'changed',
      added: without(lines, old),
      removed: without(old, lines),
    }
  })
}

/** The lines, less the others, each as often as it is there. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1)
  return lines.filter((line) => {
    const count = left.get(line) ?? 0
    left.set(line, count - 1)
    return count <= 0
  })
}

export async function writeChanges(changes: readonly Change[], force: boolean): Promise<void> {
  const changed = changes.filter(({ state }) => state === 'changed')
  if (changed.length > 0 && !force) {
    for (const line of renderChanges(changed, false)) note(line)
    throw new Stop(
      EXIT.usage,
      'files would be overwritten, so nothing was written',
      '`--force` overwrites them; `--out` names another folder',
    )
  }
  await writeAll(changes.filter(({ state }) => state !== 'same'))
}

/** Shown of each side of a change. */
const MOST_LINES = 8

export function renderChanges(changes: readonly Change[], isWritten: boolean): readonly string[] {
  return changes.flatMap(({ path, text, state, added, removed }) => {
    const word = isWritten ? 'written' : 'would be written'
    if (state === 'same') return [`${path}  ${paint('dim', 'is the same already')}`]
    if (state === 'new') return [`${path}  ${word}, ${text.trimEnd().split('\n').length} lines`]
    return [
      `${path}  ${word}, ${added.length} lines new, ${removed.length} gone`,
      ...removed.slice(0, MOST_LINES).map((line) => paint('red', `  - ${line}`)),
      ...added.slice(0, MOST_LINES).map((line) => paint('green', `  + ${line}`)),
    ]
  })
}
