/** The commands that hold the map against documents for people and for clients. */
import { type Command, Option } from 'commander'
import { coverage } from '../commands/coverage.ts'
import { exportCatalogue } from '../commands/export-catalogue.ts'
import { exportOpenApi } from '../commands/export-openapi.ts'
import { command, run, scopesOption } from '../program.ts'

export function declareDocumentCommands(program: Command): void {
  const exporting = program
    .command('export')
    .description('Write what the map says into documents for others.')
    .exitOverride()

  command(exporting, 'catalogue', 'Describe the scopes to developers of client applications.', [
    'export catalogue --env production --out scopes.md',
    'export catalogue --env production --format html --out scopes.html',
  ])
    .addOption(scopesOption())
    .addOption(new Option('--format <format>', 'how it is written').choices(['markdown', 'html']).default('markdown'))
    .option('--out <file>', 'where it goes (default: standard output)')
    .option('--env <name>', 'say where clients of this environment get their tokens, and use its hosts')
    .action(run(exportCatalogue))

  command(exporting, 'openapi', 'Write what the map asks for into an OpenAPI description.', [
    'export openapi openapi.yaml --in-place',
    'export openapi openapi.json --env production --out public/openapi.json',
  ])
    .argument('<document>', 'OpenAPI 2.0, 3.0, 3.1 or 3.2, YAML or JSON')
    .addOption(scopesOption())
    .option('--out <file>', 'where the whole description goes (default: standard output)')
    .option('--in-place', 'write the file itself, and those that it refers to')
    .option(
      '--env <name>',
      'where tokens come from, if the description has no OAuth scheme: the first issuer of this environment',
    )
    .option('--token-url <url>', 'the same, by the address of the token endpoint')
    .option('--authorization-url <url>', 'with --token-url: where people sign in')
    .option('--host <name>', 'the host of the map that it is served on, instead of those of its servers')
    .option('--base-path <path>', 'instead of the base paths of its servers')
    .action(run(exportOpenApi))

  command(program, 'coverage', 'Hold OpenAPI descriptions against the map, in both directions.', [
    'coverage openapi.yaml',
    'coverage openapi/*.json --service invoices --max-stale 5%',
    'coverage --format github',
  ])
    .argument('[documents...]', 'OpenAPI 2.0, 3.0, 3.1 or 3.2, YAML or JSON (default: those that gateway.yaml lists)')
    .addOption(scopesOption())
    .option('--host <name>', 'the host of the map that they are served on, instead of those of their servers')
    .option('--base-path <path>', 'instead of the base paths of their servers')
    .option('--service <names...>', 'the services that they are about: rules of others need no operation')
    .option('--max-unmapped <number>', 'how many operations may have no rule, as in 0 or 2.5%')
    .option('--max-mismatch <number>', 'how many may ask for something else than their rule')
    .option('--max-stale <number>', 'how many rules may have no operation')
    .addOption(
      new Option('--format <format>', 'github: annotations for a workflow')
        .choices(['human', 'github'])
        .default('human'),
    )
    .option('--verbose', 'list what is covered, too')
    .action(run(coverage))
}
