/** `scopewall history`: what was published when, by whom, and what is live. */
import { type History, readHistory } from '../../release/history.ts'
import type { HistoryEntry } from '../../release/pointer.ts'
import { trustOf } from '../../release/signature.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { loadEnvironment } from '../map.ts'
import { describePlace, type PlaceOptions, placeOf } from '../place.ts'
import { describeCandidate, describeTerm } from '../publishing.ts'
import { withStore } from '../store.ts'
import { note, paint, paintError, print, printJson, renderTable, visible } from '../terminal.ts'

export interface HistoryOptions extends PlaceOptions {
  readonly scopes: string
  readonly json?: boolean
}

export async function history(options: HistoryOptions): Promise<ExitCode> {
  const place = placeOf(options)
  const trust = trustOf(await loadEnvironment(options.scopes, options.env))
  const found = await withStore(place, (store) => readHistory(store, { trust, now: Date.now() }))
  if (options.json) printJson(found)
  else if (found.entries.length === 0) print(`${describePlace(place)}: nothing has been published`)
  else print(renderHistory(found))
  if (found.live === undefined && found.entries.length > 0)
    note(
      paintError(
        'red',
        '`current` in KV is damaged or not there, so nothing is live: `rollback --to <serial>` mends that',
      ),
    )
  if (found.distrust !== undefined)
    note(paintError('red', `the edge does not believe what \`current\` says: ${found.distrust}`))
  for (const key of found.damaged) note(paintError('yellow', `the entry \`${visible(key)}\` cannot be read`))
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
      visible(entry.commit?.replace(/^([0-9a-f]{12})[0-9a-f]*/, '$1') ?? '-'),
      visible(entry.by),
      remarkOn(entry, live?.serial),
    ])
  return renderTable(['serial', 'published', 'release', 'kind', 'commit', 'by', ''], rows)
}

function remarkOn(entry: History['entries'][number], liveSerial: number | undefined): string {
  if (entry.distrust !== undefined) return paint('red', `not believed: ${entry.distrust}`)
  if (entry.isInterrupted && liveSerial !== undefined) return paint('yellow', 'interrupted')
  const note = entry.note?.split('\n')[0]
  const remarks = [
    ...(entry.serial === liveSerial ? [paint('green', 'live'), ...termOf(entry)] : []),
    ...(entry.promotedFrom === undefined
      ? []
      : [`promoted from ${visible(entry.promotedFrom.environment)}, serial ${entry.promotedFrom.serial}`]),
    ...(entry.candidate === undefined ? [] : [`candidate: ${describeCandidate(entry.candidate)}`]),
    ...(note === undefined ? [] : [visible(note)]),
  ]
  return remarks.join(', ')
}

const termOf = (entry: HistoryEntry): readonly string[] => (entry.expires === undefined ? [] : [describeTerm(entry)])
