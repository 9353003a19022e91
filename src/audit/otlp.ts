/** Events as OpenTelemetry logs: OTLP 1.x, `ExportLogsServiceRequest` in its JSON encoding. Attributes are those of the semantic conventions 1.44, where there are some. */
import type { DecisionEvent } from '../policy/decision-event.ts'
import type { Notice } from '../policy/event-batch.ts'
import { NOTICE_WEIGHT, ownMembers, pathOf, statusOf, titleOf, type Weight, weightOf } from './event-members.ts'
import type { Delivery } from './sink.ts'

/** Of the semantic conventions. */
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.44.0'

/** 64-bit numbers are decimal strings in this encoding. */
type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }

interface Attribute {
  readonly key: string
  readonly value: AnyValue
}

interface LogRecord {
  readonly timeUnixNano: string
  readonly observedTimeUnixNano: string
  readonly severityNumber: number
  readonly severityText: string
  readonly eventName: string
  readonly body: AnyValue
  readonly attributes: readonly Attribute[]
}

const SEVERITIES: Readonly<Record<Weight, { readonly number: number; readonly text: string }>> = {
  informational: { number: 9, text: 'INFO' },
  low: { number: 13, text: 'WARN' },
  medium: { number: 17, text: 'ERROR' },
}

/** `now` in milliseconds: when this was observed. */
export const logsRequest = ({ environment, decisions, notices }: Delivery, now: number): object => ({
  resourceLogs: [
    {
      resource: {
        attributes: attributesOf({
          'service.name': 'scopewall',
          'deployment.environment.name': environment,
          'cloud.provider': 'cloudflare',
          'cloud.platform': 'cloudflare.workers',
        }),
      },
      scopeLogs: [
        {
          scope: { name: 'scopewall' },
          logRecords: [
            ...decisions.map((event) => decisionRecord(event, now)),
            ...notices.map((notice) => noticeRecord(notice, now)),
          ],
          schemaUrl: SCHEMA_URL,
        },
      ],
      schemaUrl: SCHEMA_URL,
    },
  ],
})

function decisionRecord(event: DecisionEvent, now: number): LogRecord {
  const { number, text } = SEVERITIES[weightOf(event)]
  const { gate_ms: gateMs, ...own } = ownMembers(event)
  return {
    timeUnixNano: nanoseconds(Date.parse(event.at)),
    observedTimeUnixNano: nanoseconds(now),
    severityNumber: number,
    severityText: text,
    eventName: `scopewall.${event.event}`,
    body: { stringValue: titleOf(event) },
    attributes: [
      ...attributesOf({
        'log.record.uid': event.decision,
        'http.request.method': event.method,
        'http.response.status_code': statusOf(event),
        'http.route': event.rule === undefined ? undefined : pathOf(event),
        'server.address': event.host,
        'user.id': event.subject,
        'error.type': event.outcome === 'deny' ? event.codes?.[0] : undefined,
        'security_rule.name': event.rule,
        'cloudflare.colo': event.colo,
        ...prefixed('scopewall.', own),
      }),
      // Whole or not, it is one type of number: stores of logs take the first one for good.
      { key: 'scopewall.gate_ms', value: { doubleValue: Number(gateMs) } },
    ],
  }
}

const noticeRecord = ({ at, event, code, fields }: Notice, now: number): LogRecord => ({
  timeUnixNano: nanoseconds(Date.parse(at)),
  observedTimeUnixNano: nanoseconds(now),
  severityNumber: SEVERITIES[NOTICE_WEIGHT].number,
  severityText: SEVERITIES[NOTICE_WEIGHT].text,
  eventName: `scopewall.${event}`,
  body: { stringValue: `${event}: ${code}` },
  attributes: attributesOf({
    'scopewall.code': code,
    ...prefixed('scopewall.notice.', fields),
  }),
})

const prefixed = (prefix: string, members: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [`${prefix}${name}`, value]))

/** Milliseconds in, nanoseconds out: more digits than a number of JavaScript holds. */
const nanoseconds = (milliseconds: number): string => `${BigInt(Math.round(milliseconds)) * 1_000_000n}`

/** Without those that have no value. */
const attributesOf = (members: Readonly<Record<string, unknown>>): readonly Attribute[] =>
  Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: anyValue(value) }]))

function anyValue(value: unknown): AnyValue {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value !== 'number') return { stringValue: String(value) }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** Records that the receiver rejected though it took the request (`ExportLogsPartialSuccess`); 0 where its answer says nothing of the kind. */
export function rejectedRecords(answer: unknown): number {
  const { partialSuccess } = (answer ?? {}) as { readonly partialSuccess?: { readonly rejectedLogRecords?: unknown } }
  const rejected = Number(partialSuccess?.rejectedLogRecords ?? 0)
  return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0
}
