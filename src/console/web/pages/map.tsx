/** The map as a tree, with how much each route is asked; a route opens beside it. */
import { useMemo, useState } from 'preact/hooks'
import { useAnswer } from '../api/use-answer.ts'
import { lastDays } from '../model/days.ts'
import { type MapIndex, ROUTE_MARKS, type RouteMark } from '../model/map-index.ts'
import { serviceKey, serviceOfKey, treeRows } from '../model/map-tree.ts'
import { countsByName, isWhole, type MapCounts } from '../model/route-traffic.ts'
import { Filter, Toggles } from '../parts/controls.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { plural } from '../parts/words.ts'
import { changeQuery, pathTo, type Route } from '../route.ts'
import { useAdmin } from '../session.ts'
import { type ActiveMap, useMap } from '../use-map.ts'
import { MARK_WORDS } from './map-badges.tsx'
import { Tree } from './map-tree.tsx'
import { RoutePanel } from './route-panel.tsx'
import type { ViewProps } from './view.ts'

const DAYS = 7
/** Of a trend: one for six hours. */
const POINTS = 28

export function MapPage({ route }: ViewProps) {
  const map = useMap()
  return (
    <Page title="Map" about={<About map={map.value} />}>
      <Shown answer={map} lines={12}>
        {(value) => <Browser map={value} route={route} />}
      </Shown>
    </Page>
  )
}

const About = ({ map }: { readonly map: ActiveMap | undefined }) => (
  <>
    What may be called, with which scopes; and the requests of the last {DAYS} days.
    {map !== undefined && (
      <>
        {' '}
        <a href={pathTo('releases')} title={map.digest}>
          Release {map.serial === 0 ? 'as deployed' : map.serial}
        </a>
      </>
    )}
  </>
)

function Browser({ map: { index }, route }: { readonly map: ActiveMap; readonly route: Route }) {
  const [search, setSearch] = useState(route.query.get('search') ?? '')
  const [marks, setMarks] = useState<readonly RouteMark[]>([])
  const [open, setOpen] = useState<ReadonlySet<string>>(() => openAtFirst(index))
  const counts = useTraffic(open)
  const rows = useMemo(() => treeRows(index, { open, search, marks }), [index, open, search, marks])
  const chosen = index.routes.get(route.query.get('route') ?? '')
  const show = (id: string | undefined) => changeQuery(route, { route: id })
  return (
    <div class={chosen === undefined ? 'beside' : 'beside is-open'}>
      <Panel
        title={`${plural(index.services.length, 'service')}, ${plural(index.routes.size, 'route')}, ${plural(index.scopes.size, 'scope')}`}
        tools={<Filter label="Filter routes, scopes, owners" value={search} onChange={setSearch} />}
        flush
      >
        <Marks chosen={marks} choose={setMarks} />
        {rows.length === 0 ? (
          <Nothing isEmpty={index.routes.size === 0} />
        ) : (
          <Tree
            rows={rows}
            index={index}
            counts={counts}
            shown={chosen?.id}
            toggle={(key) => setOpen((before) => toggled(before, key))}
            show={show}
          />
        )}
      </Panel>
      {chosen !== undefined && (
        <RoutePanel
          key={chosen.id}
          route={chosen}
          index={index}
          counts={counts?.route(chosen.id, chosen.entry.service)}
          onClose={() => show(undefined)}
        />
      )}
    </div>
  )
}

/** A map that can be overlooked is seen as a whole. */
const openAtFirst = ({ services, routes }: MapIndex): ReadonlySet<string> =>
  new Set(routes.size > MOST_OPEN ? [] : services.map(({ name }) => serviceKey(name)))

const MOST_OPEN = 100

/** Undefined while it is not known; the map is worth seeing without it. Answers tell the busiest one by one, so services that are open are asked for besides. */
function useTraffic(open: ReadonlySet<string>): MapCounts | undefined {
  const admin = useAdmin()
  const period = () => ({ ...lastDays(Date.now(), DAYS), period: 'hour' }) as const
  const answer = useAnswer(
    'map traffic',
    async (signal) => {
      const [rules, services] = await Promise.all([
        admin.traffic({ ...period(), by: 'rule' }, signal),
        admin.traffic({ ...period(), by: 'service' }, signal),
      ])
      return { isWhole: isWhole(rules), route: countsByName(rules, POINTS), service: countsByName(services, POINTS) }
    },
    EVERY_MINUTE,
  )
  const names = answer.value === undefined || answer.value.isWhole ? [] : openServices(open)
  const ofServices = useAnswer(
    `map traffic ${names.join(' ')}`,
    async (signal) => {
      const told = names.map((service) => admin.traffic({ ...period(), by: 'rule', service }, signal))
      return (await Promise.all(told)).map((rules) => countsByName(rules, POINTS))
    },
    EVERY_MINUTE,
  )
  if (answer.value === undefined) return undefined
  const { route, service } = answer.value
  const further = (name: string, of: string) => ofServices.value?.[names.indexOf(of)]?.(name)
  return { route: (name, of) => route(name) ?? further(name, of), service }
}

const EVERY_MINUTE = { everySeconds: 60 }

/** The services to ask for one by one: each is a question to the database. */
const openServices = (open: ReadonlySet<string>): readonly string[] =>
  [...open].flatMap((key) => serviceOfKey(key) ?? []).slice(-MOST_ASKED)

const MOST_ASKED = 8

const toggled = <T,>(set: ReadonlySet<T>, item: T): ReadonlySet<T> => {
  const changed = new Set(set)
  if (!changed.delete(item)) changed.add(item)
  return changed
}

interface MarksProps {
  readonly chosen: readonly RouteMark[]
  readonly choose: (marks: readonly RouteMark[]) => void
}

const Marks = ({ chosen, choose }: MarksProps) => (
  <Toggles
    label="Only routes that are"
    names={ROUTE_MARKS}
    isOn={(mark) => chosen.includes(mark)}
    onToggle={(mark) => choose(chosen.includes(mark) ? chosen.filter((each) => each !== mark) : [...chosen, mark])}
    words={MARK_WORDS}
  />
)

const Nothing = ({ isEmpty }: { readonly isEmpty: boolean }) =>
  isEmpty ? (
    <Notice title="The map has no routes">
      Everything is refused until a route is written into <code>scopes/</code> and published.
    </Notice>
  ) : (
    <Notice icon="search" title="No route fits">
      Routes are looked for by method, host, path, service, owner and scope.
    </Notice>
  )
