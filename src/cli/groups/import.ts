/** The command that takes other products' configuration in. */
import { Argument, type Command, Option } from 'commander'
import { IMPORT_FORMATS } from '../../source/import/importers.ts'
import { importSources } from '../commands/import.ts'
import { command, run, scopesOption } from '../program.ts'

export function declareImportCommands(program: Command): void {
  command(
    program,
    'import',
    "Turn another product's configuration into service files, with a table that proves they are the same.",
    [
      'import openapi openapi.yaml --owner team-pets --sensitivity medium',
      'import openapi openapi.yaml --host api.example.com --optional required --dry-run',
      'import openapi openapi.yaml --owner team-pets --sensitivity low --accept looser --report import.json',
      'import kong kong.yaml --owner team-shop --sensitivity medium --dry-run --verbose',
    ],
  )
    .addArgument(new Argument('<format>', 'what the files are').choices(Object.keys(IMPORT_FORMATS)))
    .argument('<files...>', 'the files to import')
    .addOption(scopesOption())
    .option('--service <name>', "the service's name (default: the file's)")
    .option('--owner <name>', 'who answers for the service and its scopes')
    .option('--sensitivity <level>', 'of its scopes: low, medium, high or critical')
    .option('--reason <text>', 'of scopes that the source does not describe')
    .option('--review <day>', 'by when somebody must have asked whether the scopes are still needed')
    .option('--host <names...>', 'hosts instead of those that the source names')
    .addOption(new Option('--accept <verdicts...>', 'write what lets more pass than the source').choices(['looser']))
    .addOption(
      new Option('--undeclared <what>', 'openapi: operations without any `security`')
        .choices(['public', 'deny'])
        .default('public'),
    )
    .addOption(
      new Option(
        '--optional <what>',
        'openapi: operations with `{}` among their alternatives (default: refused)',
      ).choices(['public', 'required']),
    )
    .option('--bearer <schemes...>', 'openapi: security schemes of other types that carry the access token after all')
    .addOption(
      new Option('--roles <what>', 'openapi: what bearer schemes list')
        .choices(['unknown', 'scopes'])
        .default('unknown'),
    )
    .addOption(
      new Option(
        '--other-schemes <what>',
        'openapi: a token and an API key together: drop the alternative, or ignore the key, which is looser',
      )
        .choices(['drop', 'ignore'])
        .default('drop'),
    )
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--force', 'overwrite files that are there')
    .option('--report <file>', 'write everything that was found as JSON')
    .option('--verbose', 'show every finding')
    .action(run(importSources))
}
