/** `scopewall check`: every error and warning of the map in one run, for people and for tools. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import type { Diagnostic, Place } from '../../source/diagnostic.ts'
import { renderAnnotations } from '../annotations.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { type FixedMap, fixMap } from '../fix-map.ts'
import { unifiedDiff } from '../line-diff.ts'
import { type LoadedMap, loadMap, today } from '../map.ts'
import { count, renderDiagnostics, summarize, summarizeExcused } from '../report.ts'
import { sarifLog } from '../sarif.ts'
import { note, paint, paintError, print, printJson } from '../terminal.ts'
import { writeWhole } from '../write-whole.ts'

export const FORMATS = ['human', 'json', 'sarif', 'github'] as const
type Format = (typeof FORMATS)[number]

export interface CheckOptions {
  readonly scopes: string
  readonly format: Format
  readonly json?: boolean
  readonly strict?: boolean
  readonly fix?: boolean
  readonly dryRun?: boolean
  readonly stats?: boolean
}

export async function check(options: CheckOptions): Promise<ExitCode> {
  if (options.dryRun && !options.fix) throw new Stop(EXIT.usage, '--dry-run says what --fix would do: give both')
  const started = performance.now()
  const loaded = await loadMap(options.scopes)
  const fixed = options.fix ? fixMap(loaded, today()) : undefined
  const map = fixed?.map ?? loaded
  const stats = statsOf(map, performance.now() - started)
  if (fixed && !options.dryRun) for (const { path, after } of fixed.changes) await writeWhole(path, after)
  const failed = map.release === undefined || (options.strict === true && map.diagnostics.length > 0)
  const outcome = { options, map, fixed, stats, failed }
  const { format } = options
  if (options.json || format === 'json') printJson(jsonOf(outcome))
  else if (format === 'sarif') printJson(await sarifOf(map))
  else sayInWords(outcome)
  return failed ? EXIT.mapHasErrors : EXIT.done
}

interface Stats {
  readonly files: number
  readonly bytes: number
  /** From reading the files to the last finding. */
  readonly milliseconds: number
  /** The most that the process has used. */
  readonly peakMemoryBytes: number
}

interface Outcome {
  readonly options: CheckOptions
  readonly map: LoadedMap
  readonly fixed: FixedMap | undefined
  readonly stats: Stats
  readonly failed: boolean
}

const statsOf = ({ files }: LoadedMap, milliseconds: number): Stats => ({
  files: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  milliseconds: Math.round(milliseconds),
  peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
})

const jsonOf = ({ options, map, fixed, stats, failed }: Outcome): object => ({
  ok: !failed,
  diagnostics: map.diagnostics,
  excused: map.excused,
  ...(fixed && {
    fixed: {
      mended: fixed.mended,
      files: fixed.changes.map(({ path }) => path),
      written: options.dryRun !== true,
    },
  }),
  stats,
})

async function sarifOf({ diagnostics, excused }: LoadedMap): Promise<object> {
  const manifest: { version: string } = JSON.parse(
    await readFile(new URL('../../../package.json', import.meta.url), 'utf8'),
  )
  const page = pageOfRules()
  return sarifLog(diagnostics.map(fromRoot), {
    version: manifest.version,
    ...(page !== undefined && { page }),
    excused,
  })
}

const PAGE = 'docs/lint.md'

/** A workflow knows where the repository is on the web, and in which state. */
function pageOfRules(): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = process.env
  const isKnown = server !== undefined && repository !== undefined && commit !== undefined && existsSync(PAGE)
  return isKnown ? `${server}/${repository}/blob/${commit}/${PAGE}` : undefined
}

/** Other tools look for the files from the root of the repository. */
const fromRoot = (found: Diagnostic): Diagnostic => ({
  ...found,
  at: placeFromRoot(found.at),
  related: found.related.map((other) => ({ ...other, at: placeFromRoot(other.at) })),
})

const placeFromRoot = (at: Place): Place => ({
  ...at,
  file: relative(process.env.GITHUB_WORKSPACE ?? process.cwd(), resolve(at.file)),
})

function sayInWords({ options, map, fixed, stats, failed }: Outcome): void {
  const { diagnostics, excused, files, release } = map
  if (fixed && options.dryRun) for (const change of fixed.changes) print(renderDiff(change))
  if (diagnostics.length > 0)
    print(
      options.format === 'github'
        ? renderAnnotations(diagnostics.map(fromRoot))
        : `${renderDiagnostics(diagnostics, files)}\n`,
    )
  const facts =
    release &&
    `: ${count(release.rules.length, 'rule')}, ${count(Object.keys(release.scopes).length, 'scope')}, ${count(Object.keys(release.services).length, 'service')}`
  const verdict = `${options.scopes}: ${summarize(diagnostics)}${facts ?? ''}${summarizeExcused(excused)}`
  if (fixed) print(`${options.scopes}: ${options.dryRun ? 'would mend' : 'mended'} ${count(fixed.mended, 'finding')}`)
  if (failed) note(paintError('red', verdict))
  else print(paint('green', verdict))
  if (options.stats) print(renderStats(stats))
}

function renderDiff({ path, before, after }: FixedMap['changes'][number]): string {
  const styles = { '+': 'green', '-': 'red', '@': 'cyan' } as const
  return unifiedDiff(path.replaceAll('\\', '/'), before, after)
    .split('\n')
    .map((line) => {
      const style = line[0] === '+' || line[0] === '-' || line[0] === '@' ? styles[line[0]] : undefined
      return style === undefined ? line : paint(style, line)
    })
    .join('\n')
}

const renderStats = ({ files, bytes, milliseconds, peakMemoryBytes }: Stats): string =>
  `${files} files, ${(bytes / 1024).toFixed(0)} KiB, ${(milliseconds / 1000).toFixed(2)} s, at most ${(peakMemoryBytes / 1024 / 1024).toFixed(0)} MiB of memory`
