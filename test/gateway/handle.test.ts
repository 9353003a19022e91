/** An exception never opens the gate: each part of the outside world throws in turn, and nothing is forwarded. */
import { describe, expect, test } from 'vitest'
import type { GateParts } from '../../src/gateway/exchange.ts'
import { createGate } from '../../src/gateway/handle.ts'
import { voiceOf } from '../../src/gateway/voice.ts'
import { decodeRelease } from '../../src/policy/decode.ts'
import { encodeRelease } from '../../src/policy/release.ts'
import type { TokenEvidence } from '../../src/token/verify.ts'
import { principalOf } from '../policy/build.ts'
import { environmentOf } from '../support/environment.ts'
import { INVOICING } from '../support/invoicing.ts'
import { immediateRecorder } from '../support/recorder.ts'

const APP = 'https://app.example.com'
const environment = environmentOf('https://issuer.example.com', 'https://origin.example.com', {
  cors: { owner: 'edge', origins: [APP], maxAgeSeconds: 600 },
})
const decoded = decodeRelease(encodeRelease(INVOICING))
if (!decoded.ok) throw new Error(decoded.error)
const release = decoded.value

interface Run {
  readonly answer: Response
  readonly forwarded: number
  readonly records: readonly unknown[]
}

const BUNDLED = { digest: 'd', serial: 0 }

async function run(path: string, overrides: Partial<GateParts>): Promise<Run> {
  let forwarded = 0
  const records: unknown[] = []
  const gate = createGate({
    environment,
    voice: voiceOf(environment),
    releases: {
      bundled: BUNDLED,
      current: () => ({ release, digest: 'd', serial: 1, source: 'kv' }),
    },
    tokens: { evidence: () => ({ kind: 'none' }), spend: async () => undefined },
    clock: () => 1_000,
    newDecisionId: () => 'decision-1',
    fetchUpstream: async () => {
      forwarded++
      return new Response('origin')
    },
    unbound: [],
    recorder: immediateRecorder((event) => records.push(event)),
    ...overrides,
  })
  const request = new Request(`https://api.example.com${path}`, {
    headers: { authorization: 'Bearer a.b.c', origin: APP },
  })
  return { answer: await gate(request, () => {}), forwarded, records }
}

const fault = () => {
  throw new Error('secret detail')
}

test('the parts as they are forward a public request, so that what follows can fail', async () => {
  expect((await run('/v1/status', {})).forwarded).toBe(1)
})

test.each<[string, string, Partial<GateParts>]>([
  ['the release loader throws', '/v1/status', { releases: { bundled: BUNDLED, current: fault } }],
  ['the release loader rejects', '/v1/status', { releases: { bundled: BUNDLED, current: async () => fault() } }],
  ['the verifier throws', '/v1/invoices', { tokens: { evidence: fault, spend: fault } }],
  ['the verifier rejects', '/v1/invoices', { tokens: { evidence: async () => fault(), spend: fault } }],
])('[PRB-3] %s: 503, readable to the page, on record, and nothing is forwarded', async (_, path, overrides) => {
  const { answer, forwarded, records } = await run(path, overrides)
  expect([answer.status, forwarded]).toEqual([503, 0])
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(answer.headers.get('access-control-allow-origin')).toBe(APP)
  const body = await answer.text()
  expect(JSON.parse(body)).toMatchObject({ code: 'unavailable', decision: 'decision-1' })
  expect(body).not.toContain('secret')
  expect(records).toMatchObject([
    { event: 'fault', decision: 'decision-1' },
    { event: 'decision', outcome: 'deny', codes: ['unavailable'], detail: 'internal', decision: 'decision-1' },
  ])
})

test('when the record fails, a request that must be refused is not forwarded either', async () => {
  const { answer, forwarded } = await run('/v1/unknown', {
    recorder: { ...immediateRecorder(() => {}), judged: fault },
  })
  expect([answer.status, forwarded]).toEqual([503, 0])
})

test('when there are no decision ids, a request that must be refused is not forwarded either', async () => {
  let forwarded = 0
  const fetchUpstream = async () => {
    forwarded++
    return new Response('origin')
  }
  await expect(run('/v1/unknown', { newDecisionId: fault, fetchUpstream })).rejects.toThrow()
  expect(forwarded).toBe(0)
})

test('an origin that fails is 502 and on record once', async () => {
  const { answer, records } = await run('/v1/status', { fetchUpstream: async () => fault() })
  expect(answer.status).toBe(502)
  expect(records).toMatchObject([{ event: 'decision', codes: ['upstream_unreachable'] }])
})

describe('a token that was verified', () => {
  const verified = (sender?: { nextNonce: string }) =>
    ({
      kind: 'verified',
      principal: principalOf('', { issuer: 'https://issuer.example.com' }),
      ...(sender && { sender: { isSingleUse: false, ...sender } }),
    }) as unknown as TokenEvidence
  const tokensOf = (evidence: TokenEvidence) => ({ evidence: () => evidence, spend: async () => undefined })
  const observing = { ...environment, mode: 'observe' } as const

  test('is a sighting also where its scopes do not suffice; what is public or rejected is none', async () => {
    const rejected: TokenEvidence = { kind: 'rejected', denial: { code: 'token_invalid', detail: 'signature' } }
    const sightingsOf = async (path: string, evidence: TokenEvidence) => {
      const seen: unknown[] = []
      const sightings = {
        see: (principal: unknown, now: number) => void seen.push([principal, now]),
        standing: () => 'recording' as const,
      }
      const { answer } = await run(path, { tokens: tokensOf(evidence), sightings })
      return { status: answer.status, seen }
    }
    const evidence = verified()
    const principal = 'principal' in evidence ? evidence.principal : undefined
    expect(await sightingsOf('/v1/invoices', evidence)).toEqual({ status: 403, seen: [[principal, 1_000]] })
    expect(await sightingsOf('/v1/invoices', rejected)).toEqual({ status: 401, seen: [] })
    expect(await sightingsOf('/v1/status', evidence)).toEqual({ status: 200, seen: [] })
    expect(await sightingsOf('/v1/unknown', evidence)).toMatchObject({ seen: [] })
  })

  test('one request has one decision id: on record, in what the origin is told, and where the origin then fails', async () => {
    let count = 0
    const told: string[] = []
    const { answer, records } = await run('/v1/invoices', {
      environment: observing,
      tokens: tokensOf(verified()),
      newDecisionId: () => `decision-${++count}`,
      signer: { sign: async (_headers, _request, { decision }) => void told.push(decision), jwks: async () => ({}) },
      fetchUpstream: async () => fault(),
    })
    expect(answer.headers.get('scopewall-decision')).toBe('decision-1')
    expect(told).toEqual(['decision-1'])
    // It was observed first; how it ended is what is on record, once.
    expect(records.at(-1)).toMatchObject({ outcome: 'deny', codes: ['upstream_unreachable'], decision: 'decision-1' })
  })

  test('[DPP-25] [COR-7] where the origin owns CORS, whom it permits can read what the gate adds', async () => {
    const { answer } = await run('/v1/invoices', {
      environment: { ...observing, cors: { owner: 'origin', origins: [APP], maxAgeSeconds: 600 } },
      tokens: tokensOf(verified({ nextNonce: 'n-2' })),
      fetchUpstream: async () => new Response('origin', { headers: { 'access-control-allow-origin': APP } }),
    })
    expect(answer.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
  })

  test('[DPP-21] an answer with a nonce is kept by no cache, whichever header it heeds', async () => {
    const caching = {
      'cache-control': 'public, max-age=600',
      'cdn-cache-control': 'max-age=600',
      'cloudflare-cdn-cache-control': 'max-age=600',
      'surrogate-control': 'max-age=600',
      expires: 'Thu, 01 Jan 2099 00:00:00 GMT',
    }
    const { answer } = await run('/v1/invoices', {
      environment: observing,
      tokens: tokensOf(verified({ nextNonce: 'n-2' })),
      fetchUpstream: async () => new Response('origin', { headers: caching }),
    })
    expect(answer.headers.get('dpop-nonce')).toBe('n-2')
    const left = Object.keys(caching).filter((name) => answer.headers.has(name))
    expect([left, answer.headers.get('cache-control')]).toEqual([['cache-control'], 'no-store'])
  })
})

test('an answer is only copied for the id of its decision where few of those that are let in have one', async () => {
  const { cors: _, ...plain } = environment
  const upstream = new Response('origin')
  const idOf = async (sampleAllows: number, mode: 'enforce' | 'observe', path: string) => {
    const tokens = {
      evidence: () => ({ kind: 'verified', principal: principalOf('') }) as TokenEvidence,
      spend: async () => undefined,
    }
    const { answer } = await run(path, {
      environment: { ...plain, mode, events: { ...plain.events, sampleAllows } },
      tokens,
      recorder: { ...immediateRecorder(() => {}), drawsAllowed: () => true },
      fetchUpstream: async () => upstream,
    })
    return answer === upstream ? 'not copied' : answer.headers.get('scopewall-decision')
  }
  expect(await idOf(1, 'enforce', '/v1/status')).toBe('not copied')
  expect(await idOf(100, 'enforce', '/v1/status')).toBe('decision-1')
  expect(await idOf(1, 'observe', '/v1/invoices')).toBe('decision-1')
})

test('[BRR-4] [RES-3] a token in the query that is refused points to the metadata of the service that was asked', async () => {
  const services = { invoices: { resource: 'https://api.example.com/v1', audiences: ['v1'] as const } }
  const strict = { ...environment, services, queryToken: 'reject' } as const
  const { answer, forwarded } = await run('/v1/invoices?access_token=x', {
    environment: strict,
    voice: voiceOf(strict),
  })
  expect([answer.status, forwarded]).toEqual([400, 0])
  expect(answer.headers.get('www-authenticate')).toContain('/.well-known/oauth-protected-resource/v1"')
})
