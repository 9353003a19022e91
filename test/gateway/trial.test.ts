/** A candidate judges beside the live release: what it would change is on record, and what the request gets is what it gets without one. */
import { describe, expect, test } from 'vitest'
import type { GateParts } from '../../src/gateway/exchange.ts'
import { createGate } from '../../src/gateway/handle.ts'
import { voiceOf } from '../../src/gateway/voice.ts'
import { decodeRelease, type Release } from '../../src/policy/decode.ts'
import { encodeRelease, type ReleaseDocument, type RuleEntry } from '../../src/policy/release.ts'
import type { ActiveCandidate } from '../../src/release/loader.ts'
import type { TokenEvidence } from '../../src/token/verify.ts'
import { NOW, principalOf } from '../policy/build.ts'
import { environmentOf } from '../support/environment.ts'
import { INVOICING } from '../support/invoicing.ts'
import { immediateRecorder } from '../support/recorder.ts'

const environment = environmentOf('https://issuer.example.com', 'https://origin.example.com')

function decoded(document: ReleaseDocument): Release {
  const release = decodeRelease(encodeRelease(document))
  if (!release.ok) throw new Error(release.error)
  return release.value
}

type Change = (rule: RuleEntry) => RuleEntry | undefined
const changed = (change: Change, more: readonly RuleEntry[] = []): Release =>
  decoded({ ...INVOICING, rules: [...INVOICING.rules.flatMap((rule) => change(rule) ?? []), ...more] })

const LIVE = decoded(INVOICING)
const { service, host } = { service: 'invoices', host: 'api.example.com' }
const OPENING = changed(
  ({ anyOf: _, mode: __, upgrade: ___, ...rule }) => ({ ...rule, public: 'Everything is open.' }),
  [{ service, host, method: 'ANY', path: '/{path+}', public: 'All of it.' }],
)
const RELAXED = decoded({
  ...INVOICING,
  hosts: { ...INVOICING.hosts, [host]: { allow: ['semicolon'] } },
  rules: [...INVOICING.rules, { service, host, method: 'GET', path: '/v1/{any}', public: 'All of it.' }],
})
const CLOSING = changed((rule) => (rule.public === undefined ? { ...rule, anyOf: [['invoices:admin']] } : undefined))
const ASKING = changed(({ public: _, ...rule }) => ({ ...rule, anyOf: [['invoices:read']] }))
const OBSERVING = changed((rule) => (rule.public === undefined ? { ...rule, mode: 'observe' } : rule))
const GRANTING = changed((rule) => (rule.path === '/v1/customers' ? { ...rule, anyOf: [['invoices:create']] } : rule))
const ENFORCING = changed(({ mode: _, ...rule }) => rule)
const CAREFUL = changed((rule) =>
  rule.path === '/v1/payments' ? { ...rule, anyOf: [['invoices:create']], mode: 'observe' } : rule,
)
const BROKEN = new Proxy(LIVE, {
  get: () => {
    throw new Error('secret detail')
  },
})

const candidateOf = (release: Release, selection: Partial<ActiveCandidate> = { share: 100 }): ActiveCandidate => ({
  digest: 'c'.repeat(64),
  since: '2026-11-28T12:00:00.000Z',
  release,
  ...selection,
})

interface Asked {
  readonly path: string
  readonly method?: string
  /** Scopes of the token; without them there is none. */
  readonly scope?: string
  readonly client?: string
}

async function run(
  { path, method = 'GET', scope, client = 'partner' }: Asked,
  candidate?: ActiveCandidate,
  overrides: Partial<GateParts> = {},
) {
  const forwarded: string[] = []
  const records: Readonly<Record<string, unknown>>[] = []
  const background: Promise<unknown>[] = []
  let verified = 0
  const evidence: TokenEvidence = { kind: 'verified', principal: principalOf(scope ?? '', { client }) } as TokenEvidence
  const gate = createGate({
    environment,
    voice: voiceOf(environment),
    releases: {
      bundled: { digest: 'd', serial: 0 },
      current: () => ({
        release: LIVE,
        digest: 'a'.repeat(64),
        serial: 1,
        source: 'kv',
        ...(candidate && { candidate }),
      }),
    },
    tokens: {
      evidence: () => {
        verified++
        return evidence
      },
      spend: async () => undefined,
    },
    clock: () => NOW * 1000,
    newDecisionId: () => 'decision-1',
    fetchUpstream: async (input) => {
      forwarded.push(input instanceof Request ? input.url : String(input))
      return new Response('origin')
    },
    unbound: [],
    recorder: immediateRecorder((event) => records.push(event as unknown as Record<string, unknown>)),
    ...overrides,
  })
  const headers: Record<string, string> = scope === undefined ? {} : { authorization: 'Bearer a.b.c' }
  const answer = await gate(new Request(`https://api.example.com${path}`, { method, headers }), (work) =>
    background.push(work),
  )
  await Promise.all(background)
  const seen = [answer.status, await answer.text(), [...answer.headers], forwarded] as const
  const isTrial = ({ event }: Readonly<Record<string, unknown>>) => event === 'candidate'
  return { seen, records: records.filter((each) => !isTrial(each)), trials: records.filter(isTrial), verified }
}

const REQUESTS: readonly Asked[] = [
  { path: '/v1/status' },
  { path: '/v1/status', scope: 'invoices:read' },
  { path: '/v1/invoices' },
  { path: '/v1/invoices', scope: 'invoices:read' },
  { path: '/v1/invoices', scope: 'invoices:create' },
  { path: '/v1/invoices', method: 'POST', scope: 'invoices:read' },
  { path: '/v1/invoices/1', method: 'DELETE', scope: 'invoices:admin' },
  { path: '/v1/invoices/1/refunds', method: 'POST', scope: 'invoices:read invoices:refund' },
  { path: '/v1/customers', scope: 'reports:read' },
  { path: '/v1/unknown', scope: 'invoices:admin' },
  { path: '/v1//invoices', scope: 'invoices:read' },
  { path: '/v1/%2e%2e/x' },
  { path: '/v1/invoices', method: 'PROPFIND' },
  { path: '/v1/events?access_token=x', scope: 'events:subscribe' },
]

describe.each<[string, Release]>([
  ['opens everything', OPENING],
  ['closes nearly everything', CLOSING],
  ['asks for a scope where nothing was asked', ASKING],
  ['observes', OBSERVING],
  ['is the same', LIVE],
  ['throws', BROKEN],
])('a candidate that %s', (_, release) => {
  test.each(REQUESTS)('changes nothing of the answer to $method $path with "$scope"', async (asked) => {
    const without = await run(asked)
    for (const selection of [{ share: 100 }, { share: 1, clients: ['partner'] }, { clients: ['other'] }]) {
      const with_ = await run(asked, candidateOf(release, selection))
      expect(with_.seen).toEqual(without.seen)
      const faults = with_.records.filter(({ event }) => event === 'fault')
      expect(with_.records.filter(({ event }) => event !== 'fault')).toEqual(without.records)
      if (release !== BROKEN) expect(faults).toEqual([])
    }
  })
})

describe('on record', () => {
  const verdicts = async (asked: Asked, candidate: ActiveCandidate) =>
    (await run(asked, candidate)).trials.map(({ change }) => change)

  test('what would newly be refused, with rule, code and missing scopes of both', async () => {
    const { trials } = await run({ path: '/v1/invoices', scope: 'invoices:read' }, candidateOf(CLOSING))
    expect(trials).toEqual([
      {
        event: 'candidate',
        at: expect.any(String),
        decision: 'decision-1',
        environment: 'test',
        release: 'a'.repeat(64),
        serial: 1,
        change: 'newly_refused',
        live: { outcome: 'allow', rule: 'GET api.example.com/v1/invoices', service: 'invoices' },
        candidate: {
          digest: 'c'.repeat(64),
          outcome: 'deny',
          rule: 'GET api.example.com/v1/invoices',
          service: 'invoices',
          codes: ['scope_insufficient'],
          missing: ['invoices:admin'],
        },
      },
    ])
    expect(JSON.stringify(trials)).not.toContain('partner')
  })

  test.each<[string, Asked, Release, string[]]>([
    ['let through: a rule that is public', { path: '/v1/invoices' }, OPENING, ['newly_let_through']],
    ['let through: a path that is not mapped', { path: '/v1/unknown' }, OPENING, ['newly_let_through']],
    ['refused: a public rule that is gone', { path: '/v1/status' }, CLOSING, ['newly_refused']],
    ['refused: a public rule that asks for a token', { path: '/v1/status' }, ASKING, ['newly_refused']],
    ['let through: a path that is read in another way', { path: '/v1/a;b' }, RELAXED, ['newly_let_through']],
    ['unchanged: that token is there', { path: '/v1/status', scope: 'invoices:read' }, ASKING, []],
    ['observed', { path: '/v1/invoices', scope: 'reports:read' }, OBSERVING, ['newly_let_through']],
    ['no longer observed', { path: '/v1/customers', scope: 'invoices:create' }, GRANTING, ['no_longer_observed']],
    [
      'no longer observed, and refused',
      { path: '/v1/customers', scope: 'invoices:create' },
      ENFORCING,
      ['newly_refused'],
    ],
    ['newly observed', { path: '/v1/payments', scope: 'invoices:admin' }, CAREFUL, ['newly_observed']],
    ['unchanged: both refuse', { path: '/v1/invoices', scope: 'reports:read' }, CLOSING, []],
    ['unchanged: the same release', { path: '/v1/invoices', scope: 'invoices:read' }, LIVE, []],
  ])('%s', async (_, asked, release, expected) => {
    expect(await verdicts(asked, candidateOf(release))).toEqual(expected)
  })

  test('only of the clients that were selected, and of nobody in particular only where all are', async () => {
    const asked = { path: '/v1/invoices', scope: 'invoices:read' }
    expect(await verdicts(asked, candidateOf(CLOSING, { clients: ['partner'] }))).toEqual(['newly_refused'])
    expect(await verdicts({ ...asked, client: 'other' }, candidateOf(CLOSING, { clients: ['partner'] }))).toEqual([])
    expect(await verdicts({ path: '/v1/status' }, candidateOf(CLOSING, { share: 99 }))).toEqual([])
    const known = { path: '/v1/status', scope: 'invoices:read' }
    expect(await verdicts(known, candidateOf(CLOSING, { clients: ['partner'] }))).toEqual(['newly_refused'])
  })

  test('no authorization server is asked anew for the candidate alone: what it said a moment ago will do', async () => {
    const asked: boolean[] = []
    const evidence: GateParts['tokens']['evidence'] = (_, __, isAnew) => {
      asked.push(isAnew)
      return { kind: 'rejected', denial: { code: 'token_invalid', detail: 'inactive' } }
    }
    const tokens = { evidence, spend: async () => undefined }
    const ANEW = changed(({ public: _, ...rule }) => ({ ...rule, anyOf: [['invoices:read']], introspection: 'always' }))
    await run({ path: '/v1/status', scope: 'invoices:read' }, candidateOf(ANEW), { tokens })
    expect(asked).toEqual([false])
  })

  test('a token is looked into for the candidate alone only where that could make a difference', async () => {
    const asked = { path: '/v1/status', scope: 'invoices:read' }
    expect((await run(asked, candidateOf(LIVE, { clients: ['partner'] }))).verified).toBe(0)
    expect((await run(asked, candidateOf(ASKING, { clients: ['partner'] }))).verified).toBe(1)
    expect((await run({ path: '/v1/invoices', scope: 'invoices:read' }, candidateOf(CLOSING))).verified).toBe(1)
  })
})

describe('what goes wrong in a trial', () => {
  test('is on record without its message, and the answer is as it was', async () => {
    const { seen, records } = await run({ path: '/v1/invoices', scope: 'invoices:read' }, candidateOf(BROKEN))
    expect(seen[0]).toBe(200)
    expect(records).toMatchObject([{ event: 'fault', code: 'exception_Error' }])
    expect(JSON.stringify(records)).not.toContain('secret detail')
  })

  test.each<[string, Partial<GateParts>]>([
    [
      'the verifier throws',
      {
        tokens: {
          evidence: () => {
            throw new Error('x')
          },
          spend: async () => undefined,
        },
      },
    ],
    [
      'the verifier rejects',
      { tokens: { evidence: () => Promise.reject(new Error('x')), spend: async () => undefined } },
    ],
    [
      'the record throws',
      {
        recorder: {
          ...immediateRecorder(() => {}),
          note: () => {
            throw new Error('x')
          },
        },
      },
    ],
    [
      'there are no decision ids',
      {
        newDecisionId: () => {
          throw new Error('x')
        },
      },
    ],
  ])('reaches no public request where %s', async (_, overrides) => {
    // A token that does not do, so that there is something to put on record.
    const { seen } = await run({ path: '/v1/status', scope: 'reports:read' }, candidateOf(ASKING), overrides)
    expect([seen[0], seen[3]]).toEqual([200, [expect.stringContaining('/v1/status')]])
  })
})
