/** `scopewall revocations`: what is revoked, by whom and why. */
import type { ListedMark } from '../../policy/revocation-log.ts'
import { MARK_NAMES, type MarkRow, targetOf } from '../../source/marks/row.ts'
import { type AdminClient, type AdminOptions, adminClient } from '../admin-client.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { readMarkPage } from '../read-log.ts'
import { describeAuthor, describeEffect, describeEnd, describeLimits, describeTarget } from '../render-log.ts'
import { note, paint, print, printJson, renderTable, visible } from '../terminal.ts'

export interface RevocationsOptions extends AdminOptions, Omit<MarkRow, 'holding' | 'token'> {
  /** What has ended or was taken back, too. */
  readonly all?: boolean
  readonly limit: number
}

const PAGE = 200
export const MOST_LISTED = 10_000

export async function revocations(options: RevocationsOptions): Promise<ExitCode> {
  const filter = filterOf(options)
  const isFiltered = Object.keys(filter).length > 0
  const { marks, hasMore } = await listed(await adminClient(options), filter, options)
  if (options.json) printJson({ marks, more: hasMore })
  else if (marks.length === 0) print(isFiltered ? 'no mark has this target' : 'nothing is revoked')
  else print(renderTable(HEADER, marks.map(rowOf)))
  if (hasMore) note(`there are more than these ${options.limit}: write a larger --limit, up to ${MOST_LISTED}`)
  return EXIT.done
}

function filterOf(options: RevocationsOptions): Readonly<Record<string, string>> {
  if ([...MARK_NAMES, 'issuer' as const].every((name) => name === 'token' || options[name] === undefined)) return {}
  const target = targetOf(options)
  if (!target.ok) throw new Stop(EXIT.usage, target.error)
  return { ...target.value }
}

async function listed(
  client: AdminClient,
  filter: Readonly<Record<string, string>>,
  { all = false, limit }: RevocationsOptions,
): Promise<{ readonly marks: readonly ListedMark[]; readonly hasMore: boolean }> {
  const marks: ListedMark[] = []
  let before: number | undefined
  do {
    const query = new URLSearchParams({
      ...filter,
      active: String(!all),
      limit: String(Math.min(PAGE, limit - marks.length)),
      ...(before !== undefined && { before: String(before) }),
    })
    const page = readMarkPage(await client.get(`revocations?${query}`))
    marks.push(...page.marks)
    before = page.next
  } while (before !== undefined && marks.length < limit)
  return { marks, hasMore: before !== undefined }
}

const HEADER = ['entry', 'when', 'what', 'effect', 'until', 'by', 'why'] as const

function rowOf({ seq, time, author, action, standing }: ListedMark): readonly string[] {
  const effect = `${describeEffect(action.effect)}${describeLimits(action.effect)}`
  return [
    String(seq),
    visible(time).replace(/\.\d+Z$/, 'Z'),
    describeTarget(action.target, action.effect),
    standing === 'active' ? paint('red', effect) : paint('dim', `${effect} (${visible(standing)})`),
    describeEnd(action.expires).replace('until ', ''),
    describeAuthor(author),
    visible(action.reason),
  ]
}
