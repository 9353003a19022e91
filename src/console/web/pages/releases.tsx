/** What was ever published, what going from one release to another changes, and the way back. */
import { useState } from 'preact/hooks'
import type { ReleasesAnswer } from '../../../policy/console-answers.ts'
import { type Failure, failureOf } from '../api/failure.ts'
import { useAnswer } from '../api/use-answer.ts'
import { type ChosenPair, choosePair } from '../model/release-pair.ts'
import { Badge, State } from '../parts/badge.tsx'
import { Select } from '../parts/controls.tsx'
import { Icon } from '../parts/icon.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { Failed, Notice, Shown } from '../parts/shown.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Clipped } from '../parts/text.tsx'
import { Ago } from '../parts/time.tsx'
import { moment, shortDigest } from '../parts/words.ts'
import { changeQuery, pathTo, type Route } from '../route.ts'
import { useAdmin } from '../session.ts'
import { Difference } from './release-difference.tsx'
import { RollBack } from './roll-back.tsx'
import type { ViewProps } from './view.ts'

type Entry = ReleasesAnswer['releases'][number]

export function ReleasesPage({ route }: ViewProps) {
  const admin = useAdmin()
  const answer = useAnswer('releases', (signal) => admin.releases({}, signal), { everySeconds: 30 })
  return (
    <Page
      title="Releases"
      about="What judged when, and who published it. Choose one to see what going to it, or back to it, would change."
    >
      <Shown answer={answer} lines={8}>
        {(value) => <History answer={value} route={route} reload={answer.reload} />}
      </Shown>
    </Page>
  )
}

interface HistoryProps {
  readonly answer: ReleasesAnswer
  readonly route: Route
  readonly reload: () => void
}

function History({ answer, route, reload }: HistoryProps) {
  const admin = useAdmin()
  const [older, setOlder] = useState<readonly Entry[]>([])
  const [after, setAfter] = useState<string | null>()
  const [failure, setFailure] = useState<Failure>()
  const before = after === undefined ? answer.next : after
  const known = new Set(answer.releases.map(({ serial }) => serial))
  const releases = [...answer.releases, ...older.filter(({ serial }) => !known.has(serial))]
  const pair = choosePair(releases, route.query.get('from'), route.query.get('to'))
  const load = () =>
    admin.releases(before === null ? {} : { before }).then(
      (page) => {
        setOlder((had) => [...had, ...page.releases])
        setAfter(page.next)
      },
      (error) => setFailure(failureOf(error)),
    )
  if (releases.length === 0)
    return (
      <Panel>
        <Notice title="Nothing was published yet">
          The gate judges by the release that it was deployed with. <code>scopewall publish</code> changes it without a
          deploy.
        </Notice>
      </Panel>
    )
  return (
    <>
      <Panel title="History" note={answer.live === null ? undefined : `serial ${answer.live} is live`} flush>
        <Table
          label="Releases"
          columns={COLUMNS}
          rows={releases}
          keyOf={({ serial }) => String(serial)}
          href={({ serial }) => pathTo('releases', [], { from: answer.live ?? undefined, to: serial })}
          open={route.query.get('to') ?? undefined}
          empty={null}
        />
        {failure !== undefined && <Failed failure={failure} />}
        {before !== null && (
          <p class="table-foot">
            <button type="button" class="button" onClick={load}>
              Older releases
            </button>
          </p>
        )}
      </Panel>
      {pair === undefined ? (
        <Panel title="Difference">
          <Notice title="There is nothing to compare yet">This is the only release.</Notice>
        </Panel>
      ) : (
        <Compared answer={answer} releases={releases} pair={pair} route={route} reload={reload} />
      )}
    </>
  )
}

interface ComparedProps {
  readonly answer: ReleasesAnswer
  readonly releases: readonly Entry[]
  readonly pair: ChosenPair
  readonly route: Route
  readonly reload: () => void
}

function Compared({ answer, releases, pair: { from, to }, route, reload }: ComparedProps) {
  const live = releases.find(({ isLive }) => isLive)
  const options = releases.map(({ serial, digest, isLive }) => ({
    value: String(serial),
    text: `${serial}${isLive ? ', live' : ''}  ${shortDigest(digest)}`,
  }))
  const isWayBack = live !== undefined && to.serial < live.serial && to.digest !== live.digest
  return (
    <Panel
      title="Difference"
      tools={
        <div class="row">
          <span class="faint small">from</span>
          <Select
            label="From"
            options={options}
            value={String(from.serial)}
            onChange={(serial) => changeQuery(route, { from: serial, to: to.serial })}
          />
          <button
            type="button"
            class="button icon"
            aria-label="Swap"
            title="Swap"
            onClick={() => changeQuery(route, { from: to.serial, to: from.serial })}
          >
            <Icon name="swap" />
          </button>
          <span class="faint small">to</span>
          <Select
            label="To"
            options={options}
            value={String(to.serial)}
            onChange={(serial) => changeQuery(route, { from: from.serial, to: serial })}
          />
        </div>
      }
    >
      <div class="stack">
        {isWayBack && <RollBack key={to.serial} answer={answer} live={live} to={to} route={route} onDone={reload} />}
        <Difference from={from.digest} to={to.digest} />
      </div>
    </Panel>
  )
}

const KINDS: Readonly<Record<Entry['kind'], string>> = {
  publish: 'published',
  rollback: 'rolled back',
  observe: 'candidate put up',
  enforce: 'candidate enforced',
  drop: 'candidate dropped',
}

const COLUMNS: readonly Column<Entry>[] = [
  {
    title: 'Release',
    cell: ({ serial, digest, isLive, isInterrupted, distrust }) => (
      <span class="named">
        <span class="serial">{serial}</span>
        <span class="mono faint clip" title={digest}>
          {shortDigest(digest)}
        </span>
        {isLive && <Badge tone="good">live</Badge>}
        {isInterrupted && (
          <Badge tone="warn" title="A change that was cut short; it was never live">
            cut short
          </Badge>
        )}
        {distrust !== undefined && (
          <Badge tone="bad" title={distrust}>
            not to be believed
          </Badge>
        )}
      </span>
    ),
    by: ({ serial }) => -serial,
  },
  {
    title: 'What',
    width: '124px',
    isWide: true,
    cell: ({ kind }) => <State tone="none">{KINDS[kind]}</State>,
    by: ({ kind }) => kind,
  },
  {
    title: 'By',
    width: '18%',
    isWide: true,
    cell: ({ by }) => <Clipped mono={false}>{by ?? 'not known'}</Clipped>,
    by: ({ by }) => by ?? '',
  },
  {
    title: 'Commit',
    width: '104px',
    isWide: true,
    cell: ({ commit }) => commit !== undefined && <Clipped>{commit.slice(0, 10)}</Clipped>,
  },
  {
    title: 'Note',
    width: '16%',
    isWide: true,
    cell: ({ note }) => note !== undefined && <Clipped mono={false}>{note}</Clipped>,
  },
  {
    title: 'Signed',
    width: '68px',
    isWide: true,
    cell: ({ isSigned }) => (isSigned ? 'yes' : <span class="faint">no</span>),
  },
  {
    title: 'When',
    width: '100px',
    cell: ({ publishedAt }) => (
      <span title={moment(publishedAt)}>
        <Ago at={publishedAt} />
      </span>
    ),
    by: ({ publishedAt }) => publishedAt,
  },
]
