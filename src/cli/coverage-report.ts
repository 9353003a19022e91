/** What `scopewall coverage` found, for people and for the annotations of a pull request. */
import type {
  Coverage,
  CoverageCounts,
  CoverageLimits,
  OperationCoverage,
  RuleReference,
} from '../source/coverage/coverage.ts'
import type { Threshold } from '../source/coverage/threshold.ts'
import { isAbove } from '../source/coverage/threshold.ts'
import { type Place, quotedList } from '../source/diagnostic.ts'
import { placeText } from './descriptions.ts'
import { paint } from './terminal.ts'

/** One paragraph for each thing that is amiss; with `isVerbose`, also what is covered. */
export function renderCoverage({ operations, stale }: Coverage, isVerbose: boolean): readonly string[] {
  return [
    ...section(
      'Operations without a rule',
      operations.filter(({ status }) => status === 'unmapped').map(renderUnmapped),
    ),
    ...section(
      'Operations that ask for something else than their rule',
      operations.filter(({ status }) => status === 'mismatch').map(renderMismatch),
    ),
    ...section('Rules without an operation', stale.map(renderStale)),
    ...section(
      'Operations that a broader rule covers',
      operations.filter(({ isBroader }) => isBroader).map(renderBroader),
    ),
    ...(isVerbose
      ? section(
          'Covered',
          operations
            .filter(({ status, isBroader }) => status === 'covered' && !isBroader)
            .map((each) => `  ${paint('green', 'ok')}  ${each.operation}`),
        )
      : []),
  ]
}

const section = (title: string, entries: readonly string[]): readonly string[] =>
  entries.length === 0 ? [] : [paint('bold', `${title} (${entries.length})`), ...entries, '']

const renderUnmapped = ({ operation, at, why = '', help }: OperationCoverage): string =>
  [
    `  ${paint('red', 'no rule')}  ${operation}`,
    `      ${placeText(at)}  ${why}`,
    ...(help === undefined ? [] : [`      ${paint('cyan', 'help:')} ${help}`]),
  ].join('\n')

function renderMismatch({ operation, at, difference, rule }: OperationCoverage): string {
  if (difference === undefined) return operation
  const { verdict, document, map, unknown } = difference
  return [
    `  ${paint(verdict === 'stricter' ? 'yellow' : 'red', `map ${verdict}`)}  ${operation}`,
    `      ${placeText(at)}  asks for ${document}`,
    `      ${ruleText(rule)}  asks for ${map}`,
    ...(unknown.length === 0 ? [] : [`      the map does not define ${quotedList(unknown)}`]),
  ].join('\n')
}

const renderStale = (rule: RuleReference): string =>
  `  ${paint('red', 'no operation')}  ${rule.id}${rule.at === undefined ? '' : `\n      ${placeText(rule.at)}`}`

const renderBroader = ({ operation, at, rule }: OperationCoverage): string =>
  `  ${paint('yellow', 'broader')}  ${operation}\n      ${placeText(at)}\n      ${ruleText(rule)}  is ${rule?.id ?? ''}`

const ruleText = (rule: RuleReference | undefined): string =>
  rule === undefined ? '' : rule.at === undefined ? rule.id : placeText(rule.at)

export function renderSummary(counts: CoverageCounts, limits: CoverageLimits): string {
  const { operations, covered, unmapped, mismatched, rules, stale } = counts
  return [
    `${covered} of ${operations} operations covered (${percent(covered, operations)})`,
    part(unmapped, operations, limits.unmapped, 'without a rule'),
    part(mismatched, operations, limits.mismatched, 'that ask for something else'),
    part(stale, rules, limits.stale, `of ${rules} rules without an operation`),
  ].join(', ')
}

function part(found: number, all: number, limit: Threshold, text: string): string {
  const isTooMuch = isAbove(found, all, limit)
  const allowed = isTooMuch ? `, more than the ${limit.value}${limit.kind === 'percent' ? '%' : ''} that may be` : ''
  return paint(isTooMuch ? 'red' : 'dim', `${found} ${text} (${percent(found, all)}${allowed})`)
}

const percent = (part: number, all: number): string =>
  all === 0 ? 'of none' : `${(Math.floor((part * 1000) / all) / 10).toString()}%`

/** Workflow commands of GitHub Actions: a line at the place of each finding. */
export function renderGithub({ operations, stale }: Coverage): readonly string[] {
  return [
    ...operations.flatMap(({ status, operation, at, why = '', difference, rule }) => {
      if (status === 'unmapped') return [annotation('error', at, `${operation} has no rule: ${why}`)]
      if (difference === undefined) return []
      const { verdict, document, map } = difference
      return [
        annotation(
          verdict === 'stricter' ? 'warning' : 'error',
          at,
          `${operation} asks for ${document}; the map is ${verdict} and asks for ${map} (${ruleText(rule)})`,
        ),
      ]
    }),
    ...stale.flatMap(({ id, at }) => (at === undefined ? [] : [annotation('error', at, `${id} has no operation`)])),
  ]
}

const annotation = (level: 'error' | 'warning', { file, line, column }: Place, message: string): string =>
  `::${level} file=${property(file)},line=${line},col=${column}::${data(message)}`

/** What the runner would take for the end of a value. */
const data = (text: string): string => text.replace(/[%\r\n]/g, encodeURIComponent)
const property = (text: string): string => text.replace(/[%\r\n:,]/g, encodeURIComponent)
