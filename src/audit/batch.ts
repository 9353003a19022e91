/** What one window came to, as messages of the queue: as few as hold it, none larger than a message may be. */
import type { DecisionEvent } from '../policy/decision-event.ts'
import {
  EVENT_BATCH_FORMAT,
  type EventBatch,
  type Notice,
  type RecordedDecision,
  type UsageTally,
} from '../policy/event-batch.ts'

/** Everything of a window. */
export type WindowContent = Pick<EventBatch, 'usage' | 'decisions' | 'notices' | 'sinks' | 'uncounted'>

/** What is the same for all messages of a window. */
export type Heading = Pick<EventBatch, 'environment' | 'colo' | 'from' | 'to'>

/** Cloudflare takes 128 KB; sizes are estimated from above. */
const MOST_BYTES = 100_000

export function batchesOf(heading: Heading, content: WindowContent, newId: () => string): readonly EventBatch[] {
  const { usage, decisions, notices, sinks, uncounted } = content
  const parts: Part[] = [
    ...usage.map((each) => ({ usage: each, bytes: bytesOfTally(each) })),
    ...decisions.map((each) => ({ decision: each, bytes: bytesOfDecision(each) })),
    ...notices.map((each) => ({ notice: each, bytes: bytesOfTexts(Object.values(each.fields)) + 300 })),
  ]
  const hasRemarks = uncounted > 0 || sinks.some(({ lost }) => lost > 0)
  if (parts.length === 0 && !hasRemarks) return []
  const groups = grouped(parts)
  return groups.map((group, index) => ({
    format: EVENT_BATCH_FORMAT,
    id: newId(),
    ...heading,
    usage: group.flatMap((part) => part.usage ?? []),
    decisions: group.flatMap((part) => part.decision ?? []),
    notices: group.flatMap((part) => part.notice ?? []),
    sinks: index === 0 ? sinks : [],
    uncounted: index === 0 ? uncounted : 0,
  }))
}

interface Part {
  readonly usage?: UsageTally
  readonly decision?: RecordedDecision
  readonly notice?: Notice
  readonly bytes: number
}

/** At least one group. */
function grouped(parts: readonly Part[]): readonly (readonly Part[])[] {
  const groups: Part[][] = [[]]
  let bytes = 0
  for (const part of parts) {
    if (bytes + part.bytes > MOST_BYTES && bytes > 0) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)?.push(part)
    bytes += part.bytes
  }
  return groups
}

/** JSON makes at most six bytes of a UTF-16 unit (`\u001f`); scopes, rules, hosts and codes are ASCII without anything to escape, and quotes and a comma around. */
const WORST = 6
const AROUND = 3

const bytesOfTexts = (texts: readonly unknown[]): number =>
  texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? WORST * text.length : 24) + 64, 0)

const bytesOfNames = (names: readonly string[] | undefined): number =>
  names === undefined ? 0 : names.reduce((sum, name) => sum + name.length + AROUND, AROUND)

const bytesOfWords = (words: readonly string[] | undefined): number =>
  words === undefined ? 0 : words.reduce((sum, word) => sum + WORST * word.length + AROUND, AROUND)

/** The names of all members, and what is as long in every event. */
const EVENT_BYTES = 900
const TALLY_BYTES = 800

function bytesOfDecision({ event, who }: RecordedDecision): number {
  return (
    EVENT_BYTES +
    WORST * (lengthOf(event.environment) + lengthOf(event.client) + lengthOf(event.subject) + lengthOf(event.issuer)) +
    WORST * (lengthOf(event.rule) + lengthOf(event.service) + lengthOf(event.shape) + lengthOf(event.host)) +
    WORST * (lengthOf(who?.issuer) + lengthOf(who?.client) + lengthOf(who?.subject)) +
    bytesOfScopes(event) +
    bytesOfWords(event.acr)
  )
}

const bytesOfScopes = ({ required, missing, held, by, deprecated, codes }: DecisionEvent): number =>
  (required ?? []).reduce((sum, each) => sum + bytesOfNames(each), 0) +
  bytesOfNames(missing) +
  bytesOfNames(held) +
  bytesOfNames(typeof by === 'object' ? by : undefined) +
  bytesOfNames(deprecated) +
  bytesOfNames(codes)

function bytesOfTally({ row, rule, service, issuer, by, exercised, codes, missing, deprecated, shape }: UsageTally) {
  const texts = [row.client, row.actor ?? undefined, rule, service, issuer, shape, row.path ?? undefined, row.host]
  return (
    TALLY_BYTES +
    texts.reduce((sum, text) => sum + WORST * lengthOf(text), 0) +
    [row.scopes, by, exercised, codes, missing, deprecated].reduce((sum, names) => sum + bytesOfNames(names), 0) +
    bytesOfWords(row.acr) +
    bytesOfWords(row.amr) +
    bytesOfWords(row.forServices)
  )
}

const lengthOf = (text: string | undefined): number => text?.length ?? 0

/** How many requests a message counts: what is uncounted where it is lost. */
export const requestsIn = ({ usage, uncounted }: EventBatch): number =>
  usage.reduce((sum, { count }) => sum + count, uncounted)

/** Its events: what a sink has lost where it is lost. */
export const eventsIn = ({ decisions, notices }: Pick<EventBatch, 'decisions' | 'notices'>): number =>
  decisions.length + notices.length
