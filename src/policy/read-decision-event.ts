/** A decision event that came from outside -> checked. Closed: what this version does not know, it does not take for an event. */
import { DECISION_EVENT_FORMAT, type DecisionEvent, OUTCOMES } from './decision-event.ts'
import { type DenialCode, isDenialCode } from './denial.ts'
import { isMethod, type Method } from './method.ts'
import { array, closed, Malformed, object } from './untrusted.ts'

/** A list longer than any that a gate writes. */
const MOST_ITEMS = 10_000
/** A text longer than any that a gate writes. */
const MOST_CHARACTERS = 8_192

const TEXTS = [
  'release',
  'detail',
  'rule',
  'service',
  'host',
  'shape',
  'issuer',
  'client',
  'subject',
  'token',
  'colo',
] as const
const COUNTS = ['serial', 'furtherHeld', 'tokenAge', 'authAge'] as const
const LISTS = ['missing', 'held', 'deprecated', 'acr'] as const
const KEYS = [
  ...['event', 'format', 'at', 'decision', 'environment', 'outcome', 'codes', 'method', 'required', 'by'],
  ...['bound', 'gateMs', 'cached', 'mark', 'oneIn'],
  ...TEXTS,
  ...COUNTS,
  ...LISTS,
]

/** @throws `Malformed` */
export function readDecisionEvent(value: unknown, at = 'event'): DecisionEvent {
  const event = closed(object(value, at), KEYS, at)
  if (event.event !== 'decision' || event.format !== DECISION_EVENT_FORMAT)
    throw new Malformed(`${at} is no decision of format ${DECISION_EVENT_FORMAT}`)
  instant(event.at, `${at}.at`)
  name(event.decision, `${at}.decision`)
  name(event.environment, `${at}.environment`)
  oneOf(event.outcome, OUTCOMES, `${at}.outcome`)
  number(event.gateMs, `${at}.gateMs`)
  if (whole(event.oneIn, `${at}.oneIn`) < 1) throw new Malformed(`${at}.oneIn is zero`)
  for (const key of TEXTS) if (event[key] !== undefined) name(event[key], `${at}.${key}`)
  for (const key of COUNTS) if (event[key] !== undefined) integer(event[key], `${at}.${key}`)
  for (const key of LISTS) if (event[key] !== undefined) names(event[key], `${at}.${key}`)
  if (event.codes !== undefined) codes(event.codes, `${at}.codes`)
  if (event.method !== undefined) method(event.method, `${at}.method`)
  if (event.required !== undefined)
    for (const alternative of list(event.required, `${at}.required`)) names(alternative, `${at}.required`)
  if (event.by !== undefined && event.by !== 'public' && event.by !== 'authenticated') names(event.by, `${at}.by`)
  if (event.bound !== undefined)
    for (const each of list(event.bound, `${at}.bound`)) oneOf(each, ['dpop', 'mtls'], `${at}.bound`)
  if (event.cached !== undefined && typeof event.cached !== 'boolean')
    throw new Malformed(`${at}.cached is no truth value`)
  if (event.mark !== undefined) {
    const mark = closed(object(event.mark, `${at}.mark`), ['target', 'entry'], `${at}.mark`)
    name(mark.target, `${at}.mark.target`)
    whole(mark.entry, `${at}.mark.entry`)
  }
  return event as object as DecisionEvent
}

export function list(value: unknown, at: string): readonly unknown[] {
  const items = array(value, at)
  if (items.length > MOST_ITEMS) throw new Malformed(`${at} has more than ${MOST_ITEMS} members`)
  return items
}

export function name(value: unknown, at: string): string {
  if (typeof value !== 'string' || value.length > MOST_CHARACTERS) throw new Malformed(`${at} is no text of a name`)
  return value
}

export const names = (value: unknown, at: string): readonly string[] => list(value, at).map((item) => name(item, at))

export const codes = (value: unknown, at: string): readonly DenialCode[] =>
  list(value, at).map((item) => {
    if (typeof item !== 'string' || !isDenialCode(item)) throw new Malformed(`${at} holds something that is no code`)
    return item
  })

export function method(value: unknown, at: string): Method {
  if (typeof value !== 'string' || !isMethod(value)) throw new Malformed(`${at} is no method`)
  return value
}

export function oneOf<Name extends string>(value: unknown, known: readonly Name[], at: string): Name {
  const found = known.find((each) => each === value)
  if (found === undefined) throw new Malformed(`${at} is none of ${known.join(', ')}`)
  return found
}

function number(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Malformed(`${at} is no number`)
  return value
}

function integer(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new Malformed(`${at} is no whole number`)
  return value
}

export function whole(value: unknown, at: string): number {
  const found = integer(value, at)
  if (found < 0) throw new Malformed(`${at} is below zero`)
  return found
}

/** ISO 8601 in UTC, as `toISOString` has it. */
function instant(value: unknown, at: string): void {
  if (typeof value !== 'string' || !INSTANT.test(value) || Number.isNaN(Date.parse(value)))
    throw new Malformed(`${at} is no time`)
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/
