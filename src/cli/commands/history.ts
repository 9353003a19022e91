/** `scopewall history`: what was published when, by whom, and what is live. */
import { type History, readHistory } from '../../release/publish.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { describePlace, type PlaceOptions, placeOf } from '../place.ts'
import { withStore } from '../store.ts'
import { note, paint, paintError, print, printJson, renderTable } from '../terminal.ts'

export interface HistoryOptions extends PlaceOptions {
  readonly json?: boolean
}

export async function history(options: HistoryOptions): Promise<ExitCode> {
  const place = placeOf(options)
  const found = await withStore(place, readHistory)
  if (options.json) printJson(found)
  else if (found.entries.length === 0) print(`${describePlace(place)}: nothing has been published`)
  else print(renderHistory(found))
  for (const key of found.damaged) note(paintError('yellow', `the entry \`${key}\` cannot be read`))
  return EXIT.done
}

function renderHistory({ live, entries }: History): string {
  const rows = entries
    .toReversed()
    .map((entry) => [
      String(entry.serial),
      entry.publishedAt.replace(/\.\d+Z$/, 'Z'),
      entry.digest.slice(0, 12),
      entry.kind,
      entry.commit?.replace(/^([0-9a-f]{12})[0-9a-f]*/, '$1') ?? '-',
      entry.by,
      entry.isInterrupted
        ? paint('yellow', 'interrupted')
        : entry.serial === live?.serial
          ? paint('green', 'live')
          : (entry.note ?? ''),
    ])
  return renderTable(['serial', 'published', 'release', 'kind', 'commit', 'by', ''], rows)
}
