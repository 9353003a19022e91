/** What is believed of an answer of the health page, and the connection that it comes over. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { connectTo, healthAddress, readAnswer } from '../../src/cli/edge.ts'

const DIGEST = 'a'.repeat(64)
const BODY = {
  status: 'ok',
  release: { digest: DIGEST, serial: 3, source: 'kv' },
  bundled: { digest: DIGEST, serial: 0 },
}

test('a gate says its release, its bundle, its data centre and its time', () => {
  const headers = { 'cf-ray': '8f1b2c3d4e5f6a7b-AMS', date: 'Sat, 28 Nov 2026 12:00:00 GMT' }
  expect(readAnswer(200, headers, JSON.stringify(BODY))).toEqual({
    kind: 'gate',
    release: BODY.release,
    bundled: BODY.bundled,
    colo: 'AMS',
    date: Date.parse('2026-11-28T12:00:00Z'),
  })
})

test('a gate that does not say what it was built with is one all the same', () => {
  expect(readAnswer(200, {}, JSON.stringify({ release: BODY.release }))).toEqual({
    kind: 'gate',
    release: BODY.release,
  })
})

const KNOWN = { freshness: 'stale', stance: 'refuse-critical', seq: 12, marks: 3, ageSeconds: 70 }

const { ageSeconds: _, ...ASKED_IN_VAIN } = KNOWN

test.each([KNOWN, { ...ASKED_IN_VAIN, freshness: 'fresh' }, 'off'])(
  'a gate says how much it knows of the revocation log: %j',
  (revocation) => {
    expect(readAnswer(200, {}, JSON.stringify({ ...BODY, revocation }))).toMatchObject({ revocation })
  },
)

test.each([
  'on',
  null,
  { ...KNOWN, stance: '\u001b[31m' },
  { ...KNOWN, freshness: 'young' },
  { ...KNOWN, seq: '12' },
  { ...KNOWN, marks: -1 },
])('nothing is taken from %j, which only looks like that', (revocation) => {
  expect(readAnswer(200, {}, JSON.stringify({ ...BODY, revocation }))).not.toHaveProperty('revocation')
})

test.each([
  [404, JSON.stringify(BODY)],
  [503, JSON.stringify({ status: 'no_release' })],
  [200, '<html>'],
  [200, 'null'],
  [200, JSON.stringify({ release: { ...BODY.release, digest: '\u001b[31m' } })],
  [200, JSON.stringify({ release: { ...BODY.release, serial: '3' } })],
  [200, JSON.stringify({ release: { ...BODY.release, serial: -1 } })],
  [200, JSON.stringify({ release: { ...BODY.release, source: '\u001b[31m' } })],
])('%i %s is not the answer of a gate with a release', (status, body) => {
  expect(readAnswer(status, {}, body)).toMatchObject({ kind: 'failed', isAbsent: false })
})

test('neither a data centre nor a time is taken from what only looks like one', () => {
  const answer = readAnswer(200, { 'cf-ray': '8f1b-\u001b[31m', date: 'now' }, JSON.stringify(BODY))
  expect(answer).not.toHaveProperty('colo')
  expect(answer).not.toHaveProperty('date')
})

test.each(['api.example.com', 'ftp://api.example.com', 'file:///etc/hosts', ''])(
  '%j is no address of a gate',
  (url) => {
    expect(() => healthAddress(url)).toThrow('is no URL')
  },
)

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function serve(listener: RequestListener): Promise<{ readonly url: string; readonly sockets: () => number }> {
  let sockets = 0
  server = createServer(listener).on('connection', () => sockets++)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets: () => sockets }
}

test('a connection stays from question to question, and two connections are two', async () => {
  const { url, sockets } = await serve((request, response) =>
    response.end(JSON.stringify({ ...BODY, path: request.url })),
  )
  const [first, second] = [connectTo(healthAddress(url)), connectTo(healthAddress(`${url}/v1?x`))]
  for (const { ask } of [first, first, second, second]) expect((await ask(5_000)).kind).toBe('gate')
  expect(sockets()).toBe(2)
  first.close()
  second.close()
})

test.each<[string, RequestListener, string]>([
  ['silence', () => {}, 'did not answer in time'],
  ['an answer without end', (_, response) => void response.write('{'), 'did not answer in time'],
  ['a connection that is cut', (_, response) => void response.destroy(), 'could not be reached'],
  ['too long an answer', (_, response) => void response.end(`"${'x'.repeat(100_000)}"`), 'said more'],
  ['a redirect, which is not followed', (_, response) => void response.writeHead(302, { location: '/' }).end(), '302'],
])('%s is a failure with a reason', async (_, listener, why) => {
  const { url } = await serve(listener)
  const { ask, close } = connectTo(healthAddress(url))
  expect(await ask(300)).toMatchObject({ kind: 'failed', why: expect.stringContaining(why), isAbsent: false })
  close()
})

test('where nothing listens nothing is there', async () => {
  const { url } = await serve(() => {})
  await new Promise((resolve) => server?.close(resolve))
  expect(await connectTo(healthAddress(url)).ask(1_000)).toMatchObject({ kind: 'failed', isAbsent: true })
})
