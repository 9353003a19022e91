/** What the admin API says: JSON, or a problem (RFC 9457) about the body or the query of a request that may pass. Kept by nobody. */

const HEADERS = { 'cache-control': 'no-store' }

export const json = (body: unknown, status: 200 | 201 = 200): Response =>
  Response.json(body, { status, headers: HEADERS })

const TITLES = {
  400: 'The request is not what this address takes',
  404: 'There is no such entry',
  409: 'The entry does not allow this',
  413: 'The body is too large',
  415: 'The body is of a type that this address does not take',
} as const

/** Where something is wrong, and what: `at` is a member, a line or a query parameter. */
export interface Flaw {
  readonly at: string
  readonly detail: string
}

export const problem = (status: keyof typeof TITLES, detail: string, flaws: readonly Flaw[] = []): Response =>
  new Response(
    JSON.stringify({
      type: 'about:blank',
      title: TITLES[status],
      status,
      detail,
      ...(flaws.length > 0 && { errors: flaws }),
    }),
    { status, headers: { ...HEADERS, 'content-type': 'application/problem+json' } },
  )

/** Room comes as marks end, so it is worth while to come again, though not at once. */
const FULL_RETRY_SECONDS = 300

export const fullProblem = (): Response =>
  Response.json(
    {
      type: 'about:blank',
      title: 'The revocation log is full',
      status: 503,
      code: 'log_full',
      detail:
        'Nothing was marked: there are as many marks, on this target or altogether, as every isolate has room for. ' +
        'Marks that end make room, and so do undos; whole subjects, clients or issuers take less of it than single tokens.',
    },
    {
      status: 503,
      headers: { ...HEADERS, 'content-type': 'application/problem+json', 'retry-after': String(FULL_RETRY_SECONDS) },
    },
  )
