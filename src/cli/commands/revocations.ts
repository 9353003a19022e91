/** `scopewall revocations`: what is revoked, by whom and why. */
import type { ListedMark } from '../../policy/revocation-log.ts'
import { MARK_NAMES, type MarkRow, targetOf } from '../../source/marks/row.ts'
import { type AdminClient, type AdminOptions, adminClient } from '../admin-client.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { readMarkPage } from '../read-log.ts'
import { describeAuthor, describeEffect, describeEnd, describeTarget } from '../render-log.ts'
import { note, paint, print, printJson, renderTable, visible } from '../terminal.ts'

export interface RevocationsOptions extends AdminOptions, Omit<MarkRow, 'holding' | 'token'> {
  /** What has ended or was taken back, too. */
  readonly all?: boolean
  readonly limit: number
}

const PAGE = 200

export async function revocations(options: RevocationsOptions): Promise<ExitCode> {
  const filter = filterOf(options)
  const { marks, hasMore } = await listed(await adminClient(options), filter, options)
  if (options.json) printJson({ marks, more: hasMore })
  else if (marks.length === 0) print('nothing is revoked')
  else print(renderTable(HEADER, marks.map(rowOf)))
  if (hasMore) note(`there are more: --limit ${options.limit * 2} shows them`)
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

function rowOf(mark: ListedMark): readonly string[] {
  const { seq, time, author, action, standing } = mark
  const effect = describeEffect(mark)
  return [
    String(seq),
    visible(time).replace(/\.\d+Z$/, 'Z'),
    describeTarget(action.target),
    standing === 'active' ? paint('red', effect) : paint('dim', `${effect} (${visible(standing)})`),
    describeEnd(action.expires).replace('until ', ''),
    describeAuthor(author),
    visible(action.reason),
  ]
}
