/** A status list and a token's place in it: draft-ietf-oauth-status-list, its own examples. */
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createKeySet } from '../../src/token/key-set.ts'
import {
  decodeStatusList,
  isValidStatus,
  type StatusList,
  statusAt,
  statusReferenceOf,
} from '../../src/token/status-list.ts'
import { verifyStatusList } from '../../src/token/status-list-token.ts'
import { issuerAt } from '../support/environment.ts'
import { background, fakeNetwork } from '../support/fake-network.ts'

const MILLION =
  'eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAAAACAZC8L2AEb'
const SET = [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345]

const EXAMPLE =
  'eyJhbGciOiJFUzI1NiIsImtpZCI6IjEyIiwidHlwIjoic3RhdHVzbGlzdCtqd3QifQ.eyJleHAiOjIyOTE3MjAxNzAsImlhdCI6MTY4NjkyMDE3MCwiaXNzIjoiaHR0cHM6Ly9leGFtcGxlLmNvbSIsInN0YXR1c19saXN0Ijp7ImJpdHMiOjEsImxzdCI6ImVOcmJ1UmdBQWhjQlhRIn0sInN1YiI6Imh0dHBzOi8vZXhhbXBsZS5jb20vc3RhdHVzbGlzdHMvMSIsInR0bCI6NDMyMDB9.2lKUUNG503R9htu4aHAYi7vjmr3sgApbfoDvPrl65N3URUO1EYqqQl45Jfzd-Av4QzlKa3oVALpLwOEUOq-U_g'
const EXAMPLE_KEY = {
  kty: 'EC',
  crv: 'P-256',
  kid: '12',
  x: 'I3HWm_0Ds1dPMI-IWmf4mBmH-YaeAVbPVu7vB27CxXo',
  y: '6N_d5Elj9bs1htgV3okJKIdbHEpkgTmAluYKJemzn1M',
}

async function listOf(bits: number, lst: string): Promise<StatusList> {
  const list = await decodeStatusList({ bits, lst })
  if (list === undefined) throw new Error('no list')
  return list
}
const packed = (bytes: Uint8Array): string => deflateSync(bytes).toString('base64url')

const MIB = 1024 * 1024

/** As in workerd: all that is written is unpacked at once, here as far as DEFLATE can grow; it is read in turns of the event loop. */
function eagerDecompression() {
  let unread = 0
  let most = 0
  let isOver = false
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  function stream() {
    const writable = new WritableStream<Uint8Array>({
      write(chunk) {
        unread += chunk.byteLength * 1032
        most = Math.max(most, unread)
      },
    })
    const readable = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          do await turn()
          while (unread === 0 && !isOver)
          if (isOver) return
          const octets = Math.min(unread, MIB)
          unread -= octets
          controller.enqueue(new Uint8Array(octets))
        },
        cancel() {
          isOver = true
        },
      },
      { highWaterMark: 0 },
    )
    return { readable, writable }
  }
  return { stream, most: () => most }
}

describe('the list', () => {
  test.each([
    [1, 'eNrbuRgAAhcBXQ', [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]],
    [2, 'eNo76fITAAPfAgc', [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]],
  ])('[TSL-4] [TSL-5] of %i bits a status: the examples of the draft', async (bits, lst, expected) => {
    const list = await listOf(bits, lst)
    expect(expected.map((_, index) => statusAt(list, index))).toEqual(expected)
    expect(statusAt(list, expected.length)).toBeUndefined()
  })

  test('[TSL-5] of a million: exactly the places that the draft names are set', async () => {
    const list = await listOf(1, MILLION)
    expect(list.bytes).toHaveLength(2 ** 20 / 8)
    const set: number[] = []
    for (let index = 0; index < 2 ** 20; index++) if (statusAt(list, index) !== 0) set.push(index)
    expect(set).toEqual(SET)
  })

  test('[TSL-5] law: what is packed is found again, for every width', async () => {
    const width = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const)
    await fc.assert(
      fc.asyncProperty(width, fc.array(fc.nat(255), { minLength: 1, maxLength: 40 }), async (bits, values) => {
        const statuses = values.map((value) => value % 2 ** bits)
        const bytes = new Uint8Array(Math.ceil((statuses.length * bits) / 8))
        for (const [index, status] of statuses.entries())
          bytes[Math.floor((index * bits) / 8)] =
            (bytes[Math.floor((index * bits) / 8)] ?? 0) | (status << ((index * bits) % 8))
        const list = await listOf(bits, packed(bytes))
        expect(statuses.map((_, index) => statusAt(list, index))).toEqual(statuses)
      }),
      { numRuns: 50 },
    )
  })

  test.each<[string, unknown]>([
    ['no object', 'eNrbuRgAAhcBXQ'],
    ['three bits', { bits: 3, lst: 'eNrbuRgAAhcBXQ' }],
    ['bits as a text', { bits: '1', lst: 'eNrbuRgAAhcBXQ' }],
    ['no list', { bits: 1 }],
    ['standard base64', { bits: 1, lst: 'eNrbuRgAAhcBXQ==' }],
    ['no ZLIB', { bits: 1, lst: 'AAAA' }],
    ['a raw deflate stream', { bits: 1, lst: '27kYAA' }],
    ['a stream that is cut off', { bits: 1, lst: 'eNrbuRgA' }],
    [
      'a stream with something behind it',
      { bits: 1, lst: Buffer.concat([deflateSync(Buffer.from([1])), Buffer.from('x')]).toString('base64url') },
    ],
  ])('[TSL-4] %s is none', async (_, value) => {
    expect(await decodeStatusList(value)).toBeUndefined()
  })

  test('[TSL-4] one that grows without end while it is unpacked is given up', async () => {
    const bomb = packed(new Uint8Array(40 * MIB))
    expect(bomb.length).toBeLessThan(100_000)
    expect(await decodeStatusList({ bits: 1, lst: bomb })).toBeUndefined()
    expect(await decodeStatusList({ bits: 8, lst: packed(new Uint8Array(100)) }, 99)).toBeUndefined()
    expect(await decodeStatusList({ bits: 8, lst: packed(new Uint8Array(99)) }, 99)).toBeDefined()
  })

  test('[TSL-4] of one that grows without end only little waits unread, in a runtime that waits for no reader', async () => {
    const { stream, most } = eagerDecompression()
    vi.stubGlobal('DecompressionStream', stream)
    try {
      expect(await decodeStatusList({ bits: 1, lst: 'A'.repeat(400_000) })).toBeUndefined()
      expect(most()).toBeGreaterThan(0)
      expect(most()).toBeLessThan(9 * MIB)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test('[TSL-4] one of many slices comes out whole', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000))
    expect((await listOf(8, packed(bytes))).bytes).toEqual(bytes)
  })
})

test('[TSL-6] nothing but VALID is valid', () => {
  expect([0, 1, 2, 3, 0x0b, 0x0c, 0x0f, 255, undefined].map(isValidStatus)).toEqual([true, ...Array(8).fill(false)])
})

test.each<[unknown, unknown]>([
  [{ status_list: { idx: 0, uri: 'https://a.example/1' } }, { uri: 'https://a.example/1', index: 0 }],
  [
    { status_list: { idx: 5, uri: 'https://a.example/1', more: 1 }, other: {} },
    { uri: 'https://a.example/1', index: 5 },
  ],
  [{ status_list: { idx: -1, uri: 'https://a.example/1' } }, 'claims'],
  [{ status_list: { idx: 1.5, uri: 'https://a.example/1' } }, 'claims'],
  [{ status_list: { idx: '1', uri: 'https://a.example/1' } }, 'claims'],
  [{ status_list: { idx: 1 } }, 'claims'],
  [{ status_list: { idx: 1, uri: 5 } }, 'claims'],
  [{ status_list: [] }, 'claims'],
  [{ status_assertion: {} }, 'claims'],
  [{}, 'claims'],
  [null, 'claims'],
  ['valid', 'claims'],
])('[TSL-6] the status %j refers to %j', (status, expected) => {
  const reference = statusReferenceOf({ status })
  expect(reference.ok ? reference.value : reference.error).toEqual(expected)
})

test('a token without a status refers to none', () => {
  expect(statusReferenceOf({})).toEqual({ ok: true, value: undefined })
})

test('[TSL-3] the list token of the draft is verified, and for no other address', async () => {
  const network = fakeNetwork()
  network.answers.set('https://example.com/jwks', { keys: [EXAMPLE_KEY] })
  const issuer = issuerAt('https://example.com', { keys: { kind: 'jwks', uri: 'https://example.com/jwks' } })
  const keys = createKeySet(issuer, network.fetch)
  const { waitUntil } = background()
  const now = 1_700_000_000_000
  const uri = 'https://example.com/statuslists/1'
  const verified = await verifyStatusList(EXAMPLE, uri, { issuer, keys }, now, waitUntil)
  expect(verified).toMatchObject({ ttlSeconds: 43200, expiresAt: 2291720170, list: { bits: 1 } })
  await expect(verifyStatusList(EXAMPLE, `${uri}0`, { issuer, keys }, now, waitUntil)).rejects.toThrow()
  await expect(verifyStatusList(EXAMPLE, uri, { issuer, keys }, 2_291_720_170_000, waitUntil)).rejects.toThrow()
})
