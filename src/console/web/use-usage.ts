/** How scopes and clients are used, as several pages ask for it. */
import type { ClientsAnswer, ClientUsage, ScopesAnswer, Window } from '../../policy/usage-answers.ts'
import { type Answer, useAnswer } from './api/use-answer.ts'
import { lastDays } from './model/days.ts'
import { pathTo } from './route.ts'
import { useAdmin } from './session.ts'

const EVERY = { everySeconds: 60 }

export function useScopeUsage(days: number): Answer<ScopesAnswer> {
  const admin = useAdmin()
  return useAnswer(`scopes ${days}`, (signal) => admin.scopes(lastDays(Date.now(), days), signal), EVERY)
}

export function useClients(days: number): Answer<ClientsAnswer> {
  const admin = useAdmin()
  return useAnswer(`clients ${days}`, (signal) => admin.clients(lastDays(Date.now(), days), signal), EVERY)
}

export const clientAddress = ({ issuer, client }: Pick<ClientUsage, 'issuer' | 'client'>): string =>
  pathTo('clients', client === null ? [issuer] : [issuer, client])

const DAY_MS = 86_400_000

/** The beginning of each day of a window, as charts want them. */
export const daysIn = ({ from }: Window, days: number): readonly string[] =>
  Array.from({ length: days }, (_, day) => new Date(Date.parse(from) + day * DAY_MS).toISOString())
