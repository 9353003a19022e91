/** The commands that hold the map against documents for people and for clients. */
import { type Command, Option } from 'commander'
import { exportCatalogue } from '../commands/export-catalogue.ts'
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
    .addOption(new Option('--format <kind>', 'how it is written').choices(['markdown', 'html']).default('markdown'))
    .option('--out <file>', 'where it goes (default: standard output)')
    .option('--env <name>', 'say where clients of this environment get their tokens, and use its hosts')
    .action(run(exportCatalogue))
}
