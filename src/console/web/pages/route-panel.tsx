/** One route beside the tree: what it asks, who calls it, what is refused and why. */

import type { DecisionEvent } from '../../../policy/decision-event.ts'
import { WIRE } from '../../../policy/denial.ts'
import type { ConditionsEntry } from '../../../policy/release.ts'
import { useAnswer } from '../api/use-answer.ts'
import { exampleRequest, type MapIndex, type RouteView, routeMarks } from '../model/map-index.ts'
import type { Counted } from '../model/route-traffic.ts'
import { visible } from '../model/shown-text.ts'
import { Name } from '../parts/badge.tsx'
import { Bars, Spark } from '../parts/chart.tsx'
import { Icon } from '../parts/icon.tsx'
import { Facts } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { Text } from '../parts/text.tsx'
import { count, duration, plural } from '../parts/words.ts'
import { pathTo } from '../route.ts'
import { useAdmin } from '../session.ts'
import { RouteBadges } from './map-badges.tsx'

interface RoutePanelProps {
  readonly route: RouteView
  readonly index: MapIndex
  readonly counts: Counted | undefined
  readonly onClose: () => void
}

export function RoutePanel({ route, index, counts, onClose }: RoutePanelProps) {
  const { entry, id } = route
  return (
    <aside
      class="panel side-panel"
      aria-label="Route"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header class="panel-head">
        <h2 class="wrap mono">
          {entry.method} <Text>{entry.path}</Text>
        </h2>
        <button type="button" class="button plain icon" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body stack">
        <div class="row">
          <RouteBadges marks={routeMarks(route, index)} isUnused={counts?.total === 0} />
          {counts !== undefined && counts.total > 0 && (
            <>
              <Spark counts={counts.trend} label="The last 7 days" width={120} />
              <span class="quiet">{plural(counts.total, 'request')}</span>
            </>
          )}
        </div>
        <section class="stack tight">
          <h3>What it asks</h3>
          <Asked route={route} />
          <Facts facts={factsOf(route)} />
        </section>
        <Recent rule={id} />
        <a class="button" href={pathTo('why', [], { request: exampleRequest(entry) })}>
          <Icon name="why" /> Why would a request be refused?
        </a>
      </div>
    </aside>
  )
}

/** The alternatives as sentences: all of the scopes of a line, or those of the next. */
function Asked({ route: { entry } }: { readonly route: RouteView }) {
  if (entry.public !== undefined)
    return (
      <p>
        No token.{' '}
        <span class="quiet">
          <Text>{entry.public}</Text>
        </span>
      </p>
    )
  if (entry.authenticated !== undefined)
    return (
      <p>
        Any valid token.{' '}
        <span class="quiet">
          <Text>{entry.authenticated}</Text>
        </span>
      </p>
    )
  return (
    <ul class="asked">
      {(entry.anyOf ?? []).map((names, at) => (
        <li key={names.join(' ')}>
          <span class="joint faint small">{at === 0 ? '' : 'or'}</span>
          <span class="row">
            {names.map((name) => (
              <a key={name} href={pathTo('scopes', [name])} class="wrap">
                <Name>{name}</Name>
              </a>
            ))}
          </span>
        </li>
      ))}
    </ul>
  )
}

const factsOf = ({ entry }: RouteView): Parameters<typeof Facts>[0]['facts'] => [
  [
    'Host',
    <Text key="host" mono>
      {entry.host}
    </Text>,
  ],
  ['Service', <Text key="service">{entry.service}</Text>],
  ...conditionFacts(entry),
  ['Clients', entry.clients?.map(visible).join(', ')],
  ['Actors', entry.actors !== undefined && (entry.actors.map(visible).join(', ') || 'nobody may act for another')],
  ['Details', entry.authorizationDetails?.map(({ type }) => visible(type)).join(', ')],
  ['Mode', entry.mode],
  ['Revocation', entry.revocation === 'strict' && 'the log is asked on each request'],
  ['Introspection', entry.introspection && 'on each request'],
]

export function conditionFacts({
  stepUp,
  maxTokenAgeSeconds,
  maxLifetimeSeconds,
  senderConstraint,
}: ConditionsEntry): Parameters<typeof Facts>[0]['facts'] {
  const { acr, amr, maxAgeSeconds } = stepUp ?? {}
  const strength = [
    ...(acr === undefined ? [] : [`acr ${acr.join(' or ')}`]),
    ...(amr === undefined ? [] : [`amr ${amr.map((group) => group.join(' and ')).join(' or ')}`]),
    ...(maxAgeSeconds === undefined ? [] : [`authenticated in the last ${duration(maxAgeSeconds)}`]),
  ]
  return [
    ['Step-up', strength.length > 0 && strength.join(', ')],
    ['Token age', maxTokenAgeSeconds !== undefined && `at most ${duration(maxTokenAgeSeconds)}`],
    ['Lifetime', maxLifetimeSeconds !== undefined && `at most ${duration(maxLifetimeSeconds)}`],
    ['Bound', senderConstraint],
  ]
}

const RECENT = 100

/** From the latest decisions on record: every refusal is, of what is allowed a sample. */
function Recent({ rule }: { readonly rule: string }) {
  const admin = useAdmin()
  const answer = useAnswer(`decisions of ${rule}`, (signal) => admin.decisions({ rule, limit: RECENT }, signal))
  return (
    <Shown answer={answer} lines={4}>
      {({ decisions }) =>
        decisions.length === 0 ? (
          <Notice title="No decision on record">Every refusal is kept, and of what is allowed a sample.</Notice>
        ) : (
          <>
            <section class="stack tight">
              <h3>Who calls it</h3>
              <Bars label="Clients" items={clientsIn(decisions)} />
            </section>
            <section class="stack tight">
              <h3>What is refused</h3>
              <Refusals decisions={decisions} />
            </section>
            <p class="faint small">
              Of the last {plural(decisions.length, 'decision')} on record.{' '}
              <a href={pathTo('tail', [], { rule })}>Watch it live</a>
            </p>
          </>
        )
      }
    </Shown>
  )
}

function Refusals({ decisions }: { readonly decisions: readonly DecisionEvent[] }) {
  const refused = tally(
    decisions.filter(({ outcome }) => outcome !== 'allow'),
    ({ codes }) => codes?.[0] ?? 'refused',
  )
  if (refused.length === 0) return <p class="quiet">Nothing.</p>
  return (
    <ul class="lines plain">
      {refused.map(({ name, count: many }) => (
        <li key={name}>
          <span class="grow">
            <Name>{name}</Name>{' '}
            <span class="quiet small">{name in WIRE ? WIRE[name as keyof typeof WIRE].title : ''}</span>
          </span>
          <span>{count(many)}</span>
        </li>
      ))}
    </ul>
  )
}

const clientsIn = (decisions: readonly DecisionEvent[]) =>
  tally(decisions, ({ client }) => (client === undefined ? 'no client' : visible(client))).map(
    ({ name, count: many }) => ({ name, count: many }),
  )

const MOST_LISTED = 8

function tally(
  decisions: readonly DecisionEvent[],
  nameOf: (event: DecisionEvent) => string,
): readonly { readonly name: string; readonly count: number }[] {
  const counts = new Map<string, number>()
  for (const event of decisions) counts.set(nameOf(event), (counts.get(nameOf(event)) ?? 0) + event.oneIn)
  return [...counts]
    .map(([name, many]) => ({ name, count: many }))
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_LISTED)
}
