/** All scopes of the map, and those that tokens hold besides: what is used, and what wants attention. */
import { useMemo, useState } from 'preact/hooks'
import type { ScopesAnswer } from '../../../policy/usage-answers.ts'
import {
  filterCounts,
  SCOPE_FILTERS,
  type ScopeFilter,
  type ScopeRow,
  scopeRows,
  selectScopes,
  weightOf,
} from '../model/scope-list.ts'
import { Badge } from '../parts/badge.tsx'
import { Spark } from '../parts/chart.tsx'
import { Filter, Toggles } from '../parts/controls.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Clipped, Text } from '../parts/text.tsx'
import { count, day, plural, shortCount } from '../parts/words.ts'
import { changeQuery, pathTo, type Route } from '../route.ts'
import { type ActiveMap, useMap } from '../use-map.ts'
import { useScopeUsage } from '../use-usage.ts'
import { Days, daysOf, Unknown } from './days.tsx'
import { LifecycleBadges, SensitivityBadge } from './map-badges.tsx'
import { ScopePage } from './scope.tsx'
import type { ViewProps } from './view.ts'

export function ScopesPage({ route }: ViewProps) {
  const [name] = route.rest
  return name === undefined ? <ScopeList route={route} /> : <ScopePage key={name} name={name} route={route} />
}

function ScopeList({ route }: { readonly route: Route }) {
  const map = useMap()
  const usage = useScopeUsage(daysOf(route))
  return (
    <Page title="Scopes" about={<About usage={usage.value} />} tools={<Days route={route} />}>
      <Unknown answer={usage} what="How scopes are used" />
      <Shown answer={map} lines={12}>
        {(value) => <List map={value} usage={usage.value} route={route} />}
      </Shown>
    </Page>
  )
}

const About = ({ usage }: { readonly usage: ScopesAnswer | undefined }) => (
  <>
    What each scope is for, who answers for it, and whether anybody uses it.
    {usage?.countedSince != null && ` Counted since ${day(usage.countedSince)}.`}
  </>
)

interface ListProps {
  readonly map: ActiveMap
  readonly usage: ScopesAnswer | undefined
  readonly route: Route
}

function List({ map: { index }, usage, route }: ListProps) {
  const [search, setSearch] = useState('')
  const filter = SCOPE_FILTERS.find((each) => each === route.query.get('only'))
  const rows = useMemo(() => scopeRows(index, usage, Date.now()), [index, usage])
  const counts = useMemo(() => filterCounts(rows), [rows])
  const shown = useMemo(() => selectScopes(rows, { search, ...(filter && { filter }) }), [rows, search, filter])
  return (
    <Panel
      title={plural(shown.length, 'scope')}
      tools={<Filter label="Filter names, owners, reasons" value={search} onChange={setSearch} />}
      flush
    >
      <Toggles
        label="Only scopes that are"
        names={SCOPE_FILTERS}
        isOn={(each) => each === filter}
        onToggle={(each) => changeQuery(route, { only: each === filter ? undefined : each })}
        words={FILTER_WORDS}
        counts={counts}
      />
      <Table
        label="Scopes"
        columns={COLUMNS}
        rows={shown}
        keyOf={({ name }) => name}
        href={({ name }) => pathTo('scopes', [name])}
        empty={
          <Notice icon="search" title={rows.length === 0 ? 'The map has no scopes' : 'No scope fits'}>
            {rows.length === 0 ? 'Scopes are declared in the files of the map.' : EMPTY[filter ?? 'none']}
          </Notice>
        }
      />
    </Panel>
  )
}

const FILTER_WORDS: Readonly<Record<ScopeFilter, string>> = {
  unused: 'Of the map, and let nobody in in this time',
  shadow: 'In tokens, and unknown to the map',
  deprecated: 'On the way out, or out',
  critical: 'Of the highest sensitivity',
  'review due': 'The day of their review is near, or has passed',
}

const EMPTY: Readonly<Record<ScopeFilter | 'none', string>> = {
  unused: 'Every scope of the map was used in this time.',
  shadow: 'Tokens hold no scope that the map does not know.',
  deprecated: 'No scope is on its way out.',
  critical: 'No scope is of the highest sensitivity.',
  'review due': 'No review is due within 30 days.',
  none: 'Scopes are looked for by name, owner, service and reason.',
}

const COLUMNS: readonly Column<ScopeRow>[] = [
  {
    title: 'Scope',
    cell: ({ name, scope, lifecycle }) => (
      <span class="named">
        <Clipped>{name}</Clipped>
        {scope === undefined && (
          <Badge tone="warn" title="Tokens hold it, and the map does not know it">
            shadow
          </Badge>
        )}
        {lifecycle !== undefined && <LifecycleBadges lifecycle={lifecycle} />}
      </span>
    ),
    by: ({ name }) => name,
  },
  {
    title: 'Sensitivity',
    width: '104px',
    isWide: true,
    cell: ({ scope }) => scope !== undefined && <SensitivityBadge sensitivity={scope.entry.sensitivity} />,
    by: (row) => -weightOf(row),
  },
  {
    title: 'Owner',
    width: '150px',
    isWide: true,
    cell: ({ scope }) => scope !== undefined && <Text>{scope.entry.owner}</Text>,
    by: ({ scope }) => scope?.entry.owner ?? '',
  },
  {
    title: 'Clients',
    width: '84px',
    isNumber: true,
    isWide: true,
    cell: ({ usage }) => usage !== undefined && count(usage.clients),
    by: ({ usage }) => usage?.clients ?? 0,
  },
  {
    title: 'Trend',
    width: '120px',
    isWide: true,
    cell: ({ usage }) =>
      usage !== undefined && usage.exercised > 0 && <Spark counts={usage.trend} label="Requests by day" />,
  },
  {
    title: 'Requests',
    width: '96px',
    isNumber: true,
    cell: ({ usage }) =>
      usage !== undefined && <span title={count(usage.exercised)}>{shortCount(usage.exercised)}</span>,
    by: ({ usage }) => usage?.exercised ?? 0,
  },
  {
    title: 'Last used',
    width: '108px',
    isWide: true,
    cell: ({ usage }) => usage !== undefined && (usage.lastExercised?.slice(0, 10) ?? <span class="faint">never</span>),
    by: ({ usage }) => usage?.lastExercised ?? '',
  },
]
