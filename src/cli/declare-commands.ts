/** All commands, in the order of the help: from the first map to what is live. */
import type { Command } from 'commander'
import { declareDiffCommands } from './groups/diff.ts'
import { declareDocumentCommands } from './groups/documents.ts'
import { declareEnvironmentCommands } from './groups/environments.ts'
import { declareImportCommands } from './groups/import.ts'
import { declareIncidentCommands } from './groups/incidents.ts'
import { declareInitCommand } from './groups/init.ts'
import { declareMapCommands } from './groups/map.ts'
import { declareReleaseCommands } from './groups/release.ts'
import { declareRevocationCommands } from './groups/revocation.ts'
import { declareTestCommands } from './groups/tests.ts'
import { declareTokenCommand } from './groups/tokens.ts'

export function declareCommands(program: Command): void {
  declareInitCommand(program)
  declareMapCommands(program)
  declareTestCommands(program)
  declareDiffCommands(program)
  declareReleaseCommands(program)
  declareEnvironmentCommands(program)
  declareRevocationCommands(program)
  declareTokenCommand(program)
  declareIncidentCommands(program)
  declareImportCommands(program)
  declareDocumentCommands(program)
}
