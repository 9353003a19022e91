/** Words in, exit code out. Commands are declared in `groups/`; what each does is in `commands/`. */
import { CommanderError } from 'commander'
import { declareCommands } from './declare-commands.ts'
import { EXIT, type ExitCode, Stop } from './exit.ts'
import { createProgram, takeExitCode } from './program.ts'
import { note, paintError } from './terminal.ts'

/** Never throws: what goes wrong is said on standard error, and the code says which kind it was. */
export async function runCommand(words: readonly string[]): Promise<ExitCode> {
  const program = createProgram()
  declareCommands(program)
  try {
    await program.parseAsync(words, { from: 'user' })
    return takeExitCode()
  } catch (error) {
    return report(error)
  }
}

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
