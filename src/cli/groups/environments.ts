/** The commands about several environments, and about what their edge answers with. */
import type { Command } from 'commander'
import { probe } from '../commands/probe.ts'
import { promote } from '../commands/promote.ts'
import { status } from '../commands/status.ts'
import { wait } from '../commands/wait.ts'
import {
  command,
  run,
  scopesOption,
  seconds,
  wholeNumber,
  withConsent,
  withKv,
  withPlace,
  withSigning,
} from '../program.ts'

export function declareEnvironmentCommands(program: Command): void {
  withConsent(
    withSigning(
      withKv(
        command(program, 'promote', 'Make what is live in one environment live in another: the very same bytes.', [
          'promote staging production --dry-run',
          'promote staging production',
          'promote production',
          'promote staging production --expect 3fa94c0e1b2d --if-live 81b07cd2a6f4 --wait',
        ])
          .argument('<from>', 'the environment whose live release is taken')
          .argument('[to]', 'the environment where it becomes live; without it the candidate of <from> does'),
      ),
    ),
  )
    .addOption(scopesOption())
    .option('--by <name>', 'who promotes (default: CI actor, git user or system user)')
    .option('--note <text>', 'why, for the history')
    .option('--dry-run', 'say what would change, and change nothing')
    .action(run(promote))

  withKv(
    command(program, 'status', 'Show for each environment what is bundled, in KV and live at the edge.', [
      'status',
      'status --env production',
      'status --env production --url https://api.example.com',
    ]),
  )
    .addOption(scopesOption())
    .option('--env <name>', 'only this one, held against the working tree')
    .option('--url <url>', 'with --env: an address behind the gate, to ask what the edge judges by')
    .action(run(status))

  withPlace(
    command(program, 'wait', 'Wait until the edge answers with a release, and say how long that took.', [
      'wait --env production',
      'wait --env production --digest 3fa94c0e1b2d --timeout 5m',
      'wait --env production --serial 18 --url https://api.example.com',
    ]),
  )
    .addOption(scopesOption())
    .option(
      '--digest <digest>',
      'the release to wait for, or the beginning of its digest (default: what is live in KV)',
    )
    .option('--serial <number>', 'the serial to wait for, or a higher one', wholeNumber(1, 9_999_999_999))
    .option('--url <url>', 'an address behind the gate (default: `resource` of the environment)')
    .option('--timeout <duration>', 'when to give up', seconds(5, 3600), 300)
    .option('--connections <number>', 'connections that must all answer with it', wholeNumber(1, 100), 4)
    .action(run(wait))

  withSigning(
    withPlace(
      command(program, 'probe', 'Measure how long a release takes to reach the edge, from many connections.', [
        'probe --env production',
        'probe --env production --publish --connections 100',
        'probe --env production --url https://api.example.com --duration 2m --json',
      ]),
    ),
  )
    .addOption(scopesOption())
    .option('--url <url>', 'an address behind the gate (default: `resource` of the environment)')
    .option('--connections <number>', 'connections to ask over, each once a second', wholeNumber(1, 500), 50)
    .option(
      '--duration <duration>',
      'how long to look, once the release was seen for the first time',
      seconds(5, 900),
      60,
    )
    .option(
      '--publish',
      'publish the live release again, under a new serial, instead of waiting until somebody publishes',
    )
    .option('--by <name>', 'with --publish: who publishes')
    .option(
      '--expect <digest>',
      'with --publish: go on only if this is what is live (protected environments ask for it)',
    )
    .action(run(probe))
}
