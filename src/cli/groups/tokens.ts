/** The command about tokens in use. */
import { type Command, Option } from 'commander'
import { TOKEN_GROUPS, TOKEN_ORDERS } from '../../policy/token-audit.ts'
import { MOST_LISTED } from '../../policy/token-query.ts'
import { tokens } from '../commands/tokens.ts'
import { command, run, seconds, wholeNumber, withAdmin } from '../program.ts'

const LONGEST_SECONDS = 3650 * 86_400

export function declareTokenCommand(program: Command): void {
  withAdmin(
    command(program, 'tokens', 'Show which tokens were seen lately, longest-lived first, and revoke from the list.', [
      'tokens --env production',
      'tokens --env production --by client --sort lifetime',
      'tokens --env production --scope invoices:refund --lifetime-over 1h',
      'tokens --env production --client legacy-batch --revoke --reason "INC-204: key leaked"',
    ]),
  )
    .addOption(new Option('--by <name>', 'summed up by this instead of token by token').choices(TOKEN_GROUPS))
    .addOption(
      new Option('--sort <order>', 'what comes first: the longest left, the longest-lived, the oldest, ...')
        .choices(TOKEN_ORDERS)
        .default('remaining'),
    )
    .option('--client <id>', 'only tokens of this client')
    .option('--subject <id>', 'only tokens of this subject, also where subjects are hashed')
    .option('--scope <names...>', 'only tokens with all of these scopes')
    .option('--issuer <url>', 'only tokens of this issuer')
    .option('--older-than <duration>', 'only tokens issued longer ago', seconds(1, LONGEST_SECONDS))
    .option(
      '--lifetime-over <duration>',
      'only tokens that live longer from issue to expiry',
      seconds(1, LONGEST_SECONDS),
    )
    .option('--expired', 'expired ones too')
    .option('--limit <number>', 'how many', wholeNumber(1, MOST_LISTED), 50)
    .option('--offset <number>', 'how many to leave out', wholeNumber(0, 1_000_000), 0)
    .option('--revoke', 'revoke the tokens of the list, after a confirmation')
    .option('--reason <text>', 'with --revoke: why, for the log')
    .option('--yes', 'with --revoke: without a confirmation')
    .action(run(tokens))
}
