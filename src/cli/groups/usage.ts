/** The commands about what is used, and what was refused and why. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { OUTCOMES } from '../../policy/decision-event.ts'
import { WIRE } from '../../policy/denial.ts'
import { PERIODS, TRAFFIC_GROUPS } from '../../policy/usage-answers.ts'
import { MOST_DECISIONS } from '../../policy/usage-query.ts'
import { parseDuration } from '../../source/duration.ts'
import { decision, decisions } from '../commands/decisions.ts'
import { usage, usageReplay } from '../commands/usage.ts'
import { command, run, wholeNumber, withAdmin } from '../program.ts'

const CODES = Object.keys(WIRE)

/** A length of time until now, a day or an instant. */
function begin(text: string): string {
  const span = parseDuration(text)
  return span === undefined ? time(text) : new Date(Date.now() - span * 1000).toISOString()
}

/** A day or an instant, in UTC. */
function time(text: string): string {
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(full) && !Number.isNaN(Date.parse(full))) return full
  throw new InvalidArgumentError('write 2026-12-01 or 2026-12-01T08:00:00Z, or after --since also 24h or 7d')
}

const withWindow = (target: Command): Command =>
  withAdmin(target)
    .option(
      '--since <time>',
      'where the window begins: a length of time until now, as in 7d, or a day or time in UTC',
      begin,
    )
    .option('--until <time>', 'where it ends: a day or time in UTC; that moment is not in it (default: now)', time)

export function declareUsageCommands(program: Command): void {
  const group = program
    .command('usage')
    .description(
      'Show what is used and by whom: requests, scopes, clients, what no rule covers, what would be refused.',
    )
  declareTraffic(group)
  declareScopesAndClients(group)
  declareListings(group)
  declareDecisions(program)
}

function declareTraffic(group: Command): void {
  withWindow(
    command(group, 'traffic', 'Requests in time, by outcome, service, rule, client or code.', [
      'usage traffic --env production',
      'usage traffic --env production --since 7d --period day --by client',
      'usage traffic --env production --outcome deny --by code',
    ]),
  )
    .addOption(new Option('--period <length>', 'how long each period is').choices(PERIODS).default('hour'))
    .addOption(new Option('--by <name>', 'what each row is').choices(TRAFFIC_GROUPS).default('outcome'))
    .addOption(new Option('--outcome <name>', 'only these').choices(OUTCOMES))
    .addOption(new Option('--code <name>', 'only what was refused for this first of all').choices(CODES))
    .option('--service <name>', 'only this service')
    .option('--rule <rule>', 'only this rule, as in "GET api.example.com/v1/invoices"')
    .option('--client <id>', 'only this client')
    .action(run(usage('traffic')))
}

function declareScopesAndClients(group: Command): void {
  withWindow(
    command(group, 'scopes', 'What became of each scope: exercised, held, missing, by how many clients, when last.', [
      'usage scopes --env production --since 30d',
      'usage scopes --env production --since 90d --unused',
      'usage scopes --env production --shadow',
      'usage scopes --env production --client partner',
    ]),
  )
    .option('--scope <name>', 'only this scope')
    .option('--client <id>', 'only what this client did')
    .option('--unused', 'only scopes of the map that let nobody in')
    .option('--shadow', 'only scopes that tokens hold and the map does not know')
    .option('--deprecated', 'only scopes on their way out')
    .action(run(usage('scopes')))

  withWindow(
    command(group, 'clients', 'What each client holds, what of that it uses, and the least that it would do with.', [
      'usage clients --env production --since 30d',
      'usage clients --env production --client partner --json',
      'usage clients --env production --scope invoices:admin',
    ]),
  )
    .option('--client <id>', 'only this client')
    .option('--scope <name>', 'only clients whose tokens hold it')
    .action(run(usage('clients')))

  withWindow(
    command(group, 'deprecated', 'Deprecated scopes, the days to their sunset, and who still rests on them.', [
      'usage deprecated --env production',
    ]),
  )
    .option('--scope <name>', 'only this scope')
    .option('--client <id>', 'only this client')
    .action(run(usage('deprecated')))
}

function declareListings(group: Command): void {
  withWindow(
    command(group, 'unmapped', 'Paths that were asked for and that no rule covers, the most frequent first.', [
      'usage unmapped --env production --since 7d',
    ]),
  ).action(run(usage('unmapped')))

  withWindow(
    command(group, 'observed', 'Requests that `observe` let through and that enforcing would refuse.', [
      'usage observed --env production --since 14d',
    ]),
  )
    .option('--rule <rule>', 'only this rule')
    .option('--client <id>', 'only this client')
    .action(run(usage('observed')))

  withWindow(
    command(group, 'sinks', 'How many events each sink got and lost, and how counting itself fared.', [
      'usage sinks --env production --since 24h',
    ]),
  ).action(run(usage('sinks')))

  withWindow(
    command(group, 'replay', 'Write the recorded requests as a file that `diff --usage` judges by another map.', [
      'usage replay --env production --since 7d > week.ndjson',
      'diff env:production working-tree --usage week.ndjson',
    ]),
  ).action(run(usageReplay))
}

function declareDecisions(program: Command): void {
  withAdmin(
    command(program, 'decisions', 'List decisions that are on record, the newest first.', [
      'decisions --env production --outcome deny',
      'decisions --env production --client partner --code scope_insufficient',
      'decisions --env production --scope invoices:refund --json',
    ]),
  )
    .addOption(new Option('--outcome <name>', 'only these').choices(OUTCOMES))
    .addOption(new Option('--code <name>', 'only those that have it').choices(CODES))
    .option('--service <name>', 'only this service')
    .option('--rule <rule>', 'only this rule')
    .option('--client <id>', 'only this client, as the environment treats names')
    .option('--scope <name>', 'only those whose token held it, lacked it or was let in by it')
    .option('--before <time>', 'only older ones: for the next page', time)
    .option('--limit <number>', 'how many', wholeNumber(1, MOST_DECISIONS), 50)
    .action(run(decisions))

  withAdmin(
    command(program, 'decision', 'Say why a request was refused or let in, by the id that the answer has.', [
      'decision 0d9f6a52-7f5c-4c58-8d0e-6f2f0f5a2b11 --env production',
    ]),
  )
    .argument('<id>', 'the `decision` of the refusal, or of the log')
    .action(run(decision))
}
