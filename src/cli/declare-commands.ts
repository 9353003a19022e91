/** All commands, in the order of the help: from the first map to what is live. */
import type { Command } from 'commander'
import { declareDiffCommands } from './groups/diff.ts'
import { declareDocumentCommands } from './groups/documents.ts'
import { declareEnvironmentCommands } from './groups/environments.ts'
import { declareImportCommands } from './groups/import.ts'
import { declareInitCommand } from './groups/init.ts'
import { declareMapCommands } from './groups/map.ts'
import { declareReleaseCommands } from './groups/release.ts'
import { declareReportCommands } from './groups/report.ts'
import { declareRevocationCommands } from './groups/revocation.ts'
import { declareTailCommand } from './groups/tail.ts'
import { declareTestCommands } from './groups/tests.ts'
import { declareTokenCommand } from './groups/tokens.ts'
import { declareUsageCommands } from './groups/usage.ts'

export function declareCommands(program: Command): void {
  declareInitCommand(program)
  declareMapCommands(program)
  declareTestCommands(program)
  declareDiffCommands(program)
  declareReleaseCommands(program)
  declareEnvironmentCommands(program)
  declareRevocationCommands(program)
  declareTokenCommand(program)
  declareUsageCommands(program)
  declareTailCommand(program)
  declareImportCommands(program)
  declareDocumentCommands(program)
  declareReportCommands(program)
}
