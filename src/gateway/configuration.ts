/** What a deployment must have, held against what it has. */
import type { Environment } from '../policy/environment.ts'
import { bindingNames, secretNames } from '../policy/environment-needs.ts'
import type { Secrets } from '../token/client-authentication.ts'
import { readNonceSecret } from '../token/nonce.ts'

/** Secrets, variables and bindings of the Worker, by their names. */
export type Bindings = Readonly<Record<string, unknown>>

/** What keeps this deployment from judging at all: it runs as another environment, or lacks something that its environment names. */
export function configurationFault(environment: Environment, bindings: Bindings): object | undefined {
  const runsAs = bindings.SCOPEWALL_ENVIRONMENT
  if (runsAs !== environment.name) return { code: 'environment_mismatch', builtFor: environment.name, runsAs }
  const secret = secretNames(environment).find((name) => typeof bindings[name] !== 'string' || bindings[name] === '')
  if (secret !== undefined) return { code: 'secret_missing', name: secret }
  const nonceSecret = environment.dpop?.nonceSecret
  if (nonceSecret !== undefined && readNonceSecret(String(bindings[nonceSecret])) === undefined)
    return { code: 'secret_malformed', name: nonceSecret }
  const binding = bindingNames(environment).find(
    (name) => typeof bindings[name] !== 'object' || bindings[name] === null,
  )
  return binding === undefined ? undefined : { code: 'binding_missing', name: binding }
}

export function secretsIn(bindings: Bindings): Secrets {
  return {
    text(name) {
      const value = bindings[name]
      if (typeof value !== 'string' || value === '') throw new TypeError('a secret is missing')
      return value
    },
    connection(name) {
      const binding = bindings[name] as { readonly fetch: typeof fetch } | undefined
      if (binding === undefined) throw new TypeError('a certificate binding is missing')
      return (url, init) => binding.fetch(url, init)
    },
  }
}
