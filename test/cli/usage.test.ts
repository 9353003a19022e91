/** `scopewall usage`, `decisions` and `decision` against the admin API over counts in memory; and what is recorded, judged by another map. */
import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createUsageStore } from '../../src/audit/usage/store.ts'
import { sparkline } from '../../src/cli/sparkline.ts'
import { adminOver } from '../admin/admin.ts'
import { batchOf, eventOf, tallyOf } from '../audit/usage/batches.ts'
import { NOW } from '../policy/build.ts'
import { makeWorkplace, SERVICE, type Workplace } from '../support/cli.ts'
import { memoryDatabase } from '../support/sqlite-d1.ts'

let place: Workplace
let server: Server
let url = ''
const DECISION = eventOf({
  at: new Date(NOW * 1000).toISOString(),
  client: 'partner\u001b[2J',
  method: 'GET',
  host: 'api.example.com',
})
const full = memoryDatabase()
let served = adminOver({ usage: full })
const run = (...args: readonly string[]) => place.run(...args, '--url', url)

beforeAll(async () => {
  place = await makeWorkplace()
  const [from, to] = [NOW * 1000, NOW * 1000 + 900]
  const usage = [
    tallyOf({ row: { scopes: ['invoices:admin', 'x:shadow'] }, exercised: ['invoices:admin'], count: 1234 }),
    tallyOf({ row: { path: null, credential: 'none', outcome: 'unmapped' }, shape: '/v2/\u001b]0;x', count: 7 }),
    tallyOf({ row: { outcome: 'observe' }, codes: ['scope_insufficient'], missing: ['invoices:create'], count: 3 }),
    tallyOf({
      row: { client: 'legacy', scopes: ['invoices:old'] },
      by: ['invoices:old'],
      exercised: ['invoices:old'],
      deprecated: ['invoices:old'],
    }),
  ]
  const sinks = [{ sink: 'siem', sent: 5, lost: 2 }]
  await createUsageStore(full).write([batchOf({ from, to, usage, sinks, decisions: [{ event: DECISION }] })], NOW)
  server = createServer(async (request, response) => {
    const answer = await served.get((request.url ?? '').replace('/_scopewall/admin/', ''))
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  vi.stubEnv('SCOPEWALL_TOKEN', 'a.b.c')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  server.close()
  await place.close()
})

describe('usage', () => {
  test.each<readonly [string, readonly string[], readonly (string | RegExp)[]]>([
    ['traffic', [], [/^outcome +requests +by the hour$/m, /^allow +1,235 +·+█$/m, /^deny +7 /m]],
    ['traffic', ['--by', 'client', '--outcome', 'allow'], [/^partner +1,234 /m, /^legacy +1 /m]],
    [
      'scopes',
      [],
      [
        /^invoices:admin +1,234 +1,234 +0 +1 +2026-11-01 /m,
        /^x:shadow .*the map does not know it$/m,
        /^Counted since|Counted since 2026-11-01/,
      ],
    ],
    ['scopes', ['--shadow'], [/^x:shadow/m]],
    ['clients', ['--client', 'partner'], ['would do with  invoices:read', 'held, not used invoices:read x:shadow']],
    ['unmapped', [], [/^7 +GET +api\.example\.com\/v2\/ \]0;x/m]],
    ['deprecated', [], [/invoices:old {2}retired since 2021-01-01; instead: invoices:create/, /^ {2}legacy +1 /m]],
    ['observed', [], [/^3 +GET api\.example\.com\/v1\/invoices +partner +scope_insufficient +invoices:create/m]],
    ['sinks', [], [/^siem +5 +2 +2026-11-01/m, /^decisions +1 +0$/m]],
  ])('%s %o', async (question, options, expected) => {
    const { code, stdout, stderr } = await run('usage', question, ...options)
    expect([code, stderr]).toEqual([0, ''])
    for (const each of expected) expect(stdout).toMatch(each)
    expect(stdout).not.toContain('\u001b')
  })

  test('as JSON it is what the admin API says', async () => {
    const { stdout } = await run('usage', 'traffic', '--json')
    expect(JSON.parse(stdout)).toEqual(await (await served.get('usage/traffic?period=hour&by=outcome')).json())
  })

  test.each(['traffic', 'scopes', 'clients', 'unmapped', 'deprecated', 'observed', 'sinks'])(
    'of a gate that has counted nothing says so: %s',
    async (question) => {
      served = adminOver({ usage: memoryDatabase() })
      const { code, stdout } = await run('usage', question)
      served = adminOver({ usage: full })
      expect(code).toBe(0)
      expect(stdout.length).toBeGreaterThan(20)
    },
  )

  test('of a gate without a database says which binding is missing', async () => {
    served = adminOver()
    const { code, stderr } = await run('usage', 'traffic')
    served = adminOver({ usage: full })
    expect([code, stderr]).toEqual([5, expect.stringContaining('USAGE')])
  })

  test.each([
    [['traffic', '--since', 'yesterday'], /write 2026-12-01/],
    [['traffic', '--until', '7d'], /write 2026-12-01/],
    [['scopes', '--unused', '--shadow'], /only one of/],
  ])('%o is a mistake that is named', async (args, message) => {
    const { code, stderr } = await run('usage', ...args)
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })

  test('what is recorded is judged by another map', async () => {
    const { code, stdout, stderr } = await run('usage', 'replay')
    expect([code, stderr]).toEqual([0, expect.stringContaining('4 lines')])
    await place.write('week.ndjson', stdout)
    const git = (...args: readonly string[]) =>
      promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        cwd: place.folder,
      })
    await git('init', '--quiet')
    await git('add', 'scopes')
    await git('commit', '--quiet', '--message', 'The map.')
    await place.write(
      'scopes/invoices.yaml',
      SERVICE.replace('/invoices: { GET: invoices:read }', '/invoices: { GET: invoices:refund }'),
    )
    const diff = await place.run('diff', '--usage', 'week.ndjson', '--json')
    expect(diff.code).toBe(0)
    expect(JSON.parse(diff.stdout).usage).toMatchObject({ rows: 4, requests: 1245, unmappedRequests: 7 })
  })
})

describe('decisions', () => {
  test('are listed, and one is said in words with what to do', async () => {
    const listed = await run('decisions', '--outcome', 'deny')
    expect(listed.stdout).toContain(DECISION.decision)
    const { code, stdout } = await run('decision', DECISION.decision)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^refused: The access token lacks a scope$/m)
    expect(stdout).toMatch(/^missing +invoices:read$/m)
    expect(stdout).toContain('Ask the authorization server for the scopes of the challenge.')
    expect(stdout).toContain('scopewall explain GET https://api.example.com/v1/invoices')
    expect(listed.stdout + stdout).not.toContain('\u001b')
  })

  test('that are not kept are an answer, too', async () => {
    expect(await run('decision', crypto.randomUUID())).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('14 days'),
    })
    expect((await run('decisions', '--outcome', 'observe')).stdout).toContain('no decision that fits')
  })
})

test('a sparkline tells little from none, and long rows are summed up', () => {
  expect(sparkline([0, 1, 500, 1000])).toBe('·▁▄█')
  expect(sparkline([])).toBe('')
  expect(sparkline(Array(1_000).fill(1))).toHaveLength(40)
})
