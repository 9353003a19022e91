#!/usr/bin/env node
/** The `scopewall` command, as a process. */
import { runCommand } from './run-command.ts'

// Whoever reads may have seen enough, as in `| head`: that is no failure.
process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code === 'EPIPE') process.exit(0)
  throw fault
})

process.exitCode = await runCommand(process.argv.slice(2))
