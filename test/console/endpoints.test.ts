/** Where the provider takes sign-ins: asked for seldom, kept for a while, and never taken from an insecure answer. */
import { describe, expect, test } from 'vitest'
import { createEndpointFinder } from '../../src/console/endpoints.ts'
import type { ConsolePolicy } from '../../src/policy/console-policy.ts'
import { issuerAt } from '../support/environment.ts'

const ISSUER = 'https://login.example.com'
const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: 'https://tokens.example.com/token',
}
const FOUND = { authorization: `${ISSUER}/authorize`, token: 'https://tokens.example.com/token' }

function setup(policy: Partial<ConsolePolicy> = {}) {
  const world = { now: 1_000_000, answer: (): Response => Response.json(METADATA), asked: [] as string[] }
  const find = createEndpointFinder({
    policy: { issuer: ISSUER, clientId: 'console', scopes: [], ...policy },
    issuer: issuerAt(ISSUER),
    fetch: async (url) => {
      world.asked.push(url)
      return world.answer()
    },
    clock: () => world.now,
  })
  return { world, find }
}

describe('the endpoints', () => {
  test('are those that the issuer publishes, asked for once in ten minutes', async () => {
    const { world, find } = setup()
    expect(await find()).toEqual(FOUND)
    world.now += 9 * 60_000
    expect(await find()).toEqual(FOUND)
    expect(world.asked).toEqual([`${ISSUER}/.well-known/openid-configuration`])
    world.now += 2 * 60_000
    await find()
    expect(world.asked).toHaveLength(2)
  })

  test('are those of gateway.yaml where it names them, and then nobody is asked', async () => {
    const endpoints = { authorization: 'https://a.example/authorize', token: 'https://a.example/token' }
    const { world, find } = setup({ endpoints })
    expect(await find()).toBe(endpoints)
    expect(world.asked).toEqual([])
  })

  test('stay known while the issuer is away', async () => {
    const { world, find } = setup()
    await find()
    world.now += 11 * 60_000
    world.answer = () => new Response(null, { status: 503 })
    expect(await find()).toEqual(FOUND)
  })

  test('are asked for again no sooner than in five seconds, however many want to know', async () => {
    const { world, find } = setup()
    world.answer = () => new Response(null, { status: 503 })
    for (let times = 0; times < 50; times++) expect(await find()).toBeUndefined()
    expect(world.asked).toHaveLength(1)
    world.now += 5_000
    world.answer = () => Response.json(METADATA)
    expect(await find()).toEqual(FOUND)
  })

  test.each([
    ['of another issuer', { ...METADATA, issuer: 'https://evil.example' }],
    ['without a token endpoint', { ...METADATA, token_endpoint: undefined }],
    ['over an insecure line', { ...METADATA, token_endpoint: 'http://tokens.example.com/token' }],
    ['that are scripts', { ...METADATA, authorization_endpoint: 'javascript:alert(1)' }],
    ['that are no text', { ...METADATA, authorization_endpoint: { toString: 'x' } }],
  ])('%s are none', async (_, metadata) => {
    const { world, find } = setup()
    world.answer = () => Response.json(metadata)
    expect(await find()).toBeUndefined()
  })
})
