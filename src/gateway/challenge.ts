/** The `WWW-Authenticate` value of a refusal: RFC 6750 section 3, RFC 9449 section 7.1, RFC 9470 section 3, RFC 9728 section 5.1. */
import { type Denial, WIRE } from '../policy/denial.ts'
import type { NonEmpty } from '../policy/result.ts'
import type { Rule } from '../policy/rule.ts'
import type { ScopeToken } from '../policy/scope.ts'
import type { Scheme } from '../token/credential.ts'
import type { Voice } from './voice.ts'

/** What a challenge is about. */
export interface Challenged {
  readonly denials: NonEmpty<Denial>
  /** The scopes that a client can ask for, if any. */
  readonly asks: readonly ScopeToken[]
  readonly rule?: Rule
  /** How the token came; absent where none did, or where that was not clear. */
  readonly scheme?: Scheme
}

const NAMES: Readonly<Record<Scheme, string>> = { bearer: 'Bearer', dpop: 'DPoP' }

/**
 * A challenge for each scheme that is spoken here, in one field; undefined where the first denial calls for none. It names all that lacks, and says what went
 * wrong in the challenge of the scheme that was used; that one comes first, for many clients read no further. Members come from the map, never from
 * the request, and their characters were checked when the map was read: nothing needs escaping.
 */
export function renderChallenge(challenged: Challenged, voice: Voice): string | undefined {
  const { denials, scheme } = challenged
  const { challenge } = WIRE[denials[0].code]
  if (challenge.kind === 'none') return undefined
  const { schemes } = voice
  const inOrder = scheme === 'dpop' ? schemes.toReversed() : schemes
  return inOrder
    .map((each) => {
      const isMeant = scheme === undefined || scheme === each || !schemes.includes(scheme)
      const parameters = isMeant ? describedIn(challenged, voice) : plainIn(challenged, voice)
      const algorithms = each === 'dpop' ? [`algs="${voice.dpopAlgorithms}"`] : []
      return `${NAMES[each]} ${[...parameters, ...algorithms].join(', ')}`
    })
    .join(', ')
}

/** The challenge of a scheme that the request did not use. */
const plainIn = ({ rule }: Challenged, voice: Voice): readonly string[] => [
  `realm="${voice.realm}"`,
  `resource_metadata="${metadataFor(rule, voice)}"`,
]

function describedIn({ denials, asks, rule }: Challenged, voice: Voice): readonly string[] {
  const { challenge, title } = WIRE[denials[0].code]
  return [
    `realm="${voice.realm}"`,
    ...(challenge.kind === 'error' ? [`error="${challenge.error}"`, `error_description="${title}"`] : []),
    ...(asks.length > 0 ? [`scope="${asks.join(' ')}"`] : []),
    ...stepUpParameters(denials),
    `resource_metadata="${metadataFor(rule, voice)}"`,
  ]
}

const metadataFor = (rule: Rule | undefined, voice: Voice): string =>
  (rule === undefined ? undefined : voice.metadataUrls.get(rule.service)) ?? voice.metadataUrl

function stepUpParameters(denials: NonEmpty<Denial>): readonly string[] {
  return denials.flatMap((denial) => {
    if (denial.code !== 'step_up_required') return []
    const acr = denial.acr === undefined ? [] : [`acr_values="${denial.acr.join(' ')}"`]
    const age = denial.maxAgeSeconds === undefined ? [] : [`max_age="${denial.maxAgeSeconds}"`]
    return [...acr, ...age]
  })
}
