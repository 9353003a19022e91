/** What the doors of events are made of, and what each request of a sender is read and recorded with. */
import type { Door } from '../gateway/app.ts'
import type { Environment } from '../policy/environment.ts'
import { epochSeconds } from '../policy/result.ts'
import type { RevocationLog } from '../policy/revocation-log.ts'
import type { EventSender } from '../policy/revocation-policy.ts'
import type { Setting } from '../revocation/intake/entries.ts'
import type { Secrets } from '../token/client-authentication.ts'
import type { FetchDocument } from '../token/discovery.ts'
import type { KeySetMemory } from '../token/key-set.ts'
import type { EventLine } from './event-log.ts'

export interface EventParts {
  readonly environment: Pick<Environment, 'name' | 'issuers' | 'admin' | 'revocation'>
  readonly log: RevocationLog
  readonly secrets: Secrets
  readonly fetch: FetchDocument
  /** Where key sets of transmitters outlive an isolate. */
  readonly memory?: KeySetMemory
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Must neither throw nor wait. */
  readonly record: (line: EventLine) => void
}

/** What a request of one sender is answered with. */
export type Knock = Door['open']

export const settingOf = <Sender extends EventSender>(
  { environment }: EventParts,
  sender: Sender,
  now: number,
): Setting<Sender> => ({
  sender,
  issuers: [...environment.issuers, ...(environment.admin?.issuers ?? [])],
  roles: environment.revocation?.roles ?? {},
  now: epochSeconds(now),
})

/** Makes the line of one request. */
export const lineOf = (
  { environment }: EventParts,
  { name }: EventSender,
  now: number,
  rest: Pick<EventLine, 'outcome'> & Partial<EventLine>,
): EventLine => ({
  event: 'signal',
  at: new Date(now).toISOString(),
  environment: environment.name,
  sender: name,
  ...rest,
})
