/** Who shows that they know a secret that the gate knows as well. How long the comparison takes says nothing of the secret. */

const encoder = new TextEncoder()

/** Two texts, compared by their digests, which are of one length. */
export async function isSameSecret(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([digestOf(given), digestOf(expected)])
  return a.reduce((difference, octet, index) => difference | (octet ^ (b[index] ?? 0)), 0) === 0
}

const digestOf = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)))

/** An HMAC-SHA256 (RFC 2104) of the text, in hexadecimal digits. */
export async function isHmacOf(text: string, secret: string, hex: string): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/i.test(hex)) return false
  const signature = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['verify'])
  return crypto.subtle.verify('HMAC', key, signature, encoder.encode(text))
}
