#!/usr/bin/env node
/** The `scopewall` command: words in, exit code out. What each command does is in `commands/`. */
import { Command, CommanderError, Option } from 'commander'
import { build } from './commands/build.ts'
import { check } from './commands/check.ts'
import { explain } from './commands/explain.ts'
import { history } from './commands/history.ts'
import { issuers } from './commands/issuers.ts'
import { publish } from './commands/publish.ts'
import { rollback } from './commands/rollback.ts'
import { schema } from './commands/schema.ts'
import { status } from './commands/status.ts'
import { EXIT, EXIT_HELP, type ExitCode, Stop } from './exit.ts'
import { note, paintError } from './terminal.ts'

const program = new Command('scopewall')
  .description('Which requests may this token make? The scope map as code: checked, compiled, published, explained.')
  .addHelpText('after', `${EXIT_HELP}\n\nEvery command has --help with examples, and --json.`)
  .exitOverride()

const scopesOption = () =>
  new Option('--scopes <folder>', 'the folder of the scope map').env('SCOPEWALL_SCOPES').default('scopes')
const jsonOption = () => new Option('--json', 'print the result as JSON')

/** A command, with its examples in its help. */
function command(name: string, description: string, examples: readonly string[]): Command {
  return program
    .command(name)
    .description(description)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((example) => `  scopewall ${example}`).join('\n')}\n${EXIT_HELP}`,
    )
    .exitOverride()
}

/** The options of whatever looks at KV. */
function withPlace(target: Command): Command {
  return target
    .option('--env <name>', 'environment of gateway.yaml and wrangler.toml', 'development')
    .option('--local', "this machine's KV, as `wrangler dev` uses it (default for development)")
    .option('--remote', "the account's KV, with wrangler's own login (default elsewhere)")
    .option('--config <file>', 'wrangler configuration', 'wrangler.toml')
}

let exitCode: ExitCode = EXIT.done
const run =
  <Arguments extends readonly unknown[]>(work: (...args: Arguments) => Promise<ExitCode>) =>
  async (...args: Arguments) => {
    exitCode = await work(...args)
  }

command('check', 'Report every error and warning of the scope map, with place and remedy.', [
  'check',
  'check --strict',
  'check --json',
])
  .addOption(scopesOption())
  .option('--strict', 'warnings fail, too')
  .action(run(check))

withPlace(
  command('build', 'Compile the map and one environment into the module that the Worker bundles.', [
    'build --env production',
    'build --env production --published',
  ]),
)
  .addOption(scopesOption())
  .option('--out <file>', 'where the module goes', '.scopewall/bundle.js')
  .option('--published', 'give the bundle the live serial, if the same release is live in KV')
  .action(run(build))

withPlace(
  command('publish', 'Make the map of the working tree the live release of an environment.', [
    'publish --env staging',
    'publish --env production --note "refunds need step-up"',
    'publish --env production --dry-run',
  ]),
)
  .addOption(scopesOption())
  .option('--by <name>', 'who publishes (default: CI actor, git user or system user)')
  .option('--commit <hash>', 'the commit it comes from (default: HEAD)')
  .option('--note <text>', 'why, for the history')
  .option('--dry-run', 'say what would change, and change nothing')
  .action(run(publish))

withPlace(
  command('rollback', 'Make an older release live again, under a new serial.', [
    'rollback --env production',
    'rollback --env production --to 17',
    'rollback --env production --to 3fa94c',
  ]),
)
  .option('--to <release>', 'a serial, or the beginning of a digest (default: the release before the live one)')
  .option('--by <name>', 'who rolls back')
  .option('--note <text>', 'why, for the history')
  .action(run(rollback))

withPlace(
  command('history', 'Show what was published when, by whom, and what is live.', ['history --env production']),
).action(run(history))

withPlace(
  command('status', 'Compare the working tree, KV and the edge.', [
    'status --env production',
    'status --env production --url https://api.example.com',
  ]),
)
  .addOption(scopesOption())
  .option('--url <url>', 'an address behind the gate, to ask what the edge judges by')
  .action(run(status))

withPlace(
  command('explain', 'Say which rule covers a request, what it asks, and what a caller lacks.', [
    'explain GET https://api.example.com/v1/invoices',
    'explain POST https://api.example.com/v1/invoices/42/refunds --scope "invoices:read invoices:refund" --acr phr --auth-age 2m',
    'explain GET http://localhost:8787/v1/invoices --token "$TOKEN"',
  ]),
)
  .argument('<method>', 'GET, POST, ...')
  .argument('<url>', 'the whole URL; a host of the environment or of the map')
  .addOption(scopesOption())
  .option('--scope <names...>', 'a caller whose token holds these scopes')
  .option('--token <jwt>', 'a caller with this token; its claims are read and its signature is NOT verified')
  .option('--client <id>', 'with --scope: the client, with the `clientPrefix` of its issuer')
  .option('--actor <id>', 'with --scope: who acts for the subject, named like a client')
  .option('--acr <value>', 'with --scope: how the person authenticated')
  .option('--amr <methods>', 'with --scope: by what, as in "pwd otp"')
  .option('--auth-age <duration>', 'with --scope: how long ago, as in 5m')
  .option('--token-age <duration>', 'with --scope: how long ago the token was issued')
  .option('--lifetime <duration>', 'with --scope: how long the token was made for (default: 1h)')
  .addOption(new Option('--bound <kind>', 'with --scope: what the token is bound to').choices(['dpop', 'mtls']))
  .option('--authorization-details <json>', 'with --scope: as the token has them')
  .option('--upgrade', 'the request asks to become a WebSocket')
  .addOption(
    new Option('--from <release>', 'which map to judge by').choices(['working-tree', 'kv']).default('working-tree'),
  )
  .option('--exit-code', 'exit with 4 when the request is refused')
  .action(run(explain))

command('issuers', 'Ask the issuers of an environment whether they are what the map expects of them.', [
  'issuers',
  'issuers --env production',
])
  .option('--env <name>', 'environment of gateway.yaml', 'development')
  .addOption(scopesOption())
  .action(run(issuers))

command('schema', "Write the JSON Schemas for editors into the map's folder.", ['schema'])
  .addOption(scopesOption())
  .action(run(schema))

try {
  await program.parseAsync()
} catch (error) {
  exitCode = report(error)
}
process.exitCode = exitCode

function report(error: unknown): ExitCode {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (process.env.SCOPEWALL_DEBUG === '1') console.error(error)
  const stop =
    error instanceof Stop
      ? error
      : new Stop(
          EXIT.couldNotRun,
          error instanceof Error ? error.message : String(error),
          'SCOPEWALL_DEBUG=1 shows where it happened',
        )
  note(`${paintError('red', 'scopewall:')} ${stop.message}`)
  if (stop.help !== undefined) note(`           ${stop.help}`)
  return stop.exitCode
}
