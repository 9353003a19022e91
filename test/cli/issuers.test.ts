/** `scopewall issuers` against a real server. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GATEWAY, makeWorkplace, type Workplace } from '../support/cli.ts'
import { signingKey } from '../support/static-issuer.ts'

let place: Workplace
let metadata: Record<string, unknown> = {}
let keys: readonly object[] = []
const server = createServer((request, response) => {
  const isKeys = request.url === '/jwks'
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(isKeys ? { keys } : { issuer: issuer(), jwks_uri: `${issuer()}/jwks`, ...metadata }))
})
const issuer = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  place = await makeWorkplace()
  await place.write('scopes/gateway.yaml', GATEWAY.replace('http://localhost:9400', issuer()))
  keys = [(await signingKey('ES256', 'k1')).publicJwk]
})
afterAll(async () => {
  await place.close()
  server.close()
})

async function asked(): Promise<{ readonly code: number; readonly problems: readonly string[] }> {
  const { code, stdout } = await place.run('issuers', '--json')
  return { code, problems: JSON.parse(stdout).issuers[0].problems }
}

test('an issuer with usable keys is good', async () => {
  metadata = {}
  expect(await asked()).toEqual({ code: 0, problems: [] })
  expect((await place.run('issuers')).stdout).toMatch(/^ok {2}http:\S+ {2}ES256 k1\n$/)
})

test('[STU-5] one that cannot give what a step-up asks for is not', async () => {
  metadata = { acr_values_supported: ['phr'] }
  expect((await asked()).code).toBe(0)
  metadata = { acr_values_supported: ['pwd'] }
  expect(await asked()).toEqual({
    code: 5,
    problems: ['the map asks for authentications that it does not offer: phr'],
  })
})

test('nor is one under another name, or without keys that may be used', async () => {
  metadata = { issuer: 'https://other.example.com' }
  expect((await asked()).problems).toEqual([
    'its keys cannot be had: wrong_issuer',
    'its metadata cannot be had: wrong_issuer',
  ])
  metadata = {}
  keys = [(await signingKey('RS256', 'k1')).publicJwk]
  expect((await asked()).problems).toEqual(['it publishes no key that may sign with ES256'])
})
