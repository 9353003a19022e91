/** Decisions as they are made. */
import { useState } from 'preact/hooks'
import type { TailFilter } from '../../../policy/console-answers.ts'
import { type DecisionEvent, OUTCOMES, type Outcome } from '../../../policy/decision-event.ts'
import { type DenialCode, isDenialCode, WIRE } from '../../../policy/denial.ts'
import { type Tail, type TailState, useTail } from '../api/use-tail.ts'
import { visible } from '../model/shown-text.ts'
import { mentions, passes } from '../model/tail-rows.ts'
import { OUTCOME_WORDS, OutcomeState, State } from '../parts/badge.tsx'
import { Choice, Filter, Select } from '../parts/controls.tsx'
import { DecisionFacts, reasonOf, subjectOf } from '../parts/decision.tsx'
import { Icon } from '../parts/icon.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { explain, Failed, Mend, Notice } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { clock, count, moment } from '../parts/words.ts'
import { changeQuery, pathTo, type Route } from '../route.ts'
import type { ViewProps } from './view.ts'

/** Members of the filter that a click on a row sets; each stands in the address. */
const NARROWED = ['client', 'rule', 'service', 'scope'] as const

export function TailPage({ route }: ViewProps) {
  const filter = filterOf(route)
  const tail = useTail(filter)
  const [text, setText] = useState('')
  const [open, setOpen] = useState<DecisionEvent>()
  const rows = tail.rows.shown.filter((event) => passes(filter, event) && mentions(event, text))
  return (
    <Page
      title="Live tail"
      about="Every refused and observed request, and of the allowed ones those that are sampled, about a second after they were judged."
      tools={<LiveState tail={tail} />}
    >
      <div class="row">
        <Filter label="Look through these" value={text} onChange={setText} />
        <Choice
          label="Outcome"
          options={[{ value: '', text: 'All' }, ...OUTCOMES.map((value) => ({ value, text: OUTCOME_WORDS[value] }))]}
          value={outcomeOf(route) ?? ''}
          onChange={(outcome) => changeQuery(route, { outcome })}
        />
        <Select
          label="Reason"
          options={[
            { value: '', text: 'Any reason' },
            ...Object.keys(WIRE).map((code) => ({ value: code, text: code })),
          ]}
          value={codeOf(route) ?? ''}
          onChange={(code) => changeQuery(route, { code })}
        />
        {NARROWED.map((name) => {
          const value = route.query.get(name)
          return value === undefined ? null : (
            <button
              key={name}
              type="button"
              class="button chip"
              onClick={() => changeQuery(route, { [name]: undefined })}
            >
              <span class="faint">{name}</span>
              <span class="clip" title={visible(value)}>
                {visible(value)}
              </span>
              <Icon name="close" size={12} />
              <span class="unseen">Remove</span>
            </button>
          )
        })}
      </div>
      <div class={open === undefined ? 'split' : 'split opened'}>
        <Panel flush>
          {tail.state.kind === 'failed' && tail.rows.shown.length === 0 ? (
            <Failed failure={tail.state.failure} retry={tail.retry} />
          ) : (
            <Table
              label="Decisions"
              columns={open === undefined ? COLUMNS : BESIDE_DETAILS}
              rows={rows}
              keyOf={({ decision }) => decision}
              onOpen={(event) => setOpen((before) => (before?.decision === event.decision ? undefined : event))}
              open={open?.decision}
              isGrowing
              empty={<Nothing tail={tail} isNarrowed={text !== ''} />}
            />
          )}
        </Panel>
        {open !== undefined && <Details event={open} route={route} close={() => setOpen(undefined)} />}
      </div>
    </Page>
  )
}

const COLUMNS: readonly Column<DecisionEvent>[] = [
  {
    title: 'Time',
    width: '92px',
    cell: ({ at }) => (
      <time dateTime={at} title={moment(at)}>
        {clock(at)}
      </time>
    ),
  },
  { title: 'Outcome', width: '104px', cell: ({ outcome }) => <OutcomeState outcome={outcome} /> },
  {
    title: 'Request',
    cell: (event) => (
      <span class="mono" title={visible(subjectOf(event))}>
        {visible(subjectOf(event))}
      </span>
    ),
  },
  {
    title: 'Client',
    width: '18%',
    isWide: true,
    cell: ({ client }) =>
      client === undefined ? <span class="faint">–</span> : <span title={visible(client)}>{visible(client)}</span>,
  },
  {
    title: 'Because',
    width: '26%',
    isWide: true,
    cell: (event) => (
      <span class="quiet" title={visible(reasonOf(event))}>
        {visible(reasonOf(event))}
      </span>
    ),
  },
  {
    title: 'Gate',
    width: '92px',
    isNumber: true,
    isWide: true,
    cell: ({ gateMs }) => <span class="faint">{gateMs.toFixed(1)} ms</span>,
  },
]

/** The details say the rest. */
const BESIDE_DETAILS = COLUMNS.filter(({ title }) => title !== 'Because' && title !== 'Gate')

const outcomeOf = (route: Route): Outcome | undefined => OUTCOMES.find((each) => each === route.query.get('outcome'))

function codeOf(route: Route): DenialCode | undefined {
  const code = route.query.get('code') ?? ''
  return isDenialCode(code) ? code : undefined
}

function filterOf(route: Route): TailFilter {
  const outcome = outcomeOf(route)
  const code = codeOf(route)
  const narrowed = NARROWED.flatMap((name) => {
    const value = route.query.get(name)
    return value === undefined ? [] : [[name, value]]
  })
  return {
    ...(outcome !== undefined && { outcomes: [outcome] }),
    ...(code !== undefined && { codes: [code] }),
    ...Object.fromEntries(narrowed),
  }
}

const STATE_WORDS: Readonly<Record<TailState['kind'], string>> = {
  connecting: 'Connecting',
  live: 'Live',
  waiting: 'Connecting again',
  failed: 'Not connected',
}

function LiveState({ tail }: { readonly tail: Tail }) {
  const { state, rows, isHeld } = tail
  return (
    <>
      <span role="status">
        <State tone={state.kind === 'live' ? 'good' : state.kind === 'connecting' ? 'none' : 'warn'}>
          {isHeld && state.kind === 'live' ? `Held, ${count(rows.held.length)} new` : STATE_WORDS[state.kind]}
        </State>
      </span>
      {(state.kind === 'failed' || state.kind === 'waiting') &&
        state.failure !== undefined &&
        rows.shown.length > 0 && (
          <>
            <span class="faint small">{explain(state.failure).title}</span>
            <Mend failure={state.failure} retry={tail.retry} />
          </>
        )}
      {rows.dropped > 0 && <span class="faint small">{count(rows.dropped)} not shown</span>}
      <button type="button" class="button" aria-pressed={isHeld} onClick={() => tail.hold(!isHeld)}>
        <Icon name={isHeld ? 'play' : 'pause'} size={14} />
        {isHeld ? 'Go on' : 'Hold'}
      </button>
      <button type="button" class="button" onClick={tail.clear} disabled={rows.shown.length === 0}>
        Clear
      </button>
    </>
  )
}

function Nothing({ tail, isNarrowed }: { readonly tail: Tail; readonly isNarrowed: boolean }) {
  if (isNarrowed && tail.rows.shown.length > 0)
    return (
      <Notice icon="search" title="None of these">
        What is here does not mention that text.
      </Notice>
    )
  if (tail.state.kind === 'live')
    return (
      <Notice icon="tail" title="Waiting for requests">
        Nothing that fits was judged lately. Call the API: it shows here about a second later.
      </Notice>
    )
  return (
    <Notice icon="again" title={STATE_WORDS[tail.state.kind]}>
      {tail.state.kind === 'waiting' ? 'The line broke. It is tried again by itself.' : 'A moment.'}
    </Notice>
  )
}

interface DetailsProps {
  readonly event: DecisionEvent
  readonly route: Route
  readonly close: () => void
}

function Details({ event, route, close }: DetailsProps) {
  const only = (changes: Readonly<Record<string, string | undefined>>) => () => changeQuery(route, changes)
  return (
    <aside
      class="panel details"
      aria-label="The decision"
      onKeyDown={(press) => {
        if (press.key === 'Escape') close()
      }}
    >
      <header class="panel-head">
        <h2>Decision</h2>
        <button type="button" class="button plain icon" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body stack">
        <DecisionFacts event={event} />
        <div class="row">
          <a class="button" href={pathTo('why', [event.decision])}>
            Why?
          </a>
          {event.client !== undefined && (
            <button type="button" class="button" onClick={only({ client: event.client })}>
              Only this client
            </button>
          )}
          {event.rule !== undefined && (
            <button type="button" class="button" onClick={only({ rule: event.rule })}>
              Only this rule
            </button>
          )}
        </div>
      </div>
    </aside>
  )
}
