/** `scopewall report`: the access review of an environment, dated and complete in one file, and whether such a file is what was written. */
import { readFile } from 'node:fs/promises'
import { isDay } from '../../source/day.ts'
import { DIGEST_PLACE } from '../../source/review/evidence.ts'
import { renderReview } from '../../source/review/html.ts'
import { createReview, type Review } from '../../source/review/review.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { type GatherOptions, gather } from '../review/gather.ts'
import type { Window } from '../review/history-facts.ts'
import { seal, unseal } from '../review/seal.ts'
import { jsonText, note, paint, paintError, print, printJson } from '../terminal.ts'
import { writeWhole } from '../write-whole.ts'

export interface ReportOptions extends GatherOptions {
  /** A day, or a time in ISO 8601. */
  readonly since?: string
  readonly until?: string
  readonly out?: string
}

const DEFAULT_DAYS = 90
const DAY_MS = 86_400_000

/** Exit code 1 where something could not be asked: the report is there all the same, and says what it lacks. */
export async function report(options: ReportOptions): Promise<ExitCode> {
  const now = Date.now()
  const window = windowOf(options, now)
  const review = createReview(await gather(options, window, now))
  const text = options.json ? jsonText({ reportDigest: DIGEST_PLACE, ...review }) : renderReview(review).trimEnd()
  const sealed = await seal(`${text}\n`)
  if (options.out === undefined) print(sealed.text.trimEnd())
  else {
    await writeWhole(options.out, sealed.text)
    note(`${options.out}: ${review.environment}, ${window.from.slice(0, 10)} to ${window.to.slice(0, 10)}`)
    note(`digest ${sealed.digest}: note it where the file cannot be changed with it`)
  }
  return remarkOn(review, options.offline === true)
}

function remarkOn({ lacks }: Review, isMeant: boolean): ExitCode {
  for (const { section, why } of lacks) note(paintError('yellow', `without ${section}: ${why}`))
  return lacks.length === 0 || isMeant ? EXIT.done : EXIT.couldNotRun
}

/** The last 90 days unless told otherwise; a day begins at 00:00 UTC, and `--until` is the first moment that is not in it. */
function windowOf({ since, until }: ReportOptions, now: number): Window {
  const to = until === undefined ? new Date(now).toISOString() : momentOf('--until', until)
  const begin = new Date(Math.floor((Date.parse(to) - DEFAULT_DAYS * DAY_MS) / DAY_MS) * DAY_MS).toISOString()
  const from = since === undefined ? begin : momentOf('--since', since)
  if (from >= to) throw new Stop(EXIT.usage, `the period from ${from} to ${to} is empty`)
  return { from, to }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/

function momentOf(option: string, text: string): string {
  const time = isDay(text) ? Date.parse(`${text}T00:00:00Z`) : TIME.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw new Stop(EXIT.usage, `\`${text}\` is no time for ${option}`, 'write 2026-12-31 or 2026-12-31T18:00:00Z')
}

export interface VerifyReportOptions {
  /** What was noted when the report was made. */
  readonly expect?: string
  readonly json?: boolean
}

/** Exit code 5 where the file is not what was written. */
export async function verifyReport(path: string, { expect, json }: VerifyReportOptions): Promise<ExitCode> {
  const unsealed = await unseal(await textOf(path))
  if (!unsealed.ok) throw new Stop(EXIT.usage, `\`${path}\` is no report`, '`scopewall report --out` writes one')
  const { given, found } = unsealed.value
  const isIntact = given === found && (expect === undefined || given.startsWith(expect.toLowerCase()))
  if (json) printJson({ intact: isIntact, digest: given, found })
  else if (isIntact) print(`${paint('green', 'unchanged')} ${path}: digest ${given}`)
  if (isIntact) {
    if (expect === undefined && !json)
      note(
        'whoever changes a report can compute its digest anew: hold it against the one that was noted, with --expect',
      )
    return EXIT.done
  }
  throw new Stop(
    EXIT.differs,
    given === found
      ? `\`${path}\` is another report than was noted: its digest is ${given}`
      : `\`${path}\` was changed: its digest should be ${given}, and is ${found}`,
    'ask for the file again from whoever made it, and hold the evidence in it against the gate',
  )
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new Stop(EXIT.couldNotRun, `\`${path}\` cannot be read`)
  }
}
