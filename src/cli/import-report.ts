/** What an import found, as people read it: counts, then what is not exact and what the source leaves open, each said once. */
import type { Place } from '../source/diagnostic.ts'
import { type Imported, type ImportFinding, VERDICTS, type Verdict } from '../source/import/imported.ts'
import { paint, renderTable, type Style, visible } from './terminal.ts'

const COLOURS: Readonly<Record<Verdict, Style>> = {
  exact: 'green',
  stricter: 'yellow',
  looser: 'red',
  unrepresentable: 'yellow',
}

const MEANINGS: Readonly<Record<Verdict, string>> = {
  exact: 'the map answers as the source does',
  stricter: 'the map refuses some that the source lets in',
  looser: 'the map lets in some that the source refuses',
  unrepresentable: 'no rule is written, so the map refuses them',
}

export function renderImport({ findings, failOpen }: Imported, isVerbose: boolean): string {
  const counts = VERDICTS.map(
    (verdict) => [verdict, findings.filter((each) => each.verdict === verdict).length] as const,
  )
  const table = renderTable(
    ['verdict', 'constructs', 'meaning'],
    counts
      .filter(([, count]) => count > 0)
      .map(([verdict, count]) => [paint(COLOURS[verdict], verdict), String(count), MEANINGS[verdict]]),
  )
  const spoken = findings.filter(({ message }) => message !== undefined)
  const ordered = [...spoken].sort((a, b) => VERDICTS.indexOf(b.verdict) - VERDICTS.indexOf(a.verdict))
  return [
    ...(findings.length === 0 ? [] : [table]),
    ...section('What is not exact, or worth a look', ordered.map(lineOf), isVerbose),
    ...section(
      'Open in the source',
      failOpen.map((each) => ({ ...each, label: paint('red', 'open') })),
      isVerbose,
    ),
  ].join('\n')
}

interface Line {
  readonly label: string
  readonly construct: string
  readonly at: Place
  readonly message: string
  readonly help?: string
}

const lineOf = ({ verdict, construct, at, message = '', help }: ImportFinding): Line => ({
  label: paint(COLOURS[verdict], verdict === 'exact' ? 'note' : verdict),
  construct,
  at,
  message,
  ...(help !== undefined && { help }),
})

/** Shown of each group, and groups of each section, without `--verbose`. */
const FEW = 3
const MOST_GROUPS = 20

function section(title: string, lines: readonly Line[], isVerbose: boolean): readonly string[] {
  if (lines.length === 0) return []
  const groups = Map.groupBy(lines, ({ label, message }) => `${label} ${message}`)
  const shown = [...groups.values()].slice(0, isVerbose ? undefined : MOST_GROUPS)
  const left = groups.size - shown.length
  return [
    '',
    paint('bold', title),
    ...shown.flatMap((group) => renderGroup(group, isVerbose)),
    ...(left > 0 ? [paint('dim', `  and ${left} more kinds: --verbose shows all`)] : []),
  ]
}

function renderGroup(lines: readonly Line[], isVerbose: boolean): readonly string[] {
  const [first] = lines
  if (first === undefined) return []
  const shown = lines.slice(0, isVerbose ? undefined : FEW)
  const left = lines.length - shown.length
  return [
    `  ${first.label}  ${visible(first.message)}`,
    ...shown.map(
      ({ construct, at }) => `    ${visible(construct)}  ${paint('dim', `${at.file}:${at.line}:${at.column}`)}`,
    ),
    ...(left > 0 ? [paint('dim', `    and ${left} more`)] : []),
    ...(first.help === undefined ? [] : [`    ${paint('cyan', 'help:')} ${first.help}`]),
  ]
}

/** Counts for `--json` and `--report`. */
export const countVerdicts = (findings: readonly ImportFinding[]): Readonly<Record<Verdict, number>> => ({
  exact: 0,
  stricter: 0,
  looser: 0,
  unrepresentable: 0,
  ...Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, findings.filter((each) => each.verdict === verdict).length]),
  ),
})
