/** An issuer, an origin, a KV server and the gate between them, all real and all on loopback. */
import { type Origin, startOrigin } from '../../demo/origin.ts'
import type { Environment } from '../../src/policy/environment.ts'
import type { Issuer } from '../../src/policy/issuer.ts'
import type { ReleaseDocument } from '../../src/policy/release.ts'
import { environmentOf, issuerAt } from './environment.ts'
import { type RunningGate, startGate } from './gate.ts'
import { INVOICING } from './invoicing.ts'
import { type KvServer, startKvServer } from './kv-server.ts'
import { type StaticIssuer, startStaticIssuer } from './static-issuer.ts'

export interface World {
  readonly issuer: StaticIssuer
  readonly origin: Origin
  readonly kv: KvServer
  readonly gate: RunningGate
  /** `fetch` at the gate, redirects not followed. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** The same with a token of the issuer that has these scopes. */
  askAs(scope: string, path: string, init?: RequestInit, claims?: Readonly<Record<string, unknown>>): Promise<Response>
  close(): Promise<void>
}

export interface WorldOptions {
  readonly document?: ReleaseDocument
  readonly environment?: Partial<Environment>
  /** Instead of the issuer as it usually is. */
  readonly trust?: Partial<Issuer>
  readonly secrets?: Readonly<Record<string, string>>
}

export async function startWorld({
  document = INVOICING,
  environment = {},
  trust = {},
  secrets = {},
}: WorldOptions = {}): Promise<World> {
  const [issuer, origin, kv] = await Promise.all([startStaticIssuer(), startOrigin({ port: 0 }), startKvServer()])
  const gate = await startGate({
    environment: environmentOf(issuer.issuer, origin.url, {
      issuers: [issuerAt(issuer.issuer, trust)],
      ...environment,
    }),
    secrets,
    document,
    kv: kv.address,
  })
  const ask = (path: string, init: RequestInit = {}) => fetch(gate.url + path, { redirect: 'manual', ...init })
  return {
    issuer,
    origin,
    kv,
    gate,
    ask,
    askAs: async (scope, path, init = {}, claims = {}) => {
      const token = await issuer.mint({ scope, ...claims })
      return ask(path, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
      })
    },
    close: async () => {
      await Promise.all([gate.close(), origin.close(), kv.close(), issuer.close()])
    },
  }
}
