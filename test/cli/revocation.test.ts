/** The commands about the log, against the real admin API over HTTP and a log in memory. */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RevocationLog } from '../../src/policy/revocation-log.ts'
import { append } from '../../src/revocation/append.ts'
import { readHead } from '../../src/revocation/facts.ts'
import { changesAfter, linksAfter, listMarks, statusOf } from '../../src/revocation/reading.ts'
import { migrate } from '../../src/revocation/schema.ts'
import { type AdminOptions, adminOver, callerWith, ISSUER } from '../admin/admin.ts'
import { NOW } from '../policy/build.ts'
import { makeWorkplace, type Workplace } from '../support/cli.ts'
import { fakeStorage } from '../support/durable-storage.ts'

type Admin = ReturnType<typeof adminOver>

/** The log as its Durable Object keeps it, and without one. */
const logIn = (storage: ReturnType<typeof fakeStorage>['storage']): RevocationLog => ({
  append: async (entries) => append(storage, entries, NOW * 1000),
  changes: async (after) => changesAfter(storage.sql, readHead(storage.sql), after),
  marks: async (query) => listMarks(storage.sql, query, NOW * 1000),
  links: async (after, limit) => linksAfter(storage.sql, after, limit),
  status: async () => statusOf(storage.sql, readHead(storage.sql)),
})

let place: Workplace
let server: Server
let admin: Admin
let url: string
/** The answer to the next request, where it is not the admin API's. */
let canned: Response | undefined

beforeAll(async () => {
  place = await makeWorkplace()
  server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const hasBody = request.method === 'POST'
    const answer =
      canned ??
      (await admin.ask('admin', request.url ?? '', {
        method: request.method ?? '',
        headers: request.headers as Record<string, string>,
        ...(hasBody && { body: Buffer.concat(chunks) }),
      }))
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => start())
afterEach(() => {
  canned = undefined
  delete process.env.SCOPEWALL_TOKEN
})
afterAll(async () => {
  await place.close()
  await new Promise((resolve) => server.close(resolve))
})

function start(options: AdminOptions = {}) {
  admin = adminOver(options)
  process.env.SCOPEWALL_TOKEN = 'a.b.c'
}

const run = (...words: readonly string[]) => place.run(...words, '--url', url)
const actions = () => admin.log.entries.map(({ action }) => action)

describe('revoke', () => {
  test('says what was revoked, until when and under which number', async () => {
    const { code, stdout } = await run('revoke', '--subject', 'u-17', '--reason', 'left the company')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^revoked subject u-17 of https:\/\/issuer\.example\.com, until 20\d\d-.*Z; entry 1\n$/)
    expect(actions()).toMatchObject([{ target: { kind: 'subject', value: 'u-17' }, reason: 'left the company' }])
  })

  test('says that the log is full, and what makes room', async () => {
    admin.log.isFull = true
    const { code, stderr } = await run('revoke', '--subject', 'u-17', '--reason', 'left the company')
    expect(code).toBe(1)
    expect(stderr).toContain('refused: The revocation log is full (log_full)')
    expect(stderr).toContain('Marks that end make room, and so do undos')
  })

  test.each<[readonly string[], object]>([
    [['--jti', 'j'], { target: { kind: 'jti', issuer: ISSUER, value: 'j' } }],
    [['--client', 'c', '--issued-before', 'now'], { target: { kind: 'client' }, effect: { issuedUntil: NOW } }],
    [['--session', 's', '--issuer', ISSUER], { target: { kind: 'session', issuer: ISSUER } }],
    [
      ['--tenant', 't', '--holding', 'invoices:read invoices:admin'],
      { effect: { holding: ['invoices:read', 'invoices:admin'] } },
    ],
    [['--fingerprint', 'F'.repeat(43)], { target: { kind: 'token' } }],
    [['--scope', 'invoices:read'], { target: { kind: 'scope', scope: 'invoices:read' }, effect: { kind: 'suspend' } }],
    [['--scope', 'invoices:read', '--client', 'c'], { target: { kind: 'scope', client: 'c' } }],
    [['--issuer', ISSUER], { target: { kind: 'issuer', issuer: ISSUER } }],
  ])('%j', async (words, action) => {
    expect((await run('revoke', ...words, '--reason', 'r')).code).toBe(0)
    expect(actions()).toMatchObject([action])
  })

  test.each<[string, readonly string[], string]>([
    ['nothing', ['--reason', 'r'], 'names nothing to revoke'],
    ['two things', ['--jti', 'j', '--subject', 's', '--reason', 'r'], 'one mark is about one of them'],
    ['no reason', ['--jti', 'j'], 'a reason is missing'],
    ['a token on the command line', ['--token', 'e30.e30.AA', '--reason', 'r'], 'a token is no argument'],
    ['a fingerprint and an issuer', ['--fingerprint', 'f', '--issuer', ISSUER, '--reason', 'r'], 'goes without'],
    ['a scope that is not there', ['--scope', 'invoices:raed', '--reason', 'r'], 'no scope of the map'],
    ['an end that has passed', ['--jti', 'j', '--expires', '2020-01-01', '--reason', 'r'], 'expires has passed'],
  ])('%s is a mistake in usage', async (_, words, message) => {
    const { code, stderr } = await run('revoke', ...words)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
    expect(admin.log.entries).toEqual([])
  })

  test('takes the token from standard input, and shows it nowhere', async () => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
    const child = spawn(process.execPath, [main, 'revoke', '--token', '-', '--reason', 'leaked', '--url', url], {
      cwd: place.folder,
      env: { ...process.env, SCOPEWALL_TOKEN: 'a.b.c' },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    child.stdin.end('e30.e30.c2VjcmV0\n')
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(said).toMatch(/revoked token [\w-]{43}/)
    expect(said + JSON.stringify(actions())).not.toContain('c2VjcmV0')
    expect([code, admin.log.entries.length]).toEqual([0, 1])
  })

  test('says what it is limited to', async () => {
    const limits = ['--issued-before', '2026-01-31', '--holding', 'invoices:read', '--expires', 'never']
    const { stdout } = await run('revoke', '--client', 'c', ...limits, '--reason', 'r')
    expect(stdout).toBe(
      `revoked client c of ${ISSUER}, issued up to 2026-01-31T00:00:00Z, holding invoices:read, until it is undone; entry 1\n`,
    )
    const stopped = await run('revoke', '--scope', 'invoices:read', '--reason', 'r')
    expect(stopped.stdout).toBe('suspended scope invoices:read, until it is undone; entry 2\n')
  })

  test('prints facts as JSON', async () => {
    const { stdout } = await run('revoke', '--jti', 'j', '--reason', 'r', '--json')
    const entry = { entry: 1, target: { kind: 'jti' }, effect: { kind: 'revoke' } }
    expect(JSON.parse(stdout)).toMatchObject({ entries: [entry], head: { seq: 1 } })
  })
})

describe('a file', () => {
  test.each([
    ['leavers.csv', 'subject,issuer,reason\nu1,,"left, in May"\nu2,,\n'],
    ['leavers.ndjson', '{"subject":"u1","reason":"left, in May"}\n\n{"subject":"u2"}\n'],
    ['leavers.yaml', '- { subject: u1, reason: "left, in May" }\n- subject: u2\n'],
  ])('%s is revoked as a whole', async (name, text) => {
    await place.write(name, text)
    const { code, stdout } = await run('revoke', '--file', name, '--reason', 'leavers')
    expect([code, stdout]).toEqual([0, `revoked 2 of ${name}: entries 1 to 2\n`])
    expect(actions()).toMatchObject([{ reason: 'left, in May' }, { reason: 'leavers' }])
  })

  test('of long names in any script is sent in parts that the gate takes', async () => {
    const rows = Array.from({ length: 400 }, (_, index) => `${'名'.repeat(1000)}${index}`)
    await place.write('long.csv', `subject\n${rows.join('\n')}\n`)
    const { code } = await run('revoke', '--file', 'long.csv', '--reason', 'r')
    expect([code, admin.log.entries.length]).toEqual([0, 400])
  })

  test('that is not UTF-8 revokes nothing: a letter that was guessed at is another person', async () => {
    await writeFile(join(place.folder, 'latin.csv'), Buffer.from('subject\njos\u00e9\n', 'latin1'))
    const { code, stderr } = await run('revoke', '--file', 'latin.csv', '--reason', 'r')
    expect([code, stderr]).toEqual([2, expect.stringContaining('is not UTF-8')])
    expect(admin.log.entries).toEqual([])
  })

  test.each([
    ['crlf.csv', '\uFEFFsubject,reason\r\n"u,1","it said ""no"""\r\n'],
    ['bom.ndjson', '\uFEFF{"subject":"u,1","reason":"it said \\"no\\""}\r\n'],
    ['bom.yaml', '\uFEFF- { subject: "u,1", reason: "it said \\"no\\"" }\r\n'],
  ])('%s, as other systems write it', async (name, text) => {
    await place.write(name, text)
    expect(await run('revoke', '--file', name)).toMatchObject({ code: 0, stderr: '' })
    expect(actions()).toMatchObject([{ target: { value: 'u,1' }, reason: 'it said "no"' }])
  })

  test('that fails in the middle says how far it came, also as JSON', async () => {
    await place.write('many.csv', `subject\n${Array.from({ length: 501 }, (_, index) => `u${index}`).join('\n')}\n`)
    admin.log.most = 500
    const { code, stdout, stderr } = await run('revoke', '--file', 'many.csv', '--reason', 'r', '--json')
    expect([code, stderr]).toEqual([1, expect.stringContaining('the rows before line 502 were revoked: 500 entries')])
    expect(JSON.parse(stdout)).toMatchObject({ rows: 501, entries: { length: 500 } })
  })

  test('larger than a request is sent in parts, with progress', async () => {
    await place.write('many.csv', `subject\n${Array.from({ length: 1200 }, (_, index) => `u${index}`).join('\n')}\n`)
    const { code, stdout, stderr } = await run('revoke', '--file', 'many.csv', '--reason', 'r')
    expect([code, stdout]).toEqual([0, 'revoked 1200 of many.csv: entries 1 to 1200\n'])
    expect(stderr).toContain('500 entries for 1200 rows')
  })

  test('with mistakes revokes nothing, and says where they are', async () => {
    await place.write(
      'wrong.yaml',
      '- { subject: u1 }\n- { subjct: u2 }\n- { subject: u3, jti: j }\n- { scope: invoices:read }\n',
    )
    const { code, stderr } = await run('revoke', '--file', 'wrong.yaml', '--reason', 'r')
    expect(code).toBe(2)
    expect(stderr).toContain('wrong.yaml:2: there is no `subjct`: did you mean `subject`?')
    expect(stderr).toContain('wrong.yaml:3: it names `jti` and `subject`: one mark is about one of them')
    expect(stderr).toContain('wrong.yaml:4: a scope or a whole issuer is stopped one at a time')
    expect(admin.log.entries).toEqual([])
  })

  test('in which the gate finds a mistake says where it is, too', async () => {
    await place.write('late.csv', 'subject,expires\n\nu1,\n\nu2,2020-01-01\n')
    const { code, stderr } = await run('revoke', '--file', 'late.csv', '--reason', 'r')
    expect([code, stderr]).toEqual([2, expect.stringContaining('late.csv:5: expires has passed already')])
    expect(admin.log.entries).toEqual([])
  })

  test('goes without a target on the command line, and has a name that says what is in it', async () => {
    await place.write('leavers.csv', 'subject\nu1\n')
    expect((await run('revoke', '--file', 'leavers.csv', '--jti', 'j', '--reason', 'r')).code).toBe(2)
    expect((await run('revoke', '--file', 'leavers.txt', '--reason', 'r')).code).toBe(2)
    expect((await run('revoke', '--file', 'nowhere.csv', '--reason', 'r')).code).toBe(2)
  })
})

describe('what the gate says no to', () => {
  test('is said with its code, its remedy and the scope', async () => {
    start({ evidence: callerWith('scopewall:review') })
    const { code, stderr } = await run('revoke', '--jti', 'j', '--reason', 'r')
    expect(code).toBe(4)
    for (const text of [
      'The access token lacks a scope (scope_insufficient)',
      'challenge; the token needs scopewall:revoke',
    ])
      expect(stderr).toContain(text)
  })

  test('a login that is too weak is told which one is asked for', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="x", acr_values="phr phrh", max_age="900"' }
    canned = Response.json({ code: 'step_up_required', title: 't', detail: 'Log in again.' }, { status: 401, headers })
    const { code, stderr } = await run('unrevoke', '1', '--reason', 'r')
    expect([code, stderr]).toEqual([4, expect.stringContaining('it asks for acr_values phr phrh, max_age 900 seconds')])
  })

  test('a map without these rules is named', async () => {
    canned = Response.json({ code: 'unmapped', title: 'No rule covers this request', detail: 'd' }, { status: 403 })
    const { code, stderr } = await run('revocations')
    expect([code, stderr]).toEqual([4, expect.stringContaining('the map that the Worker was built with has no rule')])
  })

  test('a log that cannot be asked is 1', async () => {
    admin.log.isUp = false
    expect((await run('revocations')).code).toBe(1)
  })

  test.each<[string, () => Response]>([
    ['no gate', () => new Response('<html>', { status: 404 })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example' } })],
    ['another API', () => Response.json({ hello: 'world' })],
  ])('%s is none', async (_, answer) => {
    canned = answer()
    expect((await run('revocations')).code).toBe(1)
  })

  test('terminals are not moved by what others wrote', async () => {
    canned = Response.json({ code: 'x\u001b[2J', title: 'a\u001b[2Jb', detail: '\u001b[2J' }, { status: 403 })
    expect((await run('revocations')).stderr).not.toContain('\u001b')
  })
})

describe('the access token', () => {
  test('is asked for, from a place that nobody else reads', async () => {
    delete process.env.SCOPEWALL_TOKEN
    const { code, stderr } = await run('revocations')
    expect([code, stderr]).toEqual([2, expect.stringContaining('SCOPEWALL_TOKEN')])
    await place.write('token.txt', 'a.b.c\n')
    expect((await run('revocations', '--token-file', 'token.txt')).code).toBe(0)
  })

  test('does not travel unencrypted', async () => {
    const { code, stderr } = await place.run('revocations', '--url', 'http://api.example.com')
    expect([code, stderr]).toEqual([2, expect.stringContaining('use https')])
  })
})

describe('revocations and unrevoke', () => {
  test('list what holds, by whom and why; all of it on request', async () => {
    await run('revoke', '--subject', 'u-17', '--reason', 'left')
    await run('revoke', '--scope', 'invoices:read', '--reason', 'pays twice')
    const { stdout } = await run('revocations')
    expect(stdout.split('\n')).toHaveLength(4)
    for (const text of ['scope invoices:read', 'suspended', 'it is undone', 'subject u-17 of', 'ada', 'pays twice'])
      expect(stdout).toContain(text)

    const undone = await run('unrevoke', '1', '2', '--reason', 'a mistake')
    expect([undone.code, undone.stdout]).toEqual([0, 'undone entry 1; entry 3\nundone entry 2; entry 4\n'])
    expect((await run('revocations')).stdout).toBe('nothing is revoked\n')
    expect((await run('revocations', '--all')).stdout).toContain('(undone)')
  })

  test('filter, and say that there are more', async () => {
    for (const name of ['a', 'b', 'c']) await run('revoke', '--subject', name, '--reason', 'r')
    const { stdout, stderr } = await run('revocations', '--limit', '2')
    expect([stdout.split('\n').length, stderr]).toEqual([4, expect.stringContaining('there are more')])
    const filtered = await run('revocations', '--subject', 'b', '--json')
    expect(JSON.parse(filtered.stdout)).toMatchObject({ marks: [{ action: { target: { value: 'b' } } }], more: false })
  })

  const listing = (action: object, ...words: readonly string[]) => {
    const author = { kind: 'sender', name: 'idp' }
    const mark = { seq: 7, time: '2026-01-31T12:00:00.000Z', author, standing: 'active' }
    const target = { kind: 'subject', issuer: ISSUER, value: 'u1' }
    const effect = { kind: 'revoke' }
    canned = Response.json({
      marks: [{ ...mark, action: { target, effect, reason: 'r', ...action } }],
      next: null,
    })
    return run('revocations', ...words)
  }

  test.each<[object, string]>([
    [
      { kind: 'revoke', matching: { session: 's1', device: 'd1' } },
      'subject u1 of https://issuer.example.com with session s1, device d1  revoked ',
    ],
    [
      { kind: 'revoke', issuedUntil: 0, holding: ['a:b', 'c:d'] },
      'revoked, issued up to 1970-01-01T00:00:00Z, holding a:b or c:d',
    ],
    [
      { kind: 'step-up', authenticatedAfter: 0.5, acr: ['phr'] },
      'step-up, authenticated after 1970-01-01T00:00:00Z, acr phr',
    ],
    [{ kind: 'one day' }, 'revoked'],
  ])('show what a mark is about, and what it asks: %j', async (effect, text) => {
    expect((await listing({ effect })).stdout).toContain(text)
  })

  test('show ends that no calendar has', async () => {
    expect((await listing({ expires: 1e13 })).stdout).toContain('second 10000000000000')
  })

  test.each<[string, object]>([
    ['a limit', { effect: { kind: 'revoke', issuedUntil: 'x' } }],
    ['a name', { effect: { kind: 'revoke', matching: { session: 1 } } }],
    ['an end', { expires: 'x' }],
  ])('do not stumble over %s of another type', async (_, action) => {
    expect(await listing(action)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not that of an admin API'),
    })
  })

  test('say that a filter fits nothing, and not that nothing is revoked', async () => {
    await run('revoke', '--subject', 'a', '--reason', 'r')
    expect((await run('revocations', '--subject', 'b')).stdout).toBe('no mark has this target\n')
  })

  test('what cannot be undone is 5, and what was undone before it stays so', async () => {
    await run('revoke', '--subject', 'a', '--reason', 'r')
    const { code, stderr } = await run('unrevoke', '1', '7', '--reason', 'r')
    expect([code, stderr]).toEqual([5, expect.stringContaining('No mark has this number')])
    expect(admin.log.entries).toHaveLength(2)
    expect((await run('unrevoke', 'x', '--reason', 'r')).code).toBe(2)
  })

  test('taking back can be said again where it was cut short', async () => {
    for (const name of ['a', 'b']) await run('revoke', '--subject', name, '--reason', 'r')
    await run('unrevoke', '1', '--reason', 'r')
    const { code, stdout, stderr } = await run('unrevoke', '1', '2', '--reason', 'r')
    expect([code, stdout, stderr]).toEqual([5, 'undone entry 2; entry 4\n', 'entry 1 was taken back before\n'])
    const failed = await run('unrevoke', '2', '9', '--reason', 'r', '--json')
    expect([failed.code, JSON.parse(failed.stdout)]).toEqual([5, { undone: [], before: [2] }])
    expect(failed.stderr).toContain('entry 9: No mark has this number')
  })

  test('JSON moves no terminal, and says the same', async () => {
    const reason = 'a\u009b2J\u202eb\u{e0041}'
    const { stdout } = await listing({ reason }, '--json')
    expect(stdout).not.toMatch(/(?!\n)\p{C}/u)
    expect(JSON.parse(stdout)).toMatchObject({ marks: [{ action: { reason } }] })
  })
})

describe('audit', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b', 'c']) await run('revoke', '--subject', name, '--reason', 'r')
  })
  const headAt = (seq: number) => `${seq}:${admin.log.chain[seq - 1]?.hash}`

  test('verify follows the chain to its head, and holds it against one that was noted', async () => {
    const { code, stdout } = await run('audit', 'verify', '--head', headAt(2))
    expect([code, stdout]).toEqual([
      0,
      `intact ${url}: 3 entries\nit holds entry 2 as it was noted\nhead ${headAt(3)}\n`,
    ])
  })

  test('an empty log is intact', async () => {
    start()
    expect((await run('audit', 'verify')).stdout).toContain('0 entries\nhead 0:\n')
  })

  test('export writes what verify reads', async () => {
    const written = await run('audit', 'export', '--out', 'out/log.ndjson')
    expect(written.stderr).toContain('out/log.ndjson: 3 entries')
    const verified = await run('audit', 'verify', '--file', 'out/log.ndjson', '--head', headAt(3))
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining(`head ${headAt(3)}`)])
    const printed = await run('audit', 'export')
    expect(printed.stdout).toBe(await readFile(join(place.folder, 'out/log.ndjson'), 'utf8'))
  })

  test.each<[string, (lines: readonly string[]) => readonly string[], string]>([
    [
      'a text was changed',
      ([h, a, b, c]) => [h, a, b?.replace('\\"b\\"', '\\"x\\"'), c] as string[],
      'entry 2: its text is not what was hashed',
    ],
    ['an entry was left out', ([h, a, , c]) => [h, a, c] as string[], 'entry 2: entries are missing before it'],
    ['a line was cut', ([h, a, b]) => [h, a, b?.slice(0, 40)] as string[], 'entry 2: what stands there is no entry'],
    ['the end was cut off', ([h, a, b]) => [h, a, b] as string[], 'entry 3: it is missing'],
  ])('%s: 5, and where', async (_, change, message) => {
    await run('audit', 'export', '--out', 'log.ndjson')
    const lines = (await readFile(join(place.folder, 'log.ndjson'), 'utf8')).trimEnd().split('\n')
    await place.write('log.ndjson', `${change(lines).join('\n')}\n`)
    const { code, stderr } = await run('audit', 'verify', '--file', 'log.ndjson')
    expect([code, stderr]).toEqual([5, expect.stringContaining(message)])
    const facts = await run('audit', 'verify', '--file', 'log.ndjson', '--json')
    expect(JSON.parse(facts.stdout)).toMatchObject({ intact: false })
  })

  test('what was noted and has been cut off since is no intact log', async () => {
    const floor = { seq: 2, hash: admin.log.chain[1]?.hash }
    const links = admin.log.chain.slice(2)
    const head = { seq: 3, hash: links[0]?.hash }
    const lines = [{ format: 1, floor, head }, ...links].map((line) => JSON.stringify(line))
    await place.write('cut.ndjson', `${lines.join('\n')}\n`)
    expect((await run('audit', 'verify', '--file', 'cut.ndjson')).code).toBe(0)
    const { code, stdout } = await run('audit', 'verify', '--file', 'cut.ndjson', '--head', headAt(1), '--json')
    expect([code, JSON.parse(stdout)]).toMatchObject([5, { intact: false, entry: 1 }])
  })

  test('a log that was made anew is found by what was noted of the old one', async () => {
    const noted = headAt(2)
    start()
    await run('revoke', '--subject', 'z', '--reason', 'r')
    expect((await run('audit', 'verify')).code).toBe(0)
    expect((await run('audit', 'verify', '--head', noted)).stderr).toContain('entry 2: it is missing')
    await run('revoke', '--subject', 'y', '--reason', 'r')
    expect((await run('audit', 'verify', '--head', noted)).stderr).toContain('it is another one than was noted')
  })

  describe('of the database itself', () => {
    let sql: ReturnType<typeof fakeStorage>['storage']['sql']
    let noted = ''
    beforeEach(async () => {
      const { storage } = fakeStorage()
      sql = storage.sql
      migrate(storage)
      start({ store: logIn(storage) })
      for (const name of ['a', 'b', 'c', 'd']) await run('revoke', '--subject', name, '--reason', 'r')
      noted = /head (.*)/.exec((await run('audit', 'verify')).stdout)?.[1] ?? ''
    })

    test.each<[string, readonly string[], string]>([
      [
        'a reason that is another',
        ['UPDATE entry SET text = replace(text, \'"r"\', \'"s"\') WHERE seq = 2'],
        'entry 2: its text',
      ],
      [
        'a target that is another',
        ['UPDATE entry SET text = replace(text, \'"b"\', \'"x"\') WHERE seq = 2'],
        'entry 2: its text',
      ],
      ['a hash that is another', [`UPDATE entry SET hash = '${'x'.repeat(43)}' WHERE seq = 2`], 'entry 2: its text'],
      ['an entry that is gone', ['DELETE FROM entry WHERE seq = 2'], 'entry 2: entries are missing before it'],
      ['a beginning that is gone', ['DELETE FROM entry WHERE seq = 1'], 'entry 1: '],
      ['an end that is gone', ['DELETE FROM entry WHERE seq > 2'], 'entry 3: it is missing'],
      [
        'entries that changed places',
        [
          'UPDATE entry SET seq = 99 WHERE seq = 2',
          'UPDATE entry SET seq = 2 WHERE seq = 3',
          'UPDATE entry SET seq = 3 WHERE seq = 99',
        ],
        'entry 2: ',
      ],
    ])('%s is found', async (_, statements, message) => {
      for (const statement of statements) sql.exec(statement)
      const { code, stderr } = await run('audit', 'verify', '--head', noted)
      expect([code, stderr]).toEqual([5, expect.stringContaining(message)])
    })

    test('an end that is gone is found by what was noted alone, and a beginning that was cut by rights is told', async () => {
      sql.exec('DELETE FROM entry WHERE seq > 3')
      expect((await run('audit', 'verify')).code).toBe(0)
      expect((await run('audit', 'verify', '--head', noted)).code).toBe(5)
      const [{ hash }] = sql.exec<{ hash: string }>('SELECT hash FROM entry WHERE seq = 1').toArray() as [
        { hash: string },
      ]
      sql.exec('DELETE FROM entry WHERE seq = 1')
      sql.exec("INSERT INTO fact (name, value) VALUES ('floor', ?)", JSON.stringify({ seq: 1, hash }))
      expect((await run('audit', 'verify')).stdout).toContain('from entry 2 on: what was before has been cut off')
    })
  })

  test('a head that is none, and a file that is none, are mistakes in usage', async () => {
    expect((await run('audit', 'verify', '--head', 'abc')).code).toBe(2)
    await place.write('x.ndjson', 'hello\n')
    expect((await run('audit', 'verify', '--file', 'x.ndjson')).code).toBe(2)
  })
})
