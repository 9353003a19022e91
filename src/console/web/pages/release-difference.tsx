/** What changes from one release to another, compared here by the code of `scopewall diff`; and whom it would touch, by what is on record of usage. */
import { decodeRelease } from '../../../policy/decode.ts'
import type { UsageRow } from '../../../policy/usage.ts'
import type { Admin } from '../api/admin.ts'
import { ApiFailure } from '../api/failure.ts'
import { useAnswer } from '../api/use-answer.ts'
import { lastDays } from '../model/days.ts'
import { type DiffItem, type DiffSection, type DiffView, diffReleases, type TextPart } from '../model/release-diff.ts'
import { type AffectedClient, affectedClients, replayUsage } from '../model/replayed-usage.ts'
import { visible } from '../model/shown-text.ts'
import { Badge, State } from '../parts/badge.tsx'
import { Disclosure } from '../parts/panel.tsx'
import { Notice, Shown } from '../parts/shown.tsx'
import { count, plural } from '../parts/words.ts'
import { useAdmin } from '../session.ts'

interface Compared {
  readonly view: DiffView
  /** Undefined: usage is not on record here. */
  readonly affected: readonly AffectedClient[] | undefined
}

export function Difference({ from, to }: { readonly from: string; readonly to: string }) {
  const admin = useAdmin()
  const answer = useAnswer(`difference ${from} ${to}`, (signal) => compare(admin, from, to, signal))
  return (
    <Shown answer={answer} lines={6}>
      {({ view, affected }) => (
        <div class="stack">
          <Verdict view={view} />
          {affected !== undefined && !view.isEmpty && <AffectedList affected={affected} />}
          {view.sections.map((section) => (
            <Section key={section.title} section={section} />
          ))}
        </div>
      )}
    </Shown>
  )
}

const USAGE_DAYS = 30

async function compare(admin: Admin, from: string, to: string, signal: AbortSignal): Promise<Compared> {
  const [before, after] = await Promise.all([releaseOf(admin, from, signal), releaseOf(admin, to, signal)])
  const now = Date.now()
  const view = diffReleases(before, after, now)
  const rows = view.isEmpty ? undefined : await usageRows(admin, now, signal)
  return { view, affected: rows && affectedClients(replayUsage(before, after, rows, now)) }
}

async function releaseOf(admin: Admin, digest: string, signal: AbortSignal) {
  const release = decodeRelease(await admin.releaseText(digest, signal))
  if (release.ok) return release.value
  const detail = `${digest}: ${release.error}.`
  throw new ApiFailure({ kind: 'refused', status: 0, title: 'A release cannot be read', detail, flaws: [] })
}

/** The difference is worth seeing without it. */
const usageRows = (admin: Admin, now: number, signal: AbortSignal): Promise<readonly UsageRow[] | undefined> =>
  admin.replay(lastDays(now, USAGE_DAYS), signal).catch(() => undefined)

function Verdict({ view: { isEmpty, isLooser, isStricter, isWhole, summary } }: { readonly view: DiffView }) {
  if (isEmpty)
    return (
      <Notice icon="good" title="Nothing differs">
        Every request is answered alike by both.
      </Notice>
    )
  return (
    <div class="stack tight">
      <div class="row">
        {isLooser && <Badge tone="bad">looser</Badge>}
        {isStricter && <Badge tone="warn">stricter</Badge>}
        {!isLooser && !isStricter && <Badge tone="good">nobody gets in or out by it</Badge>}
        <span class="quiet">{summary}</span>
      </div>
      {!isWhole && (
        <State tone="warn">
          Not everything was looked at: templates meet in too many ways. Treat it as looser and stricter.
        </State>
      )}
    </div>
  )
}

function AffectedList({ affected }: { readonly affected: readonly AffectedClient[] }) {
  if (affected.length === 0)
    return <State tone="good">No request on record of the last {USAGE_DAYS} days would be answered otherwise.</State>
  return (
    <section class="stack tight">
      <h3>Whom it would have touched in the last {USAGE_DAYS} days</h3>
      <ul class="lines plain">
        {affected.map(({ client, change, requests, routes }) => (
          <li key={`${client} ${change}`}>
            <State tone={change === 'refused' ? 'bad' : 'warn'}>{change === 'refused' ? 'refused' : 'let in'}</State>
            <span class="grow wrap">
              <bdi>{client === undefined ? 'no client' : visible(client)}</bdi>{' '}
              <span class="faint small">{plural(routes.length, 'route')}</span>
            </span>
            <span>{plural(requests, 'request')}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Of a long section; the whole of it has the command line. */
const MOST_ITEMS = 200

function Section({ section: { title, tone, isAside, items } }: { readonly section: DiffSection }) {
  const list = (
    <ul class="changes">
      {items.slice(0, MOST_ITEMS).map((item, at) => (
        <Item key={at} item={item} />
      ))}
      {items.length > MOST_ITEMS && (
        <li class="faint">
          {count(items.length - MOST_ITEMS)} more: <code>scopewall diff</code> shows all.
        </li>
      )}
    </ul>
  )
  if (isAside) return <Disclosure summary={`${title} (${items.length})`}>{list}</Disclosure>
  return (
    <section class={`stack tight change ${tone}`}>
      <h3>
        {title} <span class="faint">{items.length}</span>
      </h3>
      {list}
    </section>
  )
}

const Item = ({ item: { subject, before, after, notes } }: { readonly item: DiffItem }) => (
  <li>
    <p class="subject">
      <Parts parts={subject} />
    </p>
    {before !== undefined && (
      <p class="was">
        <span class="faint">before</span> <Parts parts={before} />
      </p>
    )}
    {after !== undefined && (
      <p class="was">
        <span class="faint">after</span> <Parts parts={after} />
      </p>
    )}
    {notes.map((note, at) => (
      <p key={at} class="quiet">
        <Parts parts={note} />
      </p>
    ))}
  </li>
)

const Parts = ({ parts }: { readonly parts: readonly TextPart[] }) => (
  <span class="wrap">
    {parts.map(({ text, isName }, at) =>
      isName ? <code key={at}>{visible(text)}</code> : <bdi key={at}>{visible(text)}</bdi>,
    )}
  </span>
)
