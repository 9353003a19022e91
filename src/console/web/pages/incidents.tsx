/** What the rules about events found: what is urgent first. */
import { useState } from 'preact/hooks'
import { INCIDENT_STATES, type Incident, type IncidentWatch } from '../../../policy/incident.ts'
import { type Failure, failureOf } from '../api/failure.ts'
import { useAnswer } from '../api/use-answer.ts'
import { selectIncidents, stateCounts } from '../model/incident-view.ts'
import { Toggles } from '../parts/controls.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { Failed, Notice, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Clipped } from '../parts/text.tsx'
import { Ago } from '../parts/time.tsx'
import { count, moment, plural } from '../parts/words.ts'
import { changeQuery, pathTo, type Route } from '../route.ts'
import { useAdmin } from '../session.ts'
import { IncidentPage } from './incident.tsx'
import { groupText, IncidentStateMark, Severity } from './incident-words.tsx'
import type { ViewProps } from './view.ts'

export function IncidentsPage({ route }: ViewProps) {
  const [id] = route.rest
  return id === undefined ? <IncidentList route={route} /> : <IncidentPage key={id} id={id} route={route} />
}

function IncidentList({ route }: { readonly route: Route }) {
  const admin = useAdmin()
  const answer = useAnswer('incidents', (signal) => admin.incidents({}, signal), { everySeconds: 15 })
  return (
    <Page
      title="Incidents"
      about={
        <>
          What happened that somebody should know of, by the rules of <code>gateway.yaml</code>. The urgent ones come
          first.
        </>
      }
    >
      <Shown answer={answer} lines={8}>
        {({ incidents, next, watch }) => (
          <>
            <Learning watch={watch} />
            <List first={incidents} next={next} route={route} />
          </>
        )}
      </Shown>
    </Page>
  )
}

function Learning({ watch }: { readonly watch: IncidentWatch | undefined }) {
  if (watch?.learningUntil === undefined && (watch?.dropped ?? 0) === 0) return null
  return (
    <div class="banner">
      <p>
        {watch?.learningUntil !== undefined &&
          `First uses of scopes are being learnt until ${moment(watch.learningUntil)}, and make no incident before. `}
        {(watch?.dropped ?? 0) > 0 && `${count(watch?.dropped ?? 0)} groups of events were let go for want of room.`}
      </p>
    </div>
  )
}

interface ListProps {
  readonly first: readonly Incident[]
  readonly next: string | null
  readonly route: Route
}

function List({ first, next, route }: ListProps) {
  const admin = useAdmin()
  const [older, setOlder] = useState<readonly Incident[]>([])
  const [after, setAfter] = useState<string | null>()
  const [failure, setFailure] = useState<Failure>()
  const before = after === undefined ? next : after
  const known = new Set(first.map(({ id }) => id))
  const all = [...first, ...older.filter(({ id }) => !known.has(id))]
  const state = INCIDENT_STATES.find((each) => each === route.query.get('state'))
  const shown = selectIncidents(all, { ...(state && { state }) })
  const counts = stateCounts(all)
  const load = () =>
    admin.incidents(before === null ? {} : { before }).then(
      (page) => {
        setOlder((had) => [...had, ...page.incidents])
        setAfter(page.next)
      },
      (error) => setFailure(failureOf(error)),
    )
  return (
    <Panel title={plural(shown.length, 'incident')} flush>
      <Toggles
        label="Only incidents that are"
        names={INCIDENT_STATES}
        isOn={(each) => each === state}
        onToggle={(each) => changeQuery(route, { state: each === state ? undefined : each })}
        counts={counts}
      />
      <Table
        label="Incidents"
        columns={COLUMNS}
        rows={shown}
        keyOf={({ id }) => id}
        href={({ id }) => pathTo('incidents', [id])}
        empty={
          all.length === 0 ? (
            <Notice icon="good" title="Nothing happened">
              No rule has found anything yet. <code>scopewall incidents test</code> tries your rules without waiting for
              it.
            </Notice>
          ) : (
            <Notice icon="good" title={`No incident is ${state}`} />
          )
        }
      />
      {failure !== undefined && <Failed failure={failure} />}
      {before !== null && (
        <p class="table-foot">
          <button type="button" class="button" onClick={load}>
            Older incidents
          </button>
        </p>
      )}
    </Panel>
  )
}

const COLUMNS: readonly Column<Incident>[] = [
  {
    title: 'Incident',
    cell: ({ title, id }) => (
      <span class="named">
        <Clipped mono={false}>{title}</Clipped>
        <span class="faint small wide">{id}</span>
      </span>
    ),
    by: ({ title }) => title,
  },
  { title: 'Severity', width: '112px', cell: ({ severity }) => <Severity severity={severity} /> },
  { title: 'State', width: '124px', isWide: true, cell: ({ state }) => <IncidentStateMark state={state} /> },
  {
    title: 'About',
    width: '18%',
    isWide: true,
    cell: (incident) => <Clipped>{groupText(incident)}</Clipped>,
    by: groupText,
  },
  {
    title: 'Events',
    width: '72px',
    isNumber: true,
    isWide: true,
    cell: (incident) => count(incident.count),
    by: (incident) => incident.count,
  },
  {
    title: 'Latest',
    width: '104px',
    cell: ({ lastEventAt }) => <Ago at={lastEventAt} />,
    by: ({ lastEventAt }) => lastEventAt,
  },
]
