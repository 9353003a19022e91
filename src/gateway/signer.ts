/** Signs what goes to the origin, by the environment's keys (RFC 9421). They are secrets of the Worker, read once and first when needed. */
import type { OriginSignature } from '../policy/environment.ts'
import { epochSeconds, isNonEmpty, type NonEmpty } from '../policy/result.ts'
import { type Statement, signRequest, statementHeaders, withoutOwnLabel } from './statement.ts'
import { importStatementKey, jwksDocument, type StatementKey } from './statement-key.ts'

export interface Signer {
  /** Adds the statement and its signature. `request` as it is sent. Rejects where a key cannot be read: nothing goes out unsigned. */
  sign(
    headers: Headers,
    request: { readonly method: string; readonly url: string },
    statement: Statement,
    milliseconds: number,
  ): Promise<void>
  /** RFC 7517: the public keys. */
  jwks(): Promise<object>
}

/** `secret` gives the text of a secret by its name, and throws where there is none. */
export function createSigner(
  { keys, lifetimeSeconds }: OriginSignature,
  secret: (name: string) => string,
  newNonce: () => string,
): Signer {
  let imported: NonEmpty<StatementKey> | undefined
  // The keys are kept, not a promise of them: one that another request began may never settle. A crowd at the start reads them more than once.
  async function ready(): Promise<NonEmpty<StatementKey>> {
    imported ??= await importAll(keys, secret)
    return imported
  }
  return {
    async sign(headers, request, statement, milliseconds) {
      const [key] = await ready()
      withoutOwnLabel(headers)
      for (const [name, value] of statementHeaders(statement)) headers.set(name, value)
      await signRequest(headers, request, {
        key,
        nowSeconds: epochSeconds(milliseconds),
        ttlSeconds: lifetimeSeconds,
        nonce: newNonce(),
      })
    },
    jwks: async () => jwksDocument(await ready()),
  }
}

/** Named in the log by its class: a secret that holds no key of its algorithm. */
class UnreadableStatementKey extends Error {}

async function importAll(
  keys: OriginSignature['keys'],
  secret: (name: string) => string,
): Promise<NonEmpty<StatementKey>> {
  const imported = await Promise.all(
    keys.map(async ({ id, algorithm, secret: name }) => {
      const key = await importStatementKey(id, algorithm, secret(name))
      if (key === undefined) throw new UnreadableStatementKey()
      return key
    }),
  )
  if (!isNonEmpty(imported)) throw new TypeError('there is no key for the origin signature')
  return imported
}
