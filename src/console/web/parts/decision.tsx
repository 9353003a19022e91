/** One decision, in full: how it was judged and why, by what, and as whose. */
import type { ComponentChildren } from 'preact'
import type { DecisionEvent } from '../../../policy/decision-event.ts'
import { WIRE } from '../../../policy/denial.ts'
import { visible } from '../model/shown-text.ts'
import { pathTo } from '../route.ts'
import { Name, OutcomeState } from './badge.tsx'
import { Facts } from './panel.tsx'
import { clock, day, duration, shortDigest } from './words.ts'

/** What it was about: the rule, or what the map does not cover, or nothing that could be read. */
export function subjectOf({ rule, method, host, shape }: DecisionEvent): string {
  const asked = [method, `${host ?? ''}${shape ?? ''}`].filter((part) => part !== undefined && part !== '').join(' ')
  return rule ?? (asked === '' ? 'a target that cannot be read' : asked)
}

/** Why, in a few words. */
export function reasonOf({ codes, missing, by }: DecisionEvent): string {
  const [code] = codes ?? []
  if (code !== undefined) return missing === undefined || missing.length === 0 ? code : `${code}: ${missing.join(' ')}`
  return typeof by === 'string' ? by : (by?.join(' and ') ?? '')
}

export function DecisionFacts({ event }: { readonly event: DecisionEvent }) {
  const { codes = [], required, missing = [], held, furtherHeld = 0, by, deprecated = [], mark } = event
  return (
    <div class="stack">
      {codes.map((code) => (
        <div key={code} class="reason">
          <p>
            <strong>{WIRE[code].title}.</strong> <code class="faint">{code}</code>
          </p>
          <p class="quiet">{WIRE[code].remedy}</p>
        </div>
      ))}
      <Facts
        facts={[
          ['Outcome', <OutcomeState key="outcome" outcome={event.outcome} />],
          ['At', `${day(event.at)} ${clock(event.at)}`],
          ['Decision', <code key="decision">{event.decision}</code>],
          ['Rule', event.rule && <code>{visible(event.rule)}</code>],
          ['Service', event.service],
          ['Host', event.host],
          ['Path', event.shape && <code>{visible(event.shape)}</code>],
          ['Detail', event.detail],
          ['Asks for', required && <Alternatives alternatives={required} />],
          ['Lacks', missing.length > 0 && <Scopes scopes={missing} tone="bad" />],
          ['Let in by', by && (typeof by === 'string' ? by : <Scopes scopes={by} />)],
          ['Deprecated', deprecated.length > 0 && <Scopes scopes={deprecated} tone="warn" />],
          ['Token has', held && <Scopes scopes={held} further={furtherHeld} />],
          ['Client', event.client && <Client event={event} name={event.client} />],
          ['Subject', event.subject && <code>{visible(event.subject)}</code>],
          ['Token', event.token && <code>{event.token}</code>],
          ['Issuer', event.issuer],
          ['Authenticated', event.acr?.join(', ')],
          ['Token age', event.tokenAge !== undefined && duration(event.tokenAge)],
          ['Since sign-in', event.authAge !== undefined && duration(event.authAge)],
          ['Bound by', event.bound && event.bound.length > 0 && event.bound.join(', ')],
          ['Revoked by', mark && <Mark mark={mark} />],
          [
            'Release',
            event.release && (
              <>
                #{event.serial} <code title={event.release}>{shortDigest(event.release)}</code>
              </>
            ),
          ],
          ['Gate', `${event.gateMs.toFixed(1)} ms${event.cached === true ? ', token known' : ''}`],
          ['Data centre', event.colo],
          ['Stands for', event.oneIn > 1 && `${event.oneIn} requests`],
        ]}
      />
    </div>
  )
}

/** Clients are told apart by their issuer, too. */
const Client = ({ event: { issuer }, name }: { readonly event: DecisionEvent; readonly name: string }) =>
  issuer === undefined ? visible(name) : <a href={pathTo('clients', [issuer, name])}>{visible(name)}</a>

const Mark = ({ mark }: { readonly mark: NonNullable<DecisionEvent['mark']> }) => (
  <a href={pathTo('revocations', [], { entry: mark.entry })}>entry {mark.entry}</a>
)

const Alternatives = ({ alternatives }: { readonly alternatives: readonly (readonly string[])[] }) => (
  <div class="row">
    {alternatives.map((alternative, index) => (
      <>
        {index > 0 && <span class="faint">or</span>}
        <Scopes key={alternative.join(' ')} scopes={alternative} />
      </>
    ))}
  </div>
)

interface ScopesProps {
  readonly scopes: readonly string[]
  readonly further?: number
  readonly tone?: 'bad' | 'warn' | 'none'
}

/** Each leads to its page. */
export function Scopes({ scopes, further = 0, tone = 'none' }: ScopesProps): ComponentChildren {
  if (scopes.length === 0) return <span class="faint">none</span>
  return (
    <span class="names">
      {scopes.map((scope) => (
        <a key={scope} href={pathTo('scopes', [scope])}>
          <Name tone={tone}>{visible(scope)}</Name>
        </a>
      ))}
      {further > 0 && <span class="faint">and {further} more</span>}
    </span>
  )
}
