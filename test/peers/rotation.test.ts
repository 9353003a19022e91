/** A real oidc-provider rotates its keys twice while requests flow: no good token is ever refused, and the tokens of a dropped key stop. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'
import { type RunningGate, startGate } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'
import { type PeerProvider, startPeerProvider } from './provider.ts'

let provider: PeerProvider
let origin: Origin
let gate: RunningGate

beforeAll(async () => {
  ;[provider, origin] = await Promise.all([startPeerProvider(), startOrigin({ port: 0 })])
  gate = await startGate({
    environment: environmentOf(provider.url, origin.url, { issuers: [issuerAt(provider.url)] }),
    document: INVOICING,
  })
})
afterAll(() => Promise.all([gate.close(), origin.close(), provider.close()]))

const REQUESTS = 400
const AT_ONCE = 8

const newToken = () => provider.token({ scope: 'invoices:read' })
const statusOf = async (token: string) =>
  (await fetch(`${gate.url}/v1/invoices`, { headers: { authorization: `Bearer ${token}` } })).status

/** Never the same text twice running: half of the requests carry a token that the gate has not seen. */
async function flow(tokens: readonly string[], requests: number, during: (done: number) => Promise<void>) {
  const statuses = new Map<number, number>()
  let begun = 0
  const lane = async () => {
    while (begun < requests) {
      const turn = begun++
      await during(turn)
      const token = turn % 2 === 0 ? await newToken() : (tokens[turn % tokens.length] ?? '')
      const status = await statusOf(token)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return statuses
}

test('[JWK-1] [JWK-2] keys rotate twice under way: tokens of each published key pass all the time, and those of a dropped key stop', async () => {
  const oldest = await newToken()
  expect(await statusOf(oldest)).toBe(200)
  expect(provider.keyFetches).toBe(1)

  const first = await flow([oldest], REQUESTS / 2, async (turn) => {
    if (turn === REQUESTS / 4) provider.rotateKeys('keep')
  })
  expect([...first]).toEqual([[200, REQUESTS / 2]])
  // The new key had been published before it signed.
  expect(provider.keyFetches).toBe(1)

  const older = await newToken()
  expect(await Promise.all([oldest, older].map(statusOf))).toEqual([200, 200])
  const second = await flow([older], REQUESTS / 2, async (turn) => {
    if (turn === REQUESTS / 4) provider.rotateKeys('drop')
  })
  expect([...second]).toEqual([[200, REQUESTS / 2]])
  // The newest key was not known, and the whole crowd that came with its tokens fetched it once.
  expect(provider.keyFetches).toBe(2)

  expect(await Promise.all([oldest, older, await newToken()].map(statusOf))).toEqual([401, 200, 200])
  expect(provider.keyFetches).toBe(2)
})
