/** The access review as people get it: from a map, the KV of this machine and a gate, and checked again afterwards. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LogEntry } from '../../src/policy/revocation-log.ts'
import { linkHash } from '../../src/revocation/chain.ts'
import { makeWorkplace, SERVICE, type Workplace } from '../support/cli.ts'

let place: Workplace
let server: Server
let url: string
/** What the gate answers, by the path below the admin API. */
let answers: Record<string, unknown> = {}
let asked: string[] = []

beforeAll(async () => {
  place = await makeWorkplace()
  server = createServer((request, response) => {
    const path = request.url?.replace('/_scopewall/admin/', '') ?? ''
    asked.push(path)
    const answer = answers[path.split('?')[0] ?? '']
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? { title: 'Not Found', detail: 'Nothing counts here' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  answers = {}
  asked = []
  delete process.env.SCOPEWALL_TOKEN
})
afterAll(async () => {
  server.close()
  await place.close()
})

const OFFLINE = ['report', '--from', 'working-tree', '--offline'] as const
const fileText = (name: string) => readFile(join(place.folder, name), 'utf8')

describe('without a gate', () => {
  test('writes one file, says its digest and what it lacks, and the file verifies', async () => {
    const { code, stderr } = await place.run(...OFFLINE, '--out', 'out/review.html')
    expect(code).toBe(0)
    expect(stderr).toContain('without usage and clients: It was made without asking the gate')
    const digest = /digest ([0-9a-f]{64})/.exec(stderr)?.[1] ?? ''
    expect((await fileText('out/review.html')).split(digest).length - 1).toBe(3)
    const verified = await place.run('report', 'verify', 'out/review.html', '--expect', digest.slice(0, 12))
    expect([verified.code, verified.stdout]).toEqual([0, `unchanged out/review.html: digest ${digest}\n`])
  })

  test('a file in which anything was changed does not verify, nor one that is not the one that was noted', async () => {
    await place.run(...OFFLINE, '--out', 'changed.html')
    const text = await fileText('changed.html')
    const file = join(place.folder, 'changed.html')
    for (const changed of [text.replace('Partners reconcile', 'Nobody reconciles'), `${text} `]) {
      await writeFile(file, changed)
      expect((await place.run('report', 'verify', 'changed.html')).code).toBe(5)
    }
    await writeFile(file, text)
    expect((await place.run('report', 'verify', 'changed.html', '--expect', 'abcdef')).code).toBe(5)
    expect((await place.run('report', 'verify', 'wrangler.toml')).code).toBe(2)
  })

  test('as JSON it has the same facts, and verifies, too', async () => {
    const { stdout } = await place.run(...OFFLINE, '--json', '--since', '2026-01-01', '--until', '2026-02-01T12:00:00Z')
    const { reportDigest, ...review } = JSON.parse(stdout)
    expect(review).toMatchObject({
      environment: 'development',
      window: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T12:00:00.000Z' },
      release: { from: 'working-tree' },
      owners: [{ owner: 'team-billing', scopes: [{ name: 'invoices:read' }, { name: 'invoices:refund' }] }],
      usage: { ok: false },
    })
    await writeFile(join(place.folder, 'review.json'), stdout)
    expect((await place.run('report', 'verify', 'review.json', '--json')).stdout).toContain(reportDigest)
  })

  test.each([
    ['an empty period', ['--since', '2026-02-01', '--until', '2026-02-01'], 'is empty'],
    ['a time that is none', ['--since', 'yesterday'], 'is no time for --since'],
  ])('%s is a mistake in usage', async (_, words, message) => {
    const { code, stderr } = await place.run(...OFFLINE, ...words)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  test('reviews that are overdue keep nobody from a report of them', async () => {
    const overdue = SERVICE.replace('sensitivity: low', 'sensitivity: low, review: 2020-01-01')
    await place.write('late/gateway.yaml', await fileText('scopes/gateway.yaml'))
    await place.write('late/invoices.yaml', overdue)
    expect((await place.run('check', '--scopes', 'late')).code).toBe(3)
    const { stdout } = await place.run(...OFFLINE, '--scopes', 'late', '--json')
    expect(JSON.parse(stdout).owners[0].scopes[0]).toMatchObject({ name: 'invoices:read', reviewState: 'overdue' })
  })
})

/** Links as the log would give them. */
function chainOf(entries: readonly LogEntry[]) {
  let previous = ''
  return entries.map((entry) => {
    const text = JSON.stringify(entry)
    const link = { seq: entry.seq, text, previous, hash: linkHash(previous, text) }
    previous = link.hash
    return link
  })
}

const ADA = { kind: 'principal', issuer: 'https://login.example.com', subject: 'ada' } as const

describe('with a gate', () => {
  const entries: readonly LogEntry[] = [
    {
      seq: 1,
      time: new Date(Date.now() - 86_400_000).toISOString(),
      author: ADA,
      origin: { via: 'admin' },
      action: {
        kind: 'mark',
        target: { kind: 'email', issuer: 'https://login.example.com', value: 'grace@example.com' },
        effect: { kind: 'revoke' },
        reason: 'She has left.',
      },
    },
    {
      seq: 2,
      time: '2020-01-01T00:00:00.000Z',
      author: ADA,
      origin: { via: 'admin' },
      action: { kind: 'note', about: 'long ago', reason: 'Not of this period.' },
    },
  ]
  const window = { from: '', to: '' }
  const gate = (links = chainOf(entries)) => ({
    'usage/scopes': { ...window, countedSince: null, scopes: [] },
    'usage/clients': { ...window, countedSince: null, clients: [] },
    'usage/deprecated': { ...window, scopes: [] },
    'usage/observed': { ...window, requests: [] },
    'usage/sinks': { ...window, sinks: [], uncounted: 17, repeated: 0 },
    incidents: { incidents: [], next: null },
    'log/entries': { links, head: { seq: 2, hash: chainOf(entries)[1]?.hash }, floor: { seq: 0, hash: '' } },
  })
  const run = (...words: readonly string[]) => place.run('report', '--url', url, '--from', 'working-tree', ...words)

  test('follows the log, tells the entries of the period, and shows no name of a person', async () => {
    process.env.SCOPEWALL_TOKEN = 'a.b.c'
    answers = gate()
    const { code, stdout } = await run('--json')
    const { ledger, usage, incidents, inputs } = JSON.parse(stdout)
    // KV was not read.
    expect(code).toBe(1)
    expect(ledger.value).toMatchObject({ entries: 2, counts: { revocation: 1 }, unlisted: 0 })
    expect(ledger.value).not.toHaveProperty('broken')
    expect(ledger.value.rows).toMatchObject([{ entry: 1, by: 'ada', reason: 'She has left.' }])
    expect(stdout).not.toContain('grace@')
    expect(ledger.value.rows[0].what).toMatch(/^email sha256:[0-9a-f]{32} of/)
    expect([usage.value.uncounted.count, incidents]).toEqual([17, { ok: true, value: [] }])
    expect(inputs.map(({ name }: { name: string }) => name)).toContain('scopes/invoices.yaml')
    // No more than the gate keeps by the hour.
    const [, from = ''] = /sinks\?from=([^&]+)/.exec(asked.join(' ')) ?? []
    expect(Date.now() - Date.parse(decodeURIComponent(from))).toBeLessThan(60 * 86_400_000)
  })

  test('says that the log was changed', async () => {
    process.env.SCOPEWALL_TOKEN = 'a.b.c'
    const [first, second] = chainOf(entries)
    if (first === undefined || second === undefined) throw new Error('there are two')
    answers = gate([{ ...first, text: first.text.replace('left', 'stayed') }, second])
    const { ledger } = JSON.parse((await run('--json')).stdout)
    expect(ledger.value.broken).toEqual({ entry: 1, why: 'its text is not what was hashed' })
  })

  test('what the gate does not have is said, and the rest is there', async () => {
    process.env.SCOPEWALL_TOKEN = 'a.b.c'
    answers = { ...gate(), 'usage/scopes': undefined }
    const { stdout, stderr } = await run('--json')
    expect(JSON.parse(stdout)).toMatchObject({ usage: { ok: false }, ledger: { ok: true } })
    expect(stderr).toContain('without usage and clients: It could not be had: Nothing counts here')
  })

  test('without a token it asks nobody, and says what to do', async () => {
    expect((await run()).code).toBe(2)
    expect(asked).toEqual([])
  })
})

test('what is live is what is reviewed', { timeout: 60_000 }, async () => {
  await place.run('publish', '--note', 'the first')
  const { code, stdout } = await place.run('report', '--offline', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    release: { from: 'kv', serial: 1 },
    history: { value: { releases: [{ serial: 1, note: 'the first', signature: 'unsigned', isLive: true }] } },
    changes: { value: { after: { serial: 1 }, summary: 'everything is new, for nothing was live before' } },
  })
})
