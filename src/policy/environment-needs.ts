/** What an environment needs of the Worker besides its code, by name. Without it the deployment must not judge. */
import type { Environment } from './environment.ts'
import type { Issuer } from './issuer.ts'
import type { SecretName } from './secret-name.ts'

/** Those of the API's tokens, and those of the admin API's. */
const issuersOf = ({ issuers, admin }: Environment): readonly Issuer[] => [...issuers, ...(admin?.issuers ?? [])]

/** The secrets that an environment's parts name. */
export function secretNames(environment: Environment): readonly SecretName[] {
  const { dpop, originSignature, revocation, incidents } = environment
  const ofIssuers = issuersOf(environment).flatMap(({ introspection }) =>
    introspection !== undefined && 'secret' in introspection.authentication
      ? [introspection.authentication.secret]
      : [],
  )
  const ofDpop = dpop?.nonceSecret === undefined ? [] : [dpop.nonceSecret]
  const ofSenders = (revocation?.senders ?? []).flatMap((sender) =>
    sender.kind === 'ssf' ? (sender.authorization ?? []) : sender.secret,
  )
  const ofKeys = (originSignature?.keys ?? []).map(({ secret }) => secret)
  const ofChannels = (incidents?.channels ?? []).map(({ secret }) => secret)
  return [...ofIssuers, ...ofDpop, ...ofKeys, ...ofSenders, ...ofChannels]
}

/** The registry of used proofs, where every proof must serve once: rules and scopes may ask for it too, and only a release says so. */
const registryOf = (environment: Environment): readonly string[] =>
  environment.dpop !== undefined &&
  (environment.dpop.singleUse === 'always' || issuersOf(environment).some(({ singleUseProofs }) => singleUseProofs))
    ? ['PROOFS']
    : []

/** The revocation log: without it nobody could say what was revoked. */
const logOf = ({ revocation }: Environment): readonly string[] => (revocation === undefined ? [] : ['REVOCATIONS'])

/** The mTLS certificate bindings that an environment's issuers name, the registry of proofs and the revocation log. */
export const bindingNames = (environment: Environment): readonly string[] => [
  ...registryOf(environment),
  ...logOf(environment),
  ...issuersOf(environment).flatMap(({ introspection }) =>
    introspection !== undefined && 'binding' in introspection.authentication
      ? [introspection.authentication.binding]
      : [],
  ),
]
