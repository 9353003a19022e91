/** Where a scope stands in its life, and what is due. */
import type { ScopeEntry } from '../../../policy/release.ts'
import { daysUntil } from './days.ts'

export interface Lifecycle {
  /** `retired`: the sunset has come, and the scope grants nothing (clause 1.5). */
  readonly stage: 'in use' | 'deprecated' | 'retired'
  readonly since?: string
  readonly sunset?: { readonly day: string; readonly days: number }
  readonly replacedBy: readonly string[]
  /** http or https alone. */
  readonly link?: string
  readonly review?: { readonly day: string; readonly days: number; readonly state: 'later' | 'soon' | 'overdue' }
}

/** A review that is due within so many days is shown as due. */
const SOON_DAYS = 30

/** @param now milliseconds */
export function lifecycleOf({ deprecated, review }: Pick<ScopeEntry, 'deprecated' | 'review'>, now: number): Lifecycle {
  const sunset = deprecated?.sunset === undefined ? undefined : withDays(deprecated.sunset, now)
  const link = webLink(deprecated?.link)
  const due = review === undefined ? undefined : withDays(review, now)
  return {
    stage: deprecated === undefined ? 'in use' : sunset !== undefined && sunset.days <= 0 ? 'retired' : 'deprecated',
    ...(deprecated !== undefined && { since: deprecated.since }),
    ...(sunset !== undefined && { sunset }),
    replacedBy: deprecated?.replacedBy ?? [],
    ...(link !== undefined && { link }),
    ...(due !== undefined && {
      review: { ...due, state: due.days < 0 ? 'overdue' : due.days <= SOON_DAYS ? 'soon' : 'later' },
    }),
  }
}

const withDays = (day: string, now: number) => ({ day, days: daysUntil(day, now) })

/** The address of a page, where the text is one: whatever else a map says stays text. */
export function webLink(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined
  const { protocol, href } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? href : undefined
}
