/** The log in words. Names come from tokens, and are shown without what a terminal would act upon. */
import type { MarkTarget } from '../policy/mark.ts'
import type { Author, ListedMark } from '../policy/revocation-log.ts'
import { visible } from './terminal.ts'

/** `subject u-17 of https://login.example.com`. */
export function describeTarget(target: MarkTarget): string {
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

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

/** What the mark does, where it is not simply that tokens are revoked. */
export function describeEffect({ action: { effect } }: ListedMark): string {
  if (effect.kind === 'suspend') return 'suspended'
  const since = effect.issuedUntil === undefined ? '' : `, issued before ${timeOf(effect.issuedUntil)}`
  if (effect.kind === 'step-up') return `step-up${since}`
  const held = effect.holding === undefined ? '' : `, holding ${effect.holding.map(visible).join(' ')}`
  return `revoked${since}${held}`
}

export const describeAuthor = (author: Author): string =>
  visible(author.kind === 'sender' ? author.name : (author.subject ?? author.client ?? author.issuer))
