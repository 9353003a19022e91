/** One scope: what it is for, who uses it, where it leads, and how to stop it. */

import type { ClientsAnswer, ScopeUsage } from '../../../policy/usage-answers.ts'
import { useAnswer } from '../api/use-answer.ts'
import { clientKey, clientsOfScope, type ScopeClient } from '../model/client-usage.ts'
import { daysInWords, lastDays } from '../model/days.ts'
import { type Lifecycle, lifecycleOf } from '../model/lifecycle.ts'
import type { RouteView, ScopeView } from '../model/map-index.ts'
import { scopeRows } from '../model/scope-list.ts'
import { visible } from '../model/shown-text.ts'
import { Chart } from '../parts/chart.tsx'
import { Facts, Figure, Figures, Page, Panel } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Clipped, OutLink, Text } from '../parts/text.tsx'
import { count, plural, shortCount } from '../parts/words.ts'
import { pathTo, type Route } from '../route.ts'
import { useAdmin } from '../session.ts'
import { useMap } from '../use-map.ts'
import { clientAddress, daysIn, useClients, useScopeUsage } from '../use-usage.ts'
import { Days, daysOf, Unknown } from './days.tsx'
import { LifecycleBadges, SensitivityBadge } from './map-badges.tsx'
import { Marks } from './marks.tsx'
import { Removal } from './removal.tsx'
import { conditionFacts } from './route-panel.tsx'
import { Scopes } from './scope-names.tsx'

export function ScopePage({ name, route }: { readonly name: string; readonly route: Route }) {
  const map = useMap()
  const days = daysOf(route)
  const usage = useScopeUsage(days)
  const clients = useClients(days)
  const isKnown = map.value?.index.scopes.has(name) === true
  return (
    <Page
      title={visible(name)}
      above={<a href={pathTo('scopes')}>Scopes</a>}
      tools={
        <>
          <Days route={route} />
          {isKnown && (
            <a class="button danger" href={pathTo('revocations', ['new'], { kind: 'scope', value: name })}>
              Kill switch…
            </a>
          )}
        </>
      }
    >
      <Unknown answer={usage} what="How it is used" />
      <Shown answer={map} lines={12}>
        {(value) => {
          const row = scopeRows(value.index, usage.value, Date.now()).find((each) => each.name === name)
          if (row === undefined) return <NoSuchScope name={name} isSure={usage.value !== undefined} />
          return (
            <>
              {row.scope === undefined && <Shadow />}
              <Standing name={name} />
              {row.usage !== undefined && <Counts usage={row.usage} />}
              <div class="panels">
                {row.usage !== undefined && <Trend usage={row.usage} days={days} />}
                {row.scope !== undefined && (
                  <About scope={row.scope} lifecycle={lifecycleOf(row.scope.entry, Date.now())} />
                )}
                <ClientsOf name={name} answer={clients} />
                {row.scope !== undefined && <RoutesOf scope={row.scope} />}
                {row.scope !== undefined && (
                  <Removal scope={row.scope} index={value.index} clients={clients.value?.clients} days={days} />
                )}
              </div>
            </>
          )
        }}
      </Shown>
    </Page>
  )
}

const NoSuchScope = ({ name, isSure }: { readonly name: string; readonly isSure: boolean }) => (
  <Panel>
    <Notice icon="search" title="The map has no such scope" actions={<a href={pathTo('scopes')}>All scopes</a>}>
      Names are compared letter by letter: <Text mono>{name}</Text>.{' '}
      {isSure ? 'No token held it in this time, either.' : 'Whether tokens hold it is not known yet.'}
    </Notice>
  </Panel>
)

const Shadow = () => (
  <div class="banner warn">
    <p>
      A shadow scope: tokens hold it, and the map does not know it. It lets nobody in. Declare it, or stop granting it
      at the authorization server.
    </p>
  </div>
)

/** Kill switches that are on for it. */
function Standing({ name }: { readonly name: string }) {
  const admin = useAdmin()
  const marks = useAnswer(`switches of ${name}`, (signal) =>
    admin.marks({ active: true, kind: 'scope', scope: name, limit: 20 }, signal),
  )
  if (marks.value === undefined || marks.value.marks.length === 0) return null
  return (
    <Panel title="Suspended" flush>
      <Marks marks={marks.value.marks} />
    </Panel>
  )
}

const Counts = ({ usage }: { readonly usage: ScopeUsage }) => (
  <Figures>
    <Figure name="Let in by it" value={shortCount(usage.exercised)} note="requests" />
    <Figure name="Refused without it" value={shortCount(usage.missing)} note="requests" />
    <Figure name="Clients that use it" value={count(usage.clients)} />
    <Figure name="Last used" value={usage.lastExercised?.slice(0, 10) ?? 'never'} />
    <Figure name="Last held" value={usage.lastHeld?.slice(0, 10) ?? 'never'} />
  </Figures>
)

const Trend = ({ usage, days }: { readonly usage: ScopeUsage; readonly days: number }) => (
  <Panel title="Requests by day" width="two-thirds">
    <Chart
      label="Requests that it let in"
      at={daysIn(lastDays(Date.now(), usage.trend.length || days), usage.trend.length || days)}
      series={[{ name: 'let in by it', tone: '1', counts: usage.trend }]}
      height={196}
    />
  </Panel>
)

function About({ scope, lifecycle }: { readonly scope: ScopeView; readonly lifecycle: Lifecycle }) {
  const { entry, implies, impliedBy } = scope
  const { review, sunset, since, replacedBy, link } = lifecycle
  return (
    <Panel title="About" width="third" tools={<LifecycleBadges lifecycle={lifecycle} />}>
      <div class="stack">
        <p>
          <Text>{entry.reason}</Text>
        </p>
        <Facts
          facts={[
            ['Owner', <Text key="owner">{entry.owner}</Text>],
            ['Service', <Text key="service">{entry.service}</Text>],
            ['Sensitivity', <SensitivityBadge key="sensitivity" sensitivity={entry.sensitivity} />],
            ...conditionFacts(entry),
            ['Review', review !== undefined && `${review.day}, ${daysInWords(review.days)}`],
            ['Deprecated', since !== undefined && `since ${since}`],
            ['Ends', sunset !== undefined && `${sunset.day}, ${daysInWords(sunset.days)}`],
            ['Use instead', replacedBy.length > 0 && <Scopes key="instead" names={replacedBy} />],
            [
              'More',
              (link ?? entry.deprecated?.link) !== undefined && (
                <OutLink key="link" address={entry.deprecated?.link ?? ''} />
              ),
            ],
            ['Implies', implies.length > 0 && <Scopes key="implies" names={implies} />],
            ['Implied by', impliedBy.length > 0 && <Scopes key="by" names={impliedBy} />],
          ]}
        />
      </div>
    </Panel>
  )
}

interface ClientsOfProps {
  readonly name: string
  readonly answer: ReturnType<typeof useClients>
}

const ClientsOf = ({ name, answer }: ClientsOfProps) => (
  <Panel title="Clients" note="that hold it, the busiest first" width="half" flush>
    <Shown answer={answer} lines={4}>
      {({ clients }: ClientsAnswer) => (
        <Table
          label="Clients that hold it"
          columns={CLIENT_COLUMNS}
          rows={clientsOfScope(clients, name)}
          keyOf={({ client }) => clientKey(client)}
          href={({ client }) => clientAddress(client)}
          empty={<Notice title="No client holds it">Nobody who came in this time had a token with it.</Notice>}
        />
      )}
    </Shown>
  </Panel>
)

const CLIENT_COLUMNS: readonly Column<ScopeClient>[] = [
  {
    title: 'Client',
    cell: ({ client }) => <Clipped>{client.client ?? 'no client'}</Clipped>,
    by: ({ client }) => client.client ?? '',
  },
  {
    title: 'Requests',
    width: '96px',
    isNumber: true,
    cell: ({ exercised }) => (exercised === 0 ? <span class="faint">not used</span> : count(exercised)),
    by: ({ exercised }) => exercised,
  },
  {
    title: 'Last used',
    width: '108px',
    isWide: true,
    cell: ({ lastExercised }) => lastExercised?.slice(0, 10) ?? <span class="faint">never</span>,
    by: ({ lastExercised }) => lastExercised ?? '',
  },
]

const RoutesOf = ({ scope }: { readonly scope: ScopeView }) => (
  <Panel
    title="Routes"
    note={`${plural(scope.routes.length, 'route')} that ${scope.routes.length === 1 ? 'asks' : 'ask'} for it`}
    width="half"
    flush
  >
    <Table
      label="Routes that ask for it"
      columns={ROUTE_COLUMNS}
      rows={scope.routes}
      keyOf={({ id }) => id}
      href={({ id }) => pathTo('map', [], { route: id })}
      empty={<Notice title="No route asks for it">It may still let somebody in, by what it implies.</Notice>}
    />
  </Panel>
)

export const ROUTE_COLUMNS: readonly Column<RouteView>[] = [
  {
    title: 'Route',
    cell: ({ entry }) => <Clipped>{`${entry.method} ${entry.path}`}</Clipped>,
    by: ({ entry }) => `${entry.path} ${entry.method}`,
  },
  {
    title: 'Service',
    width: '120px',
    isWide: true,
    cell: ({ entry }) => <Text>{entry.service}</Text>,
    by: ({ entry }) => entry.service,
  },
]
