/** The command that runs the policy tests. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { test } from '../commands/test.ts'
import { command, run, scopesOption } from '../program.ts'

export function declareTestCommands(program: Command): void {
  command(program, 'test', 'Run the policy tests of the map, and say which rules and scopes they leave open.', [
    'test',
    'test --coverage --min-rules 100',
    'test --env production --filter refunds',
    'test --format junit > policy-tests.xml',
  ])
    .addOption(scopesOption())
    .option(
      '--env <name>',
      "judge with this environment's mode, observed clients, issuer and host names (default: enforce)",
    )
    .option('--filter <text>', 'only tests that hold the text in their file, name, request or caller')
    .option('--coverage', 'list what no test covers')
    .addOption(percentOption('--min-rules <percent>', 'fail where fewer rules are covered (default: gateway.yaml)'))
    .addOption(percentOption('--min-scopes <percent>', 'fail where fewer scopes are covered (default: gateway.yaml)'))
    .addOption(
      new Option('--format <format>', 'junit: for what shows tests in CI').choices(['human', 'junit']).default('human'),
    )
    .action(run(test))
}

const percentOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((text: string) => {
    if (/^[0-9]+(\.[0-9]+)?$/.test(text) && Number(text) <= 100) return Number(text)
    throw new InvalidArgumentError('Write a number from 0 to 100.')
  })
