/** A decision as it is on record, in words, and what to do about it. */
import type { DecisionEvent } from '../policy/decision-event.ts'
import { WIRE } from '../policy/denial.ts'
import { paint, renderFacts, renderTable, visible } from './terminal.ts'

const VERDICTS = { allow: 'let in', observe: 'let through, and would be refused', deny: 'refused' } as const
const COLOURS = { allow: 'green', observe: 'yellow', deny: 'red' } as const

export function renderDecision(event: DecisionEvent): string {
  const { outcome, codes = [] } = event
  const verdict = paint(COLOURS[outcome], VERDICTS[outcome])
  const [first] = codes
  const facts = factsOf(event).map(([name, value]) => [name, visible(value)] as const)
  return [
    `${verdict}${first === undefined ? '' : `: ${WIRE[first].title}`}`,
    '',
    renderFacts(facts),
    ...(codes.length === 0 ? [] : ['', ...codes.map((code) => `${paint('bold', code)}  ${WIRE[code].remedy}`)]),
    ...(adviceOn(event) === undefined ? [] : [adviceOn(event) ?? '']),
  ].join('\n')
}

function factsOf(event: DecisionEvent): readonly (readonly [string, string])[] {
  const { by, required, held, bound } = event
  const joined = (names: readonly string[] | undefined) => (names === undefined ? undefined : names.join(' ') || 'none')
  const all: readonly (readonly [string, string | undefined])[] = [
    ['at', event.at],
    ['decision', event.decision],
    ['environment', event.environment],
    ['rule', event.rule ?? 'none covers it'],
    ['request', [event.method, `${event.host ?? ''}${event.shape ?? ''}`].filter(Boolean).join(' ') || undefined],
    ['service', event.service],
    ['requires', required?.map((alternative) => alternative.join(' and ')).join('  or  ')],
    ['let in by', typeof by === 'string' ? by : joined(by)],
    ['missing', joined(event.missing)],
    [
      'held',
      held && `${held.join(' ') || 'none'}${event.furtherHeld === undefined ? '' : ` and ${event.furtherHeld} more`}`,
    ],
    ['deprecated', joined(event.deprecated)],
    ['why', [...(event.codes ?? []), event.detail].filter(Boolean).join(', ') || undefined],
    ['issuer', event.issuer],
    ['client', event.client],
    ['subject', event.subject],
    ['token', event.token],
    ['acr', joined(event.acr)],
    ['token age', event.tokenAge === undefined ? undefined : `${event.tokenAge} s`],
    ['signed in', event.authAge === undefined ? undefined : `${event.authAge} s before`],
    ['bound by', bound && (bound.join(' ') || 'nothing')],
    ['revoked by', event.mark && `entry ${event.mark.entry} (${event.mark.target})`],
    ['release', event.release && `${event.release.slice(0, 12)} (serial ${event.serial ?? '?'})`],
    ['colo', event.colo],
  ]
  return all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

/** What the operator of the gate can do, beside what its client can. */
function adviceOn({ codes = [], rule, host, method, shape, mark }: DecisionEvent): string | undefined {
  if (mark !== undefined)
    return `${paint('dim', 'who revoked it:')} scopewall revocations; undo: scopewall unrevoke ${mark.entry}`
  if (codes[0] === 'unmapped')
    return paint(
      'dim',
      `a rule for ${[method, `${host ?? ''}${visible(shape ?? '')}`].filter(Boolean).join(' ')} in the map would cover it: docs/map.md`,
    )
  if (codes.includes('scope_insufficient') && rule !== undefined)
    return paint('dim', `what it takes: scopewall explain ${visible(rule.replace(/^(\S+) /, '$1 https://'))}`)
  return undefined
}

export function renderDecisions(decisions: readonly DecisionEvent[]): string {
  const rows = decisions.map((each) => [
    each.at.slice(0, 19).replace('T', ' '),
    paint(COLOURS[each.outcome], each.outcome),
    each.codes?.[0] ?? '',
    visible(each.client ?? ''),
    visible(each.rule ?? [each.method, each.shape].filter(Boolean).join(' ')),
    visible((each.missing ?? []).join(' ')),
    each.decision,
  ])
  return renderTable(['at (UTC)', 'outcome', 'why', 'client', 'rule', 'missing', 'decision'], rows)
}
