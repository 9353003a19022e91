/** The command that shows decisions as they are made. */
import { type Command, Option } from 'commander'
import { OUTCOMES } from '../../policy/decision-event.ts'
import { WIRE } from '../../policy/denial.ts'
import { tail } from '../commands/tail.ts'
import { command, run, seconds, withAdmin } from '../program.ts'

const LONGEST_SECONDS = 86_400

export function declareTailCommand(program: Command): void {
  withAdmin(
    command(program, 'tail', 'Show decisions as they are made, with what happened just before.', [
      'tail --env production',
      'tail --env production --outcome deny observe',
      'tail --env production --client legacy-batch --code scope_insufficient',
      'tail --env production --scope invoices:refund --json --for 10m',
    ]),
  )
    .addOption(new Option('--outcome <names...>', 'only these').choices(OUTCOMES))
    .addOption(new Option('--code <names...>', 'only what has one of these denials').choices(Object.keys(WIRE)))
    .option('--service <name>', 'only requests to this service')
    .option('--rule <rule>', 'only this rule, as in "GET api.example.com/v1/invoices"')
    .option('--client <id>', 'only this client, as the environment treats its name')
    .option('--scope <name>', 'only what asks for this scope, lacks it or was let in by it')
    .option('--for <duration>', 'end by itself after so long', seconds(1, LONGEST_SECONDS))
    .action(run(tail))
}
