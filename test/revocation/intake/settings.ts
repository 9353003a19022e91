/** Senders, and entries of the log in as few words as tell them apart. */
import type { Issuer } from '../../../src/policy/issuer.ts'
import type { EpochSeconds, NonEmpty } from '../../../src/policy/result.ts'
import type { NewEntry } from '../../../src/policy/revocation-log.ts'
import type { EventSender, SignalTransmitter } from '../../../src/policy/revocation-policy.ts'
import type { ScopeToken } from '../../../src/policy/scope.ts'
import type { Setting } from '../../../src/revocation/intake/entries.ts'
import { issuerAt } from '../../support/environment.ts'

export const IDP = 'https://idp.example.com/123456789/'
export const NOW = 1_615_305_200 as EpochSeconds

export const transmitter = (overrides: Partial<SignalTransmitter> = {}): SignalTransmitter => ({
  name: 'workforce',
  kind: 'ssf',
  issuer: IDP,
  transmitter: IDP,
  audiences: ['https://sp.example.com/caep'],
  algorithms: ['RS256'],
  acr: {},
  whenRiskIsHigh: 'step-up',
  acceptsSubjectType: false,
  ...overrides,
})

const scopes = (...names: readonly string[]) => names as readonly ScopeToken[]

export const setting = <Sender extends EventSender>(sender: Sender, issuer: Partial<Issuer> = {}): Setting<Sender> => ({
  sender,
  issuers: [issuerAt(sender.issuer, { maxLifetimeSeconds: 3600, clockLeewaySeconds: 10, ...issuer })],
  roles: {
    [sender.issuer]: {
      support: scopes('invoices:refund', 'invoices:read'),
      auditor: scopes('invoices:read'),
      staff: [],
    },
  },
  now: NOW,
})

/** Where no opposite event comes: an hour, and both clocks' leeway. */
export const EXPIRES = NOW + 3620
/** A login outlives its tokens. */
const LOGIN_EXPIRES = NOW + 30 * 86_400

/** `revoke subject=u session~s until 1 holding a b @account:5 never`: what is done to whom, with what else it must agree, and how long it lasts. */
export function wordsOf({ action }: NewEntry): string {
  switch (action.kind) {
    case 'note':
      return `note ${action.about}: ${action.reason}`
    case 'undo':
      return `undo ${action.mark}`
    case 'lift':
      return `lift ${targetOf(action.target)} @${action.label}:${action.at}`
    case 'mark': {
      const { effect, target, label, at, expires } = action
      const matching = effect.kind === 'suspend' ? {} : (effect.matching ?? {})
      return [
        effect.kind,
        targetOf(target),
        ...Object.entries(matching).map(([kind, value]) => `${kind}~${value}`),
        ...('issuedUntil' in effect ? [`until ${effect.issuedUntil}`] : []),
        ...('authenticatedAfter' in effect ? [`after ${effect.authenticatedAfter}`] : []),
        ...('acr' in effect && effect.acr !== undefined ? [`acr ${effect.acr.join(' ')}`] : []),
        ...('holding' in effect && effect.holding !== undefined ? [`holding ${effect.holding.join(' ')}`] : []),
        ...(label === undefined ? [] : [`@${label}:${at}`]),
        ...(expires === (effect.kind === 'step-up' ? LOGIN_EXPIRES : EXPIRES)
          ? []
          : [expires === undefined ? 'for ever' : `expires ${expires}`]),
      ].join(' ')
    }
  }
}

const targetOf = (target: (NewEntry['action'] & { readonly kind: 'mark' })['target']): string =>
  'value' in target ? `${target.kind}=${target.value}` : target.kind

export const nonEmpty = <T>(...items: readonly [T, ...T[]]): NonEmpty<T> => items
