/** A real identity provider on the loopback address, for the demo and for whole-Worker tests. It keeps nothing. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createIssuerStore } from './issuer-store.ts'
import { generateSigningKeys, type SigningAlgorithm, type SigningKey } from './keys.ts'
import { close, listen } from './listen.ts'
import { createProvider } from './provider.ts'
import type { Receiver } from './transmitter.ts'

export interface IssuerOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** The scopes that clients may ask for. */
  readonly scopes: readonly string[]
  /** What access tokens are signed with; `ES256` unless given. Both keys are published. */
  readonly algorithm?: SigningAlgorithm
  /** Who is told that a session has ended, if anybody; asked when one has. */
  readonly receiver?: () => Receiver | undefined
}

/** One request that reached the issuer: enough to count how often a key set is fetched. */
export interface IssuerRequest {
  readonly method: string
  readonly path: string
}

export interface Issuer {
  /** The issuer identifier, `http://localhost:<port>`, without a trailing slash. */
  readonly url: string
  readonly port: number
  readonly requests: readonly IssuerRequest[]
  /** The private keys in use, for tests that sign tokens this issuer would never issue. */
  keys(): readonly SigningKey[]
  /** Signs with new keys from now on. `keep` still publishes the old ones, as an orderly rotation does; `drop` does not. */
  rotateKeys(old: 'keep' | 'drop'): Promise<void>
  /** Stops listening and cuts every connection. Keys and sessions stay for `reopen`. */
  close(): Promise<void>
  /** Listens again on the same port, with the same keys. */
  reopen(): Promise<void>
}

/** Starts an issuer on 127.0.0.1. Rejects with the code `EADDRINUSE` where the port is taken. */
export async function startIssuer(options: IssuerOptions): Promise<Issuer> {
  const requests: IssuerRequest[] = []
  let keys = await generateSigningKeys()
  let answer: Answer = unavailable
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '' })
    answer(request, response)
  })
  const port = await listen(server, options.port)
  const url = `http://localhost:${port}`
  const adapter = createIssuerStore()

  const use = (next: readonly SigningKey[]) => {
    keys = next
    const { scopes, algorithm = 'ES256', receiver = () => undefined } = options
    answer = createProvider({ issuer: url, scopes, keys, algorithm, adapter, receiver }).callback()
  }
  use(keys)

  return {
    url,
    port,
    requests,
    keys: () => keys,
    rotateKeys: async (old) => use([...(await generateSigningKeys()), ...(old === 'keep' ? keys : [])]),
    close: () => close(server),
    reopen: async () => void (await listen(server, port)),
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const unavailable: Answer = (_request, response) => void response.writeHead(503).end()
