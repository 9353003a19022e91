/** Decisions as data points of Workers Analytics Engine. Columns have places and no names: the order below is the format (docs/siem.md). */
import type { DecisionEvent } from '../policy/decision-event.ts'
import type { SinkPolicy } from '../policy/event-policy.ts'
import { ownMembers } from './event-members.ts'
import { type Sink, type SinkParts, selectorOf, TryLater, Undeliverable } from './sink.ts'

/** The part of the binding that is used. Returns at once, and never tells whether the point was kept. */
export interface AnalyticsDataset {
  writeDataPoint(point: DataPoint): void
}

export interface DataPoint {
  readonly indexes: readonly [string]
  readonly blobs: readonly string[]
  readonly doubles: readonly number[]
}

const LAYOUT = 1
/** Of the platform: bytes of an index, and of all blobs of a point together. */
const MOST_INDEX_BYTES = 96
const MOST_BLOB_BYTES = 16_384
/** `blob1` to `blob20`. Only the end may ever change: what is stored already keeps its places. */
export const BLOBS = [
  'environment',
  'outcome',
  'code',
  'detail',
  'service',
  'rule',
  'method',
  'host',
  'shape',
  'client',
  'issuer',
  'subject',
  'token',
  'access',
  'granted_by',
  'missing',
  'deprecated',
  'release',
  'colo',
  'decision',
] as const
/** `double1` and on. */
export const DOUBLES = [
  'one_in',
  'gate_ms',
  'serial',
  'token_age_seconds',
  'auth_age_seconds',
  'cached',
  'held',
  'layout',
] as const

/** What is not known: text is empty, and a number is this. */
const ABSENT = -1

export function dataPointOf(event: DecisionEvent): DataPoint {
  const { granted_by: grantedBy, access } = ownMembers(event)
  const blobs: Readonly<Record<(typeof BLOBS)[number], unknown>> = {
    environment: event.environment,
    outcome: event.outcome,
    code: event.codes?.[0],
    detail: event.detail,
    service: event.service,
    rule: event.rule,
    method: event.method,
    host: event.host,
    shape: event.shape,
    client: event.client,
    issuer: event.issuer,
    subject: event.subject,
    token: event.token,
    access,
    granted_by: grantedBy,
    missing: event.missing,
    deprecated: event.deprecated,
    release: event.release,
    colo: event.colo,
    decision: event.decision,
  }
  const doubles: Readonly<Record<(typeof DOUBLES)[number], number | undefined>> = {
    one_in: event.oneIn,
    gate_ms: event.gateMs,
    serial: event.serial,
    token_age_seconds: event.tokenAge,
    auth_age_seconds: event.authAge,
    cached: event.cached === undefined ? undefined : Number(event.cached),
    held: event.held === undefined ? undefined : event.held.length + (event.furtherHeld ?? 0),
    layout: LAYOUT,
  }
  return {
    // Points are sampled by index when there are many: what is let through does not push out what is refused, nor one service another.
    indexes: [cut(`${event.outcome}:${event.service ?? ''}`, MOST_INDEX_BYTES)],
    blobs: BLOBS.map((name) => cut(textOf(blobs[name]), MOST_BLOB_BYTES / BLOBS.length)),
    doubles: DOUBLES.map((name) => doubles[name] ?? ABSENT),
  }
}

const textOf = (value: unknown): string => (Array.isArray(value) ? value.join(' ') : String(value ?? ''))

const encoder = new TextEncoder()

/** The beginning of a text that fits into so many bytes of UTF-8. */
function cut(text: string, bytes: number): string {
  if (3 * text.length <= bytes) return text
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(bytes)).read)
}

const MOST_AT_ONCE = 50
/** An invocation may write 250 points, and each further one throws. What is left waits until this invocation is over: deliveries do not go on for so long. */
const NEXT_INVOCATION_MS = 20_000

/** Writes each point once, also where a delivery is tried again. */
export function analyticsSink(
  { name, decisions, binding }: Extract<SinkPolicy, { kind: 'analytics' }>,
  parts: Pick<SinkParts, 'binding'>,
): Sink {
  let begun = { id: '', written: 0 }
  return {
    name,
    selects: selectorOf(decisions),
    takesNotices: false,
    mostAtOnce: MOST_AT_ONCE,
    send: async ({ id, decisions: events }) => {
      const dataset = parts.binding(binding)
      if (!isDataset(dataset)) throw new Undeliverable('the dataset is not bound')
      if (begun.id !== id) begun = { id, written: 0 }
      try {
        for (const event of events.slice(begun.written)) {
          dataset.writeDataPoint(dataPointOf(event))
          begun.written++
        }
      } catch {
        throw new TryLater('the dataset takes no more points', NEXT_INVOCATION_MS)
      }
    },
  }
}

const isDataset = (binding: unknown): binding is AnalyticsDataset =>
  typeof binding === 'object' && binding !== null && 'writeDataPoint' in binding
