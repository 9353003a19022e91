/** What is asked of the ledger, as SQL. Every value of a question is bound; only numbers and names of this file stand in the text. */
import type { EpochSeconds } from '../policy/result.ts'
import type {
  TokenAnswer,
  TokenGroup,
  TokenGrouping,
  TokenOrder,
  TokenQuery,
  TokenSighting,
} from '../policy/token-audit.ts'
import { NO_END, numberIn, type Sql, type SqlValue } from './ledger.ts'
import type { Sampling } from './sampling.ts'

type Answer = Omit<TokenAnswer, 'missed'>

/** `now` in whole seconds. */
export function askLedger(sql: Sql, query: TokenQuery, sampling: Sampling, now: number): Answer {
  const filter = filterOf(query, now)
  const weight = weightOf(sampling)
  const total = sql
    .exec(`SELECT COUNT(*) AS kept, TOTAL(${weight}) AS estimated FROM token WHERE ${filter.where}`, ...filter.bindings)
    .toArray()[0]
  const about = {
    at: now as EpochSeconds,
    sampling: sampling.map(({ from, level }) => ({ from: from as EpochSeconds, oneIn: 2 ** level })),
    kept: numberIn(total, 'kept'),
    estimated: numberIn(total, 'estimated'),
  }
  // One more than is asked for says whether there is another page.
  const window = { ...query, limit: query.limit + 1 }
  const found = query.by === undefined ? tokensOf(sql, window, filter) : groupsOf(sql, window, query.by, filter, weight)
  const next = found.length > query.limit ? { next: query.offset + query.limit } : {}
  const page = found.slice(0, query.limit)
  if (query.by === undefined) return { ...about, tokens: page.map(sightingOf), ...next }
  const scopes = query.by === 'scope' ? undefined : scopesOf(sql, query.by, filter, page)
  return { ...about, groups: page.map((row) => groupOf(row, scopes)), ...next }
}

interface Filter {
  readonly where: string
  readonly bindings: readonly SqlValue[]
}

/** A token that does not say when it was issued is at least as old as its first sighting. */
const ISSUED = 'COALESCE(issued_at, first_seen)'
const LIFETIME = `COALESCE(lifetime, expires_at - ${ISSUED})`

const HOLDS_ALL =
  'NOT EXISTS (SELECT 1 FROM json_each(?) AS asked WHERE asked.value NOT IN (SELECT value FROM json_each(token.scopes)))'

function filterOf(query: TokenQuery, now: number): Filter {
  const conditions: readonly (readonly [string, SqlValue | undefined])[] = [
    ['expires_at > ?', query.expired ? undefined : now],
    ['client = ?', query.client],
    ['subject = ?', query.subject],
    ['issuer = ?', query.issuer],
    [HOLDS_ALL, query.scope === undefined ? undefined : JSON.stringify(query.scope.split(' ').filter(Boolean))],
    [`${LIFETIME} > ?`, query.lifetimeOver],
    [`${ISSUED} < ?`, query.olderThan === undefined ? undefined : now - query.olderThan],
  ]
  const asked = conditions.flatMap(([text, value]) => (value === undefined ? [] : [{ text, value }]))
  return {
    where: ['TRUE', ...asked.map(({ text }) => text)].join(' AND '),
    bindings: asked.map(({ value }) => value),
  }
}

/** For how many tokens a row stands (`Sampling`). */
function weightOf(sampling: Sampling): string {
  const [first, ...later] = sampling
  const cases = later.toReversed().map(({ from, level }) => `WHEN last_seen >= ${from} THEN ${2 ** level}`)
  return cases.length === 0 ? String(2 ** first.level) : `CASE ${cases.join(' ')} ELSE ${2 ** first.level} END`
}

const ORDERS: Readonly<Record<TokenOrder, string>> = {
  remaining: 'expires_at DESC',
  lifetime: `${LIFETIME} DESC`,
  age: `${ISSUED} ASC`,
  uses: 'uses DESC',
  seen: 'last_seen DESC',
}

function tokensOf(sql: Sql, { sort, limit, offset }: TokenQuery, { where, bindings }: Filter): readonly object[] {
  const text = `SELECT * FROM token WHERE ${where} ORDER BY ${ORDERS[sort]}, fingerprint LIMIT ? OFFSET ?`
  return sql.exec(text, ...bindings, limit, offset).toArray()
}

const GROUPS: Readonly<Record<TokenGrouping, { readonly from: string; readonly key: string }>> = {
  client: { from: 'token', key: 'issuer, client' },
  subject: { from: 'token', key: 'issuer, subject' },
  scope: { from: 'token, json_each(token.scopes) AS granted', key: 'granted.value' },
}

const GROUP_ORDERS: Readonly<Record<TokenOrder, string>> = {
  remaining: 'latest_expiry DESC',
  lifetime: 'longest_lifetime DESC',
  age: 'oldest ASC',
  uses: 'total_uses DESC',
  seen: 'latest_seen DESC',
}

function groupsOf(
  sql: Sql,
  { sort, limit, offset }: TokenQuery,
  by: TokenGrouping,
  { where, bindings }: Filter,
  weight: string,
): readonly object[] {
  const { from, key } = GROUPS[by]
  const names = by === 'scope' ? 'granted.value AS name' : `issuer AS group_issuer, ${by} AS name`
  const text = `SELECT ${names}, COUNT(*) AS kept, TOTAL(${weight}) AS estimated, MAX(${LIFETIME}) AS longest_lifetime,
    MAX(expires_at) AS latest_expiry, MIN(${ISSUED}) AS oldest, MAX(last_seen) AS latest_seen, SUM(uses) AS total_uses
    FROM ${from} WHERE ${where} GROUP BY ${key} ORDER BY ${GROUP_ORDERS[sort]}, ${key} LIMIT ? OFFSET ?`
  return sql.exec(text, ...bindings, limit, offset).toArray()
}

/** Scopes by issuer and name, of the groups of one page. */
type ScopesOfGroups = ReadonlyMap<string, readonly string[]>

function scopesOf(
  sql: Sql,
  by: 'client' | 'subject',
  { where, bindings }: Filter,
  page: readonly object[],
): ScopesOfGroups {
  const keys = page.map((row) => groupKey(row))
  const text = `SELECT json_array(issuer, ${by}) AS key, json_group_array(DISTINCT granted.value) AS scopes
    FROM token, json_each(token.scopes) AS granted
    WHERE ${where} AND json_array(issuer, ${by}) IN (SELECT value FROM json_each(?)) GROUP BY issuer, ${by}`
  const rows = sql.exec(text, ...bindings, JSON.stringify(keys)).toArray() as readonly ScopesRow[]
  return new Map(rows.map(({ key, scopes }) => [keyOf(JSON.parse(key)), namesIn(scopes).toSorted()]))
}

interface ScopesRow {
  readonly key: string
  readonly scopes: string
}

interface GroupRow {
  readonly group_issuer?: string
  readonly name: string | null
}

const keyOf = ([issuer, name]: readonly unknown[]): string => JSON.stringify([issuer, name])

function groupKey(row: object): string {
  const { group_issuer: issuer, name } = row as GroupRow
  return keyOf([issuer, name])
}

function groupOf(row: object, scopes: ScopesOfGroups | undefined): TokenGroup {
  const { group_issuer: issuer, name } = row as GroupRow
  const latestExpiry = numberIn(row, 'latest_expiry')
  return {
    ...(issuer !== undefined && { issuer }),
    name,
    kept: numberIn(row, 'kept'),
    estimated: numberIn(row, 'estimated'),
    ...(latestExpiry < NO_END && {
      longestLifetime: numberIn(row, 'longest_lifetime'),
      latestExpiry: latestExpiry as EpochSeconds,
    }),
    oldest: numberIn(row, 'oldest') as EpochSeconds,
    lastSeen: numberIn(row, 'latest_seen') as EpochSeconds,
    uses: numberIn(row, 'total_uses'),
    ...(scopes !== undefined && { scopes: scopes.get(groupKey(row)) ?? [] }),
  }
}

interface TokenRow {
  readonly fingerprint: string
  readonly issuer: string
  readonly client: string | null
  readonly subject: string | null
  readonly scopes: string
  readonly further_scopes: number | null
  readonly issued_at: EpochSeconds | null
  readonly expires_at: EpochSeconds
  readonly lifetime: number | null
  readonly bound: string
  readonly acr: string
  readonly first_seen: EpochSeconds
  readonly last_seen: EpochSeconds
  readonly uses: number
}

function sightingOf(found: object): TokenSighting {
  const row = found as TokenRow
  return {
    fingerprint: row.fingerprint,
    issuer: row.issuer,
    ...(row.client !== null && { client: row.client }),
    ...(row.subject !== null && { subject: row.subject }),
    scopes: namesIn(row.scopes),
    ...(row.further_scopes !== null && { furtherScopes: row.further_scopes }),
    ...(row.issued_at !== null && { issuedAt: row.issued_at }),
    ...(row.expires_at < NO_END && { expiresAt: row.expires_at }),
    ...(row.lifetime !== null && { lifetimeSeconds: row.lifetime }),
    bound: JSON.parse(row.bound) as TokenSighting['bound'],
    acr: namesIn(row.acr),
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
    uses: row.uses,
  }
}

const namesIn = (json: string): readonly string[] => JSON.parse(json) as readonly string[]
