/** The commands about what is live. */
import type { Command } from 'commander'
import { publishOrTry } from '../commands/candidate.ts'
import { history } from '../commands/history.ts'
import { keygen } from '../commands/keygen.ts'
import { rollback } from '../commands/rollback.ts'
import { command, run, scopesOption, withConsent, withPlace, withSigning } from '../program.ts'

export function declareReleaseCommands(program: Command): void {
  withConsent(
    withSigning(
      withPlace(
        command(program, 'publish', 'Make the map of the working tree the live release of an environment.', [
          'publish --env staging',
          'publish --env production --note "refunds need step-up"',
          'publish --env production --dry-run',
          'publish --env production --expect 3fa94c0e1b2d --wait',
          'publish --env production --key release.pem --valid-for 30d',
          'publish --env production --observe --share 10',
          'publish --env production --enforce',
        ]),
      ),
    ),
  )
    .addOption(scopesOption())
    .option('--by <name>', 'who publishes (default: CI actor, git user or system user)')
    .option('--commit <hash>', 'the commit it comes from (default: HEAD)')
    .option('--note <text>', 'why, for the history')
    .option('--dry-run', 'say what would change, and change nothing')
    .option('--observe', 'make it the candidate: tried beside what is live, on record, without any effect')
    .option('--share <percent>', 'with --observe: on so many of a hundred clients')
    .option('--clients <ids...>', 'with --observe: on these clients')
    .option('--enforce', 'make the candidate live')
    .option('--drop-candidate', 'take the candidate away')
    .action(run(publishOrTry))

  withConsent(
    withSigning(
      withPlace(
        command(program, 'rollback', 'Make an older release live again, under a new serial.', [
          'rollback --env production',
          'rollback --env production --to 17',
          'rollback --env production --to 3fa94c',
        ]),
      ),
    ),
  )
    .addOption(scopesOption())
    .option('--to <release>', 'a serial, or the beginning of a digest (default: the release before the live one)')
    .option('--by <name>', 'who rolls back')
    .option('--note <text>', 'why, for the history')
    .action(run(rollback))

  withPlace(
    command(program, 'history', 'Show what was published when, by whom, and what is live.', [
      'history --env production',
    ]),
  )
    .addOption(scopesOption())
    .action(run(history))

  command(program, 'keygen', 'Make a pair of keys to sign releases with.', [
    'keygen',
    'keygen --id release-2027 --out ~/.scopewall/release-2027.pem',
  ])
    .option('--out <file>', 'where the private key goes; never overwritten', 'scopewall-release-key.pem')
    .option('--id <name>', 'what signatures call it (default: release-<today>)')
    .action(run(keygen))
}
