/** The live tail, the overview and a rollback in the deployed Worker: real sockets, real KV, real objects that sleep. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import { runCommand } from '../../src/cli/run-command.ts'
import type { ReleasesAnswer, TailMessage } from '../../src/policy/console-answers.ts'
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import { publishRelease } from '../../src/release/publish.ts'
import type { ReleaseStore } from '../../src/release/store.ts'
import { WITH_ADMIN } from '../support/admin-map.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { environmentOf } from '../support/environment.ts'
import { type StaticIssuer, startStaticIssuer } from '../support/static-issuer.ts'

const REVOCATION = {
  pollSeconds: 1,
  maxAgeSeconds: 1,
  maxStaleSeconds: 60,
  whenStale: 'serve',
  senders: [],
  roles: {},
} as const
const WATCHER = 'scopewall:review scopewall:revoke scopewall:restore'

let issuer: StaticIssuer
let origin: Origin
let gate: Deployment

beforeAll(async () => {
  ;[issuer, origin] = await Promise.all([startStaticIssuer(), startOrigin({ port: 0 })])
  const environment = environmentOf(issuer.issuer, origin.url, { revocation: REVOCATION })
  gate = await startDeployment({ environment, document: WITH_ADMIN })
})
afterAll(() => Promise.all([gate?.close(), origin?.close(), issuer?.close()]))

async function admin(path: string, init: RequestInit = {}, claims: object = {}) {
  const token = await issuer.mint({ scope: WATCHER, ...claims })
  const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) }
  return fetch(`${gate.url}/_scopewall/admin/${path}`, { ...init, headers })
}

const ticketOf = async (claims: object = {}): Promise<string> =>
  ((await (await admin('tail', { method: 'POST' }, claims)).json()) as { ticket: string }).ticket

interface Watched {
  readonly messages: TailMessage[]
  readonly socket: WebSocket
  /** Once it is closed: its code. */
  readonly closed: Promise<number>
}

function watch(ticket: string): Watched {
  const messages: TailMessage[] = []
  const socket = new WebSocket(`${gate.url.replace(/^http/, 'ws')}/_scopewall/tail`, [
    'scopewall.tail.v1',
    `ticket.${ticket}`,
  ])
  socket.addEventListener('message', ({ data }) => data !== 'pong' && messages.push(JSON.parse(String(data))))
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
  return { messages, socket, closed }
}

/** What the consumer of the queue does. */
async function publish(...events: object[]): Promise<void> {
  interface Tail {
    publish(events: readonly object[]): Promise<void>
  }
  const namespace = gate.bindings.TAIL as { idFromName(name: string): unknown; get(id: unknown): Tail }
  await namespace.get(namespace.idFromName('test')).publish(events)
}

const event = (decision: string, facts: object = {}) => ({
  event: 'decision',
  at: '2026-11-28T10:11:12.345Z',
  decision,
  outcome: 'deny',
  codes: ['unmapped'],
  ...facts,
})
const shownIn = ({ messages }: Watched) =>
  messages.flatMap((each) => ('decisions' in each ? each.decisions.map(({ decision }) => decision) : []))
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 50 })

describe('the live tail', () => {
  test('shows what was just before and what comes, each once, as the filter wants it', async () => {
    await publish(event('before'))
    const watched = watch(await ticketOf())
    await until(() => expect(shownIn(watched)).toContain('before'))
    expect(watched.socket.protocol).toBe('scopewall.tail.v1')
    watched.socket.send('{"nonsense":1}')
    await until(() => expect(watched.messages.at(-1)?.kind).toBe('refused'))
    watched.socket.send(JSON.stringify({ outcomes: ['allow'] }))
    watched.socket.send('ping')
    await until(async () => {
      await publish(event('no'), event('yes', { outcome: 'allow' }))
      expect(shownIn(watched)).toContain('yes')
    })
    await publish(event('yes', { outcome: 'allow' }))
    expect(shownIn(watched).filter((each) => each === 'yes')).toHaveLength(1)
    watched.socket.close()
  })

  test('shows no more than can be looked at, and says how much that left out', async () => {
    const watched = watch(await ticketOf())
    await until(() => expect(watched.messages).not.toEqual([]))
    await publish(...Array.from({ length: 130 }, (_, index) => event(`many-${index}`)))
    await until(() => expect(shownIn(watched)).toContain('many-129'))
    const skipped = watched.messages.flatMap((each) => (each.kind === 'skipped' ? each.count : []))
    expect(
      skipped.reduce((sum, each) => sum + each, 0) + shownIn(watched).filter((each) => each.startsWith('many')).length,
    ).toBe(130)
    expect(skipped.length).toBeGreaterThan(0)
    watched.socket.close()
  })

  test('a ticket serves once; what was never given serves nobody', async () => {
    const ticket = await ticketOf()
    const first = watch(ticket)
    await until(() => expect(first.messages).not.toEqual([]))
    for (const again of [ticket, 'x'.repeat(43)]) expect(await watch(again).closed).toBe(1006)
    expect(first.socket.readyState).toBe(WebSocket.OPEN)
    first.socket.close()
  })

  test('a socket ends with the token that its ticket was given for', async () => {
    const watched = watch(await ticketOf({ exp: Math.floor(Date.now() / 1000) + 5 }))
    await until(() => expect(watched.messages).not.toEqual([]))
    // It is told so at once; when the connection itself ends is the runtime's matter.
    const ended = () => expect(watched.socket.readyState).not.toBe(WebSocket.OPEN)
    await vi.waitFor(ended, { timeout: 30_000, interval: 50 })
  }, 45_000)

  test('nobody upgrades anywhere else below it', async () => {
    const headers = { upgrade: 'websocket', connection: 'Upgrade' }
    expect((await fetch(`${gate.url}/_scopewall/tail`)).status).toBe(426)
    expect((await admin('log', { headers: { 'x-test': headers.upgrade } })).status).toBe(200)
  })

  test('the command shows it', async () => {
    const lines: string[] = []
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0)
    vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    vi.stubEnv('SCOPEWALL_TOKEN', await issuer.mint({ scope: WATCHER }))
    await publish(event('for-the-command', { outcome: 'observe' }))
    expect(await runCommand(['tail', '--url', gate.url, '--outcome', 'observe', '--json', '--for', '2s'])).toBe(0)
    write.mockRestore()
    vi.restoreAllMocks()
    expect(JSON.parse(lines.join('')).decision).toBe('for-the-command')
  })
})

test('the overview tells what is bound, and that the issuer can be reached', async () => {
  const answer = (await (await admin('overview')).json()) as Record<string, unknown>
  expect(answer).toMatchObject({
    environments: [{ environment: 'test', isOwn: true, state: 'ok', release: { source: 'bundled' } }],
    issuers: [{ issuer: issuer.issuer, state: 'ok' }],
    revocation: { freshness: 'fresh' },
  })
  expect(answer.bindings).toContainEqual({ name: 'TAIL', isBound: true, purpose: 'the live tail' })
})

/** KV as the command line has it. */
function storeOf(namespace: unknown): ReleaseStore {
  const kv = namespace as { get(key: string): Promise<string | null>; put(key: string, value: string): Promise<void> }
  return {
    read: async (keys) => {
      const values = await Promise.all(keys.map(async (key) => [key, await kv.get(key)] as const))
      return new Map(values.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])))
    },
    put: (key, value) => kv.put(key, value),
    list: async () => [],
  }
}

test('a release that turns callers away is rolled back through the API, and the edge takes it over', async () => {
  const published = async (document: ReleaseDocument) => {
    const text = encodeRelease(document)
    const author = { store: storeOf(gate.bindings.SCOPES), text, by: 'ci', now: new Date().toISOString() }
    expect((await publishRelease(author)).ok).toBe(true)
    return createHash('sha256').update(text).digest('hex')
  }
  const good = await published(WITH_ADMIN)
  const bad = await published({ ...WITH_ADMIN, rules: WITH_ADMIN.rules.slice(1) })
  const list = (await (await admin('releases')).json()) as ReleasesAnswer
  expect(list).toMatchObject({
    live: 2,
    canRollBack: true,
    releases: [{ digest: bad, isLive: true }, { digest: good }],
  })
  expect(await (await admin(`releases/${good}`)).text()).toBe(encodeRelease(WITH_ADMIN))

  const queued: unknown[] = []
  gate.faults.delivery = (_, bodies) => {
    queued.push(...bodies)
    return 'deliver'
  }
  const body = JSON.stringify({ serial: 1, expect: bad, digest: good })
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } }
  expect((await admin('releases/rollback', init, { scope: 'scopewall:review' })).status).toBe(403)
  const answer = await admin('releases/rollback', init)
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    { changed: true, live: { serial: 3, digest: good } },
  ])
  const after = (await (await admin('releases')).json()) as ReleasesAnswer
  expect(after.releases.map(({ serial, kind }) => [serial, kind])).toEqual([
    [3, 'rollback'],
    [2, 'publish'],
    [1, 'publish'],
  ])
  expect(gate.events()).toContainEqual(expect.objectContaining({ event: 'release', code: 'rolled_back', serial: 3 }))
  // Not only a line of the log: sinks are told, and the desk that makes incidents.
  const notice = expect.objectContaining({ event: 'release', code: 'rolled_back' })
  await vi.waitFor(
    () => expect(queued).toContainEqual(expect.objectContaining({ notices: expect.arrayContaining([notice]) })),
    { timeout: 10_000, interval: 200 },
  )
})
