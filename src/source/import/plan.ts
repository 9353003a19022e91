/** An import and the answers of its user -> the files to write, checked as a whole with the map that they join before any of them is written. */
import { decodeRelease } from '../../policy/decode.ts'
import { encodeRelease, type ReleaseDocument } from '../../policy/release.ts'
import { type Diagnostic, type Finding, quoted } from '../diagnostic.ts'
import { isGateway, stemOf } from '../file-names.ts'
import { parseFiles } from '../parse.ts'
import { readMap } from '../read-map.ts'
import type { SourceFile } from '../source-text.ts'
import type { Imported, ImportedService } from './imported.ts'
import { type Mismatch, prove } from './prove.ts'
import { type Answers, writeService } from './write-service.ts'
import { writeTests } from './write-tests.ts'

export interface PlannedFile {
  readonly path: string
  readonly text: string
}

export interface ImportPlan {
  readonly files: readonly PlannedFile[]
  /** Of the whole map with the new files in it. An error: nothing may be written. */
  readonly diagnostics: readonly Diagnostic[]
  /** Rows that the whole map answers otherwise than the import says. Any: nothing may be written. */
  readonly mismatches: readonly Mismatch[]
  /** Scopes that other services declare already; they stay theirs. */
  readonly shared: readonly Finding[]
}

export interface PlanContext {
  readonly answers: Answers
  /** A few words on what it was imported from. */
  readonly origin: string
  /** The folder of the map, and what is in it. */
  readonly folder: string
  readonly existing: readonly SourceFile[]
  /** `YYYY-MM-DD`, UTC. */
  readonly today: string
}

export function planImport(imported: Imported, context: PlanContext): ImportPlan {
  const { answers, origin, folder, existing, today } = context
  const names = new Set(imported.services.map(({ name }) => name))
  const others = existing.filter(({ path }) => !names.has(stemOf(path)))
  const { services, shared } = withoutShared(imported.services, others)
  const files = services.map((service) => ({
    path: `${folder}/${service.name}.yaml`,
    text: writeService(service, answers, origin),
  }))
  const [{ name } = { name: 'imported' }] = services
  const tests = { path: `${folder}/tests/${name}.yaml`, text: writeTests(imported.cases, origin) }
  const standIns = others.some(({ path }) => isGateway(path)) ? [] : [standIn(folder, services)]
  const { diagnostics, release } = readMap([...others, ...standIns, ...files.map(bytesOf)], today)
  return {
    files: [...files, ...(imported.cases.length === 0 ? [] : [tests])],
    diagnostics: diagnostics.filter(
      ({ at, severity }) => severity === 'error' || standIns.every(({ path }) => path !== at.file),
    ),
    mismatches: release === undefined ? [] : mismatchesOf(release, imported, today),
    shared,
  }
}

const encoder = new TextEncoder()

const bytesOf = ({ path, text }: PlannedFile): SourceFile => ({ path, bytes: encoder.encode(text) })

function withoutShared(
  services: readonly ImportedService[],
  others: readonly SourceFile[],
): { readonly services: readonly ImportedService[]; readonly shared: readonly Finding[] } {
  const declared = new Map(parseFiles(others).map.scopes.map((scope) => [scope.name, scope]))
  const shared = services.flatMap(({ scopes }) =>
    scopes.flatMap(({ name }) => {
      const scope = declared.get(name)
      if (scope === undefined) return []
      return [
        { at: scope.at, message: `the scope ${quoted(name)} is declared by ${quoted(scope.service)} and stays there` },
      ]
    }),
  )
  return {
    services: services.map((service) => ({
      ...service,
      scopes: service.scopes.filter(({ name }) => !declared.has(name)),
    })),
    shared,
  }
}

/** For a map that has no `gateway.yaml` yet. It is checked with and never written: whom to trust is for people to say. */
function standIn(folder: string, services: readonly ImportedService[]): SourceFile {
  const hosts = [...new Set(services.flatMap((service) => service.hosts))]
  return bytesOf({
    path: `${folder}/gateway.yaml`,
    text: `${hosts.length === 0 ? '' : `hosts: [${hosts.join(', ')}]\n`}environments:
  stand-in:
    resource: https://api.example
    audience: https://api.example
    issuers: [{ issuer: https://issuer.example, keys: oidc, algorithms: [ES256] }]
    upstream: zone
`,
  })
}

/** Rows that name no host are about one that the first service answers on. */
function mismatchesOf(document: ReleaseDocument, imported: Imported, today: string): readonly Mismatch[] {
  const release = decodeRelease(encodeRelease(document))
  if (!release.ok) return imported.cases.map((row) => ({ row, actual: 'deny' }))
  const [first] = imported.services
  const host = document.rules.find(({ service }) => service === first?.name)?.host ?? ''
  return prove(release.value, imported.cases, host.replace(/^\*/, 'any'), today)
}
