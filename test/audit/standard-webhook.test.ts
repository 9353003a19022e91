/** Signed messages against the specification's own vector and a second reading of the scheme with another cryptographic library. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readWebhookSecret, signedHeaders, type WebhookSecret } from '../../src/audit/standard-webhook.ts'

function secretOf(text: string): WebhookSecret {
  const secret = readWebhookSecret(text)
  if (secret === undefined) throw new Error('no secret')
  return secret
}

const written = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString('base64')}`
const keyBytes = fc.uint8Array({ minLength: 24, maxLength: 64 })

describe('a signed message', () => {
  test('has the signature that the reference libraries expect of it', async () => {
    const headers = await signedHeaders(
      secretOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
    )
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  test('is signed with each key of the secret, in their order, whatever stands in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(keyBytes, { minLength: 1, maxLength: 4 }),
        fc.uuid(),
        fc.nat(),
        fc.string({ unit: 'binary' }),
        async (keys, id, seconds, body) => {
          const headers = await signedHeaders(secretOf(keys.map(written).join(' ')), id, seconds, body)
          const expected = keys.map(
            (key) => `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`, 'utf8').digest('base64')}`,
          )
          expect(headers['webhook-signature'].split(' ')).toEqual(expected)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('cannot have an id that another split of the same text would have', async () => {
    const secret = secretOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    await expect(signedHeaders(secret, 'a.1', 2, '')).rejects.toThrow(TypeError)
  })
})

describe('a secret', () => {
  const key = written(new Uint8Array(32).fill(255))

  test.each([
    ['nothing', ''],
    ['no prefix', key.slice('whsec_'.length)],
    ['another prefix', key.replace('whsec_', 'whsk_')],
    ['a prefix alone', 'whsec_'],
    ['base64url', key.replaceAll('/', '_')],
    ['no padding', key.replace('=', '')],
    ['a final line', `${key}\n`],
    ['two spaces between keys', `${key}  ${key}`],
    ['one good key and a bad one', `${key} whsec_`],
    ['bits that no byte has', `whsec_${'A'.repeat(42)}B=`],
    ['23 bytes', written(new Uint8Array(23))],
    ['65 bytes', written(new Uint8Array(65))],
    ['five keys', Array(5).fill(key).join(' ')],
  ])('is refused: %s', (_, text) => {
    expect(readWebhookSecret(text)).toBeUndefined()
  })

  test('of 24 to 64 bytes is read byte for byte', () => {
    fc.assert(
      fc.property(keyBytes, (bytes) => {
        expect([...secretOf(written(bytes))]).toEqual([bytes])
      }),
    )
  })
})
