/** The command about what a change means. */
import { type Command, Option } from 'commander'
import { diff } from '../commands/diff.ts'
import { command, run, scopesOption, withPlace } from '../program.ts'

export function declareDiffCommands(program: Command): void {
  withPlace(
    command(program, 'diff', 'Say which requests two versions of the map answer differently, and for whom.', [
      'diff',
      'diff git:main',
      'diff git:v1.2 git:v1.3 --format markdown',
      'diff env:production --fail-on looser,open',
      'diff git:main --usage usage.jsonl',
      'diff kv:17 kv:18 --env production',
    ]),
  )
    .argument('[from]', 'working-tree, git:<ref>, kv, kv:<serial or digest>, env:<name>', 'git:HEAD')
    .argument('[to]', 'the same', 'working-tree')
    .addOption(scopesOption())
    .addOption(new Option('--format <format>', 'how to say it (default: human)').choices(['human', 'markdown', 'json']))
    .option('--fail-on <kinds...>', 'exit with 5 where there is any of: looser, stricter, open, closed, any')
    .option('--usage <file>', 'judge recorded requests by both, and say whose are answered differently (docs/usage.md)')
    .option('--today <day>', 'judge both on this day, as in 2026-12-31: scopes retire (default: now)')
    .option('--stats', 'say how long it took and how much memory, on standard error')
    .action(run(diff))
}
