/** Data points of Analytics Engine: each member in its place, and within the limits of the platform whatever stands in an event. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { analyticsSink, BLOBS, type DataPoint, DOUBLES, dataPointOf } from '../../src/audit/analytics.ts'
import { TryLater, Undeliverable } from '../../src/audit/sink.ts'
import { arbitraryEvent, FULL_EVENT, NOTICE, SPARSE_EVENT } from './decision-events.ts'

const bytesOf = (text: string) => Buffer.byteLength(text, 'utf8')

describe('a data point', () => {
  test('has every member in its place', () => {
    const { blobs, doubles, indexes } = dataPointOf(FULL_EVENT)
    expect(indexes).toEqual(['deny:invoices'])
    expect(blobs).toEqual([
      'production',
      'deny',
      'scope_insufficient',
      'expired',
      'invoices',
      'POST api.example.com/v1/invoices/{invoiceId}/refunds',
      'POST',
      'api.example.com',
      '/v1/{}/refunds',
      'partner',
      'https://issuer.example.com',
      'user-1',
      'fingerprint-1',
      'scopes',
      'invoices:read',
      'invoices:refund',
      'invoices:write',
      'a'.repeat(64),
      'FRA',
      '0b7f5a52-7c1e-4d0a-9c57-1f5a52e0b7f5',
    ])
    expect(doubles).toEqual([10, 3.5, 42, 90, 300, 1, 4, 1])
  })

  test('keeps the places of what is not known', () => {
    const { blobs, doubles, indexes } = dataPointOf(SPARSE_EVENT)
    expect(indexes).toEqual(['deny:'])
    expect(blobs.filter((blob) => blob !== '')).toEqual(['production', 'deny', 'unmapped', SPARSE_EVENT.decision])
    expect(doubles).toEqual([1, 0, -1, -1, -1, -1, -1, 1])
  })

  test('tells a public route from one that a scope of that name opens', () => {
    const at = (name: (typeof BLOBS)[number], point: DataPoint) => point.blobs[BLOBS.indexOf(name)]
    const [open, scoped] = [
      dataPointOf({ ...FULL_EVENT, by: 'public' }),
      dataPointOf({ ...FULL_EVENT, by: ['public'] }),
    ]
    expect([at('access', open), at('granted_by', open)]).toEqual(['public', ''])
    expect([at('access', scoped), at('granted_by', scoped)]).toEqual(['scopes', 'public'])
  })

  test('is within the limits of the platform', () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        const { blobs, doubles, indexes } = dataPointOf(event)
        expect([blobs.length, doubles.length, indexes.length]).toEqual([BLOBS.length, DOUBLES.length, 1])
        expect(blobs.length).toBeLessThanOrEqual(20)
        expect(blobs.reduce((sum, blob) => sum + bytesOf(blob), 0)).toBeLessThanOrEqual(16 * 1024)
        expect(bytesOf(indexes[0])).toBeLessThanOrEqual(96)
        expect(doubles.every(Number.isFinite)).toBe(true)
      }),
    )
  })

  test('cuts a text at the last character that fits', () => {
    const { blobs, indexes } = dataPointOf({ ...FULL_EVENT, service: 'é'.repeat(1_000), client: 'a'.repeat(5_000) })
    expect(indexes).toEqual([`deny:${'é'.repeat(45)}`])
    expect(blobs[BLOBS.indexOf('service')]).toBe('é'.repeat(409))
    expect(blobs[BLOBS.indexOf('client')]).toBe('a'.repeat(819))
  })
})

describe('the sink', () => {
  const policy = { kind: 'analytics', name: 'counts', decisions: 'all', binding: 'ANALYTICS' } as const
  const delivery = { id: 'a', environment: 'production', decisions: [FULL_EVENT, SPARSE_EVENT], notices: [NOTICE] }

  test('writes a point a decision into the dataset that it names', async () => {
    const points: DataPoint[] = []
    const bindings: Readonly<Record<string, unknown>> = {
      ANALYTICS: { writeDataPoint: (point: DataPoint) => points.push(point) },
    }
    const sink = analyticsSink(policy, { binding: (name) => bindings[name] })
    await sink.send(delivery, new AbortController().signal)
    expect(points).toEqual([dataPointOf(FULL_EVENT), dataPointOf(SPARSE_EVENT)])
    expect(sink).toMatchObject({ name: 'counts', takesNotices: false, mostAtOnce: 50 })
  })

  test('writes each point once where an invocation takes no more of them, and the rest comes later', async () => {
    const points: DataPoint[] = []
    let room = 1
    const writeDataPoint = (point: DataPoint) => {
      if (points.length === room) throw new Error('write limit exceeded')
      points.push(point)
    }
    const sink = analyticsSink(policy, { binding: () => ({ writeDataPoint }) })
    const { signal } = new AbortController()
    await expect(sink.send(delivery, signal)).rejects.toBeInstanceOf(TryLater)
    await expect(sink.send(delivery, signal)).rejects.toMatchObject({ afterMs: 20_000 })
    room = 4
    await sink.send(delivery, signal)
    expect(points).toEqual([dataPointOf(FULL_EVENT), dataPointOf(SPARSE_EVENT)])
    await sink.send({ ...delivery, id: 'b' }, signal)
    expect(points).toHaveLength(4)
  })

  test.each([undefined, null, {}, 'dataset'])('loses what it gets where %s is bound', async (bound) => {
    const sink = analyticsSink(policy, { binding: () => bound })
    await expect(sink.send(delivery, new AbortController().signal)).rejects.toBeInstanceOf(Undeliverable)
  })
})
