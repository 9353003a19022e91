/** What an environment needs of the Worker besides its code, by name. Without it the deployment must not judge. */
import type { Environment, SecretName } from './environment.ts'

/** The secrets that an environment's parts name. */
export function secretNames({ issuers, dpop, originSignature }: Environment): readonly SecretName[] {
  const ofIssuers = issuers.flatMap(({ introspection }) =>
    introspection !== undefined && 'secret' in introspection.authentication
      ? [introspection.authentication.secret]
      : [],
  )
  const ofDpop = dpop?.nonceSecret === undefined ? [] : [dpop.nonceSecret]
  return [...ofIssuers, ...ofDpop, ...(originSignature?.keys ?? []).map(({ secret }) => secret)]
}

/** The registry of used proofs, where every proof must serve once: rules and scopes may ask for it too, and only a release says so. */
const registryOf = ({ dpop, issuers }: Environment): readonly string[] =>
  dpop !== undefined && (dpop.singleUse === 'always' || issuers.some(({ singleUseProofs }) => singleUseProofs))
    ? ['PROOFS']
    : []

/** The mTLS certificate bindings that an environment's issuers name, and the registry of proofs. */
export const bindingNames = (environment: Environment): readonly string[] => [
  ...registryOf(environment),
  ...environment.issuers.flatMap(({ introspection }) =>
    introspection !== undefined && 'binding' in introspection.authentication
      ? [introspection.authentication.binding]
      : [],
  ),
]
