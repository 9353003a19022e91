/** What an importer read of its source -> an `Imported`: rules placed, settled, and split into services. */
import { fail, ok, type Result } from '../../policy/result.ts'
import type { Finding } from '../diagnostic.ts'
import { servicesByHost } from './host-groups.ts'
import type { FailOpen, Imported, ImportedScope, ImportFinding } from './imported.ts'
import type { ImportOptions } from './importer.ts'
import type { SourceOperation } from './operation.ts'
import { settle } from './settle.ts'

export interface SourceReading {
  /** For what is wrong with the source as a whole. */
  readonly file: string
  readonly description?: string
  readonly scopes: readonly ImportedScope[]
  readonly operations: readonly SourceOperation[]
  /** Of everything that is no operation. */
  readonly findings: readonly ImportFinding[]
  readonly failOpen: readonly FailOpen[]
}

/** The error says why there cannot be such a map. */
export function assemble(source: SourceReading, options: ImportOptions): Result<Imported, readonly Finding[]> {
  const { file, description, scopes, operations, findings, failOpen } = source
  const settled = settle(operations, options.acceptsLooser)
  if (!settled.ok) return fail([{ at: { file, line: 1, column: 1 }, message: settled.error }])
  const services = servicesByHost(options.service, settled.value.rules)
  return ok({
    services: services.map((service, index) => ({
      ...service,
      ...(description !== undefined && { description }),
      scopes: index === 0 ? scopes : [],
    })),
    findings: [...settled.value.findings, ...distinct(findings)],
    failOpen,
    cases: settled.value.cases,
  })
}

/** Servers and the like are the same for many operations, and said once. */
const distinct = (findings: readonly ImportFinding[]): readonly ImportFinding[] => [
  ...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values(),
]
