/** The commands about the access review. */
import { type Command, Option } from 'commander'
import { report, verifyReport } from '../commands/report.ts'
import { command, run, withAdmin, withKv } from '../program.ts'

export function declareReportCommands(program: Command): void {
  const reporting = program
    .command('report')
    .description('Write the access review of an environment, and check that one was not changed.')
    .exitOverride()

  withKv(
    withAdmin(
      command(
        reporting,
        'write',
        'Write the access review, as one page to print or as JSON; also without its name.',
        [
          'report --env production --out review.html',
          'report --env production --since 2026-07-01 --until 2026-10-01 --out q3.html',
          'report --from working-tree --offline --out review.html',
          'report --env production --json > review.json',
        ],
        true,
      ),
    ),
  )
    .option('--since <time>', 'where the period begins: a day or a time (default: 90 days before its end)')
    .option('--until <time>', 'where it ends; that moment is not in it (default: now)')
    .addOption(
      new Option('--from <release>', 'what is reviewed: the live release, or the map of the working tree')
        .choices(['kv', 'working-tree'])
        .default('kv'),
    )
    .option('--offline', 'do not ask the gate: no usage, no revocations, no incidents')
    .option('--out <file>', 'where it goes (default: standard output)')
    .action(run(report))

  command(reporting, 'verify', 'Check that a report is what was written.', [
    'report verify review.html',
    'report verify review.html --expect 3fa94c0e1b2d',
  ])
    .argument('<file>', 'HTML or JSON that `report` wrote')
    .option('--expect <digest>', 'what was noted when it was made, or the beginning of it')
    .action(run(verifyReport))
}
