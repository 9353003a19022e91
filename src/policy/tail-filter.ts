/** Which decisions a watcher of the live tail wants to see. What a watcher sends is a stranger's text until it was read here. */
import type { TailFilter } from './console-answers.ts'
import { type DecisionEvent, OUTCOMES, type Outcome } from './decision-event.ts'
import { type DenialCode, isDenialCode } from './denial.ts'
import { fail, ok, type Result } from './result.ts'
import { array, closed, Malformed, nonEmpty, object, text } from './untrusted.ts'

/** Longer is no filter: it must fit into what a sleeping socket keeps, which is 2 KB. */
export const MOST_FILTER_CHARACTERS = 900

const NAMES = ['service', 'rule', 'client', 'scope'] as const

/** A filter as JSON. The fault is for whoever sent it, and quotes nothing of it. */
export function parseTailFilter(json: string): Result<TailFilter, string> {
  if (json.length > MOST_FILTER_CHARACTERS) return fail(`a filter has ${MOST_FILTER_CHARACTERS} characters at most`)
  try {
    const entry = closed(object(JSON.parse(json), 'the filter'), ['outcomes', 'codes', ...NAMES], 'the filter')
    const filter: { -readonly [Member in keyof TailFilter]: TailFilter[Member] } = {}
    if (entry.outcomes !== undefined) filter.outcomes = listed(entry.outcomes, 'outcomes', isOutcome)
    if (entry.codes !== undefined) filter.codes = listed(entry.codes, 'codes', isDenialCode)
    for (const name of NAMES) if (entry[name] !== undefined) filter[name] = text(entry[name], name)
    return ok(filter)
  } catch (error) {
    if (error instanceof Malformed) return fail(error.message)
    if (error instanceof SyntaxError) return fail('the filter is not JSON')
    throw error
  }
}

const isOutcome = (value: string): value is Outcome => OUTCOMES.some((known) => known === value)

function listed<Item extends Outcome | DenialCode>(
  value: unknown,
  at: string,
  isKnown: (each: string) => each is Item,
): readonly Item[] {
  return nonEmpty(array(value, at), at).map((item) => {
    const name = text(item, at)
    if (!isKnown(name)) throw new Malformed(`${at} has an item that is not known`)
    return name
  })
}

/**
 * Whether the filter lets the decision through: every member that is there must hold. A scope holds of a decision that asks for it, lacks it, or was
 * let in by it.
 */
export function matchesTailFilter(filter: TailFilter, event: DecisionEvent): boolean {
  const { outcomes, codes, service, rule, client, scope } = filter
  if (outcomes !== undefined && !outcomes.includes(event.outcome)) return false
  if (codes !== undefined && !(event.codes ?? []).some((code) => codes.includes(code))) return false
  if (service !== undefined && event.service !== service) return false
  if (rule !== undefined && event.rule !== rule) return false
  if (client !== undefined && event.client !== client) return false
  return scope === undefined || concerns(event, scope)
}

function concerns({ required, missing, by }: DecisionEvent, scope: string): boolean {
  const lists = [...(required ?? []), missing ?? [], typeof by === 'string' ? [] : (by ?? [])]
  return lists.some((scopes) => scopes.includes(scope))
}
