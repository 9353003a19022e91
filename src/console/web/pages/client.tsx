/** One client: what it holds and uses, what it could do with, what is refused, and how to stop it. */

import type { ClientUsage } from '../../../policy/usage-answers.ts'
import { type GrantedScope, grantedScopes, leastPrivilege, requestsOf } from '../model/client-usage.ts'
import { lastDays } from '../model/days.ts'
import type { MapIndex } from '../model/map-index.ts'
import { visible } from '../model/shown-text.ts'
import { isTreatedName } from '../model/treated-name.ts'
import { Badge, State } from '../parts/badge.tsx'
import { Chart } from '../parts/chart.tsx'
import { Copy } from '../parts/copy.tsx'
import { Figure, Figures, Page, Panel } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Clipped, Text } from '../parts/text.tsx'
import { Ago } from '../parts/time.tsx'
import { count, plural, share, shortCount } from '../parts/words.ts'
import { pathTo, type Route } from '../route.ts'
import { useMap } from '../use-map.ts'
import { daysIn, useClients } from '../use-usage.ts'
import { Refusals, Revocations, Tokens } from './client-records.tsx'
import { Days, daysOf } from './days.tsx'
import { Scopes } from './scope-names.tsx'

interface ClientPageProps {
  readonly issuer: string
  /** `null`: the tokens of the issuer that name none. */
  readonly client: string | null
  readonly route: Route
}

export function ClientPage({ issuer, client, route }: ClientPageProps) {
  const answer = useClients(daysOf(route))
  const map = useMap()
  const isNamed = client !== null && !isTreatedName(client)
  return (
    <Page
      title={client === null ? 'No client' : visible(client)}
      above={<a href={pathTo('clients')}>Clients</a>}
      about={
        <>
          of <Text mono>{issuer}</Text>
        </>
      }
      tools={
        <>
          <Days route={route} />
          {isNamed && (
            <a class="button danger" href={pathTo('revocations', ['new'], { kind: 'client', value: client, issuer })}>
              Revoke…
            </a>
          )}
        </>
      }
    >
      <Shown answer={answer} lines={12}>
        {({ clients }) => {
          const usage = clients.find((each) => each.issuer === issuer && each.client === client)
          if (usage === undefined) return <NotSeen days={daysOf(route)} />
          return <Usage usage={usage} index={map.value?.index} />
        }}
      </Shown>
      <div class="panels">
        {client !== null && <Refusals client={client} />}
        {isNamed && <Tokens client={client} issuer={issuer} />}
        {isNamed && <Revocations client={client} issuer={issuer} />}
      </div>
    </Page>
  )
}

const NotSeen = ({ days }: { readonly days: number }) => (
  <Panel>
    <Notice icon="search" title={`Not seen in the last ${days} days`}>
      Look further back, or check the name: names are compared letter by letter.
    </Notice>
  </Panel>
)

function Usage({ usage, index }: { readonly usage: ClientUsage; readonly index: MapIndex | undefined }) {
  const { granted, trend } = usage
  const used = granted.filter(({ exercised }) => exercised > 0).length
  return (
    <>
      <Figures>
        <Figure name="Requests" value={shortCount(requestsOf(usage))} />
        <Figure name="Refused" value={shortCount(usage.denied)} note={share(usage.denied, requestsOf(usage))} />
        <Figure name="Observed" value={shortCount(usage.observed)} note="let through" />
        <Figure name="Scopes used" value={count(used)} note={`of ${granted.length}`} />
        <Figure name="Last seen" value={<Ago at={usage.lastSeen} />} />
      </Figures>
      <div class="panels">
        <Panel title="Requests by day" width="two-thirds">
          <Chart
            label="Requests"
            at={daysIn(lastDays(Date.now(), trend.length), trend.length)}
            series={[{ name: 'requests', tone: '1', counts: trend }]}
            height={196}
          />
        </Panel>
        <Suggestion usage={usage} />
        <Panel title="Granted and used" note={plural(granted.length, 'scope')} flush>
          <Table
            label="Scopes that it holds"
            columns={GRANT_COLUMNS}
            rows={
              index === undefined
                ? granted.map((each) => ({ ...each, verdict: 'kept' as const }))
                : grantedScopes(usage, index)
            }
            keyOf={({ scope }) => scope}
            href={({ scope }) => pathTo('scopes', [scope])}
            empty={<Notice title="It holds no scope">Its tokens name none.</Notice>}
          />
        </Panel>
      </div>
    </>
  )
}

function Suggestion({ usage }: { readonly usage: ClientUsage }) {
  const least = leastPrivilege(usage)
  if (least === undefined)
    return (
      <Panel title="Least privilege" width="third">
        {usage.allowed === 0 && usage.suggested.length === 0 ? (
          <State tone="none">None of its requests was let in: nobody can say what it needs.</State>
        ) : (
          <State tone="good">It holds no more than it needs.</State>
        )}
      </Panel>
    )
  return (
    <Panel title="Least privilege" width="third">
      <div class="stack">
        <p>
          The same requests would get in with{' '}
          {least.text === ''
            ? 'no scope at all.'
            : `${plural(usage.suggested.length, 'scope')} instead of ${usage.granted.length}.`}
        </p>
        {least.text !== '' && (
          <div class="copyable">
            <code class="wrap">{least.text}</code>
            <Copy text={least.text} />
          </div>
        )}
        <section class="stack tight">
          <h3>To take away</h3>
          <Scopes names={least.dropped} />
        </section>
        {least.added.length > 0 && (
          <section class="stack tight">
            <h3>To grant in their place</h3>
            <Scopes names={least.added} />
          </section>
        )}
        <p class="faint small">
          From what it did in this time, and in the last 92 days at least. What it does once a year may not be in it.
        </p>
      </div>
    </Panel>
  )
}

const GRANT_COLUMNS: readonly Column<GrantedScope>[] = [
  {
    title: 'Scope',
    cell: ({ scope, verdict }) => (
      <span class="named">
        <Clipped>{scope}</Clipped>
        {verdict === 'spare' && <Badge title="The same requests would get in without it">to spare</Badge>}
        {verdict === 'shadow' && (
          <Badge tone="warn" title="The map does not know it">
            shadow
          </Badge>
        )}
      </span>
    ),
    by: ({ scope }) => scope,
  },
  {
    title: 'Requests',
    width: '104px',
    isNumber: true,
    cell: ({ exercised }) => (exercised === 0 ? <span class="faint">not used</span> : count(exercised)),
    by: ({ exercised }) => exercised,
  },
  {
    title: 'Last used',
    width: '116px',
    isWide: true,
    cell: ({ lastExercised }) => lastExercised?.slice(0, 10) ?? <span class="faint">never</span>,
    by: ({ lastExercised }) => lastExercised ?? '',
  },
]
