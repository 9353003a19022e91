/** What the invoicing API can do. It trusts whoever reaches it: judging is the gate's work. */
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createRecords, type JsonRecord, type Records } from './origin-records.ts'

/** One request on its way through a route. */
export interface Exchange {
  /** The path of the request, undecoded. */
  readonly path: string
  readonly query: URLSearchParams
  /** Can be read once. */
  readonly body: AsyncIterable<Buffer>
  readonly response: ServerResponse
}

export interface Route {
  readonly method: string
  readonly template: string
  /** Rejects where the body cannot be read as what the route needs. */
  readonly handle: (exchange: Exchange) => void | Promise<void>
}

/** Each of these can be listed and added to, and each member read, changed and removed. */
const COLLECTIONS = [
  '/v1/customers',
  '/v1/customers/{customerId}/contacts',
  '/v1/invoices',
  '/v1/invoices/{invoiceId}/lines',
  '/v1/invoices/{invoiceId}/refunds',
  '/v1/payments',
  '/v1/payouts',
  '/v1/reports',
]

/** What can be done to a member, and the status it has afterwards. */
const ACTIONS = [
  { template: '/v1/invoices/{invoiceId}/send', status: 'sent' },
  { template: '/v1/payments/{paymentId}/capture', status: 'captured' },
  { template: '/v1/payments/{paymentId}/cancel', status: 'cancelled' },
]

const FILES = ['/v1/customers/{customerId}/documents/{path+}', '/v1/invoices/{invoiceId}/attachments/{path+}']

/** Returns the routes over data of their own. Literals stand before the parameters that would cover them. */
export function createOriginRoutes(): readonly Route[] {
  const records = createRecords()
  return [
    get('/v1/status', () => ({ status: 'ok' })),
    post('/v1/customers/search', () => ({ items: records.list('/v1/customers') })),
    { method: 'GET', template: '/v1/invoices/export', handle: ({ response }) => exportLines(records, response) },
    get('/v1/reports/revenue', () => ({ currency: 'EUR', amount: 60_500 })),
    { method: 'GET', template: '/v1/events', handle: streamEvents },
    { method: 'GET', template: '/v1/reports/{reportId}/rows', handle: streamRows },
    get('/v1/customers/{customerId}/invoices', (path) => ({ items: invoicesOf(records, path) })),
    get('/v1/invoices/{invoiceId}/attachments', () => ({ items: ['terms.pdf', '2026/delivery-note.pdf'] })),
    get('/v1/invoices/{invoiceId}/history', () => ({ items: [{ event: 'created' }] })),
    post('/v1/payment-providers/{providerId}/notifications', () => ({ status: 'received' })),
    ...ACTIONS.map(({ template, status }) => actionRoute(records, template, status)),
    ...FILES.flatMap(fileRoutes),
    ...COLLECTIONS.flatMap((template) => collectionRoutes(records, template)),
  ]
}

/** Answers with JSON. */
export function replyJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}

const get = (template: string, answer: (path: string) => object): Route => ({
  method: 'GET',
  template,
  handle: ({ path, response }) => replyJson(response, 200, answer(path)),
})

const post = (template: string, answer: (path: string) => object): Route => ({
  ...get(template, answer),
  method: 'POST',
})

function replyFound(response: ServerResponse, record: JsonRecord | undefined): void {
  if (record === undefined) replyJson(response, 404, { error: 'no_record' })
  else replyJson(response, 200, record)
}

function collectionRoutes(records: Records, template: string): readonly Route[] {
  const member = `${template}/{id}`
  return [
    get(template, (path) => ({ items: records.list(path) })),
    {
      method: 'POST',
      template,
      handle: async ({ path, body, response }) => replyJson(response, 201, records.add(path, await readJson(body))),
    },
    { method: 'GET', template: member, handle: ({ path, response }) => replyFound(response, records.find(path)) },
    ...['PATCH', 'PUT'].map((method) => ({
      method,
      template: member,
      handle: async ({ path, body, response }: Exchange) =>
        replyFound(response, records.change(path, await readJson(body))),
    })),
    {
      method: 'DELETE',
      template: member,
      handle: ({ path, response }) => void response.writeHead(records.remove(path) ? 204 : 404).end(),
    },
  ]
}

const actionRoute = (records: Records, template: string, status: string): Route => ({
  method: 'POST',
  template,
  handle: ({ path, response }) =>
    replyFound(response, records.change(path.slice(0, path.lastIndexOf('/')), { status })),
})

/** A file says where it lies; one that is put comes back as it comes in, so that both directions can be seen to stream. */
function fileRoutes(template: string): readonly Route[] {
  return [
    {
      method: 'GET',
      template,
      handle: ({ path, response }) =>
        void response.writeHead(200, { 'content-type': 'text/plain' }).end(`the file at ${path}\n`),
    },
    {
      method: 'PUT',
      template,
      handle: async ({ body, response }) => {
        response.writeHead(200, { 'content-type': 'application/octet-stream' })
        await pipeline(body, response)
      },
    },
    { method: 'DELETE', template, handle: ({ response }) => void response.writeHead(204).end() },
  ]
}

const invoicesOf = (records: Records, path: string): readonly JsonRecord[] =>
  records.list('/v1/invoices').filter(({ customer }) => customer === path.split('/')[3])

/** A JSON object; no body at all is an empty one. */
async function readJson(body: AsyncIterable<Buffer>): Promise<object> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const value: unknown = text === '' ? {} : JSON.parse(text)
  if (typeof value !== 'object' || value === null) throw new TypeError('the body is no object')
  return value
}

/** Every invoice as a line of JSON, written one by one: no content-length, so the transfer is chunked. */
async function exportLines(records: Records, response: ServerResponse): Promise<void> {
  const lines = records.list('/v1/invoices').map((record) => `${JSON.stringify(record)}\n`)
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  await pipeline(Readable.from(lines), response)
}

/** As many rows as `?rows=` says, else a thousand, made only as fast as they are read. */
async function streamRows({ query, response }: Exchange): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/csv' })
  await pipeline(Readable.from(rows(Number(query.get('rows') ?? 1000))), response)
}

function* rows(count: number): Generator<string> {
  for (let row = 1; row <= count; row++) yield `${row},inv-${1000 + row},EUR\n`
}

/** Server-Sent Events for those who do not upgrade. The stream stays open until the reader leaves. */
function streamEvents({ response }: Exchange): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  for (const id of [1, 2, 3]) response.write(`id: ${id}\nevent: invoice\ndata: {"invoice":"inv-${1000 + id}"}\n\n`)
}
