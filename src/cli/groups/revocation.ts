/** The commands about what is revoked. They ask the admin API of the gate, with an access token. */
import { type Command, Option } from 'commander'
import { exportLog, verify } from '../commands/audit.ts'
import { MOST_LISTED, revocations } from '../commands/revocations.ts'
import { revoke } from '../commands/revoke.ts'
import { unrevoke } from '../commands/unrevoke.ts'
import { command, run, wholeNumber, withAdmin } from '../program.ts'

export function declareRevocationCommands(program: Command): void {
  withTargets(
    withAdmin(
      command(program, 'revoke', 'Revoke a token, a person, a client, a session, or stop a scope, within seconds.', [
        'revoke --subject u-17 --reason "left the company" --env production',
        'revoke --token - --reason "found in a public repository" < leaked-token.txt',
        'revoke --client partner --issued-before now --reason "its secret leaked"',
        'revoke --scope invoices:refund --reason "the refund service pays twice"',
        'revoke --file leavers.csv --reason "reorganisation" --token-file admin-token.txt',
      ]),
    ),
  )
    .option('--token <jwt>', 'a token itself: `-`, for it comes from standard input')
    .option('--issued-before <time>', '`now` or a time: only tokens issued up to then')
    .option('--holding <names...>', 'only tokens that one of these scopes is granted to')
    .option('--reason <text>', 'why, for the log; asked of every mark')
    .option('--expires <time>', 'a length of time such as 30d, a time, or `never` (default: when no such token lives)')
    .option('--file <file>', 'all that a .yaml, .ndjson or .csv file names')
    .action(run(revoke))

  withAdmin(
    command(program, 'unrevoke', 'Take revocations back, by the numbers of their entries.', [
      'unrevoke 17 --reason "it was another person of that name" --env production',
      'unrevoke 17 18 19 --reason "the client has a new secret"',
    ]).argument('<entry...>', 'numbers as `scopewall revocations` shows them', entryNumbers),
  )
    .requiredOption('--reason <text>', 'why, for the log')
    .action(run(unrevoke))

  withTargets(
    withAdmin(
      command(program, 'revocations', 'List what is revoked, by whom and why, the newest first.', [
        'revocations --env production',
        'revocations --all --limit 500 --json',
        'revocations --subject u-17 --issuer https://login.example.com/',
      ]),
    ),
  )
    .option('--all', 'with what has ended or was taken back')
    .option('--limit <number>', 'how many at most', wholeNumber(1, MOST_LISTED), 50)
    .action(run(revocations))

  const audit = program.command('audit').description('Check and export the revocation log.').exitOverride()
  withAdmin(
    command(audit, 'verify', 'Follow the chain of hashes: was anything changed, left out or cut off?', [
      'audit verify --env production',
      'audit verify --head 1024:Zb0m...',
      'audit verify --file log.ndjson',
    ]),
  )
    .option('--file <file>', 'what `audit export` wrote, instead of asking the gate')
    .option('--head <head>', 'what `audit verify` printed before: it must still be there')
    .action(run(verify))

  withAdmin(
    command(audit, 'export', 'Write the whole log, entry by entry, as it was hashed.', [
      'audit export --out log.ndjson --env production',
    ]),
  )
    .option('--out <file>', 'where to (default: standard output)')
    .action(run(exportLog))
}

const readEntry = wholeNumber(1, 9_999_999_999)
const entryNumbers = (text: string, before: readonly number[] = []): readonly number[] => [...before, readEntry(text)]

/** The options that say what is meant, of which one is given. */
const withTargets = (target: Command): Command =>
  target
    .option('--jti <id>', 'a token by its `jti`')
    .option('--fingerprint <id>', 'a token by its fingerprint')
    .option('--subject <id>', 'whoever has this `sub`')
    .option('--user <id>', 'whoever has this name, by the claim that `identifiers` of the issuer names')
    .option('--client <id>', 'a client; with --scope, the one that the scope is stopped for')
    .option('--session <id>', 'a login')
    .option('--grant <id>', 'what a person granted to a client')
    .option('--tenant <id>', 'a tenant')
    .option('--device <id>', 'a device')
    .option('--email <address>', 'whoever has this verified address')
    .addOption(new Option('--issuer <url>', 'whose names these are, where there are several; alone: all of its tokens'))
    .option('--scope <name>', 'a kill switch: the scope grants nothing any more')
