/** What was declared of revocation -> how an environment follows and feeds its log. */
import { OWN_PREFIX } from '../policy/reserved.ts'
import type { NonEmpty } from '../policy/result.ts'
import { type EventSender, OKTA_SUBJECTS, type RevocationPolicy, SCIM_SUBJECTS } from '../policy/revocation-policy.ts'
import type { ScopeToken } from '../policy/scope.ts'
import { DEFAULTS } from './defaults.ts'
import { parseDuration } from './duration.ts'
import type { EnvironmentDeclaration } from './gateway-file.ts'
import type { RevocationDeclaration, SenderDeclaration } from './revocation-schema.ts'

/** Nothing where it is off. */
export function compileRevocation({ revocation, resource }: EnvironmentDeclaration): {
  readonly revocation?: RevocationPolicy
} {
  if (revocation.off !== undefined) return {}
  return {
    revocation: {
      ...timingOf(revocation),
      whenStale: revocation.whenStale ?? DEFAULTS.whenStale,
      senders: Object.entries(revocation.senders).map(([name, sender]) => compileSender(name, sender, resource)),
      roles: Object.fromEntries(
        Object.entries(revocation.roles).map(([issuer, roles]) => [issuer, scopesByRole(roles)]),
      ),
    },
  }
}

/** In seconds. */
export function timingOf({
  poll,
  maxAge,
  maxStale,
}: RevocationDeclaration): Pick<RevocationPolicy, 'pollSeconds' | 'maxAgeSeconds' | 'maxStaleSeconds'> {
  return {
    pollSeconds: poll ?? parseDuration(DEFAULTS.revocationPoll) ?? 0,
    maxAgeSeconds: maxAge ?? parseDuration(DEFAULTS.revocationMaxAge) ?? 0,
    maxStaleSeconds: maxStale ?? parseDuration(DEFAULTS.revocationMaxStale) ?? 0,
  }
}

const scopesByRole = (roles: RevocationDeclaration['roles'][string]): Readonly<Record<string, readonly ScopeToken[]>> =>
  Object.fromEntries(Object.entries(roles).map(([role, scopes]) => [role, scopes.map((scope) => scope as ScopeToken)]))

function compileSender(name: string, sender: SenderDeclaration, resource: string): EventSender {
  const { kind, secret = '', subject } = sender
  const of = { name, issuer: sender.issuer, ...(sender.knownAs === 'user' && { knownAs: sender.knownAs }) }
  switch (kind) {
    case 'ssf':
      return {
        ...of,
        kind,
        transmitter: sender.transmitter ?? sender.issuer,
        audiences: audiencesOf(name, sender, resource),
        ...(sender.keys !== undefined && { keys: sender.keys }),
        algorithms: sender.algorithms ?? DEFAULTS.signalAlgorithms,
        ...(sender.authorization !== undefined && { authorization: sender.authorization }),
        ...(sender.streamId !== undefined && { streamId: sender.streamId }),
        acr: sender.acr ?? {},
        whenRiskIsHigh: sender.whenRiskIsHigh ?? DEFAULTS.whenRiskIsHigh,
        acceptsSubjectType: sender.acceptSubjectType ?? false,
      }
    case 'okta':
      return {
        ...of,
        kind,
        secret,
        subject: OKTA_SUBJECTS.find((each) => each === subject) ?? DEFAULTS.oktaSubject,
      }
    case 'scim':
      return {
        ...of,
        kind,
        secret,
        subject: SCIM_SUBJECTS.find((each) => each === subject) ?? DEFAULTS.scimSubject,
      }
    default:
      return { ...of, kind, secret }
  }
}

/** A receiver calls itself by its own address, unless its transmitter was told another name. */
export const audiencesOf = (name: string, { audience }: SenderDeclaration, resource: string): NonEmpty<string> =>
  audience ?? [`${new URL(resource).origin}${OWN_PREFIX}events/${name}`]
