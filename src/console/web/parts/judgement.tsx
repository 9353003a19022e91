/** A judgement in words: which rule covers a request, what it asks, what lacks, and what would help. */
import type { ComponentChildren } from 'preact'
import type { Decision, Match } from '../../../policy/decision.ts'
import type { Release } from '../../../policy/decode.ts'
import { type Denial, WIRE } from '../../../policy/denial.ts'
import type { Conditions, Rule, SenderConstraint } from '../../../policy/rule.ts'
import type { ScopeToken } from '../../../policy/scope.ts'
import { visible } from '../model/shown-text.ts'
import { pathTo } from '../route.ts'
import { OutcomeState } from './badge.tsx'
import { Scopes } from './decision.tsx'
import { Facts } from './panel.tsx'
import { duration } from './words.ts'

interface JudgementProps {
  readonly release: Release
  readonly match: Match | undefined
  readonly decision: Decision
}

export function Judgement({ release, match, decision }: JudgementProps) {
  return (
    <div class="stack">
      <div class="row verdict">
        <OutcomeState outcome={decision.kind} />
        {decision.kind === 'allow' ? <AllowedBy decision={decision} /> : <Status denial={decision.denials[0]} />}
      </div>
      {decision.kind !== 'allow' &&
        decision.denials.map((denial) => (
          <div key={denial.code} class="reason">
            <p>
              <strong>{WIRE[denial.code].title}.</strong> <code class="faint">{denial.code}</code>
            </p>
            <Lack denial={denial} />
            <p class="quiet">{WIRE[denial.code].remedy}</p>
          </div>
        ))}
      <Rules match={match} release={release} />
    </div>
  )
}

const AllowedBy = ({ decision }: { readonly decision: Extract<Decision, { kind: 'allow' }> }) =>
  typeof decision.by === 'string' ? (
    <span>{decision.by === 'public' ? 'the rule is public' : 'any valid token is enough'}</span>
  ) : (
    <>
      <span class="quiet">by</span> <Scopes scopes={decision.by} />
    </>
  )

function Status({ denial }: { readonly denial: Denial }) {
  const { status, challenge } = WIRE[denial.code]
  return (
    <code class="quiet">
      {status} {challenge.kind === 'error' ? challenge.error : ''}
    </code>
  )
}

function Lack({ denial }: { readonly denial: Denial }): ComponentChildren {
  switch (denial.code) {
    case 'scope_insufficient':
      return (
        <p class="row">
          Lacks <Scopes scopes={denial.missing} tone="bad" />
        </p>
      )
    case 'scope_retired':
      return (
        <p>
          {denial.scope} is past its sunset; the map names {denial.replacedBy.join(' or ') || 'nothing'} in its place.
        </p>
      )
    case 'step_up_required':
      return <p>Needs {stepUpWords(denial)}.</p>
    case 'sender_constraint_required':
      return <p>Needs {BINDINGS[denial.constraint]}.</p>
    case 'token_too_old':
      return <p>The token must have been issued at most {duration(denial.maxSeconds)} ago.</p>
    case 'unmapped':
      return denial.otherMethods.length === 0 ? null : <p>This path has rules for {denial.otherMethods.join(', ')}.</p>
    case 'target_ambiguous':
      return (
        <p>
          What is wrong with it: <code>{denial.detail}</code>.
        </p>
      )
    default:
      return null
  }
}

function Rules({ match, release }: Pick<JudgementProps, 'match' | 'release'>) {
  if (match === undefined) return <p class="quiet">No rule was looked for: the address is refused as it stands.</p>
  if (match.kind === 'ambiguous')
    return (
      <p class="quiet">
        An origin that ignores case, suffixes or a final slash could take this path for another rule's.
      </p>
    )
  if (match.kind === 'unmapped')
    return <p class="quiet">No rule covers this request, and what no rule covers is refused.</p>
  const { rule } = match
  const service = release.document.services[rule.service]
  return (
    <Facts
      facts={[
        [
          'Rule',
          <a key="rule" class="mono" href={pathTo('map', [], { rule: rule.id })}>
            {visible(rule.id)}
          </a>,
        ],
        ['Service', `${rule.service}, owned by ${service?.owner ?? 'nobody'}`],
        ['Asks for', <Requirement key="asks" rule={rule} />],
        ...conditionFacts('Besides', rule.conditions),
        ...(rule.requirement.kind === 'scopes' ? [...new Set(rule.requirement.anyOf.flat())] : []).flatMap((name) => [
          ...scopeFacts(name, release),
        ]),
        ['Clients', rule.callers?.clients && [...rule.callers.clients].join(', ')],
        ['Mode', rule.mode],
      ]}
    />
  )
}

function Requirement({ rule: { requirement } }: { readonly rule: Rule }) {
  if (requirement.kind !== 'scopes')
    return (
      <>
        {requirement.kind === 'public' ? 'nothing' : 'any valid token'}: {requirement.reason}
      </>
    )
  return (
    <div class="row">
      {requirement.anyOf.map((alternative, index) => (
        <>
          {index > 0 && <span class="faint">or</span>}
          <Scopes key={alternative.join(' ')} scopes={alternative} />
        </>
      ))}
    </div>
  )
}

function scopeFacts(name: ScopeToken, release: Release): readonly (readonly [string, ComponentChildren])[] {
  const entry = release.document.scopes[name]
  const facts = release.scopes.get(name)
  const holders = facts?.impliedBy ?? []
  const implied = holders.length === 0 ? '' : ` ${holders.join(', ')} ${holders.length === 1 ? 'implies' : 'imply'} it.`
  return [
    [
      name,
      `${entry?.reason ?? ''} Owned by ${entry?.owner ?? 'nobody'}, sensitivity ${entry?.sensitivity ?? ''}.${implied}`,
    ],
    ...conditionFacts('', facts?.conditions ?? {}),
  ]
}

function conditionFacts(name: string, conditions: Conditions): readonly (readonly [string, ComponentChildren])[] {
  const { stepUp, maxTokenAgeSeconds, maxLifetimeSeconds, senderConstraint } = conditions
  const asks = [
    stepUp && stepUpWords(stepUp),
    maxTokenAgeSeconds !== undefined && `a token issued at most ${duration(maxTokenAgeSeconds)} ago`,
    maxLifetimeSeconds !== undefined && `a token made for at most ${duration(maxLifetimeSeconds)}`,
    senderConstraint && BINDINGS[senderConstraint],
  ].filter((ask) => typeof ask === 'string')
  return asks.length === 0 ? [] : [[name, `Asks for ${asks.join(' and ')}.`]]
}

const BINDINGS: Readonly<Record<SenderConstraint, string>> = {
  any: 'a token that is bound to its sender',
  dpop: 'a token that is bound to a DPoP key',
  'dpop-single-use': 'a token that is bound to a DPoP key, and a proof that was never used',
  mtls: 'a token that is bound to a client certificate',
}

function stepUpWords({ acr, amr, maxAgeSeconds }: NonNullable<Conditions['stepUp']>): string {
  const methods = amr === undefined ? '' : ` by ${amr.map((group) => group.join(' and ')).join(' or ')}`
  const level = `an authentication${acr === undefined ? '' : ` of the class ${acr.join(' or ')}`}${methods}`
  return maxAgeSeconds === undefined ? level : `${level} at most ${duration(maxAgeSeconds)} old`
}
