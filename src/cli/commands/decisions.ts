/** `scopewall decisions` and `scopewall decision`: single decisions that are on record, and why one was made. */
import type { DecisionEvent } from '../../policy/decision-event.ts'
import { readDecisionEvent } from '../../policy/read-decision-event.ts'
import { Malformed } from '../../policy/untrusted.ts'
import type { DecisionQuery } from '../../policy/usage-answers.ts'
import { writeQuery } from '../../policy/usage-query.ts'
import { type AdminOptions, adminClient } from '../admin-client.ts'
import { renderDecision, renderDecisions } from '../decision-words.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { note, print, printJson } from '../terminal.ts'

export async function decisions(options: AdminOptions & DecisionQuery): Promise<ExitCode> {
  const { outcome, code, rule, service, client: of, scope, before, limit } = options
  const client = await adminClient(options)
  const asked = { outcome, code, rule, service, client: of, scope, before, limit }
  const query = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
  const answer = Object(await client.get(`decisions?${writeQuery({ limit, ...query })}`))
  if (!Array.isArray(answer.decisions)) throw notOurs()
  const found = answer.decisions.map(eventIn)
  const next = typeof answer.next === 'string' ? answer.next : null
  if (options.json) printJson({ decisions: found, next })
  else if (found.length > 0) print(renderDecisions(found))
  else
    print(
      'no decision that fits is on record: refusals are kept for 14 days, and of what was let in as many as `sampleAllows` says',
    )
  if (!options.json && next !== null) note(`there are more: --before ${next}`)
  return EXIT.done
}

export async function decision(id: string, options: AdminOptions): Promise<ExitCode> {
  const client = await adminClient(options)
  const event = eventIn(await client.get(`decisions/${encodeURIComponent(id)}`))
  if (options.json) printJson(event)
  else print(renderDecision(event))
  return EXIT.done
}

/** The answer of a gate is taken as one if it reads as an event. */
function eventIn(value: unknown): DecisionEvent {
  try {
    return readDecisionEvent(value)
  } catch (error) {
    if (error instanceof Malformed) throw notOurs()
    throw error
  }
}

const notOurs = (): Stop =>
  new Stop(
    EXIT.couldNotRun,
    'the answer is not that of a gate that keeps decisions',
    'is the Worker of this version deployed?',
  )
