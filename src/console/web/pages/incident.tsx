/** One incident: what happened in order, what was done by itself, and what somebody does about it. */
import { useState } from 'preact/hooks'
import type { Identity } from '../../../policy/event-batch.ts'
import type { Incident, IncidentAnswer } from '../../../policy/incident.ts'
import { type Failure, failureOf } from '../api/failure.ts'
import { useAnswer } from '../api/use-answer.ts'
import { revocable, type TimelineEntry, timelineOf } from '../model/incident-view.ts'
import { visible } from '../model/shown-text.ts'
import { isTreatedName } from '../model/treated-name.ts'
import { Name, OutcomeState, State } from '../parts/badge.tsx'
import { Field } from '../parts/controls.tsx'
import { subjectOf } from '../parts/decision.tsx'
import { Icon } from '../parts/icon.tsx'
import { Facts, Page, Panel } from '../parts/panel.tsx'
import { Failed, Notice, Shown } from '../parts/shown.tsx'
import { Text } from '../parts/text.tsx'
import { Ago } from '../parts/time.tsx'
import { clock, count, moment, plural } from '../parts/words.ts'
import { changeQuery, pathTo, type Route } from '../route.ts'
import { useAdmin } from '../session.ts'
import { groupText, IncidentStateMark, Severity } from './incident-words.tsx'

export function IncidentPage({ id, route }: { readonly id: string; readonly route: Route }) {
  const admin = useAdmin()
  const answer = useAnswer(`incident ${id}`, (signal) => admin.incident(id, signal), { everySeconds: 15 })
  const incident = answer.value?.incident
  return (
    <Page
      title={visible(incident?.title ?? id)}
      above={
        <>
          <a href={pathTo('incidents')}>Incidents</a> <span>{id}</span>
        </>
      }
      {...(incident !== undefined && {
        tools: (
          <>
            <Severity severity={incident.severity} />
            <IncidentStateMark state={incident.state} />
          </>
        ),
      })}
    >
      <Shown answer={answer} lines={10}>
        {(value) => <Whole answer={value} route={route} reload={answer.reload} />}
      </Shown>
    </Page>
  )
}

interface WholeProps {
  readonly answer: IncidentAnswer
  readonly route: Route
  readonly reload: () => void
}

const Whole = ({ answer: { incident, description, subject }, route, reload }: WholeProps) => (
  <div class="panels">
    <Panel title="What happened" note={plural(incident.count, 'event')} width="two-thirds" flush>
      <Timeline incident={incident} />
    </Panel>
    <div class="third stack">
      <Panel title="About">
        <div class="stack">
          {description !== undefined && (
            <p>
              <Text>{description}</Text>
            </p>
          )}
          <Facts
            facts={[
              [
                'Rule',
                <Text key="rule" mono>
                  {incident.rule}
                </Text>,
              ],
              [
                'Group',
                <Text key="group" mono>
                  {groupText(incident)}
                </Text>,
              ],
              [
                'Scope',
                incident.scope !== undefined && (
                  <a key="scope" href={pathTo('scopes', [incident.scope])}>
                    <Name>{incident.scope}</Name>
                  </a>
                ),
              ],
              ['Opened', moment(incident.openedAt)],
              ['Latest', <Ago key="latest" at={incident.lastEventAt} />],
            ]}
          />
        </div>
      </Panel>
      <Panel title="Response">
        <div class="stack">
          <Response incident={incident} />
          <RevokeLinks incident={incident} subject={subject} />
          <Alerts incident={incident} />
        </div>
      </Panel>
      {incident.state !== 'closed' && (
        <Panel title="Answer">
          <Answer incident={incident} route={route} reload={reload} />
        </Panel>
      )}
    </div>
  </div>
)

function Timeline({ incident }: { readonly incident: Incident }) {
  const entries = timelineOf(incident)
  if (entries.length === 0) return <Notice title="No event is kept">They are counted: {count(incident.count)}.</Notice>
  return (
    <ol class="timeline">
      {entries.map((entry, place) => (
        <li key={`${entry.at} ${place}`} class={`of-${entry.kind}`}>
          {entry.kind !== 'gap' && (
            <time dateTime={entry.at} title={moment(entry.at)}>
              {clock(entry.at)}
            </time>
          )}
          <Happened entry={entry} />
        </li>
      ))}
    </ol>
  )
}

function Happened({ entry }: { readonly entry: TimelineEntry }) {
  switch (entry.kind) {
    case 'gap':
      return <span class="faint">{plural(entry.count, 'further event')} of the same kind</span>
    case 'state':
      return (
        <span class="wrap">
          <strong>{entry.change.to}</strong>
          {entry.change.by !== undefined && <> by {visible(entry.change.by)}</>}
          {entry.change.note !== undefined && (
            <>
              : <Text>{entry.change.note}</Text>
            </>
          )}
        </span>
      )
    case 'notice':
      return (
        <span class="wrap">
          <Name>{`${entry.notice.event} ${entry.notice.code}`}</Name>{' '}
          <span class="quiet small">
            {Object.entries(entry.notice.fields)
              .map(([name, value]) => `${name} ${visible(String(value))}`)
              .join(', ')}
          </span>
        </span>
      )
    case 'decision': {
      const { event } = entry
      const who = [event.client, event.subject].filter((name) => name !== undefined)
      return (
        <>
          <OutcomeState outcome={event.outcome} />
          <span class="grow wrap">
            <a href={pathTo('why', [event.decision])}>{event.codes?.[0] ?? event.outcome}</a>{' '}
            <span class="mono small">{visible(subjectOf(event))}</span>
            {event.detail !== undefined && <span class="faint"> {visible(event.detail)}</span>}
            {who.length > 0 && <span class="quiet small"> {who.map((name) => visible(name ?? '')).join(', ')}</span>}
          </span>
        </>
      )
    }
  }
}

function Response({ incident: { response } }: { readonly incident: Incident }) {
  if (response === undefined) return <p class="quiet">Nothing was done by itself.</p>
  const { kind, entry, until, failed } = response
  if (failed !== undefined)
    return (
      <p class="banner bad">
        <span class="wrap">It could not be done by itself: {visible(failed)}</span>
      </p>
    )
  return (
    <p>
      {kind === 'suspend' ? 'Suspended' : 'Revoked'} by itself{until !== undefined && ` until ${moment(until)}`}.{' '}
      {entry !== undefined && <a href={pathTo('revocations', [], { entry })}>Entry {entry}: undo</a>}
    </p>
  )
}

interface RevokeLinksProps {
  readonly incident: Incident
  readonly subject: Identity | undefined
}

/** From what the gate tells those who may revoke, or else from the name that the events have in common. */
function RevokeLinks({ incident, subject }: RevokeLinksProps) {
  const group = revocable(incident)
  const reason = `${incident.id}: ${incident.title}`.slice(0, 300)
  const link = (kind: string, value: string, text: string, issuer?: string) => (
    <a class="button" href={pathTo('revocations', ['new'], { kind, value, issuer, reason, expires: '24h' })}>
      Revoke the {text}…
    </a>
  )
  const { issuer, client, subject: person, fingerprint } = subject ?? {}
  if (subject === undefined && group === undefined) return null
  return (
    <div class="row">
      {fingerprint !== undefined && link('fingerprint', fingerprint, 'token')}
      {person !== undefined && link('subject', person, 'account', issuer)}
      {client !== undefined && link('client', client, 'client', issuer)}
      {subject === undefined &&
        group !== undefined &&
        !isTreatedName(group.value) &&
        link(group.kind, group.value, group.kind)}
    </div>
  )
}

const ALERT_TONES = { pending: 'warn', sent: 'good', failed: 'bad' } as const

const Alerts = ({ incident: { alerts } }: { readonly incident: Incident }) =>
  alerts.length === 0 ? (
    <p class="quiet small">Nobody is told: the rule names no channel.</p>
  ) : (
    <ul class="lines plain">
      {alerts.map(({ channel, state, attempts }) => (
        <li key={channel}>
          <span class="grow">
            <Text>{channel}</Text>
          </span>
          <State tone={ALERT_TONES[state]}>
            {state === 'sent' ? 'told' : `${state}, ${plural(attempts, 'attempt')}`}
          </State>
        </li>
      ))}
    </ul>
  )

/** The note stands in the address, so that it is still there after a new sign-in. */
function Answer({
  incident,
  route,
  reload,
}: {
  readonly incident: Incident
  readonly route: Route
  readonly reload: () => void
}) {
  const admin = useAdmin()
  const note = route.query.get('note') ?? ''
  const [failure, setFailure] = useState<Failure>()
  const [isBusy, setBusy] = useState(false)
  const act = async (change: 'acknowledge' | 'close') => {
    setBusy(true)
    setFailure(undefined)
    try {
      await admin[change](incident.id, note.trim())
      changeQuery(route, { note: undefined })
      reload()
    } catch (error) {
      setFailure(failureOf(error))
    }
    setBusy(false)
  }
  return (
    <div class="stack tight">
      <Field label="Note" hint="What it was: stays with the incident, with your name. Closing needs one.">
        {(tied) => (
          <input
            {...tied}
            class="input"
            value={note}
            maxLength={500}
            onInput={(event) => changeQuery(route, { note: event.currentTarget.value })}
          />
        )}
      </Field>
      {failure !== undefined && <Failed failure={failure} />}
      <div class="row">
        {incident.state === 'open' && (
          <button type="button" class="button primary" disabled={isBusy} onClick={() => act('acknowledge')}>
            <Icon name="good" size={13} /> Acknowledge
          </button>
        )}
        <button type="button" class="button" disabled={isBusy || note.trim() === ''} onClick={() => act('close')}>
          Close
        </button>
      </div>
    </div>
  )
}
