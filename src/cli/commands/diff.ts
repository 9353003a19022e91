/** `scopewall diff`: what a change of the map means for requests, in the words of whoever reviews it. */
import { type EpochSeconds, epochSeconds } from '../../policy/result.ts'
import { isDay } from '../../source/day.ts'
import { quoted } from '../../source/diagnostic.ts'
import type { Code } from '../../source/diff/describe.ts'
import { compareVersions, type Difference } from '../../source/diff/difference.ts'
import { differenceJson } from '../../source/diff/json.ts'
import { markdown, renderMarkdown } from '../../source/diff/markdown.ts'
import { FAILURES, type Failure, failuresIn } from '../../source/diff/summary.ts'
import type { FileMemory } from '../../source/parse.ts'
import { didYouMean } from '../../source/suggest.ts'
import { type Replay, Replayer } from '../../source/usage/replay.ts'
import { replayJson, replayReport } from '../../source/usage/report.ts'
import { renderDifference } from '../diff-view.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { note, print, printJson } from '../terminal.ts'
import { replayFile } from '../usage-file.ts'
import { type NamedVersion, type VersionOptions, versionOf } from '../versions.ts'

export interface DiffOptions extends VersionOptions {
  readonly format?: 'human' | 'markdown' | 'json'
  readonly json?: boolean
  /** Lists of kinds, each with commas. */
  readonly failOn?: readonly string[]
  /** `YYYY-MM-DD`: the day on which both are judged. */
  readonly today?: string
  /** A usage file to judge again by both. */
  readonly usage?: string
  readonly stats?: boolean
}

export async function diff(from: string, to: string, options: DiffOptions): Promise<ExitCode> {
  const failOn = failuresOf(options.failOn ?? [])
  const now = momentOf(options.today)
  const start = performance.now()
  const memory: FileMemory = new Map()
  const [before, after] = [await versionOf(from, options, memory), await versionOf(to, options, memory)]
  const read = performance.now()
  const difference = compareVersions(before, after, now)
  const compared = performance.now()
  const replay =
    options.usage === undefined ? undefined : await replayFile(options.usage, new Replayer(before, after, now))
  say({ difference, before, after, replay }, options)
  if (options.stats) note(statistics({ read: read - start, compare: compared - read }, before, after))
  const found = failuresIn(difference)
  const failed = failOn.filter((failure) => found.has(failure))
  if (failed.length === 0) return EXIT.done
  note(`scopewall: --fail-on ${failed.join(', ')}`)
  return EXIT.differs
}

interface Findings {
  readonly difference: Difference
  readonly before: NamedVersion
  readonly after: NamedVersion
  readonly replay: Replay | undefined
}

function say({ difference, before, after, replay }: Findings, options: DiffOptions): void {
  const format = options.json ? 'json' : (options.format ?? 'human')
  const sections = (code: Code) => (replay === undefined ? [] : replayReport(replay, code))
  const names = { before: before.name, after: after.name }
  if (format === 'json')
    printJson({
      from: { name: before.name, digest: before.digest },
      to: { name: after.name, digest: after.digest },
      ...differenceJson(difference),
      ...(replay !== undefined && { usage: replayJson(replay) }),
    })
  else if (format === 'markdown') print(renderMarkdown(difference, names, sections(markdown.code)))
  else print(renderDifference(difference, sections(quoted)))
}

function failuresOf(lists: readonly string[]): readonly Failure[] {
  return lists
    .flatMap((list) => list.split(','))
    .map((word) => {
      const failure = FAILURES.find((known) => known === word.trim())
      if (failure === undefined)
        throw new Stop(
          EXIT.usage,
          `\`--fail-on\` knows no \`${word}\``,
          didYouMean(word, FAILURES) ?? `it knows ${FAILURES.join(', ')}`,
        )
      return failure
    })
}

/** The first second of the day, or this very one. */
function momentOf(day: string | undefined): EpochSeconds {
  if (day === undefined) return epochSeconds(Date.now())
  if (!isDay(day)) throw new Stop(EXIT.usage, `\`${day}\` is no day`, 'write it as 2026-12-31')
  return epochSeconds(Date.parse(`${day}T00:00:00Z`))
}

function statistics(
  milliseconds: { readonly read: number; readonly compare: number },
  before: NamedVersion,
  after: NamedVersion,
): string {
  const rules = [before, after].map(({ release }) => release.rules.length).join(' and ')
  const megabytes = (process.resourceUsage().maxRSS / 1024).toFixed(0)
  return `${rules} rules: read in ${milliseconds.read.toFixed(0)} ms, compared in ${milliseconds.compare.toFixed(0)} ms; ${megabytes} MB of memory at most`
}
