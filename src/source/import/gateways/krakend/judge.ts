/** KrakenD's own judgement: the router's most specific endpoint, then roles, then scopes, each only if it is configured in full. */
import type { ImportedCaller } from '../../imported.ts'
import { field, type Node, textOf, textsOf } from '../node.ts'
import type { Judge } from '../plan.ts'
import { isOutOfReach, matchesAll } from './access.ts'
import { type Endpoint, isParameter } from './endpoints.ts'

export const judgeKrakend =
  (endpoints: readonly Endpoint[]): Judge =>
  ({ method, path }, caller) => {
    const found = endpoints.filter((endpoint) => endpoint.method === method && matches(endpoint.path, path))
    const [first, second] = found.toSorted((a, b) => compareKinds(a.path, b.path))
    if (first === undefined) return 'deny'
    // The router does not start with two of the same.
    return second !== undefined && compareKinds(first.path, second.path) === 0
      ? undefined
      : judgeEndpoint(first, caller)
  }

function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.slice(1).split('/'), path.slice(1).split('/')]
  const isWildcard = wanted.at(-1) === '*'
  if (isWildcard ? given.length < wanted.length : given.length !== wanted.length) return false
  return wanted.every(
    (part, index) =>
      (isWildcard && index === wanted.length - 1) ||
      part === given[index] ||
      (isParameter(part) && given[index] !== ''),
  )
}

/** Segment by segment: a word before a parameter before the wildcard. */
function compareKinds(a: string, b: string): number {
  const kinds = (path: string) =>
    path
      .slice(1)
      .split('/')
      .map((part) => (part === '*' ? 2 : isParameter(part) ? 1 : 0))
  const [one, other] = [kinds(a), kinds(b)]
  const at = one.findIndex((kind, index) => kind !== other[index])
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0)
}

function judgeEndpoint({ validator, extras }: Endpoint, caller: ImportedCaller): ReturnType<Judge> {
  const hasOther = extras.some((name) => name === 'auth/api-keys' || name === 'auth/basic')
  if (validator === undefined) return hasOther ? 'deny' : 'allow'
  if (validator.kind !== 'map') return undefined
  if (caller.kind === 'nobody' || !holds(validator, caller.scopes)) return 'deny'
  return hasOther ? undefined : 'allow'
}

function holds(validator: Node, granted: readonly string[]): boolean {
  // No caller of the table has roles.
  if ((textsOf(field(validator, 'roles')) ?? ['?']).length > 0) return false
  const required = textsOf(field(validator, 'scopes')) ?? []
  const key = textOf(field(validator, 'scopes_key')) ?? ''
  if (required.length === 0 || key === '') return true
  if (isOutOfReach(key)) return false
  return matchesAll(validator)
    ? required.every((scope) => granted.includes(scope))
    : required.some((scope) => granted.includes(scope))
}
