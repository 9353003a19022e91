/** The log in words. Names come from tokens, and are shown without what a terminal would act upon. */
import type { Effect, MarkTarget } from '../policy/mark.ts'
import type { Author } from '../policy/revocation-log.ts'
import { visible } from './terminal.ts'

/** `subject u-17 of https://login.example.com`; of a complex subject with its further names, ` with session 9f2c`. */
export function describeTarget(target: MarkTarget, effect: Effect): string {
  const further = 'matching' in effect ? Object.entries(effect.matching ?? {}) : []
  const names = further.map(([name, value]) => `${visible(name)} ${visible(value)}`)
  return `${describeName(target)}${names.length === 0 ? '' : ` with ${names.join(', ')}`}`
}

function describeName(target: MarkTarget): string {
  switch (target.kind) {
    case 'token':
      return `token ${visible(target.value)}`
    case 'issuer':
      return `all tokens of ${visible(target.issuer)}`
    case 'scope':
      return `scope ${visible(target.scope)}${target.client === undefined ? '' : ` for ${visible(target.client)}`}`
    default:
      return `${visible(target.kind)} ${visible(target.value)} of ${visible(target.issuer)}`
  }
}

/** @param expires epoch seconds */
export const describeEnd = (expires: number | null | undefined): string =>
  expires === null || expires === undefined ? 'until it is undone' : `until ${timeOf(expires)}`

/** Not every number of seconds is a day of the calendar: some issuers sign tokens for longer than that. */
function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000)
  return Number.isNaN(time.getTime()) ? `second ${seconds}` : time.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** What becomes of tokens. An effect of a kind that is not known here is one that revokes. */
export const describeEffect = ({ kind }: Effect): string =>
  kind === 'suspend' ? 'suspended' : kind === 'step-up' ? 'step-up' : 'revoked'

/** What it is limited to, or what it asks; each begins with a comma. */
export function describeLimits(effect: Effect): string {
  if (effect.kind === 'suspend') return ''
  const since = effect.issuedUntil === undefined ? '' : `, issued up to ${timeOf(effect.issuedUntil)}`
  if (effect.kind === 'step-up') {
    const { authenticatedAfter: after, acr } = effect
    const asked = after === undefined ? '' : `, authenticated after ${timeOf(after)}`
    return `${asked}${acr === undefined ? '' : `, acr ${acr.map(visible).join(' or ')}`}${since}`
  }
  return `${since}${effect.holding === undefined ? '' : `, holding ${effect.holding.map(visible).join(' or ')}`}`
}

export const describeAuthor = (author: Author): string =>
  author.kind === 'rule'
    ? `rule ${visible(author.name)}`
    : visible(author.kind === 'sender' ? author.name : (author.subject ?? author.client ?? author.issuer))
