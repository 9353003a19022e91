/** A message of the queue -> a batch that can be counted. Whoever can write to the queue can write anything there. */

import { isDenialCode } from './denial.ts'
import { EVENT_BATCH_FORMAT, type EventBatch, type RecordedDecision } from './event-batch.ts'
import { codes, list, method, name, names, oneOf, readDecisionEvent, whole } from './read-decision-event.ts'
import { fail, ok, type Result } from './result.ts'
import { closed, Malformed, object } from './untrusted.ts'
import { AGE_BOUNDS } from './usage.ts'

/** No request is counted more often than that in one window. */
const MOST_COUNT = 1_000_000_000
/** The last second of the calendar that a clock of the platform could have, in milliseconds. */
const MOST_MILLISECONDS = 253_402_300_799_000
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The fault says where, and quotes nothing. */
export function readEventBatch(value: unknown): Result<EventBatch, string> {
  try {
    return ok(readBatch(value))
  } catch (error) {
    if (error instanceof Malformed) return fail(error.message)
    throw error
  }
}

const KEYS = [
  'format',
  'id',
  'environment',
  'colo',
  'from',
  'to',
  'usage',
  'decisions',
  'notices',
  'sinks',
  'uncounted',
]

function readBatch(value: unknown): EventBatch {
  const batch = object(value, 'batch')
  if (batch.format !== EVENT_BATCH_FORMAT)
    throw new Malformed(`its format is not ${EVENT_BATCH_FORMAT}, the only one this version reads`)
  closed(batch, KEYS, 'batch')
  if (typeof batch.id !== 'string' || !UUID.test(batch.id)) throw new Malformed('batch.id is no UUID')
  name(batch.environment, 'batch.environment')
  if (batch.colo !== undefined) name(batch.colo, 'batch.colo')
  const [from, to] = [whole(batch.from, 'batch.from'), whole(batch.to, 'batch.to')]
  if (to < from || to > MOST_MILLISECONDS) throw new Malformed('batch.to is before batch.from')
  whole(batch.uncounted, 'batch.uncounted')
  for (const [index, tally] of list(batch.usage, 'batch.usage').entries()) readTally(tally, `batch.usage[${index}]`)
  for (const [index, decision] of list(batch.decisions, 'batch.decisions').entries())
    readDecision(decision, `batch.decisions[${index}]`)
  for (const [index, notice] of list(batch.notices, 'batch.notices').entries())
    readNotice(notice, `batch.notices[${index}]`)
  for (const [index, sink] of list(batch.sinks, 'batch.sinks').entries()) readSink(sink, `batch.sinks[${index}]`)
  return batch as object as EventBatch
}

const TALLY_KEYS = [
  ...['row', 'rule', 'service', 'issuer', 'by', 'exercised', 'codes', 'missing', 'deprecated', 'shape', 'count'],
]

function readTally(value: unknown, at: string): void {
  const tally = closed(object(value, at), TALLY_KEYS, at)
  readRow(tally.row, `${at}.row`)
  for (const key of ['rule', 'service', 'issuer', 'shape'])
    if (tally[key] !== undefined) name(tally[key], `${at}.${key}`)
  for (const key of ['by', 'exercised', 'missing', 'deprecated'])
    if (tally[key] !== undefined) names(tally[key], `${at}.${key}`)
  if (tally.codes !== undefined) codes(tally.codes, `${at}.codes`)
  const count = whole(tally.count, `${at}.count`)
  if (count < 1 || count > MOST_COUNT) throw new Malformed(`${at}.count is no count`)
}

const ROW_KEYS = [
  ...['release', 'host', 'method', 'path', 'upgrade', 'credential', 'client', 'scopes', 'acr', 'amr'],
  ...['authAge', 'tokenAge', 'lifetime', 'bound', 'actor', 'forDefault', 'forServices', 'details', 'outcome'],
]
const AGES = [...AGE_BOUNDS.map(String), 'longer']

function readRow(value: unknown, at: string): void {
  const row = closed(object(value, at), ROW_KEYS, at)
  name(row.release, `${at}.release`)
  name(row.host, `${at}.host`)
  method(row.method, `${at}.method`)
  if (row.path !== null) name(row.path, `${at}.path`)
  if (row.upgrade !== undefined && row.upgrade !== true) throw new Malformed(`${at}.upgrade is not true`)
  oneOf(row.credential, ['none', 'rejected', 'verified'], `${at}.credential`)
  if (row.client !== undefined) name(row.client, `${at}.client`)
  if (row.actor !== undefined && row.actor !== null) name(row.actor, `${at}.actor`)
  for (const key of ['scopes', 'acr', 'amr', 'bound', 'forServices'])
    if (row[key] !== undefined) names(row[key], `${at}.${key}`)
  for (const key of ['authAge', 'tokenAge', 'lifetime'])
    if (row[key] !== undefined) oneOf(String(row[key]), AGES, `${at}.${key}`)
  if (row.forDefault !== undefined && typeof row.forDefault !== 'boolean')
    throw new Malformed(`${at}.forDefault is no truth value`)
  if (row.details !== undefined) oneOf(row.details, ['met', 'unmet'], `${at}.details`)
  const { outcome } = row
  if (outcome !== 'allow' && outcome !== 'observe' && !(typeof outcome === 'string' && isDenialCode(outcome)))
    throw new Malformed(`${at}.outcome is none`)
}

function readDecision(value: unknown, at: string): RecordedDecision {
  const decision = closed(object(value, at), ['event', 'who'], at)
  readDecisionEvent(decision.event, `${at}.event`)
  if (decision.who !== undefined) {
    const who = closed(object(decision.who, `${at}.who`), ['issuer', 'client', 'subject', 'fingerprint'], `${at}.who`)
    name(who.issuer, `${at}.who.issuer`)
    for (const key of ['client', 'subject', 'fingerprint'])
      if (who[key] !== undefined) name(who[key], `${at}.who.${key}`)
  }
  return decision as object as RecordedDecision
}

function readNotice(value: unknown, at: string): void {
  const notice = closed(object(value, at), ['at', 'event', 'code', 'fields'], at)
  for (const key of ['at', 'event', 'code']) name(notice[key], `${at}.${key}`)
  for (const field of Object.values(object(notice.fields, `${at}.fields`)))
    if (!['string', 'number', 'boolean'].includes(typeof field))
      throw new Malformed(`${at}.fields holds no plain value`)
}

function readSink(value: unknown, at: string): void {
  const sink = closed(object(value, at), ['sink', 'sent', 'lost'], at)
  name(sink.sink, `${at}.sink`)
  whole(sink.sent, `${at}.sent`)
  whole(sink.lost, `${at}.lost`)
}
