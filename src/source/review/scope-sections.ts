/** The sections about the map itself: scopes by owner, reviews that are due, exceptions. */
import { html, type Markup } from '../catalogue/markup.ts'
import { type Column, code, codes, dayText, mark, prose, type Section, table } from './parts.ts'
import type { Review } from './review.ts'
import type { OwnedScopes, ReviewedScope, ReviewState } from './scopes.ts'

export const scopesSection = ({ owners, usage }: Review): Section => ({
  anchor: 'scopes',
  title: 'Scopes by owner',
  purpose:
    'What can be granted, why it exists and who answers for it. Routes: those that name the scope, and after the plus those that it opens because of what it contains.',
  body: html`${usage.ok ? undefined : html`<p class="lack"><strong>Without usage.</strong> ${prose(usage.error)}</p>\n`}${owners.map((each) => ownerTable(each, usage.ok))}`,
})

function ownerTable({ owner, scopes }: OwnedScopes, isUsed: boolean): Markup {
  const columns: readonly Column[] = [
    { title: 'Scope', kind: 'wide' },
    { title: 'What for', kind: 'wide' },
    { title: 'Sensitivity', kind: 'short' },
    { title: 'Lifecycle' },
    { title: 'Review by', kind: 'short' },
    { title: 'Routes', kind: 'number' },
    ...(isUsed
      ? ([
          { title: 'Requests', kind: 'number' },
          { title: 'Clients', kind: 'number' },
          { title: 'Last used', kind: 'short' },
        ] as const)
      : []),
  ]
  return html`<h3>${owner}</h3>
${table(
  columns,
  scopes.map((scope) => [...scopeCells(scope), ...(isUsed ? usageCells(scope) : [])]),
  'This owner has no scope.',
)}`
}

const scopeCells = (scope: ReviewedScope) => [
  html`<code>${scope.name}</code>${scope.implies.length === 0 ? undefined : html`<br><span class="soft">contains ${codes(scope.implies)}</span>`}`,
  scope.reason,
  scope.sensitivity,
  html`${scope.lifecycle}${scope.since === undefined ? undefined : html`<br><span class="soft still">since ${scope.since}</span>`}`,
  reviewCell(scope),
  scope.routesThroughImplied === 0 ? String(scope.routes) : `${scope.routes} + ${scope.routesThroughImplied}`,
]

const usageCells = ({ usage }: ReviewedScope) => [
  usage?.requests ?? 0,
  usage?.clients ?? 0,
  usage?.lastUsed === undefined ? html`<span class="soft">never</span>` : dayText(usage.lastUsed),
]

const STATE_MARKS: Readonly<Record<ReviewState, Markup | undefined>> = {
  overdue: mark('alarm', 'overdue'),
  due: mark('warn', 'due'),
  none: mark('warn', 'no date'),
  later: undefined,
}

function reviewCell({ review, reviewState }: ReviewedScope): Markup {
  const state = STATE_MARKS[reviewState]
  return html`${review}${review !== undefined && state !== undefined ? html`<br>` : undefined}${state}`
}

export function reviewsSection({ owners }: Review): Section {
  const rows = (wanted: ReviewState) =>
    owners
      .flatMap(({ owner, scopes }) =>
        scopes.flatMap((scope) => (scope.reviewState === wanted ? [{ owner, ...scope }] : [])),
      )
      .sort((a, b) => ((a.review ?? '') < (b.review ?? '') ? -1 : 1))
      .map(({ name, owner, sensitivity, review = '' }) => [code(name), owner, sensitivity, review])
  const columns: readonly Column[] = [
    { title: 'Scope' },
    { title: 'Owner' },
    { title: 'Sensitivity' },
    { title: 'Review by', kind: 'short' },
  ]
  const part = (title: string, state: ReviewState, none: string) =>
    html`<h3>${title}</h3>\n${table(columns, rows(state), none)}`
  return {
    anchor: 'reviews',
    title: 'Reviews due',
    purpose: 'Scopes whose owners promised to look at them by now, or promise it for the next 90 days.',
    body: html`${part('Overdue', 'overdue', 'No review is overdue.')}${part('Due within 90 days', 'due', 'No review is due within 90 days.')}${part('Without a date', 'none', 'Every scope has a date for its review.')}`,
  }
}

export const exceptionsSection = ({ exceptions }: Review): Section => ({
  anchor: 'exceptions',
  title: 'Exceptions',
  purpose: 'Wherever less is asked than could be. Each should have a reason that still holds.',
  body: html`${exceptions.map(
    ({ title, meaning, exceptions: each }) => html`<h3>${title}</h3>
<p class="soft">${prose(meaning)}</p>
${table(
  [{ title: 'Where', kind: 'wide' }, { title: 'What' }, { title: 'Reason', kind: 'wide' }],
  each.map(({ subject, what, reason }) => [
    code(subject),
    prose(what),
    reason ?? html`<span class="soft">none is given</span>`,
  ]),
  'None.',
)}`,
  )}`,
})
