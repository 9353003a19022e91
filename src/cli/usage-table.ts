/** What the counts answered, for people: tables, and what to do where there is nothing. Names come from strangers and are shown without what a terminal would act upon. */
import type {
  ClientsAnswer,
  DeprecatedAnswer,
  ObservedAnswer,
  ScopesAnswer,
  SinksAnswer,
  TrafficAnswer,
  UnmappedAnswer,
  Window,
} from '../policy/usage-answers.ts'
import { sparkline } from './sparkline.ts'
import { paint, renderTable, visible } from './terminal.ts'

const NONE = 'none'
const number = (value: number): string => value.toLocaleString('en')
const nameOf = (name: string | null): string => (name === null || name === '' ? paint('dim', NONE) : visible(name))
const time = (iso: string): string => iso.slice(0, 16).replace('T', ' ')
const list = (names: readonly string[]): string => names.map(visible).join(' ') || paint('dim', NONE)
const span = ({ from, to }: Window): string => `${time(from)} to ${time(to)} UTC`

const nothing = (what: string, window: Window, help: string): string =>
  `${what}: ${span(window)}\n${paint('dim', help)}`

const NOT_COUNTED =
  'Counts come about a minute after the requests. If there never are any: is the queue EVENTS bound, and are the migrations applied? See docs/usage.md'

export function renderTraffic(answer: TrafficAnswer): string {
  if (answer.series.length === 0) return nothing('no requests', answer, NOT_COUNTED)
  const rows = answer.series.map(({ name, counts, total }) => [
    name === null ? paint('dim', 'all others') : nameOf(name),
    number(total),
    sparkline(counts),
  ])
  return `${renderTable([answer.by, 'requests', `by the ${answer.period}`], rows)}\n\n${span(answer)}`
}

const since = ({ countedSince }: { readonly countedSince: string | null }): string =>
  countedSince === null
    ? 'Nothing has been counted yet.'
    : `Counted since ${time(countedSince)} UTC: of the time before, nobody can say what was used.`

export function renderScopes(answer: ScopesAnswer): string {
  if (answer.scopes.length === 0) return nothing('no scope that fits', answer, since(answer))
  const rows = answer.scopes.map((each) => [
    each.isKnown ? visible(each.scope) : paint('yellow', visible(each.scope)),
    number(each.exercised),
    number(each.held),
    each.missing > 0 ? paint('red', number(each.missing)) : '0',
    number(each.clients),
    each.lastExercised ?? paint('dim', 'never'),
    each.isKnown ? sparkline(each.trend) : paint('yellow', 'shadow: the map does not know it'),
  ])
  const header = ['scope', 'exercised', 'held', 'missing', 'clients', 'last', 'by the day']
  return `${renderTable(header, rows)}\n\n${span(answer)}. ${since(answer)}`
}

export function renderClients(answer: ClientsAnswer): string {
  if (answer.clients.length === 0) return nothing('no client that fits', answer, since(answer))
  const blocks = answer.clients.map((each) => {
    const unused = each.granted.filter(({ exercised }) => exercised === 0)
    const granted = each.granted.map(({ scope }) => scope)
    const isLeast = granted.length === each.suggested.length && granted.every((scope) => each.suggested.includes(scope))
    const advice =
      each.allowed === 0 && each.suggested.length === 0
        ? paint('dim', 'nothing was let in: nobody can say what it needs')
        : isLeast
          ? paint('green', 'holds the least that it needs')
          : `${paint('yellow', 'would do with')}  ${list(each.suggested)}`
    return [
      `${paint('bold', nameOf(each.client))}  ${paint('dim', visible(each.issuer))}  ${sparkline(each.trend)}`,
      `  let in ${number(each.allowed)}, observed ${number(each.observed)}, refused ${number(each.denied)}, last ${time(each.lastSeen)}`,
      `  used           ${list(each.granted.filter(({ exercised }) => exercised > 0).map(({ scope }) => scope))}`,
      `  held, not used ${list(unused.map(({ scope }) => scope))}`,
      `  ${advice}`,
      ...(each.observed > 0
        ? [paint('yellow', '  what was only observed would be refused: see `scopewall usage observed`')]
        : []),
    ].join('\n')
  })
  return `${blocks.join('\n\n')}\n\n${span(answer)}. ${since(answer)}`
}

export function renderUnmapped(answer: UnmappedAnswer): string {
  if (answer.paths.length === 0) return nothing('every request was covered by a rule', answer, NOT_COUNTED)
  const rows = answer.paths.map(({ host, method, shape, count, lastSeen }) => [
    number(count),
    method,
    `${visible(host)}${shape === '' ? paint('dim', ' (others)') : visible(shape)}`,
    time(lastSeen),
  ])
  return `${renderTable(['requests', 'method', 'path', 'last'], rows)}\n\n${span(answer)}. A path that should be there needs a rule: docs/map.md`
}

export function renderDeprecated(answer: DeprecatedAnswer): string {
  if (answer.scopes.length === 0)
    return nothing('no scope of the map is deprecated', answer, 'docs/map.md says how one is retired.')
  return answer.scopes
    .map((each) => {
      const clients = each.clients.map(({ client, count, lastSeen }) => [nameOf(client), number(count), time(lastSeen)])
      const head = `${paint('bold', visible(each.scope))}  ${sunsetOf(each)}; instead: ${list(each.replacedBy)}`
      return clients.length === 0
        ? `${head}\n  ${paint('green', 'nobody rests on it any more')}`
        : `${head}\n${renderTable(['client', 'requests', 'last'], clients).replace(/^/gm, '  ')}`
    })
    .join('\n\n')
}

function sunsetOf({ since, sunset, daysToSunset = 0 }: DeprecatedAnswer['scopes'][number]): string {
  if (sunset === undefined) return `deprecated since ${since}, without a sunset`
  if (daysToSunset < 0) return paint('red', `retired since ${sunset}`)
  return paint(daysToSunset <= 30 ? 'red' : 'yellow', `${daysToSunset} days to its sunset on ${sunset}`)
}

export function renderObserved(answer: ObservedAnswer): string {
  if (answer.requests.length === 0)
    return nothing(
      'nothing that `observe` let through would have been refused',
      answer,
      'It is safe to enforce what was observed in this time.',
    )
  const rows = answer.requests.map(({ rule, client, codes, missing, count, lastSeen }) => [
    number(count),
    visible(rule),
    nameOf(client),
    codes.join(' '),
    list(missing),
    time(lastSeen),
  ])
  return `${renderTable(['requests', 'rule', 'client', 'would be', 'missing', 'last'], rows)}\n\n${span(answer)}`
}

export function renderSinks(answer: SinksAnswer): string {
  const rows = answer.sinks.map(({ sink, sent, lost, lastLost }) => [
    visible(sink),
    number(sent),
    lost > 0 ? paint('red', number(lost)) : '0',
    lastLost === undefined ? '' : time(lastLost),
  ])
  const remarks = [
    ...(answer.uncounted > 0 ? [paint('red', `${number(answer.uncounted)} requests could not be counted`)] : []),
    ...(answer.repeated > 0 ? [`${number(answer.repeated)} batches came again, and were counted once`] : []),
  ]
  return [renderTable(['sink', 'sent', 'lost', 'last lost'], rows), '', [...remarks, span(answer)].join('\n')].join(
    '\n',
  )
}
