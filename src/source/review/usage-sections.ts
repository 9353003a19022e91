/** The sections about what is used: clients, and scopes that nobody uses, that nobody knows, or that are on their way out. */
import type { ClientUsage } from '../../policy/usage-answers.ts'
import { html, type Markup } from '../catalogue/markup.ts'
import { code, codes, dayText, mark, numeral, type Section, table, timeText, told } from './parts.ts'
import { holdsTooMuch, type Review, type ReviewedUsage } from './review.ts'

export const clientsSection = ({ usage }: Review): Section => ({
  anchor: 'clients',
  title: 'Clients',
  purpose:
    'What the tokens of each client granted, and which of it its requests used. The suggestion is the least that would have let the same requests in.',
  body: told(usage, (value) => html`${coverage(value)}${clientTable(value.clients)}${observedTable(value)}`),
})

/** How far back the counts go: nobody can say that something is unused since before. */
function coverage({ countedSince, uncounted }: ReviewedUsage): Markup {
  const since = countedSince === null ? 'Nothing was counted yet.' : `Counted since ${timeText(countedSince)}.`
  const missed =
    uncounted === undefined || uncounted.count === 0
      ? ''
      : ` ${numeral(uncounted.count)} requests since ${dayText(uncounted.since)} could not be counted, and are in none of these figures.`
  return html`<p class="soft">${since}${missed}</p>\n`
}

const clientName = (client: string | null): Markup =>
  client === null ? html`<span class="soft">no client in the token</span>` : code(client)

const clientTable = (clients: readonly ClientUsage[]): Markup =>
  table(
    [
      { title: 'Client', kind: 'wide' },
      { title: 'Allowed', kind: 'number' },
      { title: 'Refused', kind: 'number' },
      { title: 'Granted and used', kind: 'wide' },
      { title: 'Granted, not used', kind: 'wide' },
      { title: 'Suggestion', kind: 'wide' },
      { title: 'Last seen', kind: 'short' },
    ],
    [...clients]
      .sort((a, b) => Number(holdsTooMuch(b)) - Number(holdsTooMuch(a)))
      .map((each) => [
        html`${clientName(each.client)}<br><span class="soft">${each.issuer}</span>`,
        each.allowed + each.observed,
        each.denied,
        codes(each.granted.filter(({ exercised }) => exercised > 0).map(({ scope }) => scope)),
        codes(each.granted.filter(({ exercised }) => exercised === 0).map(({ scope }) => scope)),
        suggestionFor(each),
        dayText(each.lastSeen),
      ]),
    'No client was seen in the window.',
  )

function suggestionFor(client: ClientUsage): Markup | string {
  if (client.allowed + client.observed === 0) return html`${mark('warn', 'nothing was let in')}`
  if (!holdsTooMuch(client)) return 'fits'
  return html`${mark('warn', 'reduce to')} ${client.suggested.length === 0 ? 'no scope at all' : codes(client.suggested)}`
}

const observedTable = ({ observed }: ReviewedUsage): Markup => html`<h3>Let through by observing</h3>
${table(
  [
    { title: 'Route', kind: 'wide' },
    { title: 'Client' },
    { title: 'Would be refused for' },
    { title: 'Missing' },
    { title: 'Requests', kind: 'number' },
    { title: 'Last seen', kind: 'short' },
  ],
  observed.map(({ rule, client, codes: reasons, missing, count, lastSeen }) => [
    code(rule),
    clientName(client),
    reasons.join(', '),
    codes(missing),
    count,
    dayText(lastSeen),
  ]),
  'No request was let through that would have been refused.',
)}`

export const lifecycleSection = ({ usage }: Review): Section => ({
  anchor: 'lifecycle',
  title: 'Unused, shadow and deprecated scopes',
  purpose:
    'Scopes that could go, scopes that tokens hold and the map does not know, and who still rests on those that are on their way out.',
  body: told(
    usage,
    (value) => html`${coverage(value)}${unusedTable(value)}${shadowTable(value)}${deprecatedTables(value)}`,
  ),
})

const unusedTable = ({ unused }: ReviewedUsage): Markup => html`<h3>Unused in the window</h3>
${table(
  [
    { title: 'Scope' },
    { title: 'Requests that held it', kind: 'number' },
    { title: 'Refused for want of it', kind: 'number' },
    { title: 'Last used', kind: 'short' },
  ],
  unused.map(({ scope, held, missing, lastExercised }) => [
    code(scope),
    held,
    missing,
    lastExercised === undefined ? 'never' : dayText(lastExercised),
  ]),
  'Every scope was used.',
)}`

const shadowTable = ({ shadow }: ReviewedUsage): Markup => html`<h3>Shadow scopes</h3>
${table(
  [{ title: 'Scope' }, { title: 'Requests that held it', kind: 'number' }, { title: 'Last held', kind: 'short' }],
  shadow.map(({ scope, held, lastHeld }) => [code(scope), held, lastHeld === undefined ? '' : dayText(lastHeld)]),
  'No token held a scope that the map does not know.',
)}`

const deprecatedTables = ({
  deprecated,
}: ReviewedUsage): Markup => html`<h3>Deprecated scopes and who rests on them</h3>
${table(
  [
    { title: 'Scope' },
    { title: 'Deprecated', kind: 'short' },
    { title: 'Opens nothing from', kind: 'short' },
    { title: 'Instead' },
    { title: 'Client' },
    { title: 'Requests', kind: 'number' },
    { title: 'Last seen', kind: 'short' },
  ],
  deprecated.flatMap(({ scope, since, sunset, daysToSunset, replacedBy, clients }) => {
    const first = [code(scope), since, sunsetText(sunset, daysToSunset), codes(replacedBy)]
    if (clients.length === 0) return [[...first, html`<span class="soft">nobody</span>`, 0, '']]
    return clients.map(({ client, count, lastSeen }) => [...first, clientName(client), count, dayText(lastSeen)])
  }),
  'No scope is deprecated.',
)}`

function sunsetText(sunset: string | undefined, days: number | undefined): string {
  if (sunset === undefined) return 'no day set'
  return days === undefined ? sunset : `${sunset} (${days < 0 ? 'passed' : `in ${days} days`})`
}
