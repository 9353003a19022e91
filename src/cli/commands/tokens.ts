/** `scopewall tokens`: which tokens were seen lately, and the end of those that should not be. */
import type { TokenGrouping, TokenOrder, TokenQuery, TokenSighting } from '../../policy/token-audit.ts'
import { writeTokenQuery } from '../../policy/token-query.ts'
import { type AdminClient, type AdminOptions, adminClient } from '../admin-client.ts'
import { askAtTerminal, isTerminal } from '../ask.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { announceStep, note, print, printJson, visible } from '../terminal.ts'
import { renderTokens, type ToldTokens } from '../token-table.ts'

export interface TokensOptions extends AdminOptions {
  readonly by?: TokenGrouping
  readonly sort: TokenOrder
  readonly client?: string
  readonly subject?: string
  readonly scope?: readonly string[]
  readonly issuer?: string
  /** Seconds. */
  readonly olderThan?: number
  readonly lifetimeOver?: number
  readonly expired?: boolean
  readonly limit: number
  readonly offset: number
  readonly revoke?: boolean
  readonly reason?: string
  readonly yes?: boolean
}

export async function tokens(options: TokensOptions): Promise<ExitCode> {
  if (options.revoke === true) requireRevocable(options)
  const client = await adminClient(options)
  const told = readTold(await client.get(`tokens?${writeTokenQuery(queryOf(options))}`))
  const revocable = (told.tokens ?? []).filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt > told.at)
  if (options.revoke !== true) {
    if (options.json) printJson(told)
    else print(renderTokens(told, options.by))
    if (!options.json && revocable.length > 0)
      note('to revoke what is in the list: the same command with --revoke --reason "<why>"')
    return EXIT.done
  }
  return revokeListed(client, options, told, revocable)
}

function queryOf(options: TokensOptions): TokenQuery {
  const { by, sort, client, subject, scope, issuer, olderThan, lifetimeOver, expired, limit, offset } = options
  return {
    ...(by !== undefined && { by }),
    sort,
    ...(client !== undefined && { client }),
    ...(subject !== undefined && { subject }),
    ...(scope !== undefined && { scope: scope.join(' ') }),
    ...(issuer !== undefined && { issuer }),
    ...(lifetimeOver !== undefined && { lifetimeOver }),
    ...(olderThan !== undefined && { olderThan }),
    expired: expired === true,
    limit,
    offset,
  }
}

function requireRevocable({ by, reason, yes }: TokensOptions): void {
  if (by !== undefined)
    throw new Stop(EXIT.usage, '`--by` lists no tokens that could be revoked', 'leave it out, and filter with --client')
  if (reason === undefined)
    throw new Stop(EXIT.usage, 'a revocation has a reason', 'say why with --reason: the log keeps it')
  if (yes !== true && !isTerminal())
    throw new Stop(EXIT.usage, 'nobody is here to confirm the revocation', 'say it with --yes')
}

async function revokeListed(
  client: AdminClient,
  options: TokensOptions,
  told: ToldTokens,
  revocable: readonly TokenSighting[],
): Promise<ExitCode> {
  if (options.yes !== true) {
    note(renderTokens(told, undefined))
    if (revocable.length > 0) {
      const typed = await askAtTerminal(`\nRevoke these ${revocable.length} tokens? Type yes: `)
      if (typed.trim() !== 'yes') throw new Stop(EXIT.usage, 'nothing was revoked')
    }
  }
  const marks = revocable.map((token) => markOf(token, options.reason ?? ''))
  if (marks.length > 0) announceStep(`revoking ${marks.length} tokens`)
  if (marks.length === 1) await client.post('revocations', JSON.stringify(marks[0]))
  else if (marks.length > 1) await client.post('revocations/bulk', JSON.stringify(marks))
  const fingerprints = revocable.map(({ fingerprint }) => fingerprint)
  if (options.json) printJson({ revoked: fingerprints, next: told.next ?? null })
  else {
    print(
      fingerprints.length === 0
        ? 'nothing to revoke'
        : fingerprints.map((each) => `revoked ${visible(each)}`).join('\n'),
    )
    if (told.next !== undefined) note('there are more: run it again with --offset, or a larger --limit')
  }
  return EXIT.done
}

/** More than any clock leeway: a mark may go once its token has ended everywhere. */
const AFTER_EXPIRY_SECONDS = 3600

const markOf = ({ fingerprint, expiresAt }: TokenSighting, reason: string): unknown => ({
  target: { kind: 'token', value: fingerprint },
  reason,
  expires: expiresAt === undefined ? 'never' : Math.ceil(expiresAt) + AFTER_EXPIRY_SECONDS,
})

/** The answer of a gate is taken as one if it looks like it; whose it is, TLS says. */
function readTold(answer: unknown): ToldTokens {
  const told = Object(answer) as Partial<ToldTokens>
  if (typeof told.at !== 'number' || !Array.isArray(told.sampling) || !Array.isArray(told.tokens ?? told.groups))
    throw new Stop(EXIT.couldNotRun, 'the answer is not that of a gate that remembers tokens')
  return told as ToldTokens
}
