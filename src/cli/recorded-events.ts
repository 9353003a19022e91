/** Recorded events, a JSON value a line: decisions and notices as the log sink writes them, or whole batches -> batches in their order. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { DecisionEvent } from '../policy/decision-event.ts'
import type { EventBatch, Notice, UsageTally } from '../policy/event-batch.ts'
import { readDecisionEvent } from '../policy/read-decision-event.ts'
import { readEventBatch } from '../policy/read-event-batch.ts'
import { Malformed } from '../policy/untrusted.ts'
import { EXIT, Stop } from './exit.ts'

const LONGEST_LINE = 1024 * 1024

/** Stops at the first line that is none: incidents of a part would look like those of the whole. */
export async function* recordedBatches(path: string): AsyncGenerator<EventBatch> {
  let number = 0
  let last = 0
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const line of lines) {
      number++
      if (line.trim() === '') continue
      const batch = batchOf(line, number, last)
      if (typeof batch === 'string')
        throw new Stop(EXIT.usage, `${path}:${number}: ${batch}`, 'see docs/incidents.md for what a line holds')
      last = Math.max(last, batch.to)
      yield batch
    }
  } catch (error) {
    if (error instanceof Stop) throw error
    throw new Stop(EXIT.couldNotRun, `\`${path}\` cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

/** Or what is wrong with the line. `last`: when something happened before, in milliseconds. */
function batchOf(line: string, number: number, last: number): EventBatch | string {
  if (line.length > LONGEST_LINE) return 'the line is too long'
  const value = parsed(line)
  if (typeof value !== 'object' || value === null) return 'the line is no JSON object'
  if ('decisions' in value) {
    const batch = readEventBatch(value)
    return batch.ok ? batch.value : batch.error
  }
  if ('event' in value && value.event === 'decision') return batchOfDecision(value, number)
  const notice = noticeOf(value, last)
  return notice === undefined
    ? 'the line is neither a decision, nor a notice, nor a batch'
    : batchWith(notice.at, number, { notices: [notice] })
}

function batchOfDecision(value: object, number: number): EventBatch | string {
  try {
    const event = readDecisionEvent(value, 'the decision')
    return batchWith(event.at, number, { decisions: [{ event }], usage: usageOf(event) })
  } catch (error) {
    if (error instanceof Malformed) return error.message
    throw error
  }
}

const batchWith = (at: string, number: number, more: Partial<EventBatch>): EventBatch => ({
  format: 1,
  id: `line-${number}`,
  environment: '',
  from: Date.parse(at),
  to: Date.parse(at),
  usage: [],
  decisions: [],
  notices: [],
  sinks: [],
  uncounted: 0,
  ...more,
})

/** What a gate counts of an allowed request: allowed ones may have been sampled, so first uses among them may be missed here. */
function usageOf({
  outcome,
  by,
  client,
  issuer,
  rule,
  service,
  method,
  host,
  release,
}: DecisionEvent): readonly UsageTally[] {
  if (outcome !== 'allow' || typeof by !== 'object') return []
  return [
    {
      row: {
        release: release ?? '',
        host: host ?? '',
        method: method ?? 'GET',
        path: null,
        credential: 'verified',
        outcome,
        ...(client !== undefined && { client }),
      },
      by,
      exercised: by,
      ...(issuer !== undefined && { issuer }),
      ...(rule !== undefined && { rule }),
      ...(service !== undefined && { service }),
      count: 1,
    },
  ]
}

/** Lines of the log have their fields beside the code; those that say no time happened when the line before did. */
function noticeOf(value: object, last: number): Notice | undefined {
  const { event, code, at, fields, ...others } = value as Readonly<Record<string, unknown>>
  if (typeof event !== 'string' || typeof code !== 'string') return undefined
  const time = typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? at : new Date(last).toISOString()
  const held = Object.entries(typeof fields === 'object' && fields !== null ? fields : others)
  const plain = held.filter((each): each is [string, string | number | boolean] =>
    ['string', 'number', 'boolean'].includes(typeof each[1]),
  )
  return { at: time, event, code, fields: Object.fromEntries(plain) }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
