/** What the gate counted in the window, for an access review. Answers come from a stranger: they are taken as what they should be if they look like it. */
import type { Incident, IncidentsAnswer } from '../../policy/incident.ts'
import type { SinksAnswer } from '../../policy/usage-answers.ts'
import type { UsageFacts } from '../../source/review/facts.ts'
import type { AdminClient } from '../admin-client.ts'
import { EXIT, Stop } from '../exit.ts'
import type { Window } from './history-facts.ts'

/** Rejects where one of the answers cannot be had. `now` in milliseconds. */
export async function usageFacts(client: AdminClient, window: Window, now: number): Promise<UsageFacts> {
  const ask = async <T>(what: string, list: string, { from, to }: Window = window): Promise<T> => {
    const answer = Object(await client.get(`usage/${what}?${new URLSearchParams({ from, to })}`))
    if (!Array.isArray(answer[list])) throw strange(`usage/${what}`)
    return answer as T
  }
  const recent = recentPart(window, now)
  return {
    scopes: await ask<UsageFacts['scopes']>('scopes', 'scopes'),
    clients: await ask<UsageFacts['clients']>('clients', 'clients'),
    deprecated: await ask<UsageFacts['deprecated']>('deprecated', 'scopes'),
    observed: await ask<UsageFacts['observed']>('observed', 'requests'),
    ...(recent !== undefined && {
      uncounted: { count: (await ask<SinksAnswer>('sinks', 'sinks', recent)).uncounted, since: recent.from },
    }),
  }
}

/** How sinks fared is kept by the hour, for less than a review is about. */
const SINKS_KEPT_MS = 59 * 86_400_000

function recentPart({ from, to }: Window, now: number): Window | undefined {
  const kept = new Date(now - SINKS_KEPT_MS).toISOString()
  return kept < to ? { from: from < kept ? kept : from, to } : undefined
}

const strange = (what: string): Stop =>
  new Stop(EXIT.couldNotRun, `the answer to ${what} is not that of a gate that counts`)

/** More pages than an environment has incidents that anybody could review. */
const MOST_PAGES = 20

/** Those opened in the window, the newest first. Rejects where they cannot be had. */
export async function incidentFacts(client: AdminClient, { from, to }: Window): Promise<readonly Incident[]> {
  const found: Incident[] = []
  let before: string | null = null
  for (let page = 0; page < MOST_PAGES; page++) {
    const query: URLSearchParams = new URLSearchParams({ limit: '100', ...(before !== null && { before }) })
    const answer: Partial<IncidentsAnswer> = Object(await client.get(`incidents?${query}`))
    if (!Array.isArray(answer.incidents)) throw strange('incidents')
    found.push(...answer.incidents.filter(({ openedAt }) => openedAt >= from && openedAt < to))
    before = answer.next ?? null
    if (before === null) break
  }
  return found
}
