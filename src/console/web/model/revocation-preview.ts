/** What a revocation will do, said before it is done. */
import type { ApiMark, ApiTarget } from '../../../source/marks/row.ts'

export interface Preview {
  /** What is refused, with the names apart: `{ text }` are our words, `{ name }` are what somebody typed. */
  readonly what: readonly ({ readonly text: string } | { readonly name: string })[]
  readonly notes: readonly string[]
}

export function previewOf({ target, issuedBefore, expires, holding }: ApiMark): Preview {
  const isSwitch = target.kind === 'scope'
  return {
    what: [
      ...targetPreview(target),
      ...(holding === undefined ? [] : [{ text: ', where they hold ' }, ...listed(holding)]),
      ...(issuedBefore === 'now' ? [{ text: ', where they were issued until now' }] : []),
      { text: endWords(expires, isSwitch) },
    ],
    notes: [
      ...(issuedBefore === 'now' ? ['Whoever signs in again gets in with the new token.'] : []),
      ...(expires === undefined && !isSwitch && issuedBefore === undefined
        ? ['Whoever gets a new token from the authorization server is refused with it, too.']
        : []),
      ...(target.kind === 'issuer'
        ? ['Your own session may be one of these: then only another issuer of the admin API can take it back.']
        : []),
      'It holds everywhere within seconds, and can be undone.',
    ],
  }
}

function targetPreview(target: ApiTarget): Preview['what'] {
  switch (target.kind) {
    case 'token':
      return 'token' in target
        ? [{ text: 'Every request with this one token is refused' }]
        : [{ text: 'Every request with the token ' }, { name: target.value }, { text: ' is refused' }]
    case 'issuer':
      return [{ text: 'Every request with a token of ' }, { name: target.issuer }, { text: ' is refused' }]
    case 'scope':
      return [
        { text: 'The scope ' },
        { name: target.scope },
        ...(target.client === undefined
          ? [{ text: ' lets nobody in' }]
          : [{ text: ' does not let ' }, { name: target.client }, { text: ' in' }]),
        { text: ': requests that rest on it are refused' },
      ]
    default:
      return [
        { text: `Every request with a token of the ${WORDS[target.kind] ?? target.kind} ` },
        { name: target.value },
        { text: ' is refused' },
      ]
  }
}

const WORDS: Readonly<Record<string, string>> = { subject: 'account', email: 'person with the address', jti: 'id' }

const listed = (names: readonly string[]): Preview['what'] =>
  names.flatMap((name, index) => [...(index === 0 ? [] : [{ text: ' or ' }]), { name }])

function endWords(expires: string | undefined, isSwitch: boolean): string {
  if (expires === 'never') return ', until somebody takes it back.'
  if (expires !== undefined)
    return `, until ${expires
      .replace(/\.\d+Z$/, 'Z')
      .replace('T', ' ')
      .replace('Z', ' UTC')}.`
  return isSwitch ? ', until somebody takes it back.' : ', until no such token can be alive any more.'
}
