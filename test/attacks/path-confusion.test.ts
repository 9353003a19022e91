/** Paths that two parsers read in two ways. Sent as bytes: a client library would tidy them up. Nothing here may reach the origin. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendBytes, sendRaw } from '../support/raw-http.ts'
import { startWorld, type World } from '../support/world.ts'

let world: World
let token: string

beforeAll(async () => {
  world = await startWorld()
  // Everything that can be held: only the path can be the reason to refuse.
  token = await world.issuer.mint({
    scope: 'invoices:read invoices:create',
    acr: 'phr',
    auth_time: Math.floor(Date.now() / 1000),
  })
})
afterAll(() => world.close())

const send = (target: string, method = 'GET') =>
  sendRaw(world.gate.port, { method, target, headers: [`Authorization: Bearer ${token}`] })

/** What was refused, and why that should be: on record a second later, so that all are looked up at once. */
const refused: { readonly target: string; readonly id: string | undefined; readonly detail: string }[] = []

test.each([
  ['/v1/status/../invoices/export', 'dot_segment'],
  ['/v1/status/%2e%2e/invoices/export', 'encoded_unreserved'],
  ['/v1/status/%2E%2E/invoices/export', 'encoded_unreserved'],
  ['/v1/status/.%2e/invoices/export', 'encoded_unreserved'],
  ['/v1/./status', 'dot_segment'],
  ['/v1/status/..%2finvoices', 'encoded_reserved'],
  ['/v1/status%2f..%2finvoices', 'encoded_reserved'],
  ['/v1/invoices%2Fexport', 'encoded_reserved'],
  ['/v1/invoices%5Cexport', 'encoded_reserved'],
  ['/v1\\invoices\\export', 'not_a_path_character'],
  ['/v1/invoices/..;/export', 'semicolon'],
  ['/v1/invoices;x=1/export', 'semicolon'],
  ['/v1/invoices/export;', 'semicolon'],
  ['/v1/invoices%3Bx', 'encoded_reserved'],
  ['//v1/invoices', 'empty_segment'],
  ['/v1//invoices', 'empty_segment'],
  ['/v1/invoices//', 'empty_segment'],
  ['/v1/%69nvoices', 'encoded_unreserved'],
  ['/v1/invoices/%65xport', 'encoded_unreserved'],
  ['/v1/invoices/a%00', 'control_character'],
  ['/v1/invoices/a%0d%0ab', 'control_character'],
  ['/v1/invoices/a%7f', 'control_character'],
  ['/v1/invoices/%', 'bad_percent_encoding'],
  ['/v1/invoices/%zz', 'bad_percent_encoding'],
  ['/v1/invoices/%u0065xport', 'bad_percent_encoding'],
  ['/v1/invoices/%252e%252e', 'encoded_reserved'],
  ['/v1/invoices/%2565xport', 'encoded_reserved'],
  ['/v1/invoices/%3fx', 'encoded_reserved'],
  ['/v1/invoices/%23x', 'encoded_reserved'],
  ['/v1/invoices/%c0%ae%c0%ae', 'not_utf8'],
  ['/v1/invoices/%ff', 'not_utf8'],
  ['/v1/invoices/%ed%a0%80', 'not_utf8'],
  ['/v1/invoices/export.', 'trailing_dot_or_space'],
  ['/v1/invoices/export%20', 'trailing_dot_or_space'],
  ['/v1/invoices/...', 'dot_segment'],
  ['/v1/invoices/%EF%BD%85xport', 'not_normalized'],
  ['/v1/invoices/%E2%84%AA', 'not_normalized'],
  ['/v1/invoices/ex%E2%80%8Bport', 'invisible_character'],
  ['/v1/invoices/%E2%80%AEtropxe', 'invisible_character'],
  ['/v1/invoices/EXPORT', 'folds_into_literal'],
  ['/v1/invoices/Export', 'folds_into_literal'],
  ['/v1/invoices/export.json', 'folds_into_literal'],
  ['/v1/invoices/export.tar.gz', 'folds_into_literal'],
  ['/v1/invoices/export.abcdefghi', 'folds_into_literal'],
  ['/v1/invoices/export.a-b', 'folds_into_literal'],
  ['/v1/invoices/export.json@x', 'folds_into_literal'],
  ['/v1/invoices/export.%C3%A9', 'folds_into_literal'],
  ['/v1/invoices/%20export', 'folds_into_literal'],
  ['/v1/invoices/1/attachments/audit/', 'folds_into_literal'],
  ['/v1/invoices/1/attachments/Audit/', 'folds_into_literal'],
  ['/v1/invoices/1/attachments/audit.pdf', 'folds_into_literal'],
  ['/v1/invoices/[1]', 'not_a_path_character'],
  ['/v1/invoices/a|b', 'not_a_path_character'],
  ['/v1/invoices/é', 'not_a_path_character'],
  [`/v1/invoices/${'a'.repeat(5000)}`, 'too_long'],
  ['/v1/invoices?_method=DELETE', 'method_parameter'],
  ['/v1/invoices?a=1&%5Fmethod=DELETE', 'method_parameter'],
  ['/v1/invoices?.method=DELETE', 'method_parameter'],
])('%s is 400 and the origin never hears of it', async (target, detail) => {
  const before = world.origin.requests.length
  const response = await send(target)
  expect([response.status, JSON.parse(response.body).code]).toEqual([400, 'target_ambiguous'])
  expect(world.origin.requests.length).toBe(before)
  refused.push({ target, id: response.headers['scopewall-decision'], detail })
})

test('each of them is on record with the reason', async () => {
  const details = () => new Map(world.gate.events().map(({ decision, detail }) => [decision, detail]))
  await expect
    .poll(
      () => {
        const recorded = details()
        return refused.map(({ target, id }) => [target, recorded.get(id)])
      },
      { timeout: 10_000 },
    )
    .toEqual(refused.map(({ target, detail }) => [target, detail]))
  expect(refused.length).toBeGreaterThan(0)
})

test.each([
  '/V1/invoices',
  '/v1/Invoices',
  '/v1/INVOICES/export',
  '/v1/invoices/',
  '/v1/invoices/1/',
  '/v1/status/',
  '/v1/status.json',
  '/v1/invoices/1/attachments/audit',
])('%s is another path than the one it resembles: refused', async (target) => {
  const before = world.origin.requests.length
  expect((await send(target)).status).toBeGreaterThanOrEqual(400)
  expect(world.origin.requests.length).toBe(before)
})

test.each([
  '/%5Fscopewall/health',
  '/_scopewall%2fhealth',
  '/_scopewall/../v1/invoices',
  '/.well-known/../v1/invoices',
  '//_scopewall/health',
  '/_SCOPEWALL/health',
  '/_scopewall/health/',
])('a reserved address in another spelling, %s, is neither served nor forwarded', async (target) => {
  const before = world.origin.requests.length
  expect((await send(target)).status).toBeGreaterThanOrEqual(400)
  expect(world.origin.requests.length).toBe(before)
})

test.each([
  'api.example.com:99999',
  'a@api.example.com',
  'api.example.com.',
  'api.example.com%00',
  '[::1',
  'evil.example.com',
  'api.example.com.evil.example',
  '*.example.com',
])('Host: %s is refused without an exception', async (host) => {
  const before = world.origin.requests.length
  const response = await sendRaw(world.gate.port, { target: '/v1/status', host })
  expect([400, 403]).toContain(response.status)
  expect(world.origin.requests.length).toBe(before)
  expect(world.gate.events().filter((event) => event.event === 'fault')).toEqual([])
})

test('`OPTIONS *` is refused', async () => {
  expect((await sendRaw(world.gate.port, { method: 'OPTIONS', target: '*' })).status).toBe(400)
})

test('no single byte of a path opens the gate: every value at every place of a protected path', async () => {
  const before = world.origin.requests.length
  const base = '/v1/invoices/export'
  for (let octet = 0; octet < 256; octet++) {
    for (const place of [1, 4, 12, 13, base.length]) {
      const target = Buffer.concat([
        Buffer.from(base.slice(0, place)),
        Buffer.of(octet),
        Buffer.from(base.slice(place)),
      ])
      const head = [
        Buffer.from('GET '),
        target,
        Buffer.from(' HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n'),
      ]
      const status = await sendBytes(world.gate.port, Buffer.concat(head)).then(
        (response) => response.status,
        () => 400,
      )
      expect(status, `octet ${octet} at ${place}`).toBeGreaterThanOrEqual(400)
    }
  }
  expect(world.origin.requests.length).toBe(before)
})
