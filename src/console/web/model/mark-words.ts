/** Entries of the revocation log in words. Names stay apart from the words around them: they come from strangers. */
import type { Effect, MarkTarget } from '../../../policy/mark.ts'
import type { Author, ListedMark } from '../../../policy/revocation-log.ts'

export interface TargetWords {
  /** `client`, `all tokens`, `scope`. */
  readonly kind: string
  readonly name: string
  /** `of` an issuer, `for` one client. */
  readonly link?: 'of' | 'for'
  readonly further?: string
}

export function targetWords(target: MarkTarget): TargetWords {
  switch (target.kind) {
    case 'token':
      return { kind: 'token', name: target.value }
    case 'issuer':
      return { kind: 'all tokens of', name: target.issuer }
    case 'scope':
      return {
        kind: 'scope',
        name: target.scope,
        ...(target.client !== undefined && { link: 'for', further: target.client }),
      }
    default:
      return { kind: target.kind, name: target.value, link: 'of', further: target.issuer }
  }
}

/** What becomes of tokens. An effect of a kind that is not known here is one that revokes. */
export const effectWord = ({ kind }: Effect): 'suspended' | 'step-up' | 'revoked' =>
  kind === 'suspend' ? 'suspended' : kind === 'step-up' ? 'step-up' : 'revoked'

/** What it is limited to, or what it asks. */
export function limitWords(effect: Effect): readonly string[] {
  if (effect.kind === 'suspend') return []
  const { issuedUntil, matching } = effect
  return [
    ...Object.entries(matching ?? {}).map(([name, value]) => `with ${name} ${value}`),
    ...(effect.kind === 'step-up' && effect.authenticatedAfter !== undefined
      ? [`authenticated after ${timeText(effect.authenticatedAfter)}`]
      : []),
    ...(effect.kind === 'step-up' && effect.acr !== undefined ? [`acr ${effect.acr.join(' or ')}`] : []),
    ...(issuedUntil === undefined ? [] : [`issued up to ${timeText(issuedUntil)}`]),
    ...(effect.kind === 'revoke' && effect.holding !== undefined ? [`holding ${effect.holding.join(' or ')}`] : []),
  ]
}

/** Not every number of seconds is a day of the calendar: some issuers sign tokens for longer than that. */
export function timeText(seconds: number): string {
  const time = new Date(seconds * 1000)
  return Number.isNaN(time.getTime()) ? `second ${seconds}` : time.toISOString().replace(/\.\d+Z$/, 'Z')
}

export const authorWords = (author: Author): string =>
  author.kind === 'principal' ? (author.subject ?? author.client ?? author.issuer) : author.name

/** Whether taking it back would let somebody in again. */
export const canUndo = ({ standing }: ListedMark): boolean => standing === 'active' || standing === 'superseded'
