/** The `WWW-Authenticate` value of a refusal: RFC 6750 section 3, RFC 9470 section 3, RFC 9728 section 5.1. */
import { type Denial, WIRE } from '../policy/denial.ts'
import type { NonEmpty } from '../policy/result.ts'
import type { ScopeToken } from '../policy/scope.ts'

/** What every challenge of a deployment says. Both are ASCII without `"` and `\`: checked when the environment is read. */
export interface Realm {
  readonly realm: string
  readonly metadataUrl: string
}

/**
 * One challenge that names all that lacks, and the scopes to ask for; undefined where the first denial calls for none. Members come from the map,
 * never from the request, and their characters were checked when the map was read: nothing needs escaping.
 */
export function renderChallenge(
  denials: NonEmpty<Denial>,
  asks: readonly ScopeToken[],
  { realm, metadataUrl }: Realm,
): string | undefined {
  const { challenge, title } = WIRE[denials[0].code]
  if (challenge.kind === 'none') return undefined
  const parameters = [`realm="${realm}"`]
  if (challenge.kind === 'error') parameters.push(`error="${challenge.error}"`, `error_description="${title}"`)
  if (asks.length > 0) parameters.push(`scope="${asks.join(' ')}"`)
  parameters.push(...stepUpParameters(denials), `resource_metadata="${metadataUrl}"`)
  return `Bearer ${parameters.join(', ')}`
}

function stepUpParameters(denials: NonEmpty<Denial>): readonly string[] {
  return denials.flatMap((denial) => {
    if (denial.code !== 'step_up_required') return []
    const acr = denial.acr === undefined ? [] : [`acr_values="${denial.acr.join(' ')}"`]
    const age = denial.maxAgeSeconds === undefined ? [] : [`max_age="${denial.maxAgeSeconds}"`]
    return [...acr, ...age]
  })
}
