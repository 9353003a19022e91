/** What the gate tells the origin, and that it is the gate who says so. Node's own cryptography checks what WebCrypto made. */
import { createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Statement, signRequest, statementHeaders, withoutOwnLabel } from '../../src/gateway/statement.ts'
import { importStatementKey, jwksDocument, type StatementKey } from '../../src/gateway/statement-key.ts'

const NOW = 1_800_000_000
const NONCE = '7f1b2c3d-0000-4000-8000-000000000001'
const D = 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU'
const X = 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs'
const PRIVATE = { kty: 'OKP', crv: 'Ed25519', d: D, x: X }
const SHARED = Buffer.alloc(32, 7).toString('base64url')

async function key(algorithm: StatementKey['algorithm'] = 'ed25519'): Promise<StatementKey> {
  const imported = await importStatementKey(
    'edge-1',
    algorithm,
    algorithm === 'ed25519' ? JSON.stringify(PRIVATE) : SHARED,
  )
  if (imported === undefined) throw new Error('the key of the test cannot be read')
  return imported
}

const STATEMENT: Statement = {
  decision: '5a0e5a1c-9f0e-4b51-9b0e-3a4a8f3c2d11',
  rule: 'GET api.example.com/v1/invoices/{id}',
  issuer: 'https://id.example.com/',
  subject: 'Zoë, 100%\n"x"',
  client: 'web',
  scopes: ['invoices:read', 'a%b'],
  acr: 'urn:example:2',
}

describe('the headers', () => {
  test('[SIG-3] all facts, in printable ASCII', () => {
    expect(statementHeaders(STATEMENT)).toEqual([
      ['scopewall-decision', '5a0e5a1c-9f0e-4b51-9b0e-3a4a8f3c2d11'],
      ['scopewall-rule', 'GET%20api.example.com/v1/invoices/{id}'],
      ['scopewall-issuer', 'https://id.example.com/'],
      ['scopewall-subject', 'Zo%C3%AB,%20100%25%0A"x"'],
      ['scopewall-client', 'web'],
      ['scopewall-scope', 'invoices:read a%25b'],
      ['scopewall-acr', 'urn:example:2'],
    ])
  })

  test.each<[string, Statement]>([
    ['absent', { decision: 'd', rule: 'r' }],
    ['empty', { decision: 'd', rule: 'r', issuer: '', subject: '', client: '', scopes: [], acr: '' }],
    ['an empty scope', { decision: 'd', rule: 'r', scopes: [''] }],
  ])('[SIG-3] what is not known has no header: %s', (_, statement) => {
    expect(statementHeaders(statement).map(([name]) => name)).toEqual(['scopewall-decision', 'scopewall-rule'])
  })

  test('[SIG-3] law: no text breaks a header, and each can be read back', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.string({ unit: 'binary', minLength: 1 }),
        (subject, odd) => {
          const client = odd.toWellFormed()
          const headers = statementHeaders({ decision: 'd', rule: 'r', subject, client, scopes: [subject, client] })
          const values = new Map(headers)
          for (const value of values.values()) expect(value).toMatch(/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/)
          expect(decodeURIComponent(values.get('scopewall-subject') ?? '')).toBe(subject)
          expect(decodeURIComponent(values.get('scopewall-client') ?? '')).toBe(client)
          expect((values.get('scopewall-scope') ?? '').split(' ').map(decodeURIComponent)).toEqual([subject, client])
        },
      ),
    )
  })

  test('[SIG-3] a lone surrogate would become the same as another: it is refused', () => {
    expect(() => statementHeaders({ ...STATEMENT, subject: 'a\ud800' })).toThrow(TypeError)
  })
})

describe("the client's own signatures", () => {
  const left = (input: string | undefined, signature: string | undefined) => {
    const headers = new Headers({ accept: '*/*' })
    if (input !== undefined) headers.set('signature-input', input)
    if (signature !== undefined) headers.set('signature', signature)
    withoutOwnLabel(headers)
    expect(headers.get('accept')).toBe('*/*')
    return [headers.get('signature-input'), headers.get('signature')]
  }

  test.each<[string, string | undefined, string | undefined, readonly (string | null)[]]>([
    ['nothing', undefined, undefined, [null, null]],
    ["another's stays", 'sig1=("date");created=1', 'sig1=:AA==:', ['sig1=("date");created=1', 'sig1=:AA==:']],
    ['ours goes', 'scopewall=("date");created=1', 'scopewall=:AA==:', [null, null]],
    ['ours goes from among others', 'a=(), scopewall=(),b=()', 'scopewall=:AA==:,a=:AA==:', ['a=(), b=()', 'a=:AA==:']],
    ['ours twice', 'scopewall=(), a=(), scopewall=("x")', 'a=::, scopewall=::, scopewall=::', ['a=()', 'a=::']],
    ['ours in one of them', 'a=()', 'scopewall=:AA==:', ['a=()', null]],
    ['a label that only begins like ours', 'scopewall2=()', 'scopewall2=::', ['scopewall2=()', 'scopewall2=::']],
    ['ours in a string is a string', 'a=();t="x, scopewall=()"', 'a=::', ['a=();t="x, scopewall=()"', 'a=::']],
    ['a malformed input takes both', 'a=(', 'a=:AA==:', [null, null]],
    ['a malformed signature takes both', 'a=()', 'a=AA', [null, null]],
    ['our label in upper case is malformed', 'a=(), Scopewall=()', 'a=::', [null, null]],
  ])('[SIG-1] [SIG-7] %s', (_, input, signature, expected) => {
    expect(left(input, signature)).toEqual(expected)
  })
})

async function signed(
  received: Record<string, string> = {},
  {
    url = 'https://api.internal:8443/v1/a?x=1',
    ttlSeconds = 30,
    algorithm = 'ed25519' as StatementKey['algorithm'],
  } = {},
) {
  const headers = new Headers([...Object.entries(received), ['scopewall-decision', 'd'], ['scopewall-rule', 'r']])
  await signRequest(
    headers,
    { method: 'GET', url },
    { key: await key(algorithm), nowSeconds: NOW, ttlSeconds, nonce: NONCE },
  )
  return headers
}

describe('the signature', () => {
  const PARAMETERS = `created=${NOW};expires=${NOW + 30};keyid="edge-1";nonce="${NONCE}";tag="scopewall"`

  test('[SIG-2] [SIG-3] [SIG-4] [SIG-7] covers the request and every header of the statement', async () => {
    const headers = await signed({
      authorization: 'Bearer x',
      'content-digest': 'sha-256=:AA==:',
      'x-other': '1',
      'scopewall-new': 'n',
    })
    const input =
      '("@method" "@authority" "@path" "@query" "authorization" "content-digest" "scopewall-decision" "scopewall-new" "scopewall-rule")' +
      `;${PARAMETERS}`
    expect(headers.get('signature-input')).toBe(`scopewall=${input}`)
    const base =
      '"@method": GET\n"@authority": api.internal:8443\n"@path": /v1/a\n"@query": ?x=1\n"authorization": Bearer x\n' +
      '"content-digest": sha-256=:AA==:\n"scopewall-decision": d\n"scopewall-new": n\n"scopewall-rule": r\n' +
      `"@signature-params": ${input}`
    const [, base64 = ''] = /^scopewall=:([A-Za-z0-9+/]{86}==):$/.exec(headers.get('signature') ?? '') ?? []
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: X }, format: 'jwk' })
    expect(verify(null, Buffer.from(base), publicKey, Buffer.from(base64, 'base64'))).toBe(true)
  })

  test('[SIG-3] [SIG-8] what is not there is not covered; a body without a digest is not either', async () => {
    const headers = await signed()
    expect(headers.get('signature-input')).toBe(
      `scopewall=("@method" "@authority" "@path" "@query" "scopewall-decision" "scopewall-rule");${PARAMETERS}`,
    )
  })

  test('[SIG-6] a shared key signs the same base', async () => {
    const headers = await signed({}, { algorithm: 'hmac-sha256' })
    const input = headers.get('signature-input')?.slice('scopewall='.length)
    const base =
      '"@method": GET\n"@authority": api.internal:8443\n"@path": /v1/a\n"@query": ?x=1\n"scopewall-decision": d\n"scopewall-rule": r\n' +
      `"@signature-params": ${input}`
    const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(base).digest('base64')
    expect(headers.get('signature')).toBe(`scopewall=:${mac}:`)
  })

  test('[SIG-3] it holds for sixty seconds at most', async () => {
    const headers = await signed({}, { ttlSeconds: 3600 })
    expect(headers.get('signature-input')).toContain(`;created=${NOW};expires=${NOW + 60};`)
  })

  test("[SIG-1] [SIG-7] a client's signatures stay before it, but for one under its label", async () => {
    const headers = await signed({
      'signature-input': 'sig1=("date"), scopewall=("@method")',
      signature: 'scopewall=:AA==:, sig1=:BB==:',
    })
    expect(headers.get('signature-input')).toMatch(
      /^sig1=\("date"\), scopewall=\("@method" "@authority" [^()]*\)[^()]*$/,
    )
    expect(headers.get('signature')).toMatch(/^sig1=:BB==:, scopewall=:[A-Za-z0-9+/]{86}==:$/)
  })

  test.each(['authorization', 'content-digest'])(
    '[SIG-2] %s of other than ASCII is dropped, not signed',
    async (name) => {
      const headers = await signed({ [name]: 'é' })
      expect(headers.has(name)).toBe(false)
      expect(headers.get('signature-input')).not.toContain(name)
    },
  )

  test('[SIG-2] [SIG-5] fields that are there twice are joined', async () => {
    const headers = new Headers({ 'scopewall-x': ' 1 ' })
    headers.append('scopewall-x', '2')
    await signRequest(
      headers,
      { method: 'GET', url: 'https://a/' },
      { key: await key('hmac-sha256'), nowSeconds: 1, ttlSeconds: 1, nonce: 'n' },
    )
    const input = headers.get('signature-input')?.slice('scopewall='.length)
    const base = `"@method": GET\n"@authority": a\n"@path": /\n"@query": ?\n"scopewall-x": 1, 2\n"@signature-params": ${input}`
    expect(headers.get('signature')).toContain(createHmac('sha256', Buffer.alloc(32, 7)).update(base).digest('base64'))
  })

  test.each<[string, string, number, string]>([
    ['a relative URL', '/a', NOW, NONCE],
    ['a nonce beyond ASCII', 'https://a/', NOW, 'é'],
    ['a clock that has stopped', 'https://a/', Number.NaN, NONCE],
    ['a path beyond ASCII', 'https://a/é', NOW, NONCE],
  ])('[SIG-2] nothing is added for %s', async (_, url, nowSeconds, nonce) => {
    const headers = new Headers()
    const signing = signRequest(
      headers,
      { method: 'GET', url },
      { key: await key(), nowSeconds, ttlSeconds: 30, nonce },
    )
    await expect(signing).rejects.toThrow(TypeError)
    expect([...headers]).toEqual([])
  })
})

describe('keys', () => {
  const otherX = String(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x)
  const json = (overrides: Record<string, unknown>) => JSON.stringify({ ...PRIVATE, ...overrides })

  test.each<[string, StatementKey['algorithm'], string]>([
    ['nothing', 'ed25519', ''],
    ['no JSON', 'ed25519', '{"kty":"OKP"'],
    ['null', 'ed25519', 'null'],
    ['a list', 'ed25519', `[${json({})}]`],
    ['a public key', 'ed25519', json({ d: undefined })],
    ['a private key without its public half', 'ed25519', json({ x: undefined })],
    ['two halves of different keys', 'ed25519', json({ x: otherX })],
    ['another curve', 'ed25519', json({ crv: 'X25519' })],
    ['another type', 'ed25519', json({ kty: 'EC' })],
    ['a number for a member', 'ed25519', json({ d: 5 })],
    ['a member that is too short', 'ed25519', json({ d: D.slice(0, -4) })],
    ['padding', 'ed25519', json({ d: `${D}=` })],
    ['a shared key', 'ed25519', SHARED],
    ['31 octets', 'hmac-sha256', Buffer.alloc(31, 7).toString('base64url')],
    ['the other alphabet', 'hmac-sha256', Buffer.alloc(32, 0xff).toString('base64')],
    ['white space', 'hmac-sha256', `${SHARED}\n`],
    ['stray bits', 'hmac-sha256', `${SHARED.slice(0, -1)}d`],
    ['an impossible length', 'hmac-sha256', `${SHARED}AA`],
    ['a private JWK', 'hmac-sha256', json({})],
    ['nothing', 'hmac-sha256', ''],
  ])('[SIG-6] %s is no key for %s', async (_, algorithm, secret) => {
    expect(await importStatementKey('edge-1', algorithm, secret)).toBeUndefined()
  })

  test.each(['', 'é', 'a\nb'])('[SIG-6] %j is no id', async (id) => {
    expect(await importStatementKey(id, 'hmac-sha256', SHARED)).toBeUndefined()
  })

  test('[SIG-6] a JWK may say more about itself', async () => {
    const imported = await importStatementKey(
      'edge-1',
      'ed25519',
      json({ kid: 'x', use: 'sig', alg: 'EdDSA', key_ops: ['sign'] }),
    )
    expect(imported?.publicJwk?.kid).toBe('edge-1')
  })

  test('[SIG-6] public halves are published, and nothing else', async () => {
    const keys = [await key(), await key('hmac-sha256')]
    expect(jwksDocument(keys)).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: X, kid: 'edge-1', use: 'sig', alg: 'EdDSA' }],
    })
    expect(JSON.stringify(keys)).not.toContain(D)
    expect(keys[1]).not.toHaveProperty('publicJwk')
  })
})
