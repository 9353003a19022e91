/** A question to the counts as the query of a URL, both ways, and the window of time that it is about. What is not exactly a question is a fault that says where. */
import { OUTCOMES, type Outcome } from './decision-event.ts'
import { type DenialCode, isDenialCode, WIRE } from './denial.ts'
import { fail, ok, type Result } from './result.ts'
import { type DecisionQuery, PERIODS, type Period, TRAFFIC_GROUPS, type TrafficGrouping } from './usage-answers.ts'

/** Which scopes to tell: those that no request was let in by, those that tokens hold and the release does not know, those on their way out. */
export const SCOPE_SELECTIONS = ['unused', 'shadow', 'deprecated'] as const
export type ScopeSelection = (typeof SCOPE_SELECTIONS)[number]

/** Members narrow; those of the window are ISO 8601. */
export interface UsageQuery {
  readonly from?: string
  readonly to?: string
  readonly period?: Period
  readonly by?: TrafficGrouping
  readonly outcome?: Outcome
  readonly code?: DenialCode
  readonly service?: string
  readonly rule?: string
  readonly client?: string
  readonly scope?: string
  readonly only?: ScopeSelection
}

/** What each question takes. */
export const USAGE_QUESTIONS = {
  traffic: ['from', 'to', 'period', 'by', 'outcome', 'code', 'service', 'rule', 'client'],
  scopes: ['from', 'to', 'scope', 'client', 'only'],
  clients: ['from', 'to', 'client', 'scope'],
  unmapped: ['from', 'to'],
  deprecated: ['from', 'to', 'scope', 'client'],
  observed: ['from', 'to', 'rule', 'client'],
  sinks: ['from', 'to'],
  replay: ['from', 'to'],
} as const satisfies Readonly<Record<string, readonly (keyof UsageQuery)[]>>
export type UsageQuestion = keyof typeof USAGE_QUESTIONS

const MOST_CHARACTERS = 2048
export const MOST_DECISIONS = 200
const USUAL_DECISIONS = 50

const ENUMERATIONS = {
  period: PERIODS,
  by: TRAFFIC_GROUPS,
  outcome: OUTCOMES,
  only: SCOPE_SELECTIONS,
} as const satisfies Readonly<Record<string, readonly string[]>>

/** The fault is for whoever asked; it quotes nothing of a value. */
export function parseUsageQuery(question: UsageQuestion, search: URLSearchParams): Result<UsageQuery, string> {
  return parse(search, USAGE_QUESTIONS[question])
}

const DECISION_NAMES = ['outcome', 'code', 'rule', 'service', 'client', 'scope', 'before', 'limit'] as const

export function parseDecisionQuery(search: URLSearchParams): Result<DecisionQuery, string> {
  const read = parse(search, DECISION_NAMES)
  if (!read.ok) return read
  const limit = search.get('limit') ?? String(USUAL_DECISIONS)
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > MOST_DECISIONS)
    return fail(`\`limit\` is no whole number from 1 to ${MOST_DECISIONS}`)
  return ok({ ...read.value, limit: Number(limit) })
}

/** The query of a URL that is read as this question. */
export function writeQuery(query: UsageQuery | DecisionQuery): URLSearchParams {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search
}

function parse(search: URLSearchParams, known: readonly string[]): Result<Readonly<Record<string, string>>, string> {
  const names = [...search.keys()]
  if (names.some((name) => !known.includes(name)))
    return fail(`there is a parameter that is not known; known are ${known.join(', ')}`)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return fail(`\`${twice}\` is there twice`)
  for (const [name, value] of search) {
    const fault = faultIn(name, value)
    if (fault !== undefined) return fail(`\`${name}\` ${fault}`)
  }
  const { limit: _, ...found } = Object.fromEntries(search)
  return ok(found)
}

function faultIn(name: string, value: string): string | undefined {
  if (name === 'from' || name === 'to' || name === 'before')
    return isTime(value) ? undefined : 'is no time in UTC, as in 2026-12-01T00:00:00Z'
  if (name === 'code') return isDenialCode(value) ? undefined : `is none of ${Object.keys(WIRE).join(', ')}`
  const choices: readonly string[] | undefined = Object.entries(ENUMERATIONS).find(([each]) => each === name)?.[1]
  if (choices !== undefined) return choices.includes(value) ? undefined : `is none of ${choices.join(', ')}`
  return value === '' || value.length > MOST_CHARACTERS
    ? `is empty or longer than ${MOST_CHARACTERS} characters`
    : undefined
}

/** ISO 8601 in UTC; an instant of the calendar. */
const isTime = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/.test(text) && !Number.isNaN(Date.parse(text))

const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400
const LENGTHS: Readonly<Record<Period, number>> = { minute: MINUTE, hour: HOUR, day: DAY }
/** For how long each period is kept, in days (docs/usage.md). */
const KEPT_DAYS: Readonly<Record<Period, number>> = { minute: 3, hour: 60, day: 400 }
/** Where nothing else is asked for, in seconds. */
const USUAL_SPAN: Readonly<Record<Period, number>> = { minute: HOUR, hour: DAY, day: 30 * DAY }
const MOST_PERIODS = 1_500
/** Up to so many days a window is looked at by hours, and may begin at any of them. */
const MOST_DAYS_BY_HOURS = 7

/** In seconds since the epoch, both at the beginning of a period. */
export interface AskedWindow {
  readonly period: Period
  readonly from: number
  readonly to: number
}

/** The window of a question: widened to whole periods; the last day, or the last thirty, where none is asked for. `now` in seconds. */
export function windowOf(question: UsageQuestion, query: UsageQuery, now: number): Result<AskedWindow, string> {
  const to = query.to === undefined ? now : Date.parse(query.to) / 1000
  const period = query.period ?? periodOf(question, query, to)
  const length = LENGTHS[period]
  const end = Math.ceil((to + (query.to === undefined ? 1 : 0)) / length) * length
  const from =
    query.from === undefined
      ? end - (question === 'traffic' ? USUAL_SPAN[period] : USUAL_SPAN.day)
      : Math.floor(Date.parse(query.from) / 1000 / length) * length
  if (from >= end) return fail('the window ends before it begins')
  if ((end - from) / length > MOST_PERIODS)
    return fail(`the window has more than ${MOST_PERIODS} periods: ask for less of it, or for longer ones`)
  if (from < Math.floor(now / length) * length - KEPT_DAYS[period] * DAY)
    return fail(`the window begins earlier than this is kept: ${KEPT_DAYS[period]} days by the ${period}`)
  return ok({ period, from, to: end })
}

function periodOf(question: UsageQuestion, { from }: UsageQuery, to: number): Period {
  if (question === 'traffic' || question === 'sinks') return 'hour'
  if (question === 'unmapped' || question === 'observed' || question === 'replay') return 'day'
  const isShort = from !== undefined && to - Date.parse(from) / 1000 <= MOST_DAYS_BY_HOURS * DAY
  return isShort ? 'hour' : 'day'
}
