/** What the token audit answered, for people: a table, and how much of the truth it is. */
import type { SubjectTreatment, TokenAnswer, TokenGroup, TokenGrouping, TokenSighting } from '../policy/token-audit.ts'
import { paint, renderTable, visible } from './terminal.ts'

/** As the admin API tells it. */
export interface ToldTokens extends TokenAnswer {
  readonly subjects: SubjectTreatment
}

export function renderTokens(told: ToldTokens, by: TokenGrouping | undefined): string {
  const { tokens = [], groups = [], at } = told
  const rows =
    by === undefined ? tokens.map((token) => tokenRow(token, at)) : groups.map((group) => groupRow(group, at))
  const header = by === undefined ? TOKEN_HEADER : by === 'scope' ? groupHeader(by) : [...groupHeader(by), 'scopes']
  const table = rows.length === 0 ? 'no token that fits was seen lately' : renderTable(header, rows)
  return [table, '', ...remarksOn(told, rows.length)].join('\n')
}

const TOKEN_HEADER = [
  'fingerprint',
  'client',
  'subject',
  'left',
  'lifetime',
  'age',
  'seen',
  'uses',
  'bound',
  'scopes',
] as const

function tokenRow(token: TokenSighting, at: number): readonly string[] {
  const { issuedAt, firstSeen, expiresAt } = token
  const further = token.furtherScopes === undefined ? [] : [`and ${token.furtherScopes} more`]
  return [
    visible(token.fingerprint.slice(0, 12)),
    nameOf(token.client),
    nameOf(token.subject),
    leftOf(expiresAt, at),
    lifetimeOf(token),
    // A token that does not say since when is at least as old as it is known.
    issuedAt === undefined ? `>${spanOf(at - firstSeen)}` : spanOf(at - issuedAt),
    `${spanOf(at - token.lastSeen)} ago`,
    String(token.uses),
    token.bound.length === 0 ? paint('dim', 'bearer') : token.bound.join(', '),
    [...token.scopes.map(visible), ...further].join(' ') || paint('dim', 'none'),
  ]
}

const leftOf = (end: number | undefined, at: number): string =>
  end === undefined ? paint('red', 'no end') : end > at ? spanOf(end - at) : paint('dim', 'expired')

function lifetimeOf({ expiresAt, lifetimeSeconds, firstSeen }: TokenSighting): string {
  if (expiresAt === undefined) return paint('red', 'no end')
  return lifetimeSeconds === undefined ? `>${spanOf(expiresAt - firstSeen)}` : spanOf(lifetimeSeconds)
}

const groupHeader = (by: TokenGrouping): readonly string[] => [
  by,
  'tokens',
  'longest lifetime',
  'longest left',
  'oldest',
  'seen',
  'uses',
]

function groupRow(group: TokenGroup, at: number): readonly string[] {
  return [
    nameOf(group.name ?? undefined),
    group.estimated === group.kept ? String(group.kept) : `~${group.estimated}`,
    group.longestLifetime === undefined ? paint('red', 'no end') : spanOf(group.longestLifetime),
    leftOf(group.latestExpiry, at),
    spanOf(at - group.oldest),
    `${spanOf(at - group.lastSeen)} ago`,
    String(group.uses),
    ...(group.scopes === undefined ? [] : [group.scopes.map(visible).join(' ') || paint('dim', 'none')]),
  ]
}

const nameOf = (name: string | undefined): string => (name === undefined ? paint('dim', 'none') : visible(name))

function remarksOn(
  { kept, estimated, sampling, missed, next, subjects }: ToldTokens,
  shown: number,
): readonly string[] {
  const rate = Math.max(...sampling.map(({ oneIn }) => oneIn))
  return [
    rate === 1
      ? `${kept} tokens fit, all that were seen`
      : paint('yellow', `about ${estimated} tokens fit; ${kept} of them are remembered, ${rateText(rate)}`),
    ...(missed > 0 ? [`${missed} reports did not get through: tokens that were seen once may be lacking`] : []),
    ...(subjects === 'hashed' ? ['subjects are hashes; --subject takes the name'] : []),
    ...(next !== undefined && shown > 0 ? [`there are more: go on with --offset ${next}`] : []),
  ]
}

const rateText = (rate: number): string =>
  `one in ${rate}, chosen by fingerprint: what is not in the list may be in use all the same`

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const

/** The two largest units of a length of time. */
export function spanOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const index = UNITS.findIndex(([, size]) => whole >= size)
  const [unit, size] = UNITS[index] ?? ['s', 1]
  const [smaller, part] = index < 0 ? ['', 1] : (UNITS[index + 1] ?? ['s', 1])
  const rest = index < 0 ? 0 : Math.floor((whole % size) / part)
  return `${Math.floor(whole / size)}${unit}${rest === 0 ? '' : ` ${rest}${smaller}`}`
}
