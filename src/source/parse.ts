/** Files -> the map as it was written. What is wrong in one place does not keep the rest from being read and checked. */
import type { Checked } from './check-schema.ts'
import { declareService, type ServiceDeclarations } from './declare-service.ts'
import { compareText, type Diagnostic, diagnostic, quoted } from './diagnostic.ts'
import { createDocument, type MapDocument } from './document.ts'
import { checkFileNames, isGateway, isMapFile, stemOf } from './file-names.ts'
import { type GatewayFile, gatewayFile } from './gateway-file.ts'
import type { Conventions, HostOptions, ScopeMap, TestThresholds } from './model.ts'
import { type ServiceFile, serviceFile } from './service-file.ts'
import { checkSoundPart, type SoundPartOptions } from './sound-part.ts'
import { readText, type SourceFile } from './source-text.ts'
import { readYaml } from './yaml.ts'

/** A file of the right shape; where a part is not, without that part. */
export interface ParsedFile<T> {
  readonly document: MapDocument
  readonly content: T
}

export interface ParsedFiles {
  readonly map: ScopeMap
  /** Absent where it is missing or past reading. */
  readonly gateway?: ParsedFile<GatewayFile>
  readonly diagnostics: readonly Diagnostic[]
}

/** One file by itself, as far as it could be read. */
interface ReadFile {
  readonly document?: MapDocument
  /** Absent for `gateway.yaml`, too. */
  readonly service?: ParsedFile<ServiceFile>
  readonly diagnostics: readonly Diagnostic[]
}

/** Files that were read before, by path: what has not changed from one map to the next is not read again. */
export type FileMemory = Map<string, { readonly bytes: Uint8Array; readonly read: ReadFile }>

/** Takes diagnostics as they are found. */
type Report = (found: readonly Diagnostic[]) => void

/** Total. The order of the files changes nothing, and neither does what was read before, save the time it takes. */
export function parseFiles(files: readonly SourceFile[], memory: FileMemory = new Map()): ParsedFiles {
  const diagnostics: Diagnostic[] = []
  // One by one: arguments live on the stack, and a file can have a hundred thousand faults.
  const report: Report = (found) => {
    for (const each of found) diagnostics.push(each)
  }
  const sorted = files.toSorted((a, b) => compareText(a.path, b.path))
  report(checkFileNames(sorted.map(({ path }) => path)))
  const mapFiles = sorted.filter(({ path }) => isMapFile(path))
  const read = mapFiles.map((file) => readFile(file, memory))
  for (const { diagnostics: found } of read) report(found)
  const documents = read.flatMap(({ document }) => document ?? [])
  const gateway = parseGateway(
    documents.find(({ file }) => isGateway(file)),
    report,
  )
  const services = read.flatMap(({ service }) => service ?? [])
  report(serviceDiagnostics(services, gateway))
  const hosts = gateway?.content.hosts ?? NO_HOST
  const declared = services.map(({ content, document }) => declareService(content, document, hosts))
  for (const each of declared) report(each.diagnostics)
  const scopeNames = documents.length === mapFiles.length ? namesIn(documents) : undefined
  return { map: mapOf(declared, gateway, scopeNames), ...(gateway && { gateway }), diagnostics }
}

/** Where services stand that have no host; there is an error for each, so it is never compiled. */
const NO_HOST = ['no-host']

function readFile(file: SourceFile, memory: FileMemory): ReadFile {
  const known = memory.get(file.path)
  if (known !== undefined && areEqual(known.bytes, file.bytes)) return known.read
  const read = readFresh(file)
  memory.set(file.path, { bytes: file.bytes, read })
  return read
}

const areEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((octet, index) => octet === b[index])

function readFresh(file: SourceFile): ReadFile {
  const text = readText(file)
  if (!text.ok) return { diagnostics: text.error }
  const { tree, diagnostics } = readYaml(file.path, text.value)
  if (tree === undefined) return { diagnostics }
  const document = createDocument(file.path, tree)
  if (isGateway(file.path)) return { document, diagnostics }
  const { value, diagnostics: ofShape } = parseService(document)
  return {
    document,
    ...(value !== undefined && { service: { document, content: value } }),
    diagnostics: [...diagnostics, ...ofShape],
  }
}

const GATEWAY_PARTS: SoundPartOptions = {
  entryDepths: { environments: 2, hostOptions: 2, naming: 2, lint: 2 },
  filler: {},
}

function parseGateway(document: MapDocument | undefined, report: Report): ParsedFile<GatewayFile> | undefined {
  if (document === undefined) return undefined
  const { value, diagnostics } = checkSoundPart(gatewayFile, document, GATEWAY_PARTS)
  report(diagnostics)
  return value && { document, content: value }
}

function parseService(document: MapDocument): Checked<ServiceFile> {
  const stem = stemOf(document.file)
  // Host and base path of its own: what cannot be placed must not collide with other files' rules.
  const filler = { service: stem, description: stem, owner: stem, hosts: [stem], basePath: `/${stem}` }
  return checkSoundPart(serviceFile, document, { entryDepths: { scopes: 2, routes: 3 }, filler })
}

function serviceDiagnostics(
  services: readonly ParsedFile<ServiceFile>[],
  gateway: ParsedFile<GatewayFile> | undefined,
): readonly Diagnostic[] {
  const hasDefault = gateway === undefined || gateway.document.nodeAt(['hosts']) !== undefined
  const firstOf = new Map<string, MapDocument>()
  return services.flatMap(({ content: { service, hosts }, document }) => {
    const first = firstOf.get(service)
    if (first === undefined) firstOf.set(service, document)
    return [
      ...(stemOf(document.file) === service ? [] : [misnamedFile(document, service)]),
      ...(first === undefined ? [] : [duplicateService(document, first, service)]),
      ...(hasDefault || hosts !== undefined ? [] : [missingHost(document, service)]),
    ]
  })
}

const misnamedFile = (document: MapDocument, service: string): Diagnostic =>
  diagnostic('file-name', {
    at: document.placeOf(['service']),
    message: `the service ${quoted(service)} lives in ${quoted(document.file)}`,
    help: `call the file ${quoted(`${service}.yaml`)}`,
  })

const duplicateService = (document: MapDocument, first: MapDocument, service: string): Diagnostic =>
  diagnostic('duplicate-service', {
    at: document.placeOf(['service']),
    message: `the service ${quoted(service)} is declared a second time`,
    related: [{ message: 'it is declared here first', at: first.placeOf(['service']) }],
  })

const missingHost = (document: MapDocument, service: string): Diagnostic =>
  diagnostic('missing-host', {
    at: document.placeOf(['service']),
    message: `the service ${quoted(service)} has no host`,
    help: 'write `hosts: [api.example.com]` here or in `gateway.yaml`',
  })

const namesIn = (documents: readonly MapDocument[]): ReadonlySet<string> =>
  new Set(documents.flatMap((document) => [...(document.nodeAt(['scopes'])?.children?.keys() ?? [])].map(String)))

function mapOf(
  declared: readonly ServiceDeclarations[],
  gateway: ParsedFile<GatewayFile> | undefined,
  scopeNames: ReadonlySet<string> | undefined,
): ScopeMap {
  return {
    services: declared.map(({ service }) => service),
    scopes: declared.flatMap(({ scopes }) => scopes),
    ...(scopeNames && { scopeNames }),
    rules: declared.flatMap(({ rules }) => rules),
    hostOptions: gateway === undefined ? [] : hostOptionsOf(gateway),
    defaultHosts: gateway?.content.hosts ?? [],
    conventions: conventionsOf(gateway?.content),
  }
}

const hostOptionsOf = ({ content, document }: ParsedFile<GatewayFile>): readonly HostOptions[] =>
  Object.entries(content.hostOptions).map(([host, { allow }]) => ({
    host,
    allow,
    at: document.keyPlaceOf(['hostOptions', host]),
  }))

const conventionsOf = (gateway: GatewayFile | undefined): Conventions => ({
  ...(gateway?.naming.pattern && { pattern: gateway.naming.pattern }),
  tooCoarse: gateway?.naming.tooCoarse ?? [],
  reviewRequired: gateway?.metadata?.required.includes('review') === true,
  tests: thresholdsOf(gateway?.tests),
})

const thresholdsOf = ({ minRules, minScopes }: GatewayFile['tests'] = {}): TestThresholds => ({
  ...(minRules !== undefined && { minRules }),
  ...(minScopes !== undefined && { minScopes }),
})
