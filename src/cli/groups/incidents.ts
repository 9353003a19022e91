/** The commands about incidents. All but the offline test ask the admin API of the gate. */
import { type Command, Option } from 'commander'
import { INCIDENT_SEVERITIES, INCIDENT_STATES } from '../../policy/incident.ts'
import { MOST_INCIDENTS } from '../../policy/incident-query.ts'
import { acknowledgeIncident, closeIncident, listIncidents, showIncident } from '../commands/incidents.ts'
import { testIncidents } from '../commands/incidents-test.ts'
import { command, run, scopesOption, wholeNumber, withAdmin } from '../program.ts'

export function declareIncidentCommands(program: Command): void {
  const incidents = program
    .command('incidents')
    .description('What became an incident, and what to do about it.')
    .exitOverride()

  withAdmin(
    command(incidents, 'list', 'List incidents, the newest first.', [
      'incidents list --env production',
      'incidents list --env production --state open --severity critical --json',
    ]),
  )
    .addOption(new Option('--state <state>', 'only those in this state').choices(INCIDENT_STATES))
    .addOption(new Option('--severity <severity>', 'only those of this severity').choices(INCIDENT_SEVERITIES))
    .option('--incident-rule <name>', 'only those of this rule of incidents')
    .option('--before-id <id>', 'only older ones: for the next page')
    .option('--limit <number>', 'how many', wholeNumber(1, MOST_INCIDENTS), 50)
    .action(run(listIncidents))

  withAdmin(
    command(incidents, 'show', 'Show one incident: its evidence, what was done by itself, and who was told.', [
      'incidents show inc_7 --env production',
    ]).argument('<incident>', 'its id'),
  ).action(run(showIncident))

  withAdmin(
    command(incidents, 'acknowledge', 'Say that somebody looks at an incident.', [
      'incidents acknowledge inc_7 --env production',
      'incidents acknowledge inc_7 --note "asking the owner of partner"',
    ]).argument('<incident>', 'its id'),
  )
    .option('--note <text>', 'what is being done')
    .action(run(acknowledgeIncident))

  withAdmin(
    command(incidents, 'close', 'Close an incident, with what came of it.', [
      'incidents close inc_7 --note "the partner has a new key" --env production',
    ]).argument('<incident>', 'its id'),
  )
    .requiredOption('--note <text>', 'what came of it')
    .action(run(closeIncident))

  command(incidents, 'test', 'Run the rules of an environment over recorded events: which incidents would there be?', [
    'incidents test docs/incidents/events.ndjson --env development',
    'incidents test events.ndjson --env production --expected expected.yaml',
  ])
    .argument('<file>', 'decisions and notices as the log has them, or batches; one a line')
    .option('--env <name>', 'environment of gateway.yaml', 'development')
    .addOption(scopesOption())
    .option('--expected <file>', 'the incidents that there must be, and no others; exit code 4 where they differ')
    .option('--skip-learning', 'as if first uses had been remembered for long enough')
    .action(run(testIncidents))
}
