/** The gate with a real identity provider: client credentials, a person who steps up, keys that rotate, an issuer that goes away. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientToken, personToken } from '../../demo/flows.ts'
import { type Issuer, startIssuer } from '../../demo/issuer.ts'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import { parseChallenge } from '../support/challenge.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'
import { type RunningGate, startGate } from '../support/gate.ts'
import { INVOICING } from '../support/invoicing.ts'

let issuer: Issuer
let origin: Origin
let gate: RunningGate

beforeAll(async () => {
  issuer = await startIssuer({ port: 0, scopes: Object.keys(INVOICING.scopes) })
  origin = await startOrigin({ port: 0 })
  gate = await startGate({
    environment: environmentOf(issuer.url, origin.url, { issuers: [issuerAt(issuer.url)] }),
    document: INVOICING,
  })
})
afterAll(() => Promise.all([gate.close(), origin.close(), issuer.close()]))

const ask = (path: string, token: string, init: RequestInit = {}) =>
  fetch(gate.url + path, { ...init, headers: { authorization: `Bearer ${token}` } })

test('a client gets in with the scope that it asked for, and not without', async () => {
  const token = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
  expect((await ask('/v1/invoices', token)).status).toBe(200)
  const refused = await ask('/v1/invoices', token, { method: 'POST', body: '{}' })
  expect([refused.status, parseChallenge(refused.headers.get('www-authenticate')).parameters.scope]).toEqual([
    403,
    'invoices:create',
  ])
})

test('[STU-1] [STU-2] a person is asked to step up, does what the challenge says, and gets in', async () => {
  const refund = { method: 'POST', body: '{}' }
  const request = { client: 'support', scope: 'invoices:read invoices:refund' }
  const weak = await ask('/v1/invoices/inv_1/refunds', await personToken(issuer.url, request), refund)
  const { parameters } = parseChallenge(weak.headers.get('www-authenticate'))
  expect([weak.status, parameters.error]).toEqual([401, 'insufficient_user_authentication'])
  const strong = await personToken(issuer.url, { ...request, acr: parameters.acr_values?.split(' ')[0] ?? '' })
  expect((await ask('/v1/invoices/inv_1/refunds', strong, refund)).status).toBe(201)
})

test('keys rotate while requests flow: tokens of the old and of the new key pass, and those of a dropped key stop', async () => {
  const old = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
  await issuer.rotateKeys('keep')
  const fresh = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
  const statuses = await Promise.all(
    [old, fresh, old, fresh].map(async (token) => (await ask('/v1/invoices', token)).status),
  )
  expect(statuses).toEqual([200, 200, 200, 200])
})

test('[JWK-3] while the issuer is away, its tokens pass by the keys that are known', async () => {
  const token = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
  const unseen = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
  expect((await ask('/v1/invoices', token)).status).toBe(200)
  await issuer.close()
  expect((await ask('/v1/invoices', token)).status).toBe(200)
  expect((await ask('/v1/invoices', unseen)).status).toBe(200)
  await issuer.reopen()
})
