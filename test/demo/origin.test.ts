import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { type Origin, startOrigin } from '../../demo/origin.ts'

let origin: Origin

beforeAll(async () => {
  origin = await startOrigin({ port: 0 })
})

afterAll(() => origin.close())

const send = (path: string, init?: RequestInit) => fetch(origin.url + path, init)
const lastRequest = () => origin.requests.at(-1)

describe('records', () => {
  test('can be made, read, changed and removed', async () => {
    const created = await send('/v1/invoices', { method: 'POST', body: '{"amount":500}' })
    expect(created.status).toBe(201)
    const { id } = (await created.json()) as { id: string }
    const path = `/v1/invoices/${id}`
    expect(await (await send(path)).json()).toEqual({ id, amount: 500 })
    const changes = { method: 'PATCH', body: '{"amount":600,"id":"mine"}' }
    expect(await (await send(path, changes)).json()).toEqual({ id, amount: 600 })
    expect((await send(path, { method: 'DELETE' })).status).toBe(204)
    expect((await send(path)).status).toBe(404)
  })

  test('a body that is no JSON is refused', async () => {
    expect((await send('/v1/invoices', { method: 'POST', body: 'amount=500' })).status).toBe(400)
  })

  test('HEAD is answered like GET', async () => {
    const response = await send('/v1/invoices', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })
})

describe('the list of requests', () => {
  test('holds the target, the headers and the body as they came', async () => {
    await send('/v1/nowhere/a%2Fb?q=%20', { method: 'POST', headers: { 'X-Mixed': 'Case' }, body: 'hello' })
    const request = lastRequest()
    expect(request).toMatchObject({ method: 'POST', url: '/v1/nowhere/a%2Fb?q=%20', bodyBytes: 5 })
    expect(request?.body.toString()).toBe('hello')
    expect(request?.rawHeaders).toContain('Case')
  })

  test('is told of each request as it arrives', async () => {
    const seen: string[] = []
    const talkative = await startOrigin({ port: 0, onRequest: ({ url }) => seen.push(url) })
    await fetch(`${talkative.url}/v1/status`)
    await talkative.close()
    expect(seen).toEqual(['/v1/status'])
  })
})

describe('streams', () => {
  test('an upload comes back whole, and only its beginning is kept', async () => {
    const body = new Uint8Array(1_000_000).fill(7)
    const echo = new Uint8Array(
      await (await send('/v1/invoices/inv-1001/attachments/scan.pdf', { method: 'PUT', body })).arrayBuffer(),
    )
    expect(Buffer.compare(echo, body)).toBe(0)
    expect(lastRequest()).toMatchObject({ bodyBytes: 1_000_000 })
    expect(lastRequest()?.body.length).toBeLessThan(100_000)
  })

  test('events arrive while the answer stays open', async () => {
    const leave = new AbortController()
    const response = await send('/v1/events', { signal: leave.signal })
    const first = await response.body?.getReader().read()
    expect(Buffer.from(first?.value ?? []).toString()).toContain('event: invoice')
    leave.abort()
  })

  test('a tail path reaches its attachment', async () => {
    const response = await send('/v1/invoices/inv-1001/attachments/2026/terms.pdf')
    expect(await response.text()).toContain('2026/terms.pdf')
    expect((await send('/v1/customers/cus-1/documents')).status).toBe(404)
  })

  test('a WebSocket is greeted and hears its own words', async () => {
    const socket = new WebSocket(`${origin.url.replace('http', 'ws')}/v1/events`)
    const [greeting] = await once(socket, 'message')
    socket.send('hello')
    const [echo] = await once(socket, 'message')
    socket.close()
    expect([String(greeting), String(echo)]).toEqual(['{"event":"connected"}', 'hello'])
    expect(lastRequest()?.rawHeaders).toContain('websocket')
  })

  test('a WebSocket anywhere else is refused', async () => {
    const [error] = await once(new WebSocket(`${origin.url.replace('http', 'ws')}/v1/invoices`), 'error')
    expect(String(error)).toContain('404')
  })
})
