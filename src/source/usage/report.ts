/** A replay as sections of the report that the difference makes, and as plain data. */
import { type Code, whyNot } from '../diff/describe.ts'
import type { Item, Section } from '../diff/report.ts'
import type { Affected, Replay } from './replay.ts'

export function replayReport(replay: Replay, code: Code): readonly Section[] {
  const that = (change: Affected['change']) => replay.affected.filter((each) => each.change === change)
  return [
    sectionOf('Recorded requests that would be refused', that('refused'), code),
    sectionOf('Recorded requests that would get in', that('admitted'), code),
    { title: `Recorded usage: ${count(replay.requests, 'request')}`, items: remarks(replay), isAside: true },
  ].filter(({ items }) => items.length > 0)
}

function sectionOf(title: string, affected: readonly Affected[], code: Code): Section {
  const requests = affected.reduce((sum, each) => sum + each.requests, 0)
  const clients = new Set(affected.map(({ client }) => client)).size
  return {
    title: `${title}: ${count(requests, 'request')} of ${count(clients, 'client')}`,
    items: affected.map((each) => itemOf(each, code)),
    isAside: false,
  }
}

function itemOf({ client, route, change, isCertain, requests, refusal }: Affected, code: Code): Item {
  const why = change === 'refused' ? whyNot(refusal, 'present', code) : `before, ${whyNot(refusal, 'past', code)}`
  return {
    subject: client === undefined ? 'no client' : code(client),
    notes: [`${count(requests, 'request')} to ${code(route)}${isCertain ? '' : ', or some of them'}: ${why}`],
  }
}

function remarks({ unmappedRequests, driftedRequests, strangeRequests, unlistedRequests }: Replay): readonly Item[] {
  const remark = (requests: number, text: string): readonly Item[] =>
    requests === 0 ? [] : [{ subject: count(requests, 'request'), notes: [text] }]
  return [
    ...remark(unmappedRequests, 'no rule decided them, so it is not on record what they asked for'),
    ...remark(
      driftedRequests,
      'the first map answers otherwise than is on record: another one judged them, or on another day, or something was revoked',
    ),
    ...remark(strangeRequests, 'their environment is not known here: judged as in one that enforces'),
    ...remark(unlistedRequests, 'too many kinds to list'),
  ]
}

export const count = (number: number, word: string): string =>
  `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`

export const replayJson = ({ affected, ...counts }: Replay): object => ({
  ...counts,
  affected: affected.map(({ client, route, change, isCertain, requests, refusal }) => ({
    client: client ?? null,
    route,
    change,
    certain: isCertain,
    requests,
    denials: refusal.kind === 'allow' ? [] : refusal.denials,
  })),
})
