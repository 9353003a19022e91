/** A difference in a sentence, and the kinds of change that a pipeline may want to stop at. */
import type { Difference } from './difference.ts'
import type { Change, RouteChange } from './routes.ts'

export const FAILURES = ['looser', 'stricter', 'open', 'closed', 'any'] as const
export type Failure = (typeof FAILURES)[number]

/** Which of the kinds there are. `looser` is about what could be called before, in any spelling; `open` about what could not, and about what is public now. */
export function failuresIn(difference: Difference): ReadonlySet<Failure> {
  const { routes, later, hosts, environments = [], isWhole } = difference
  const named = routes.filter(({ isSpelling }) => !isSpelling)
  const has = (list: readonly RouteChange[], ...changes: readonly Change[]) =>
    list.some(({ change }) => changes.includes(change))
  const effects = new Set(environments.map(({ effect }) => effect))
  const soon = later.map(({ change }) => change)
  const is: Readonly<Record<Failure, boolean>> = {
    looser:
      has([...routes, ...soon], 'looser', 'both') ||
      has(soon, 'opened') ||
      routes.some(
        (route) =>
          (route.isSpelling && route.change === 'opened') ||
          route.introspection === 'no longer' ||
          route.revocation === 'no longer' ||
          route.comparison.proofs === 'reusable',
      ) ||
      hosts.some(({ allowed }) => allowed.length > 0) ||
      effects.has('looser') ||
      !isWhole,
    stricter:
      has(named, 'stricter', 'both') ||
      has(soon, 'stricter', 'both', 'closed') ||
      routes.some(
        (route) =>
          route.introspection === 'always' || route.revocation === 'strict' || route.comparison.proofs === 'single-use',
      ) ||
      hosts.some(({ refused }) => refused.length > 0) ||
      effects.has('stricter') ||
      !isWhole,
    open: has(named, 'opened') || named.some(({ becomesPublic }) => becomesPublic),
    closed: has(named, 'closed'),
    any: !isEmpty(difference),
  }
  return new Set(FAILURES.filter((failure) => is[failure]))
}

export const isEmpty = ({ routes, later, scopes, hosts, environments = [], wording, isWhole }: Difference): boolean =>
  isWhole && [routes, later, scopes, hosts, environments, wording].every((list) => list.length === 0)

/** `routes: 1 opened, 2 looser; scopes: 1 added`; one clause for each part that differs. */
export function summarize(difference: Difference): string {
  const { routes, later, scopes, hosts, environments = [], wording } = difference
  const clauses = [
    clause('routes', routes.filter(({ isSpelling }) => !isSpelling).map(wordFor)),
    clause('other spellings', routes.filter(({ isSpelling }) => isSpelling).map(wordFor)),
    clause(
      'later',
      later.map(({ change }) => wordFor(change)),
    ),
    clause(
      'scopes',
      scopes.map(({ kind }) => kind),
    ),
    clause(
      'hosts',
      hosts.map(({ allowed }) => (allowed.length > 0 ? 'looser' : 'stricter')),
    ),
    clause(
      'environments',
      environments.map(({ effect }) => (effect === 'fact' ? 'changed' : effect)),
    ),
    clause(
      'wording',
      wording.map(() => 'changed'),
    ),
  ].filter((text) => text !== '')
  return clauses.length === 0 ? 'nothing differs' : clauses.join('; ')
}

const WORDS: Readonly<Record<Change, string>> = {
  opened: 'opened',
  closed: 'closed',
  looser: 'looser',
  stricter: 'stricter',
  both: 'looser for some and stricter for others',
  same: 'otherwise',
}

const wordFor = ({ change, becomesPublic }: RouteChange): string => (becomesPublic ? 'public now' : WORDS[change])

function clause(subject: string, words: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return words.length === 0 ? '' : `${subject}: ${[...counts].map(([word, count]) => `${count} ${word}`).join(', ')}`
}
