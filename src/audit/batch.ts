/** What one window came to, as messages of the queue: as few as hold it, none larger than a message may be. */
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
    ...notices.map((each) => ({ notice: each, bytes: bytesOfNotice(each) })),
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

/** JSON makes at most six bytes of a UTF-16 unit (`\u001f`), and one of what most names are made of. */
const WORST = 6
const PLAIN = /^[ !#-[\]-~]*$/
/** Quotes and a comma. */
const AROUND = 3
/** The names of all members, and what is as long in every event. */
const EVENT_BYTES = 820
const TALLY_BYTES = 560
const NOTICE_BYTES = 300
/** The name of a field of a notice, or a number. */
const FIELD_BYTES = 64

type Text = string | null | undefined

function bytesOf(...texts: readonly Text[]): number {
  let bytes = 0
  for (const text of texts) if (typeof text === 'string') bytes += text.length * (PLAIN.test(text) ? 1 : WORST)
  return bytes
}

const bytesOfList = (texts: readonly string[] = []): number =>
  texts.reduce((sum, text) => sum + bytesOf(text) + AROUND, AROUND)

const bytesOfLists = (...lists: readonly (readonly string[] | undefined)[]): number =>
  lists.reduce<number>((sum, list) => sum + bytesOfList(list), 0)

function bytesOfDecision({ event, who }: RecordedDecision): number {
  const {
    environment,
    client,
    subject,
    issuer,
    rule,
    service,
    shape,
    host,
    missing,
    held,
    by,
    deprecated,
    codes,
    acr,
    required = [],
  } = event
  return (
    EVENT_BYTES +
    bytesOf(environment, client, subject, issuer, rule, service, shape, host, who?.issuer, who?.client, who?.subject) +
    bytesOfLists(...required, missing, held, typeof by === 'object' ? by : undefined, deprecated, codes, acr)
  )
}

function bytesOfTally({
  row,
  rule,
  service,
  issuer,
  by,
  exercised,
  codes,
  missing,
  deprecated,
  shape,
}: UsageTally): number {
  return (
    TALLY_BYTES +
    bytesOf(row.client, row.actor, rule, service, issuer, shape, row.path, row.host) +
    bytesOfLists(row.scopes, by, exercised, codes, missing, deprecated, row.acr, row.amr, row.forServices)
  )
}

const bytesOfNotice = ({ fields }: Notice): number =>
  Object.values(fields).reduce<number>((sum, value) => sum + bytesOf(String(value)) + FIELD_BYTES, NOTICE_BYTES)

/** How many requests a message counts: what is uncounted where it is lost. */
export const requestsIn = ({ usage, uncounted }: EventBatch): number =>
  usage.reduce((sum, { count }) => sum + count, uncounted)

/** Its events: what a sink has lost where it is lost. */
export const eventsIn = ({ decisions, notices }: Pick<EventBatch, 'decisions' | 'notices'>): number =>
  decisions.length + notices.length
