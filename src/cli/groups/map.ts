/** The commands about the map in the working tree. */
import { type Command, Option } from 'commander'
import { build } from '../commands/build.ts'
import { check, FORMATS } from '../commands/check.ts'
import { explain } from '../commands/explain.ts'
import { issuers } from '../commands/issuers.ts'
import { schema } from '../commands/schema.ts'
import { command, run, scopesOption, withPlace } from '../program.ts'

export function declareMapCommands(program: Command): void {
  command(program, 'check', 'Report every error and warning of the scope map, with place and remedy.', [
    'check',
    'check --strict',
    'check --fix --dry-run',
    'check --format sarif > scopewall.sarif',
  ])
    .addOption(scopesOption())
    .option('--strict', 'warnings fail, too')
    .addOption(
      new Option('--format <format>', 'github: annotations for a workflow; sarif: for code scanning')
        .choices(FORMATS)
        .default('human'),
    )
    .option('--fix', 'mend what can be mended without changing the release, then check')
    .option('--dry-run', 'with --fix: show the changes and write nothing')
    .option('--stats', 'print how long it took, and how much memory')
    .action(run(check))

  withPlace(
    command(program, 'build', 'Compile the map and one environment into the module that the Worker bundles.', [
      'build --env production',
      'build --env production --published',
    ]),
  )
    .addOption(scopesOption())
    .option('--out <file>', 'where the module goes', '.scopewall/bundle.js')
    .option('--published', 'give the bundle the live serial, if the same release is live in KV')
    .action(run(build))

  withPlace(
    command(program, 'explain', 'Say which rule covers a request, what it asks, and what a caller lacks.', [
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
    .option(
      '--lifetime <duration>',
      'with --scope: how long the token was made for (default: 1h, or what its issuer allows)',
    )
    .addOption(new Option('--bound <kind>', 'with --scope: what the token is bound to').choices(['dpop', 'mtls']))
    .option('--authorization-details <json>', 'with --scope: as the token has them')
    .option('--upgrade', 'the request asks to become a WebSocket')
    .addOption(
      new Option('--from <release>', 'which map to judge by').choices(['working-tree', 'kv']).default('working-tree'),
    )
    .option('--exit-code', 'exit with 4 when the request is refused')
    .action(run(explain))

  command(program, 'issuers', 'Ask the issuers of an environment whether they are what the map expects of them.', [
    'issuers',
    'issuers --env production',
  ])
    .option('--env <name>', 'environment of gateway.yaml', 'development')
    .addOption(scopesOption())
    .action(run(issuers))

  command(program, 'schema', "Write the JSON Schemas for editors into the map's folder.", ['schema'])
    .addOption(scopesOption())
    .action(run(schema))
}
