import { expect, test } from 'vitest'
import { cacheMemory, type KeySetCache } from '../../src/token/cache-memory.ts'

function cache() {
  const entries = new Map<string, Response>()
  const port: KeySetCache = {
    match: async (url) => entries.get(url)?.clone(),
    put: async (url, response) => void entries.set(url, response),
  }
  return { entries, memory: cacheMemory(() => Promise.resolve(port), 3600) }
}

test('[BCP-6] what was saved for an issuer is loaded for it and for no other', async () => {
  const { memory } = cache()
  const remembered = { document: { keys: [] }, fetchedAt: 5 }
  await memory.save('https://a.example/?x=1#y', remembered)
  expect(await memory.load('https://a.example/?x=1#y')).toEqual(remembered)
  expect(await memory.load('https://a.example/')).toBeUndefined()
})

test('it is kept as long as it may be used, under an address that no request can have', async () => {
  const { entries, memory } = cache()
  await memory.save('https://a.example', { document: {}, fetchedAt: 5 })
  const [[url, response] = []] = [...entries]
  expect(new URL(url ?? '').hostname).toBe('key-sets.invalid')
  expect(response?.headers.get('cache-control')).toBe('max-age=3600')
})

test.each(['{}', '{"fetchedAt":"now"}', '[]'])('%s is nothing that was saved here', async (text) => {
  const { entries, memory } = cache()
  await memory.save('https://a.example', { document: {}, fetchedAt: 5 })
  for (const url of entries.keys()) entries.set(url, new Response(text))
  expect(await memory.load('https://a.example')).toBeUndefined()
})
