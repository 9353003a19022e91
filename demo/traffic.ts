/** A little traffic at the demo's gate, so that there is something to see: a few real requests a second, until it is stopped. */
import { setTimeout } from 'node:timers/promises'
import type { Actor, Call } from './cast.ts'
import { clientToken, personToken } from './flows.ts'

/** Logins that refunds take are good for five minutes. */
const TOKEN_MILLISECONDS = 4 * 60_000

export interface TrafficAddresses {
  readonly gateUrl: string
  readonly issuerUrl: string
}

/** Starts all actors, and returns how to stop them. What fails is tried again later and told nobody: the gate may be building a new map. */
export function startTraffic(addresses: TrafficAddresses, cast: readonly Actor[]): () => Promise<void> {
  const end = new AbortController()
  const loops = cast.map((actor) => actUntil(end.signal, actor, addresses))
  return async () => {
    end.abort()
    await Promise.all(loops)
  }
}

async function actUntil(end: AbortSignal, actor: Actor, addresses: TrafficAddresses): Promise<void> {
  const purse = createPurse(actor, addresses.issuerUrl)
  for (let turn = 0; await passed(end, actor.pauseSeconds * (0.5 + Math.random())); turn++) {
    const call = actor.calls[turn % actor.calls.length]
    if (call === undefined) return
    try {
      const status = await send(call, addresses.gateUrl, await purse.token(), end)
      // Somebody revoked it, or the issuer has new keys: log in anew, as clients do.
      if (status === 401 && call.status !== 401) purse.drop()
    } catch {
      purse.drop()
    }
  }
}

/** False where the end came first. */
async function passed(end: AbortSignal, seconds: number): Promise<boolean> {
  try {
    await setTimeout(seconds * 1000, undefined, { signal: end })
    return true
  } catch {
    return false
  }
}

/** Sends one call, and returns the status. */
export async function send(
  { method, path, body }: Call,
  gateUrl: string,
  token: string | undefined,
  signal?: AbortSignal,
): Promise<number> {
  const response = await fetch(gateUrl + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  })
  await response.arrayBuffer()
  return response.status
}

/** The actor's token, fetched when it is needed and kept for a while. */
function createPurse(actor: Actor, issuerUrl: string) {
  let held: { readonly token: string | undefined; readonly until: number } | undefined
  return {
    token: async (): Promise<string | undefined> => {
      if (held === undefined || held.until < Date.now())
        held = { token: await fetchToken(actor, issuerUrl), until: Date.now() + TOKEN_MILLISECONDS }
      return held.token
    },
    drop: () => {
      held = undefined
    },
  }
}

/** A token as the actor has it, from the issuer; undefined for one that has none. */
export async function fetchToken({ token: wanted }: Actor, issuerUrl: string): Promise<string | undefined> {
  if (wanted === undefined) return undefined
  const { client, scope, person, isForged = false } = wanted
  const token =
    person === undefined
      ? await clientToken(issuerUrl, { client, scope })
      : await personToken(issuerUrl, { client, scope, ...person })
  return isForged ? forged(token) : token
}

/** The same claims under a signature of zeros: as many octets as the issuer's own. */
function forged(token: string): string {
  const [header, claims, signature = ''] = token.split('.')
  return `${header}.${claims}.${'A'.repeat(signature.length)}`
}
