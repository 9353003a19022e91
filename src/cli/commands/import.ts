/** `scopewall import`: another product's configuration becomes service files of the map and a table that proves them. */
import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { isSensitivity, SENSITIVITIES } from '../../policy/release.ts'
import { isHostPattern } from '../../source/address.ts'
import { isDay } from '../../source/day.ts'
import { isGateway } from '../../source/file-names.ts'
import { serviceName } from '../../source/import/host-groups.ts'
import type { Imported } from '../../source/import/imported.ts'
import type { ImportOptions } from '../../source/import/importer.ts'
import { IMPORT_FORMATS, type ImportFormat } from '../../source/import/importers.ts'
import { type ImportPlan, planImport } from '../../source/import/plan.ts'
import type { Answers } from '../../source/import/write-service.ts'
import { parseFiles } from '../../source/parse.ts'
import type { SourceFile } from '../../source/source-text.ts'
import { answerTo } from '../ask.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { type Change, changesOf, renderChanges, writeChanges } from '../import-changes.ts'
import { loaderFor, readMapFolder, readSources } from '../import-files.ts'
import { countVerdicts, renderImport } from '../import-report.ts'
import { renderDiagnostics, summarize } from '../report.ts'
import { note, paint, paintError, print, printJson } from '../terminal.ts'

export interface ImportCommandOptions {
  readonly scopes: string
  readonly service?: string
  readonly owner?: string
  readonly sensitivity?: string
  readonly reason?: string
  readonly review?: string
  readonly host?: readonly string[]
  readonly accept?: readonly string[]
  readonly undeclared: 'public' | 'deny'
  readonly optional?: 'public' | 'required'
  readonly bearer?: readonly string[]
  readonly roles: 'unknown' | 'scopes'
  readonly otherSchemes: 'drop' | 'ignore'
  readonly dryRun?: boolean
  readonly force?: boolean
  readonly report?: string
  readonly verbose?: boolean
  readonly json?: boolean
}

export async function importSources(
  format: string,
  paths: readonly string[],
  options: ImportCommandOptions,
): Promise<ExitCode> {
  const { imported, changes, shared, hasGateway } = await runImport(format, paths, options)
  if (options.report !== undefined)
    await writeFile(options.report, `${JSON.stringify(resultOf(imported, changes), undefined, 2)}\n`)
  if (options.json) printJson(resultOf(imported, changes))
  else
    print(
      [
        renderImport(imported, options.verbose === true),
        '',
        ...renderChanges(changes, options.dryRun !== true),
        proof(imported),
      ].join('\n'),
    )
  for (const { message } of shared) note(message)
  if (!hasGateway) note(`${options.scopes}/gateway.yaml is not there yet: \`scopewall init\` begins one`)
  return EXIT.done
}

export interface ImportRun {
  readonly imported: Imported
  readonly changes: readonly Change[]
  readonly shared: ImportPlan['shared']
  readonly hasGateway: boolean
}

/** Reads, checks and, unless it is a dry run, writes: everything or, with a stop that says why, nothing. */
export async function runImport(
  format: string,
  paths: readonly string[],
  options: ImportCommandOptions,
): Promise<ImportRun> {
  const known = IMPORT_FORMATS[format]
  if (known === undefined) throw new Stop(EXIT.usage, `there is no importer for \`${format}\``)
  const files = await readSources(paths)
  const imported = readImport(known, files, importOptions(paths, options))
  const existing = await readMapFolder(options.scopes)
  requireAccepted(imported, options)
  requireServices(imported, options)
  requireHosts(imported, existing, options)
  const plan = planImport(imported, {
    answers: await answers(existing, paths, options),
    origin: `${paths.map((path) => basename(path)).join(', ')} (${known.product})`,
    folder: options.scopes,
    existing,
    today: new Date().toISOString().slice(0, 10),
  })
  requireSound(plan, existing)
  const changes = await changesOf(plan.files)
  if (options.dryRun !== true) await writeChanges(changes, options.force === true)
  return { imported, changes, shared: plan.shared, hasGateway: existing.some(({ path }) => isGateway(path)) }
}

function importOptions(paths: readonly string[], options: ImportCommandOptions): ImportOptions {
  const service = options.service ?? serviceName(basename(paths[0] ?? '').replace(/\.[^.]*$/, ''))
  if (!/^[a-z][a-z0-9-]*$/.test(service) || service === 'gateway')
    throw new Stop(
      EXIT.usage,
      `\`${service}\` is no name for a service`,
      'begin with a lower-case letter; go on with those, digits and hyphens',
    )
  const hosts = (options.host ?? []).map((host) => host.toLowerCase())
  const strange = hosts.find((host) => !isHostPattern(host))
  if (strange !== undefined)
    throw new Stop(
      EXIT.usage,
      `\`${strange}\` is no host`,
      'write a name such as `api.example.com`, without scheme, port and path',
    )
  return {
    service,
    hosts,
    acceptsLooser: options.accept?.includes('looser') === true,
    openapi: {
      undeclared: options.undeclared,
      ...(options.optional && { optional: options.optional }),
      bearer: options.bearer ?? [],
      roles: options.roles,
      otherSchemes: options.otherSchemes,
    },
  }
}

function readImport(format: ImportFormat, files: readonly SourceFile[], options: ImportOptions): Imported {
  const reading = format.read({ files, load: loaderFor(files.map(({ path }) => path)) }, options)
  if (reading.ok) return reading.value
  for (const { at, message, help } of reading.error) {
    note(`${at.file}:${at.line}:${at.column}  ${paintError('red', 'error')}  ${message}`)
    if (help !== undefined) note(`    ${paintError('cyan', 'help:')} ${help}`)
  }
  throw new Stop(EXIT.couldNotRun, 'nothing was imported')
}

/** What lets more pass than the source is never written by accident. */
function requireAccepted(imported: Imported, options: ImportCommandOptions): void {
  const looser = imported.findings.filter(({ verdict }) => verdict === 'looser')
  if (looser.length === 0 || options.accept?.includes('looser') === true) return
  note(renderImport({ ...imported, findings: looser, failOpen: [] }, options.verbose === true))
  throw new Stop(
    EXIT.differs,
    `the map would let in some that the source refuses (${looser.length} constructs), so nothing was written`,
    '`--accept looser` writes it all the same; the report then says so',
  )
}

/** Without a rule there is nothing to write, and only the report says why. */
function requireServices(imported: Imported, { verbose }: ImportCommandOptions): void {
  if (imported.services.length > 0) return
  note(renderImport(imported, verbose === true))
  throw new Stop(EXIT.differs, 'the source has nothing that a rule could be written for, so nothing was written')
}

function requireHosts({ services }: Imported, existing: readonly SourceFile[], { scopes }: ImportCommandOptions): void {
  if (services.every(({ hosts }) => hosts.length > 0)) return
  const { gateway } = parseFiles(existing)
  if (gateway?.content.hosts !== undefined) return
  throw new Stop(
    EXIT.usage,
    `the source does not say which host it is served on, and \`${scopes}/gateway.yaml\` has no \`hosts\``,
    'say it with `--host api.example.com`',
  )
}

async function answers(
  existing: readonly SourceFile[],
  paths: readonly string[],
  options: ImportCommandOptions,
): Promise<Answers> {
  const { map } = parseFiles(existing)
  const owner = await answerTo(
    { text: 'who answers for the service and its scopes, such as team-billing', option: '--owner' },
    options.owner,
  )
  const sensitivity = await answerTo(
    {
      text: `how sensitive its scopes are: ${SENSITIVITIES.join(', ')}`,
      option: '--sensitivity',
      fault: (text) => (isSensitivity(text) ? undefined : `write one of ${SENSITIVITIES.join(', ')}`),
    },
    options.sensitivity,
  )
  const asksReview = map.conventions.reviewRequired || options.review !== undefined
  const review = asksReview
    ? await answerTo(
        {
          text: 'by which day somebody must have asked whether the scopes are still needed, such as 2027-03-31',
          option: '--review',
          fault: (text) => (isDay(text) ? undefined : 'write a day as 2027-03-31'),
        },
        options.review,
      )
    : undefined
  if (!isSensitivity(sensitivity)) throw new Stop(EXIT.usage, `\`${sensitivity}\` is no sensitivity`)
  return {
    owner,
    sensitivity,
    reason: options.reason ?? `Imported from ${basename(paths[0] ?? '')}, which does not say why it exists.`,
    ...(review !== undefined && { review }),
  }
}

const MOST_DIAGNOSTICS = 10
const MOST_MISMATCHES = 5

/** The whole map, with what is about to be written in it, must stand and answer as the table says. */
function requireSound({ diagnostics, mismatches, files }: ImportPlan, existing: readonly SourceFile[]): void {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) {
    const texts = [...existing, ...files.map(({ path, text }) => ({ path, bytes: new TextEncoder().encode(text) }))]
    note(`${renderDiagnostics(errors.slice(0, MOST_DIAGNOSTICS), texts)}\n`)
    if (errors.length > MOST_DIAGNOSTICS) note(`and ${errors.length - MOST_DIAGNOSTICS} more\n`)
    throw new Stop(
      EXIT.mapHasErrors,
      `the map would have errors with it (${summarize(errors)}), so nothing was written`,
    )
  }
  if (mismatches.length === 0) return
  for (const { row, actual } of mismatches.slice(0, MOST_MISMATCHES)) {
    const caller = row.caller.kind === 'nobody' ? 'nobody' : `a token with [${row.caller.scopes.join(' ')}]`
    note(`${row.method} ${row.path} by ${caller}: the source says ${row.source}, the map ${actual}`)
  }
  throw new Stop(
    EXIT.differs,
    `the map with it would answer ${mismatches.length} rows otherwise than the table says, so nothing was written`,
    'another service covers the same paths, or a scope implies another one there',
  )
}

const proof = ({ cases }: Imported): string =>
  paint('green', `${cases.length} rows of the table, by the source's own semantics: the map answers each as it says`)

const resultOf = ({ services, findings, failOpen, cases }: Imported, changes: readonly Change[]) => ({
  services: services.map(({ name, hosts, rules, scopes }) => ({
    name,
    hosts,
    rules: rules.length,
    scopes: scopes.length,
  })),
  verdicts: countVerdicts(findings),
  findings,
  failOpen,
  cases: cases.length,
  files: changes.map(({ path, state }) => ({ path, state })),
})
