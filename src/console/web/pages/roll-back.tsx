/** Back to an older release: what is needed for it, said before and after. */
import { useState } from 'preact/hooks'
import type { ReleasesAnswer, RollbackAnswer } from '../../../policy/console-answers.ts'
import { type Failure, failureOf } from '../api/failure.ts'
import { Field } from '../parts/controls.tsx'
import { Icon } from '../parts/icon.tsx'
import { Failed } from '../parts/shown.tsx'
import { Words } from '../parts/text.tsx'
import { shortDigest } from '../parts/words.ts'
import { changeQuery, type Route } from '../route.ts'
import { useAdmin, useSession } from '../session.ts'

type Entry = ReleasesAnswer['releases'][number]

interface RollBackProps {
  readonly answer: ReleasesAnswer
  readonly live: Entry
  readonly to: Entry
  readonly route: Route
  readonly onDone: () => void
}

export function RollBack({ answer, live, to, route, onDone }: RollBackProps) {
  const admin = useAdmin()
  const { settings } = useSession()
  const note = route.query.get('note') ?? ''
  const [typed, setTyped] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure>()
  const [done, setDone] = useState<RollbackAnswer>()
  const wanted = answer.isProtected ? to.digest.slice(0, DIGEST_DIGITS) : settings.environment

  if (!answer.canRollBack)
    return (
      <div class="banner">
        <Icon name="releases" size={14} />
        <p>
          <Words>{answer.why ?? 'This gate cannot roll back.'}</Words>
        </p>
      </div>
    )
  if (done !== undefined)
    return (
      <div class="banner good" role="status">
        <Icon name="good" size={14} />
        <p>
          {done.changed
            ? `Serial ${done.live.serial} is live: release ${shortDigest(done.live.digest)}, as it was under serial ${to.serial}.`
            : 'That release was live already.'}{' '}
          Gates take it over within a minute or two.
        </p>
      </div>
    )

  const submit = async (event: Event) => {
    event.preventDefault()
    setBusy(true)
    setFailure(undefined)
    try {
      setDone(
        await admin.rollBack({
          serial: to.serial,
          expect: live.digest,
          digest: to.digest,
          ...(note.trim() !== '' && { note: note.trim() }),
        }),
      )
      onDone()
    } catch (error) {
      setFailure(failureOf(error))
    }
    setBusy(false)
  }
  if (!route.query.has('back'))
    return (
      <div class="row">
        <button type="button" class="button" onClick={() => changeQuery(route, { back: '1' })}>
          Roll back to {to.serial}…
        </button>
        <span class="faint small">What is live becomes what was live then, under a new serial.</span>
      </div>
    )
  return (
    <form class="stack danger-zone" onSubmit={submit}>
      <h3>
        Roll back from {live.serial} to {to.serial}
      </h3>
      <p class="quiet">
        What changes by it stands below. It is published at once, to everybody who calls {settings.environment}.
      </p>
      <div class="fields">
        <Field label="Note" hint="Why, for the history. It need not be there.">
          {(tied) => (
            <input
              {...tied}
              class="input"
              value={note}
              maxLength={200}
              onInput={(event) => changeQuery(route, { note: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field
          label={`Type ${wanted} to confirm`}
          hint={
            answer.isProtected
              ? 'The beginning of the digest that becomes live.'
              : 'The environment that it is done to.'
          }
        >
          {(tied) => (
            <input
              {...tied}
              class="input mono"
              value={typed}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </Field>
      </div>
      {failure !== undefined && <Failed failure={failure} />}
      <div class="row">
        <button type="submit" class="button danger" disabled={isBusy || typed.trim() !== wanted}>
          {isBusy ? 'Rolling back…' : 'Roll back'}
        </button>
        <button type="button" class="button" onClick={() => changeQuery(route, { back: undefined })}>
          Cancel
        </button>
      </div>
    </form>
  )
}

/** Enough to tell releases apart. */
const DIGEST_DIGITS = 8
