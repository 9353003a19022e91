/** All clients that came: how busy they are, what is refused, and who holds more than it uses. */
import { useMemo, useState } from 'preact/hooks'
import type { ClientUsage } from '../../../policy/usage-answers.ts'
import {
  CLIENT_FILTERS,
  type ClientFilter,
  clientCounts,
  clientKey,
  leastPrivilege,
  requestsOf,
  selectClients,
} from '../model/client-usage.ts'
import { Spark } from '../parts/chart.tsx'
import { Filter, Toggles } from '../parts/controls.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Clipped } from '../parts/text.tsx'
import { Ago } from '../parts/time.tsx'
import { count, day, plural, share, shortCount } from '../parts/words.ts'
import { changeQuery, type Route } from '../route.ts'
import { clientAddress, useClients } from '../use-usage.ts'
import { ClientPage } from './client.tsx'
import { Days, daysOf } from './days.tsx'
import type { ViewProps } from './view.ts'

export function ClientsPage({ route }: ViewProps) {
  const [issuer, client] = route.rest
  if (issuer === undefined) return <ClientList route={route} />
  return <ClientPage key={route.rest.join(' ')} issuer={issuer} client={client ?? null} route={route} />
}

function ClientList({ route }: { readonly route: Route }) {
  const answer = useClients(daysOf(route))
  return (
    <Page
      title="Clients"
      about={
        <>
          Who calls, with what they hold and what they use of it.
          {answer.value?.countedSince != null && ` Counted since ${day(answer.value.countedSince)}.`}
        </>
      }
      tools={<Days route={route} />}
    >
      <Shown answer={answer} lines={12}>
        {({ clients }) => <List clients={clients} route={route} />}
      </Shown>
    </Page>
  )
}

function List({ clients, route }: { readonly clients: readonly ClientUsage[]; readonly route: Route }) {
  const [search, setSearch] = useState('')
  const filter = CLIENT_FILTERS.find((each) => each === route.query.get('only'))
  const shown = useMemo(() => selectClients(clients, { search, ...(filter && { filter }) }), [clients, search, filter])
  const counts = useMemo(() => clientCounts(clients), [clients])
  return (
    <Panel
      title={plural(shown.length, 'client')}
      tools={<Filter label="Filter clients, issuers" value={search} onChange={setSearch} />}
      flush
    >
      <Toggles
        label="Only clients that are"
        names={CLIENT_FILTERS}
        isOn={(each) => each === filter}
        onToggle={(each) => changeQuery(route, { only: each === filter ? undefined : each })}
        words={FILTER_WORDS}
        counts={counts}
      />
      <Table
        label="Clients"
        columns={COLUMNS}
        rows={shown}
        keyOf={clientKey}
        href={clientAddress}
        empty={
          <Notice icon="search" title={clients.length === 0 ? 'Nobody has called yet' : 'No client fits'}>
            {clients.length === 0
              ? 'Clients appear here with their first request that is counted: within a minute of it.'
              : 'Clients are looked for by name and issuer.'}
          </Notice>
        }
      />
    </Panel>
  )
}

const FILTER_WORDS: Readonly<Record<ClientFilter, string>> = {
  'over-granted': 'Hold scopes that their requests do not need',
  refused: 'Had requests refused in this time',
  observed: 'Had requests let through that will be refused once the rule is enforced',
}

const COLUMNS: readonly Column<ClientUsage>[] = [
  {
    title: 'Client',
    cell: ({ client }) => (client === null ? <span class="faint">no client</span> : <Clipped>{client}</Clipped>),
    by: ({ client }) => client ?? '',
  },
  {
    title: 'Requests',
    width: '96px',
    isNumber: true,
    cell: (client) => <span title={count(requestsOf(client))}>{shortCount(requestsOf(client))}</span>,
    by: requestsOf,
  },
  {
    title: 'Trend',
    width: '120px',
    isWide: true,
    cell: ({ trend }) => <Spark counts={trend} label="Requests by day" />,
  },
  {
    title: 'Refused',
    width: '96px',
    isNumber: true,
    isWide: true,
    cell: (client) =>
      client.denied === 0 ? <span class="faint">none</span> : share(client.denied, requestsOf(client)),
    by: (client) => client.denied / Math.max(1, requestsOf(client)),
  },
  {
    title: 'Scopes used',
    width: '136px',
    isNumber: true,
    isWide: true,
    cell: ({ granted }) => `${granted.filter(({ exercised }) => exercised > 0).length} of ${granted.length}`,
    by: ({ granted }) => granted.filter(({ exercised }) => exercised === 0).length,
  },
  {
    title: 'To spare',
    width: '88px',
    isNumber: true,
    cell: (client) => spare(client) || <span class="faint">none</span>,
    by: (client) => spare(client),
  },
  {
    title: 'Last seen',
    width: '108px',
    isWide: true,
    cell: ({ lastSeen }) => <Ago at={lastSeen} />,
    by: ({ lastSeen }) => lastSeen,
  },
]

const spare = (client: ClientUsage): number => leastPrivilege(client)?.dropped.length ?? 0
