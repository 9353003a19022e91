/**
 * What is put on record of a request that was not simply allowed. Redacted by construction: an event is built from the map's own names and from
 * closed lists of codes, so there is no place in it for a token, a claim or a URL.
 */
import type { Denial } from '../policy/denial.ts'
import type { MarkReference } from '../policy/mark.ts'
import type { NonEmpty } from '../policy/result.ts'
import type { Rule } from '../policy/rule.ts'

export interface DecisionEvent {
  readonly event: 'decision'
  /** ISO 8601, UTC. */
  readonly at: string
  readonly decision: string
  readonly environment: string
  readonly outcome: 'denied' | 'observed'
  /** The release that was judged by; absent where none was active. */
  readonly release?: string
  readonly serial?: number
  readonly rule?: string
  readonly service?: string
  readonly codes: NonEmpty<string>
  /** Why, for the operator: a fault code of the target, the credential or the token. */
  readonly detail?: string
  readonly missing?: readonly string[]
  /** The entry of the revocation log that revoked the token, and the kind of target it is about. */
  readonly mark?: MarkReference
}

export interface Facts {
  readonly milliseconds: number
  readonly decisionId: string
  readonly environment: string
  readonly outcome: 'denied' | 'observed'
  readonly release: { readonly digest: string; readonly serial: number } | undefined
  readonly rule: Rule | undefined
  readonly denials: NonEmpty<Denial>
}

export function decisionEvent({
  milliseconds,
  decisionId,
  environment,
  outcome,
  release,
  rule,
  denials,
}: Facts): DecisionEvent {
  const [first, ...others] = denials
  const detail = detailOf(first)
  const missing = denials.flatMap((denial) => (denial.code === 'scope_insufficient' ? denial.missing : []))
  return {
    event: 'decision',
    at: new Date(milliseconds).toISOString(),
    decision: decisionId,
    environment,
    outcome,
    ...(release !== undefined && { release: release.digest, serial: release.serial }),
    ...(rule !== undefined && { rule: rule.id, service: rule.service }),
    codes: [first.code, ...others.map(({ code }) => code)],
    ...(detail !== undefined && { detail }),
    ...(missing.length > 0 && { missing }),
    ...(first.code === 'token_invalid' && first.mark && { mark: first.mark }),
  }
}

function detailOf(denial: Denial): string | undefined {
  if ('detail' in denial) return denial.detail
  return 'what' in denial ? denial.what : undefined
}

/** Something of ours or of the world went wrong; the request was refused or the last good state kept. */
export interface FaultEvent {
  readonly event: 'fault'
  readonly at: string
  readonly environment: string
  /** Stable, `snake_case`. */
  readonly code: string
  readonly decision?: string
  /** Where it happened, without the message: a message could quote what the request sent. */
  readonly frames?: readonly string[]
}

/** Redacts an exception to its class and its stack frames. */
export function faultEvent(fault: unknown, milliseconds: number, environment: string, decision?: string): FaultEvent {
  const frames = fault instanceof Error ? framesOf(fault) : []
  return {
    event: 'fault',
    at: new Date(milliseconds).toISOString(),
    environment,
    code: `exception_${fault instanceof Error ? fault.constructor.name : typeof fault}`,
    ...(decision !== undefined && { decision }),
    ...(frames.length > 0 && { frames }),
  }
}

const MOST_FRAMES = 8

/** What follows the message in a stack. A message may hold lines that look like frames, so it is cut off by its length, or nothing is told. */
function framesOf({ name, message, stack = '' }: Error): readonly string[] {
  const head = message === '' ? name : `${name}: ${message}`
  if (!stack.startsWith(head)) return []
  return stack
    .slice(head.length)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, MOST_FRAMES)
}
