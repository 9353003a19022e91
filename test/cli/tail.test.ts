/** `scopewall tail` against a gate that shows what a test says: what it offers, what it prints, and when it ends. */
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { tailLine } from '../../src/cli/tail-line.ts'
import { makeWorkplace, type Workplace } from '../support/cli.ts'

let place: Workplace
let server: Server
let url = ''
let tickets = 0
let offered: string[] = []
let heard: string[] = []
let reply: { status: number; body: object }
let onSocket: (socket: WebSocket) => void

beforeAll(async () => {
  place = await makeWorkplace()
  server = createServer((request, response) => {
    const good = request.method === 'POST' && request.url === '/_scopewall/admin/tail'
    const { status, body } = good ? reply : { status: 404, body: {} }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'scopewall.tail.v1' })
  server.on('upgrade', (request, socket, head) => {
    offered.push(`${request.url} ${request.headers['sec-websocket-protocol']}`)
    sockets.handleUpgrade(request, socket, head, (each) => {
      each.on('message', (data) => heard.push(String(data)))
      onSocket(each)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await Promise.all([new Promise((resolve) => server.close(resolve)), place.close()])
})
beforeEach(() => {
  vi.stubEnv('SCOPEWALL_TOKEN', 'a.b.c')
  offered = []
  heard = []
  tickets = 0
  reply = { status: 200, body: { ticket: 'secret-ticket', url: 'wss://elsewhere.example/', expiresAt: '' } }
  onSocket = () => {}
})

const event = (decision: string, facts: object = {}) => ({
  event: 'decision',
  at: '2026-11-28T10:11:12.345Z',
  decision,
  outcome: 'deny',
  codes: ['scope_insufficient'],
  rule: 'POST api.example.com/v1/invoices',
  client: 'partner',
  missing: ['invoices:create'],
  ...facts,
})
const send = (socket: WebSocket, kind: string, ...decisions: object[]) =>
  socket.send(JSON.stringify({ kind, decisions }))
const run = (...args: string[]) => place.run('tail', '--url', url, ...args)

test('prints what was just before and what comes, each once, and counts in the end', async () => {
  onSocket = (socket) => {
    send(socket, 'recent', event('d-1'), event('d-2', { outcome: 'allow', codes: undefined, missing: [], by: ['a:b'] }))
    send(socket, 'decisions', event('d-2'), event('d-3'))
    socket.send(JSON.stringify({ kind: 'skipped', count: 7 }))
  }
  const { code, stdout, stderr } = await run('--for', '1s')
  expect([code, offered]).toEqual([0, ['/_scopewall/tail scopewall.tail.v1, ticket.secret-ticket']])
  const [header = '', ...lines] = stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.slice(line.lastIndexOf('d-')))).toEqual(['d-1', 'd-2', 'd-3'])
  expect(lines[0]).toMatch(
    /^10:11:12 {2}deny {5}scope_insufficient +POST api.example.com\/v1\/invoices +partner +missing invoices:create +d-1$/,
  )
  expect(new Set(lines.map((line) => line.indexOf('d-')))).toEqual(new Set([header.indexOf('decision')]))
  expect(stderr).toContain('3 decisions: 1 allow, 0 observe, 2 deny; 7 were not shown')
  expect(stdout + stderr).not.toContain('secret-ticket')
})

test('sends its filter, and holds what was just before to it itself', async () => {
  onSocket = (socket) => send(socket, 'recent', event('d-1'), event('d-2', { outcome: 'allow', client: 'other' }))
  const args = ['--outcome', 'deny', '--client', 'partner', '--scope', 'invoices:create']
  const { stdout } = await run(...args, '--json', '--for', '1s')
  expect(heard).toEqual(['{"outcomes":["deny"],"client":"partner","scope":"invoices:create"}'])
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).decision),
  ).toEqual(['d-1'])
})

test('comes again with another ticket when a socket ends', async () => {
  onSocket = (socket) => {
    tickets += 1
    send(socket, 'recent', event('d-1'), ...(tickets > 1 ? [event('d-2')] : []))
    if (tickets === 1) socket.close(4000)
  }
  const { code, stdout } = await run('--json', '--for', '2s')
  expect([code, offered.length]).toEqual([0, 2])
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).decision),
  ).toEqual(['d-1', 'd-2'])
})

describe('ends where the gate does not want it', () => {
  test('under-scoped: the refusal, and no socket', async () => {
    reply = { status: 403, body: { title: 'No.', code: 'scope_insufficient', required_scopes: ['scopewall:observe'] } }
    const { code, stderr } = await run()
    expect([code, offered]).toEqual([4, []])
    expect(stderr).toContain('scopewall:observe')
  })

  test('an answer that is none', async () => {
    reply = { status: 200, body: { ticket: 'a b' } }
    expect((await run()).code).toBe(1)
  })

  test('a filter that it does not take', async () => {
    onSocket = (socket) => socket.send(JSON.stringify({ kind: 'refused', detail: 'rule is not a text' }))
    const { code, stderr } = await run('--rule', 'x')
    expect([code, stderr]).toEqual([2, expect.stringContaining('rule is not a text')])
  })
})

test('a line shows nothing that a terminal would act upon, and is as wide as every other', () => {
  const hostile = tailLine(event('x', { client: '\u001b[2J\u202eevil\nclient', rule: 'GET '.padEnd(400, 'x') }))
  expect(hostile).not.toMatch(/\p{C}/u)
  for (const odd of [null, 7, 'text', { codes: 'x', missing: {}, by: 9 }, hostile])
    expect(tailLine(odd)).not.toContain('\n')
  expect(hostile.indexOf('missing')).toBe(tailLine(event('y')).indexOf('missing'))
})
