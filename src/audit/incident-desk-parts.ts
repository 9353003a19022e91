/** What the incident desk of an environment is made of in the Worker. */
import type { Environment } from '../policy/environment.ts'
import type { RevocationLog } from '../policy/revocation-log.ts'
import type { SecretName } from '../policy/secret-name.ts'
import type { DeskParts } from './incident-desk-object.ts'
import { logEvent } from './log.ts'

/** `log`: absent where nothing can be revoked. */
export const deskPartsOf = (
  environment: Environment,
  log: RevocationLog | undefined,
  secret: (name: SecretName) => string,
): DeskParts => ({
  environment: environment.name,
  origin: new URL(environment.resource).origin,
  policy: environment.incidents ?? { rules: [], channels: [] },
  plainClients: true,
  ...(log && { append: (entries) => log.append(entries) }),
  fetch: (url, init) => fetch(url, init),
  secret,
  clock: () => Date.now(),
  report: logEvent,
})
