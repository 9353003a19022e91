/** One entry of the log beside the list: all that is on record of it, and how to take it back. */
import { useState } from 'preact/hooks'
import type { ListedMark } from '../../../policy/revocation-log.ts'
import { type Failure, failureOf } from '../api/failure.ts'
import { useAnswer } from '../api/use-answer.ts'
import { authorWords, canUndo, effectWord, limitWords, targetWords, timeText } from '../model/mark-words.ts'
import { visible } from '../model/shown-text.ts'
import { Field } from '../parts/controls.tsx'
import { Icon } from '../parts/icon.tsx'
import { Facts } from '../parts/panel.tsx'
import { Failed, Notice, Shown } from '../parts/shown.tsx'
import { Text } from '../parts/text.tsx'
import { moment } from '../parts/words.ts'
import { changeQuery, type Route } from '../route.ts'
import { useAdmin } from '../session.ts'
import { Standing } from './marks.tsx'

interface MarkPanelProps {
  readonly entry: number
  readonly route: Route
  /** The log has changed. */
  readonly onDone: () => void
}

export function MarkPanel({ entry, route, onDone }: MarkPanelProps) {
  const admin = useAdmin()
  const close = () => changeQuery(route, { entry: undefined, reason: undefined })
  const answer = useAnswer(`mark ${entry}`, (signal) => admin.mark(entry, signal))
  return (
    <aside
      class="panel side-panel"
      aria-label={`Entry ${entry}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <header class="panel-head">
        <h2>Entry {entry}</h2>
        <button type="button" class="button plain icon" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body stack">
        <Shown answer={answer} lines={6}>
          {(found) =>
            'standing' in found ? (
              <Mark
                mark={found}
                route={route}
                onDone={() => {
                  answer.reload()
                  onDone()
                }}
              />
            ) : (
              <Notice title="This entry marks nothing">It takes another one back, or is a note.</Notice>
            )
          }
        </Shown>
      </div>
    </aside>
  )
}

interface MarkProps {
  readonly mark: ListedMark
  readonly route: Route
  readonly onDone: () => void
}

function Mark({ mark, route, onDone }: MarkProps) {
  const { action, author, origin, time } = mark
  const { kind, name, link, further } = targetWords(action.target)
  return (
    <>
      <Standing mark={mark} />
      <p>
        <Text>{action.reason}</Text>
      </p>
      <Facts
        facts={[
          ['Effect', effectWord(action.effect)],
          [
            kind,
            <Text key="name" mono>
              {name}
            </Text>,
          ],
          [
            link ?? '',
            link !== undefined && (
              <Text key="further" mono>
                {further ?? ''}
              </Text>
            ),
          ],
          ['Only', limitWords(action.effect).length > 0 && limitWords(action.effect).map(visible).join(', ')],
          ['Until', action.expires === undefined ? 'it is undone' : untilText(action.expires)],
          ['By', <Text key="by">{authorWords(author)}</Text>],
          ['Through', ORIGINS[origin.via] ?? origin.via],
          [
            'Event',
            origin.event !== undefined && (
              <Text key="event" mono>
                {origin.event}
              </Text>
            ),
          ],
          ['When', moment(time)],
        ]}
      />
      {canUndo(mark) && <Undo entry={mark.seq} route={route} onDone={onDone} />}
    </>
  )
}

/** Some issuers sign tokens for longer than there are days in the calendar. */
const untilText = (seconds: number): string =>
  Number.isNaN(new Date(seconds * 1000).getTime()) ? timeText(seconds) : moment(seconds * 1000)

const ORIGINS: Readonly<Record<string, string>> = {
  admin: 'the admin API',
  self: 'whoever held the token',
  signal: 'a security event',
  hook: 'a webhook',
  incident: 'a rule about incidents',
}

interface UndoProps {
  readonly entry: number
  readonly route: Route
  readonly onDone: () => void
}

/** The reason stands in the address, so that it is still there after a stronger sign-in. */
function Undo({ entry, route, onDone }: UndoProps) {
  const admin = useAdmin()
  const reason = route.query.get('reason') ?? ''
  const [failure, setFailure] = useState<Failure>()
  const [isBusy, setBusy] = useState(false)
  const undo = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setFailure(undefined)
    try {
      await admin.undo(entry, reason.trim())
      changeQuery(route, { reason: undefined })
      onDone()
    } catch (error) {
      setFailure(failureOf(error))
      setBusy(false)
    }
  }
  return (
    <form class="stack tight" onSubmit={undo}>
      <Field label="Take it back because" hint="It stays on record, with your name.">
        {(tied) => (
          <input
            {...tied}
            class="input"
            value={reason}
            maxLength={500}
            onInput={(event) => changeQuery(route, { reason: event.currentTarget.value })}
          />
        )}
      </Field>
      {failure !== undefined && <Failed failure={failure} />}
      <button type="submit" class="button" disabled={isBusy || reason.trim() === ''}>
        {isBusy ? 'Undoing…' : 'Undo'}
      </button>
    </form>
  )
}
