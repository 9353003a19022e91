/** What KV says of releases, for an access review: the history, and what was live when the window began and when it ended. */
import type { Environment } from '../../policy/environment.ts'
import { epochSeconds, fail, ok } from '../../policy/result.ts'
import { type History, readHistory } from '../../release/history.ts'
import { encodePointer } from '../../release/pointer.ts'
import { trustOf } from '../../release/signature.ts'
import type { ReleaseStore } from '../../release/store.ts'
import { quoted } from '../../source/diagnostic.ts'
import { compareVersions } from '../../source/diff/difference.ts'
import { reportOf } from '../../source/diff/report.ts'
import { summarize } from '../../source/diff/summary.ts'
import type { ChangeFacts, HistoryFacts, ReleaseRow, Told } from '../../source/review/facts.ts'
import { releaseIn } from '../versions.ts'

export interface Window {
  readonly from: string
  readonly to: string
}

export interface ReleaseFacts {
  readonly history: HistoryFacts
  readonly changes: Told<ChangeFacts>
  /** Every entry as KV has it, one a line. */
  readonly text: string
}

/** More than anybody reads on paper. */
const MOST_ITEMS = 150

export async function releaseFacts(
  store: ReleaseStore,
  environment: Environment,
  window: Window,
  now: number,
): Promise<ReleaseFacts> {
  const history = await readHistory(store, { trust: trustOf(environment), now })
  return {
    history: factsOf(history, environment),
    changes: await changesIn(store, history, window),
    text: history.entries.map((entry) => encodePointer(withoutRemarks(entry))).join('\n'),
  }
}

type Entry = History['entries'][number]

const withoutRemarks = ({ isInterrupted: _, distrust: __, ...entry }: Entry) => entry

const factsOf = ({ live, entries, damaged }: History, { releaseSigning }: Environment): HistoryFacts => ({
  releases: entries.map((entry) => rowOf(entry, live?.serial, releaseSigning !== undefined)),
  damaged,
  isSigned: releaseSigning !== undefined,
})

function rowOf(entry: Entry, live: number | undefined, isSigned: boolean): ReleaseRow {
  const { serial, publishedAt, kind, digest, by, commit, note, isInterrupted, distrust } = entry
  return {
    serial,
    publishedAt,
    kind: isInterrupted ? `${kind}, interrupted` : kind,
    digest,
    by,
    ...(commit !== undefined && { commit }),
    ...(note !== undefined && { note }),
    signature: distrust ?? (isSigned ? 'verified' : 'unsigned'),
    isLive: serial === live,
  }
}

async function changesIn(store: ReleaseStore, { entries }: History, { from, to }: Window): Promise<Told<ChangeFacts>> {
  const believed = entries.filter(({ distrust, isInterrupted }) => distrust === undefined && !isInterrupted)
  const before = believed.findLast(({ publishedAt }) => publishedAt < from)
  const after = believed.findLast(({ publishedAt }) => publishedAt < to)
  if (after === undefined) return fail('Nothing that can be believed was published up to the end of the period.')
  const sides = { ...(before && { before: sideOf(before) }), after: sideOf(after) }
  if (before === undefined)
    return ok({ ...sides, summary: 'everything is new, for nothing was live before', sections: [], unlisted: 0 })
  try {
    const [old, next] = [await releaseIn(store, before.digest), await releaseIn(store, after.digest)]
    const difference = compareVersions({ release: old }, { release: next }, epochSeconds(Date.parse(to)))
    const sections = reportOf(difference, { code: quoted, text: (text) => text })
    return ok({ ...sides, summary: summarize(difference), ...cut(sections) })
  } catch (error) {
    return fail(`The releases of the period cannot be compared: ${error instanceof Error ? error.message : error}.`)
  }
}

const sideOf = ({ serial, digest }: Entry) => ({ serial, digest })

/** As many items as there is room for, the first sections first. */
function cut(sections: ReturnType<typeof reportOf>): Pick<ChangeFacts, 'sections' | 'unlisted'> {
  const total = sections.reduce((sum, { items }) => sum + items.length, 0)
  let room = MOST_ITEMS
  const listed = sections.map(({ title, items }) => {
    const shown = items.slice(0, room)
    room -= shown.length
    return { title: `${title} (${items.length})`, items: shown }
  })
  return {
    sections: listed.filter(({ items }) => items.length > 0),
    unlisted: Math.max(0, total - MOST_ITEMS),
  }
}
