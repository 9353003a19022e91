/** The revocation log: what is in force and what was, who did it and why; and the way to take it back. */
import { useEffect, useState } from 'preact/hooks'
import type { ListedMark, LogStatus } from '../../../policy/revocation-log.ts'
import { type Failure, failureOf } from '../api/failure.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Choice } from '../parts/controls.tsx'
import { Copy } from '../parts/copy.tsx'
import { Page, Panel } from '../parts/panel.tsx'
import { Failed, Notice, Shown } from '../parts/shown.tsx'
import { count, plural } from '../parts/words.ts'
import { changeQuery, pathTo, type Route } from '../route.ts'
import { useAdmin } from '../session.ts'
import { MarkPanel } from './mark-panel.tsx'
import { Marks } from './marks.tsx'
import { RevokePage } from './revoke.tsx'
import type { ViewProps } from './view.ts'

export const RevocationsPage = ({ route }: ViewProps) =>
  route.rest[0] === 'new' ? <RevokePage route={route} /> : <Log route={route} />

const PAGE = 50

const VIEWS = [
  { value: 'active', text: 'In force' },
  { value: 'all', text: 'All' },
] as const

function Log({ route }: { readonly route: Route }) {
  const admin = useAdmin()
  const view = route.query.get('show') === 'all' ? 'all' : 'active'
  const first = useAnswer(
    `marks ${view}`,
    (signal) => admin.marks({ active: view === 'active', limit: PAGE }, signal),
    {
      everySeconds: 15,
    },
  )
  const status = useAnswer('log status', (signal) => admin.logStatus(signal), { everySeconds: 15 })
  const entry = Number(route.query.get('entry') ?? Number.NaN)
  return (
    <Page
      title="Revocations"
      about="What the gate refuses although it would be let in: tokens, people, clients, scopes. It holds everywhere within seconds."
      tools={
        <>
          <Choice
            label="Which entries"
            options={VIEWS}
            value={view}
            onChange={(value) => changeQuery(route, { show: value === 'all' ? 'all' : undefined })}
          />
          <a class="button primary" href={pathTo('revocations', ['new'])}>
            Revoke…
          </a>
        </>
      }
    >
      <div class={Number.isInteger(entry) ? 'beside is-open' : 'beside'}>
        <Panel
          title={status.value === undefined ? 'Log' : `${plural(status.value.activeMarks, 'mark')} in force`}
          flush
        >
          <Shown answer={first} lines={8}>
            {({ marks, next }) =>
              marks.length === 0 ? (
                <Notice title={view === 'active' ? 'Nothing is revoked' : 'The log is empty'}>
                  {view === 'active'
                    ? 'Every valid token is judged by its scopes alone. What was in force before is under “All”.'
                    : 'Nothing was ever revoked in this environment.'}
                </Notice>
              ) : (
                <Pages key={view} first={marks} next={next} isActive={view === 'active'} open={entry} />
              )
            }
          </Shown>
          {status.value !== undefined && status.value.head.seq > 0 && <Head status={status.value} />}
        </Panel>
        {Number.isInteger(entry) && (
          <MarkPanel
            key={entry}
            entry={entry}
            route={route}
            onDone={() => {
              first.reload()
              status.reload()
            }}
          />
        )}
      </div>
    </Page>
  )
}

interface PagesProps {
  readonly first: readonly ListedMark[]
  readonly next: number | null
  readonly isActive: boolean
  readonly open: number
}

/** The first page is kept up to date; older ones stay as they were read. */
function Pages({ first, next, isActive, open }: PagesProps) {
  const admin = useAdmin()
  const [older, setOlder] = useState<readonly ListedMark[]>([])
  const [after, setAfter] = useState<number | null>()
  const [failure, setFailure] = useState<Failure>()
  const [isLoading, setLoading] = useState(false)
  const before = after === undefined ? next : after
  // What moved onto the second page meanwhile would be missing between the two.
  useEffect(() => {
    if (after === undefined) setOlder([])
  }, [after])
  const load = async () => {
    if (before === null) return
    setLoading(true)
    setFailure(undefined)
    try {
      const page = await admin.marks({ active: isActive, limit: PAGE, before })
      setOlder((had) => [...had, ...page.marks])
      setAfter(page.next)
    } catch (error) {
      setFailure(failureOf(error))
    }
    setLoading(false)
  }
  const least = first.at(-1)?.seq ?? 0
  return (
    <>
      <Marks marks={[...first, ...older.filter(({ seq }) => seq < least)]} open={open} />
      {failure !== undefined && <Failed failure={failure} retry={load} />}
      {before !== null && (
        <p class="table-foot">
          <button type="button" class="button" disabled={isLoading} onClick={load}>
            {isLoading ? 'Loading…' : 'Older entries'}
          </button>
        </p>
      )}
    </>
  )
}

/** What an audit keeps elsewhere, so that the log cannot be made anew without anybody's noticing. */
function Head({ status: { head, floor } }: { readonly status: LogStatus }) {
  const text = `${head.seq}:${head.hash}`
  return (
    <footer class="table-foot row small quiet">
      <span>
        {plural(head.seq, 'entry', 'entries')}
        {floor.seq > 0 && `, those up to ${count(floor.seq)} cut off`}. Head{' '}
        <code class="wrap" title={text}>
          {head.seq}:{head.hash.slice(0, 12)}…
        </code>
      </span>
      <Copy text={text} label="Copy head" />
    </footer>
  )
}
