/** Logs of OpenTelemetry: the JSON encoding of OTLP to the letter, since collectors refuse a whole request for one wrong type. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logsRequest, rejectedRecords } from '../../src/audit/otlp.ts'
import { arbitraryEvent, FULL_EVENT, NOTICE, SPARSE_EVENT } from './decision-events.ts'

const NOW = 1_795_888_801_000

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}
interface Record_ {
  readonly attributes: readonly Attribute[]
  readonly [member: string]: unknown
}
interface Request {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeLogs: readonly { readonly logRecords: readonly Record_[] }[]
  }[]
}

const request = (decisions = [FULL_EVENT] as Parameters<typeof logsRequest>[0]['decisions'], notices = [NOTICE]) =>
  logsRequest({ id: 'a', environment: 'production', decisions, notices }, NOW) as Request
const recordsOf = ({ resourceLogs }: Request) =>
  resourceLogs.flatMap(({ scopeLogs }) => scopeLogs).flatMap((s) => s.logRecords)
const attributesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value]))

describe('a request of logs', () => {
  test('says of what they are', () => {
    expect(attributesOf(request().resourceLogs[0]?.resource.attributes ?? [])).toEqual({
      'service.name': { stringValue: 'scopewall' },
      'deployment.environment.name': { stringValue: 'production' },
      'cloud.provider': { stringValue: 'cloudflare' },
      'cloud.platform': { stringValue: 'cloudflare.workers' },
    })
  })

  test('has one record an event, with its time in nanoseconds as text', () => {
    const [decision, notice] = recordsOf(request())
    expect(decision).toMatchObject({
      timeUnixNano: '1795888800250000000',
      observedTimeUnixNano: '1795888801000000000',
      severityNumber: 17,
      severityText: 'ERROR',
      eventName: 'scopewall.decision',
      body: { stringValue: 'The access token lacks a scope' },
    })
    expect(attributesOf(decision?.attributes ?? [])).toMatchObject({
      'log.record.uid': { stringValue: FULL_EVENT.decision },
      'http.request.method': { stringValue: 'POST' },
      'http.response.status_code': { intValue: '403' },
      'http.route': { stringValue: '/v1/invoices/{invoiceId}/refunds' },
      'scopewall.required': {
        arrayValue: { values: [{ stringValue: 'invoices:read invoices:refund' }, { stringValue: 'invoices:admin' }] },
      },
      'scopewall.cached': { boolValue: true },
      'scopewall.gate_ms': { doubleValue: 3.5 },
    })
    expect(notice).toMatchObject({ eventName: 'scopewall.release', severityNumber: 13 })
    expect(attributesOf(notice?.attributes ?? [])).toEqual({
      'scopewall.code': { stringValue: 'release_damaged' },
      'scopewall.notice.serial': { intValue: '43' },
      'scopewall.notice.digest': { stringValue: 'b'.repeat(64) },
    })
  })

  test('has a route only of what a rule covers, and an error only of what was refused', () => {
    const [sparse, observed] = recordsOf(request([SPARSE_EVENT, { ...FULL_EVENT, outcome: 'observe' }], []))
    expect(attributesOf(sparse?.attributes ?? [])).not.toHaveProperty(['http.route'])
    expect(attributesOf(observed?.attributes ?? [])).not.toHaveProperty(['error.type'])
    expect(attributesOf(observed?.attributes ?? [])).not.toHaveProperty(['http.response.status_code'])
  })

  test('has values of one kind each, and each attribute once', () => {
    const isValue = (value: Readonly<Record<string, unknown>>): boolean => {
      const [[kind, inner] = ['', undefined], ...more] = Object.entries(value)
      if (more.length > 0) return false
      if (kind === 'stringValue') return typeof inner === 'string'
      if (kind === 'boolValue') return typeof inner === 'boolean'
      if (kind === 'intValue') return /^-?\d+$/.test(String(inner)) && typeof inner === 'string'
      if (kind === 'doubleValue') return typeof inner === 'number' && Number.isFinite(inner)
      const { values } = inner as { readonly values: readonly Readonly<Record<string, unknown>>[] }
      return kind === 'arrayValue' && values.every(isValue)
    }
    fc.assert(
      fc.property(fc.array(arbitraryEvent, { maxLength: 4 }), (decisions) => {
        const records = recordsOf(JSON.parse(JSON.stringify(request(decisions, []))))
        expect(records).toHaveLength(decisions.length)
        for (const { attributes, timeUnixNano } of records) {
          expect(timeUnixNano).toMatch(/^\d+$/)
          expect(new Set(attributes.map(({ key }) => key)).size).toBe(attributes.length)
          expect(attributes.filter(({ value }) => !isValue(value))).toEqual([])
        }
      }),
    )
  })
})

describe('an answer', () => {
  test.each([
    [{ partialSuccess: { rejectedLogRecords: '3', errorMessage: 'no' } }, 3],
    [{ partialSuccess: { rejectedLogRecords: 3 } }, 3],
    [{ partialSuccess: { rejectedLogRecords: '0', errorMessage: 'a hint' } }, 0],
    [{ partialSuccess: { rejectedLogRecords: '-1' } }, 0],
    [{ partialSuccess: { rejectedLogRecords: 'many' } }, 0],
    [{ partialSuccess: null }, 0],
    [{ partialSuccess: {} }, 0],
    [{}, 0],
    [null, 0],
    ['no object', 0],
    [undefined, 0],
  ])('%j rejects so many records', (answer, rejected) => {
    expect(rejectedRecords(answer)).toBe(rejected)
  })
})
