/** The sections about what happened in the window: releases and what they changed, revocations, incidents. */
import { html, type Markup } from '../catalogue/markup.ts'
import type { ChangeFacts, HistoryFacts, LedgerFacts } from './facts.ts'
import { code, lack, mark, prose, type Section, table, timeText, told, unlisted } from './parts.ts'
import { type Review, type ReviewedIncident, releasesIn } from './review.ts'

export const changesSection = ({ history, changes, window }: Review): Section => ({
  anchor: 'changes',
  title: 'Changes since',
  purpose:
    'What was published or rolled back in the window, by whom and from which commit, and what that means for requests.',
  body: html`<h3>Releases</h3>
${told(history, (facts) => releaseTable(releasesIn(facts, window)))}<h3>What became of the map</h3>
${changes.ok ? changeText(changes.value) : lack(changes.error)}`,
})

export const releaseTable = (releases: HistoryFacts['releases']): Markup =>
  table(
    [
      { title: 'Serial', kind: 'number' },
      { title: 'When', kind: 'short' },
      { title: 'What', kind: 'short' },
      { title: 'Release', kind: 'short' },
      { title: 'By' },
      { title: 'Commit' },
      { title: 'Signature' },
      { title: 'Note' },
    ],
    releases.map((each) => [
      each.serial,
      timeText(each.publishedAt),
      html`${each.kind}${each.isLive ? html` ${mark('good', 'live')}` : undefined}`,
      code(each.digest.slice(0, 12)),
      each.by,
      each.commit === undefined ? '' : code(each.commit.replace(/^([0-9a-f]{12})[0-9a-f]*/, '$1')),
      signatureMark(each.signature),
      each.note ?? '',
    ]),
    'Nothing was published or rolled back in the window.',
  )

function signatureMark(signature: string): Markup {
  if (signature === 'verified') return mark('good', 'verified')
  return signature === 'unsigned' ? mark('warn', 'unsigned') : mark('alarm', signature)
}

function changeText({ before, after, summary, sections, unlisted: more }: ChangeFacts): Markup {
  const from =
    before === undefined
      ? html`nothing was live when the window began`
      : html`serial ${before.serial} (<code>${before.digest.slice(0, 12)}</code>)`
  const range =
    before === undefined ? `the empty map and kv:${after.serial}` : `kv:${before.serial} and kv:${after.serial}`
  return html`<p>From ${from} to serial ${after.serial} (<code>${after.digest.slice(0, 12)}</code>): <strong>${summary}</strong>.</p>
${sections.map(
  ({ title, items }) => html`<h3>${title}</h3>
${table(
  [{ title: 'About', kind: 'wide' }, { title: 'Before' }, { title: 'Now' }, { title: 'What follows', kind: 'wide' }],
  items.map(({ subject, before: was = '', after: is = '', notes }) => [
    prose(subject),
    prose(was),
    prose(is),
    html`${notes.map((each, index) => html`${index === 0 ? undefined : html`<br>`}${prose(each)}`)}`,
  ]),
  'None.',
)}`,
)}${unlisted(more, `\`scopewall diff\` of ${range} shows all`)}`
}

export const ledgerSection = ({ ledger }: Review): Section => ({
  anchor: 'revocations',
  title: 'Revocations and kill switches',
  purpose:
    'What was taken away in the window, and given back. People and their sessions are named as this environment lets tokens be remembered (`tokenAudit`), so at most as the log itself shows them to its reviewers; ' +
    'authors and reasons stand here as the log has them.',
  body: told(ledger, ledgerTable),
})

function ledgerTable({ counts, rows, unlisted: more, head }: LedgerFacts): Markup {
  const kinds = Object.entries(counts).map(([kind, count]) => `${kind}: ${count}`)
  return html`${kinds.length === 0 ? undefined : html`<p>${kinds.join('; ')}.</p>\n`}${table(
    [
      { title: 'Entry', kind: 'number' },
      { title: 'When', kind: 'short' },
      { title: 'Kind', kind: 'short' },
      { title: 'What', kind: 'wide' },
      { title: 'Until' },
      { title: 'By' },
      { title: 'Through', kind: 'short' },
      { title: 'Reason', kind: 'wide' },
    ],
    rows.map((each) => [
      each.entry,
      timeText(each.time),
      each.kind,
      each.what,
      each.until,
      each.by,
      each.via,
      each.reason,
    ]),
    'Nothing was revoked, stopped or taken back in the window.',
  )}${unlisted(more, `\`scopewall audit export\` has all up to entry ${head.split(':')[0]}`)}`
}

export const incidentsSection = ({ incidents }: Review): Section => ({
  anchor: 'incidents',
  title: 'Incidents',
  purpose: 'What the rules of `gateway.yaml` found in the window, and what became of it.',
  body: told(incidents, incidentTable),
})

const STATES: Readonly<Record<ReviewedIncident['state'], 'alarm' | 'warn' | 'good'>> = {
  open: 'alarm',
  acknowledged: 'warn',
  closed: 'good',
}

const incidentTable = (incidents: readonly ReviewedIncident[]): Markup =>
  table(
    [
      { title: 'Incident', kind: 'short' },
      { title: 'Opened', kind: 'short' },
      { title: 'Severity', kind: 'short' },
      { title: 'What', kind: 'wide' },
      { title: 'Events', kind: 'number' },
      { title: 'State', kind: 'short' },
      { title: 'What was done', kind: 'wide' },
    ],
    incidents.map((each) => [
      each.id,
      timeText(each.openedAt),
      each.severity,
      html`${each.title}<br><span class="soft">rule ${each.rule}</span>`,
      each.count,
      mark(STATES[each.state], each.state),
      html`${doneAbout(each).map((text, index) => html`${index === 0 ? undefined : html`<br>`}${text}`)}`,
    ]),
    'There was no incident in the window.',
  )

const doneAbout = ({ response, history }: ReviewedIncident): readonly string[] => [
  ...(response === undefined
    ? []
    : [
        response.failed === undefined
          ? `${response.kind} by itself, entry ${response.entry ?? '?'} of the log`
          : `${response.kind} by itself failed: ${response.failed}`,
      ]),
  ...history.map(
    ({ at, to, by, note }) =>
      `${timeText(at)}: ${to}${by === undefined ? '' : ` by ${by}`}${note === undefined ? '' : `: ${note}`}`,
  ),
]
