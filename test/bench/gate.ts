/**
 * The gate beside a bare pass-through Worker, each in a workerd of its own in front of the same origin, with nothing in between. Many short rounds, the contestants in
 * another order each, so that a machine that drifts drifts for all. Figures are medians of the processor time of the Worker's process.
 */

import { environmentOf } from '../support/environment.ts'
import { startGate, workerCode } from '../support/gate.ts'
import { signingKey, startStaticIssuer } from '../support/static-issuer.ts'
import { startWorkerd, type Workerd } from '../support/workerd.ts'
import { type Load, load, type Server } from './load.ts'
import { mapOf } from './map.ts'
import { median, shuffled } from './numbers.ts'

export interface GateFigures {
  readonly rules: number
  readonly algorithm: string
  readonly workerBytes: number
  /** Medians over the rounds. */
  readonly contestants: Readonly<
    Record<Contestant, { readonly requestsPerSecond: number; readonly cpuMicroseconds: number }>
  >
  /** Processor time of a warm token's request over a bare pass-through's. */
  readonly warmOverBare: number
  /** What a new token costs on top of a warm one, over what one raw `crypto.subtle.verify` costs on top of a bare pass-through. */
  readonly newTokenOverVerify: number
}

const CONTESTANTS = [
  'bare',
  'bare + verify',
  'warm token',
  'new token',
  'no token (401)',
  'missing scope (403)',
] as const
type Contestant = (typeof CONTESTANTS)[number]

/** Answers at once. */
export const ORIGIN = `export default { fetch: () => new Response('{"ok":true}', { headers: { 'content-type': 'application/json' } }) }`

export async function measureGate(
  rules: number,
  algorithm: string,
  rounds: number,
  count: number,
): Promise<GateFigures> {
  const { document, paths } = mapOf(rules)
  const path = paths.find((candidate) => candidate.endsWith('/lines')) ?? paths[0] ?? '/'
  const scope = document.rules.find((rule) => rule.path.replace('{id}', 'f3a9c0d1') === path)?.anyOf?.[0]?.[0] ?? ''
  const key = await signingKey(algorithm)
  const issuer = await startStaticIssuer([key])
  const origin = await startWorkerd([{ name: 'origin', modules: [{ name: 'origin.js', code: ORIGIN }] }])
  const upstream = `http://127.0.0.1:${origin.ports.origin}`
  const gate = await startGate({ environment: environmentOf(issuer.issuer, upstream), document })
  const bare = await startWorkerd([{ name: 'bare', modules: [{ name: 'bare.js', code: bareWorker(upstream) }] }])
  const verify = await startWorkerd([
    { name: 'verify', modules: [{ name: 'verify.js', code: verifyingWorker(upstream, key.publicJwk, algorithm) }] },
  ])
  const stop = () => Promise.all([gate, bare, verify, origin, issuer].map((each) => each.close()))
  try {
    const warm = await issuer.mint({ scope })
    const poor = await issuer.mint({ scope: 'other' })
    const fresh = await Promise.all(Array.from({ length: (rounds + WARM_UP) * count }, () => issuer.mint({ scope })))
    let taken = 0
    const bearer = (token: string | undefined) => `Bearer ${token}`
    const run: Record<Contestant, () => Promise<Load>> = {
      bare: () => load(serverOf(bare, 'bare'), path, count, () => bearer(warm)),
      'bare + verify': () => load(serverOf(verify, 'verify'), path, count, () => bearer(warm)),
      'warm token': () => load(serverOf(gate, 'gate'), path, count, () => bearer(warm)),
      'new token': () => load(serverOf(gate, 'gate'), path, count, () => bearer(fresh[taken++])),
      'no token (401)': () => load(serverOf(gate, 'gate'), path, count, () => undefined),
      'missing scope (403)': () => load(serverOf(gate, 'gate'), path, count, () => bearer(poor)),
    }
    const results = new Map<Contestant, Load[]>(CONTESTANTS.map((name) => [name, []]))
    for (let round = -WARM_UP; round < rounds; round++) {
      for (const name of shuffled(CONTESTANTS)) {
        const result = await run[name]()
        requireStatus(name, result)
        if (round >= 0) results.get(name)?.push(result)
      }
    }
    return figures(rules, algorithm, (await workerCode()).length, results)
  } finally {
    await stop()
  }
}

/** Rounds that are not counted. */
const WARM_UP = 4

const serverOf = (workerd: Workerd, name: string): Server => ({ pid: workerd.pid, port: workerd.ports[name] ?? 0 })

const EXPECTED: Partial<Record<Contestant, number>> = { 'no token (401)': 401, 'missing scope (403)': 403 }

/** A contestant that gives wrong answers has no speed. */
function requireStatus(name: Contestant, { statuses }: Load): void {
  const expected = EXPECTED[name] ?? 200
  const others = Object.keys(statuses).filter((status) => Number(status) !== expected)
  if (others.length > 0) throw new Error(`${name}: expected only ${expected}, got ${JSON.stringify(statuses)}`)
}

function figures(
  rules: number,
  algorithm: string,
  workerBytes: number,
  results: ReadonlyMap<Contestant, readonly Load[]>,
): GateFigures {
  const of = (name: Contestant) => results.get(name) ?? []
  const cost = (name: Contestant) => median(of(name).map((each) => each.cpuMicrosecondsPerRequest))
  return {
    rules,
    algorithm,
    workerBytes,
    contestants: Object.fromEntries(
      CONTESTANTS.map((name) => [
        name,
        { requestsPerSecond: median(of(name).map((each) => each.requestsPerSecond)), cpuMicroseconds: cost(name) },
      ]),
    ) as GateFigures['contestants'],
    warmOverBare: cost('warm token') / cost('bare'),
    newTokenOverVerify: (cost('new token') - cost('warm token')) / (cost('bare + verify') - cost('bare')),
  }
}

const bareWorker = (upstream: string): string =>
  `export default { fetch: (request) => fetch(${JSON.stringify(upstream)} + request.url.slice(request.url.indexOf('/', 8)), request) }`

/** One raw verification of a token of the same size and algorithm, key imported beforehand, and nothing else. */
function verifyingWorker(upstream: string, jwk: object, algorithm: string): string {
  const parameters =
    algorithm === 'ES256'
      ? "{ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }"
      : "{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }"
  return `
const algorithm = ${parameters}
const key = await crypto.subtle.importKey('jwk', ${JSON.stringify(jwk)}, algorithm, false, ['verify'])
const encoder = new TextEncoder()
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
let known
export default {
  async fetch(request) {
    if (known === undefined) {
      const [header, payload, signature] = request.headers.get('authorization').slice(7).split('.')
      known = { signature: bytes(signature), data: encoder.encode(header + '.' + payload) }
    }
    if (!(await crypto.subtle.verify(algorithm, key, known.signature, known.data))) return new Response(null, { status: 500 })
    return fetch(${JSON.stringify(upstream)} + request.url.slice(request.url.indexOf('/', 8)), request)
  },
}`
}
