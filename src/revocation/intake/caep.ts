/** The events of CAEP 1.0, and what follows from each at the gate. */
import type { MarkedClaim } from '../../policy/mark.ts'
import type { NonEmpty } from '../../policy/result.ts'
import type { SignalTransmitter } from '../../policy/revocation-policy.ts'
import { Malformed, object, text } from '../../policy/untrusted.ts'
import { lift, markInFamily } from './entries.ts'
import { about, cut, noted, nothing, oneOf, open, type Signal, type SignalType, shut, stepUp } from './signal.ts'

const BASE = 'https://schemas.openid.net/secevent/caep/event-type/'

/** The identifier of a session, as in the specification's own example; some senders put the person's there. */
export const ofSession = (): readonly MarkedClaim[] => ['session', 'subject']

/** Section 3.5.1: what of it is at risk; of these, what tokens can be found by. */
const PRINCIPALS: Readonly<Record<string, readonly MarkedClaim[]>> = {
  USER: ['subject'],
  DEVICE: ['device'],
  SESSION: ['session'],
  TENANT: ['tenant'],
  ORG_UNIT: [],
  GROUP: [],
}

const namesOfPrincipal = (principal: string): readonly MarkedClaim[] =>
  Object.hasOwn(PRINCIPALS, principal) ? (PRINCIPALS[principal] ?? []) : []

export const CAEP_EVENTS: Readonly<Record<string, SignalType>> = {
  [`${BASE}session-revoked`]: about(cut, ofSession),
  [`${BASE}token-claims-change`]: about((signal) => {
    object(signal.members.claims, 'claims')
    return cut(signal)
  }),
  [`${BASE}credential-change`]: about((signal) => {
    text(signal.members.credential_type, 'credential_type')
    return oneOf(signal, 'change_type', ['create', 'revoke', 'update', 'delete']) === 'create'
      ? noted(signal)
      : stepUp(signal)
  }),
  [`${BASE}assurance-level-change`]: about(assuranceLevel),
  [`${BASE}device-compliance-change`]: about(
    (signal) =>
      oneOf(signal, 'current_status', ['compliant', 'not-compliant']) === 'compliant'
        ? open(signal, 'device-compliance')
        : shut(signal, 'device-compliance'),
    () => ['device'],
  ),
  [`${BASE}risk-level-change`]: about(riskLevel, ({ principal }) => namesOfPrincipal(text(principal, 'principal'))),
  [`${BASE}session-established`]: about(nothing, ofSession),
  [`${BASE}session-presented`]: about(nothing, ofSession),
}

/** Unless it rose: a token that was made before still says what was true then. */
function assuranceLevel(signal: Signal) {
  const level = text(signal.members.current_level, 'current_level')
  text(signal.members.namespace, 'namespace')
  const { change_direction: direction } = signal.members
  if (direction !== undefined && direction !== 'increase' && direction !== 'decrease')
    throw new Malformed('change_direction is none of its values')
  return direction === 'increase' ? noted(signal) : stepUp(signal, classesFor(level, signal.setting.sender))
}

function riskLevel(signal: Signal) {
  const { setting, subject, name, at } = signal
  const family = { label: 'risk-level', at }
  const level = oneOf(signal, 'current_level', ['LOW', 'MEDIUM', 'HIGH'])
  if (level !== 'HIGH') return subject.named.map((named) => lift(named, family, name))
  const acr = classesFor(level, setting.sender)
  const effect =
    setting.sender.whenRiskIsHigh === 'revoke'
      ? ({ kind: 'revoke', issuedUntil: at } as const)
      : ({ kind: 'step-up', authenticatedAfter: at, ...(acr !== undefined && { acr }) } as const)
  return subject.named.map((named) => markInFamily(setting, named, effect, family, name))
}

const classesFor = (level: string, { acr }: SignalTransmitter): NonEmpty<string> | undefined =>
  Object.hasOwn(acr, level) ? acr[level] : undefined
