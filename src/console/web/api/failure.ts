/** Why an answer of the admin API could not be had, as far as the person can do something about it. */

export type Failure =
  /** Nobody answered. */
  | { readonly kind: 'unreachable' }
  /** The token is no longer good, or there is none. */
  | { readonly kind: 'signed-out' }
  /** RFC 9470: the person must authenticate in another way, or more recently. */
  | { readonly kind: 'step-up'; readonly acrValues: readonly string[]; readonly maxAgeSeconds?: number }
  /** RFC 6750 `insufficient_scope`: the token lacks these. */
  | { readonly kind: 'scope'; readonly scopes: readonly string[] }
  | {
      readonly kind: 'refused'
      readonly status: number
      readonly title: string
      readonly detail?: string
      /** What is wrong where: members of a body, parameters of a query. */
      readonly flaws: readonly { readonly at: string; readonly detail: string }[]
      readonly retryAfterSeconds?: number
    }

export class ApiFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.kind)
    this.failure = failure
  }
}

export const failureOf = (error: unknown): Failure =>
  error instanceof ApiFailure ? error.failure : { kind: 'unreachable' }

/** Of an older map: every address of this page is one of the admin API's, so it is a rule that is missing. */
const NO_RULE = {
  title: 'The map has no rule for this part of the admin API',
  detail: 'Copy the routes and scopes of scopes/scopewall.yaml into your map and deploy: docs/deploy.md says how.',
} as const

/** Reads an answer that is no success. */
export async function readFailure(response: Response): Promise<Failure> {
  const challenge = response.headers.get('www-authenticate') ?? ''
  const error = parameterOf(challenge, 'error')
  if (error === 'insufficient_user_authentication') return stepUp(challenge)
  if (error === 'insufficient_scope') return { kind: 'scope', scopes: wordsOf(parameterOf(challenge, 'scope')) }
  if (response.status === 401) return { kind: 'signed-out' }
  const body = await readProblem(response)
  if (body.code === 'unmapped') return { kind: 'refused', status: response.status, ...NO_RULE, flaws: [] }
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  return {
    kind: 'refused',
    status: response.status,
    title: textOf(body.title) ?? `The gate answered ${response.status}`,
    ...(textOf(body.detail) !== undefined && { detail: textOf(body.detail) as string }),
    flaws: flawsOf(body.errors),
    ...(Number.isFinite(retryAfter) && { retryAfterSeconds: retryAfter }),
  }
}

function stepUp(challenge: string): Failure {
  const maxAge = Number(parameterOf(challenge, 'max_age') ?? Number.NaN)
  return {
    kind: 'step-up',
    acrValues: wordsOf(parameterOf(challenge, 'acr_values')),
    ...(Number.isInteger(maxAge) && { maxAgeSeconds: maxAge }),
  }
}

/** One parameter of a `WWW-Authenticate` value (RFC 9110 section 11.6.1), as a token or in quotes. */
export function parameterOf(challenge: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|[\\s,])${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]+))`, 'i').exec(challenge)
  return found === null ? undefined : (found[1]?.replace(/\\(.)/g, '$1') ?? found[2])
}

const wordsOf = (text: string | undefined): readonly string[] => (text ?? '').split(' ').filter((word) => word !== '')

async function readProblem(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const flawsOf = (value: unknown): readonly { readonly at: string; readonly detail: string }[] =>
  Array.isArray(value)
    ? value.flatMap((flaw: { readonly at?: unknown; readonly detail?: unknown } | null) =>
        typeof flaw?.at === 'string' && typeof flaw.detail === 'string' ? [{ at: flaw.at, detail: flaw.detail }] : [],
      )
    : []
