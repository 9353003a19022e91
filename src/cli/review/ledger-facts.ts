/** The revocation log for an access review: the whole chain is checked, and the entries of the window are told. */
import { treatSubject } from '../../audit/sightings.ts'
import type { Effect, MarkTarget, TargetKind } from '../../policy/mark.ts'
import type { ChainLink, LogEntry } from '../../policy/revocation-log.ts'
import type { SubjectTreatment } from '../../policy/token-audit.ts'
import type { LedgerFacts, LedgerRow } from '../../source/review/facts.ts'
import type { ChainSource } from '../log-export.ts'
import { readEntry } from '../read-log.ts'
import { describeAuthor, describeEnd, describeLimits, describeTarget } from '../render-log.ts'
import { headText, judgeLog } from '../verify-log.ts'
import type { Window } from './history-facts.ts'

/** More than anybody reads on paper. */
const MOST_ROWS = 300

/** Rejects where the log cannot be read to its end. `treatment`: of names of people, their sessions and their devices. */
export async function ledgerFacts(
  source: ChainSource,
  { from, to }: Window,
  treatment: SubjectTreatment,
): Promise<LedgerFacts> {
  const entries: LogEntry[] = []
  const counts = new Map<LedgerRow['kind'], number>()
  let total = 0
  const seen = (link: ChainLink): void => {
    total++
    const entry = readEntry(link.text)
    if (entry === undefined || entry.time < from || entry.time >= to) return
    const kind = kindOf(entry)
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    entries.push(entry)
    // The newest ones are shown.
    if (entries.length > 2 * MOST_ROWS) entries.splice(0, MOST_ROWS)
  }
  const verdict = await judgeLog({ ...source, links: watched(source.links, seen) }, undefined)
  const shown = entries.slice(-MOST_ROWS).toReversed()
  const inWindow = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return {
    head: headText(verdict.kind === 'intact' ? verdict.head : source.head),
    entries: total,
    cutOff: source.floor.seq,
    ...(verdict.kind === 'broken' && { broken: { entry: verdict.seq, why: verdict.why } }),
    counts: Object.fromEntries(counts),
    rows: await Promise.all(shown.map((entry) => rowOf(entry, treatment))),
    unlisted: inWindow - shown.length,
  }
}

async function* watched(links: AsyncIterable<ChainLink>, see: (link: ChainLink) => void): AsyncGenerator<ChainLink> {
  for await (const link of links) {
    see(link)
    yield link
  }
}

function kindOf({ action }: LogEntry): LedgerRow['kind'] {
  if (action.kind !== 'mark') return action.kind
  if (action.effect.kind === 'suspend') return 'kill switch'
  return action.effect.kind === 'step-up' ? 'step-up' : 'revocation'
}

async function rowOf(entry: LogEntry, treatment: SubjectTreatment): Promise<LedgerRow> {
  const { seq, time, action, author, origin } = entry
  return {
    entry: seq,
    time,
    kind: kindOf(entry),
    what: await whatOf(action, treatment),
    until: action.kind === 'mark' ? describeEnd(action.expires).replace('until ', '') : '',
    by: describeAuthor(author),
    via: origin.event === undefined ? origin.via : `${origin.via}: ${origin.event.split('/').at(-1) ?? ''}`,
    reason: action.reason,
  }
}

async function whatOf(action: LogEntry['action'], treatment: SubjectTreatment): Promise<string> {
  if (action.kind === 'undo') return `takes back entry ${action.mark}`
  if (action.kind === 'note') return action.about
  const target = await treated(action.target, treatment)
  if (action.kind === 'lift') return `${describeTarget(target, { kind: 'revoke' })}, ${action.label}`
  const effect = await withTreatedNames(action.effect, treatment)
  return `${describeTarget(target, effect)}${describeLimits(effect)}`
}

/** Targets that are a person, or lead to one. */
const PERSONAL: readonly TargetKind[] = ['subject', 'user', 'email', 'session', 'grant', 'device']

const HIDDEN = '(not shown)'

async function treated(target: MarkTarget, treatment: SubjectTreatment): Promise<MarkTarget> {
  if (!PERSONAL.includes(target.kind) || !('value' in target)) return target
  return { ...target, value: (await treatSubject(target.value, treatment)) ?? HIDDEN }
}

async function withTreatedNames(effect: Effect, treatment: SubjectTreatment): Promise<Effect> {
  if (!('matching' in effect) || effect.matching === undefined) return effect
  const names = await Promise.all(
    Object.entries(effect.matching).map(async ([kind, value]) => [
      kind,
      PERSONAL.some((each) => each === kind) ? ((await treatSubject(value, treatment)) ?? HIDDEN) : value,
    ]),
  )
  return { ...effect, matching: Object.fromEntries(names) }
}
