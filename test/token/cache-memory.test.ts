import { expect, test } from 'vitest'
import type { Issuer } from '../../src/policy/issuer.ts'
import { cacheMemory, type KeySetCache } from '../../src/token/cache-memory.ts'
import { issuerAt } from '../support/environment.ts'

function cache() {
  const entries = new Map<string, Response>()
  const port: KeySetCache = {
    match: async (url) => entries.get(url)?.clone(),
    put: async (url, response) => void entries.set(url, response),
  }
  const of = (environment: string) => cacheMemory(() => Promise.resolve(port), environment, 3600)
  return { entries, of, memory: of('production') }
}

const ISSUER = issuerAt('https://a.example')

test('[BCP-6] what was saved for an issuer is loaded for it, and only as long as its keys are said to be in the same place', async () => {
  const { memory, of } = cache()
  const remembered = { document: { keys: [] }, fetchedAt: 5 }
  const issuer: Issuer = {
    ...ISSUER,
    issuer: 'https://a.example/?x=1#y',
    keys: { kind: 'jwks', uri: 'https://a.example/1' },
  }
  await memory.save(issuer, remembered)
  expect(await memory.load({ ...issuer, keysMaxStaleSeconds: 1 })).toEqual(remembered)
  expect(await memory.load({ ...issuer, issuer: 'https://a.example/' })).toBeUndefined()
  expect(await memory.load({ ...issuer, keys: { kind: 'jwks', uri: 'https://a.example/2' } })).toBeUndefined()
  expect(await memory.load({ ...issuer, keys: { kind: 'oidc' } })).toBeUndefined()
  expect(await of('staging').load(issuer)).toBeUndefined()
})

test('it is kept as long as it may be used, under an address that no request can have', async () => {
  const { entries, memory } = cache()
  await memory.save(ISSUER, { document: {}, fetchedAt: 5 })
  const [[url, response] = []] = [...entries]
  expect(new URL(url ?? '').hostname).toBe('key-sets.invalid')
  expect(response?.headers.get('cache-control')).toBe('max-age=3600')
})

test.each(['{}', '{"fetchedAt":"now"}', '[]'])('%s is nothing that was saved here', async (text) => {
  const { entries, memory } = cache()
  await memory.save(ISSUER, { document: {}, fetchedAt: 5 })
  for (const url of entries.keys()) entries.set(url, new Response(text))
  expect(await memory.load(ISSUER)).toBeUndefined()
})
