/** What somebody should look at, gathered from everything that the overview knows; the most urgent first. */
import type { OverviewAnswer } from '../../../policy/console-answers.ts'
import type { IncidentsAnswer } from '../../../policy/incident.ts'
import type { DeprecatedAnswer, ScopesAnswer, SinksAnswer } from '../../../policy/usage-answers.ts'

export interface AttentionItem {
  readonly tone: 'bad' | 'warn'
  readonly text: string
  readonly detail: string
  /** The page that tells more, and what of it. */
  readonly page: string
  readonly rest?: readonly string[]
}

/** Each as far as it could be had. */
export interface AttentionSources {
  readonly overview?: OverviewAnswer | undefined
  readonly incidents?: IncidentsAnswer | undefined
  readonly deprecated?: DeprecatedAnswer | undefined
  readonly scopes?: ScopesAnswer | undefined
  readonly sinks?: SinksAnswer | undefined
}

/** A sunset that is nearer than this, with somebody still on the scope. */
const NEAR_DAYS = 90
const EXPIRY_MS = 14 * 86_400_000

/** @param now milliseconds */
export function attentionOf(sources: AttentionSources, now: number): readonly AttentionItem[] {
  const items = [
    ...openIncidents(sources.incidents),
    ...ailments(sources.overview, now),
    ...losses(sources.sinks),
    ...sunsets(sources.deprecated),
    ...shadows(sources.scopes),
  ]
  return [...items.filter(({ tone }) => tone === 'bad'), ...items.filter(({ tone }) => tone === 'warn')]
}

const openIncidents = (answer: IncidentsAnswer | undefined): readonly AttentionItem[] =>
  (answer?.incidents ?? [])
    .filter(({ state }) => state === 'open')
    .map(({ id, title, severity, count }) => ({
      tone: severity === 'critical' || severity === 'high' ? 'bad' : 'warn',
      text: title,
      detail: `${severity} incident, ${count} ${count === 1 ? 'event' : 'events'}`,
      page: 'incidents',
      rest: [id],
    }))

function ailments(overview: OverviewAnswer | undefined, now: number): readonly AttentionItem[] {
  if (overview === undefined) return []
  const { environments, issuers, revocation, bindings } = overview
  return [
    ...environments
      // One that cannot be asked from here may well be fine: a Worker does not reach the others of its own zone (docs/console.md).
      .filter(({ state }) => state === 'degraded')
      .map(
        ({ environment, state, detail }): AttentionItem => ({
          tone: 'warn',
          text: `${environment} is ${state}`,
          detail: detail ?? '',
          page: 'releases',
        }),
      ),
    ...environments.flatMap(({ environment, release }): readonly AttentionItem[] =>
      release?.expires !== undefined && Date.parse(release.expires) - now < EXPIRY_MS
        ? [
            {
              tone: Date.parse(release.expires) < now ? 'bad' : 'warn',
              text: `The signature of ${environment}'s release runs out`,
              detail: `${release.expires.slice(0, 10)}; publish it again before that`,
              page: 'releases',
            },
          ]
        : [],
    ),
    ...issuers
      .filter(({ state }) => state !== 'ok')
      .map(
        ({ issuer, detail }): AttentionItem => ({
          tone: 'bad',
          text: `${issuer} cannot be reached`,
          detail: detail ?? '',
          page: 'overview',
        }),
      ),
    ...(revocation !== 'off' && revocation.freshness !== 'fresh'
      ? [
          {
            tone: 'bad',
            text: 'What is known of revocations is stale',
            detail: `the stance is ${revocation.stance}`,
            page: 'revocations',
          } as const,
        ]
      : []),
    ...bindings
      .filter(({ isBound }) => !isBound)
      .map(
        ({ name, purpose }): AttentionItem => ({
          tone: 'warn',
          text: `${name} is not bound`,
          detail: purpose,
          page: 'overview',
        }),
      ),
  ]
}

const losses = (answer: SinksAnswer | undefined): readonly AttentionItem[] =>
  (answer?.sinks ?? [])
    .filter(({ lost }) => lost > 0)
    .map(({ sink, lost }) => ({
      tone: 'warn',
      text: `The sink ${sink} loses events`,
      detail: `${lost} in the last day`,
      page: 'overview',
    }))

const sunsets = (answer: DeprecatedAnswer | undefined): readonly AttentionItem[] =>
  (answer?.scopes ?? [])
    .filter(
      ({ daysToSunset, clients }) => clients.length > 0 && (daysToSunset ?? Number.POSITIVE_INFINITY) <= NEAR_DAYS,
    )
    .map(({ scope, daysToSunset = 0, clients }) => ({
      tone: daysToSunset < 14 ? 'bad' : 'warn',
      text: `${scope} ${daysToSunset < 0 ? 'is past its sunset' : `ends in ${daysToSunset} ${daysToSunset === 1 ? 'day' : 'days'}`}`,
      detail: `${clients.length} ${clients.length === 1 ? 'client still rests' : 'clients still rest'} on it`,
      page: 'scopes',
      rest: [scope],
    }))

const shadows = (answer: ScopesAnswer | undefined): readonly AttentionItem[] =>
  (answer?.scopes ?? [])
    .filter(({ isKnown, held, missing }) => !isKnown && held + missing > 0)
    .map(({ scope }) => ({
      tone: 'warn',
      text: `Tokens hold ${scope}`,
      detail: 'a shadow scope: the map does not know it',
      page: 'scopes',
      rest: [scope],
    }))
