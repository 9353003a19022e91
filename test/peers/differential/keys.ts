/** One key pair of each kind, and what their owners publish. Made anew in each run: they prove nothing to anybody else. */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'

export type Members = Readonly<Record<string, unknown>>

export interface KeyPair {
  /** How the key is named in the issuer's set. A client's key has no use for it. */
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The members that make the public key, and no others. */
  readonly jwk: Members
}

/** The names that both judges are given. */
export const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const

const generate = {
  EC: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RSA: (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength }),
  OKP: () => generateKeyPairSync('ed25519'),
}

function pair(
  kid: string,
  alg: string,
  { privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
): KeyPair {
  return { kid, alg, privateKey, publicKey, jwk: publicKey.export({ format: 'jwk' }) as Members }
}

/** Keys whose tokens are good. */
export const ISSUER_KEYS = {
  es: pair('es', 'ES256', generate.EC()),
  rs: pair('rs', 'RS256', generate.RSA()),
  ps: pair('ps', 'PS256', generate.RSA()),
  ed: pair('ed', 'EdDSA', generate.OKP()),
}

/** Keys that are in the set, or pretend to be, and whose tokens are good in no eyes or in some. */
export const ODD_KEYS = {
  /** Published without `alg`. */
  unnamed: pair('unnamed', 'RS256', generate.RSA()),
  twin: pair('twin', 'EdDSA', generate.OKP()),
  otherTwin: pair('twin', 'EdDSA', generate.OKP()),
  encryption: pair('encryption', 'ES256', generate.EC()),
  weak: pair('weak', 'RS256', generate.RSA(1024)),
  leaked: pair('leaked', 'EdDSA', generate.OKP()),
  /** In nobody's set, under the name of one that is. */
  foreign: pair('es', 'ES256', generate.EC()),
}

/** Keys that clients prove possession of. */
export const CLIENT_KEYS = {
  es: pair('', 'ES256', generate.EC()),
  ps: pair('', 'PS256', generate.RSA()),
  rs: pair('', 'RS256', generate.RSA()),
  ed: pair('', 'EdDSA', generate.OKP()),
  ed25519: pair('', 'Ed25519', generate.OKP()),
}

/** Keys of clients that no client should have, or that are written as no client should; a token may be bound to what is written. */
export const ODD_CLIENT_KEYS: readonly KeyPair[] = [
  ODD_KEYS.weak,
  { ...CLIENT_KEYS.es, jwk: { ...CLIENT_KEYS.es.jwk, x: `${CLIENT_KEYS.es.jwk.x}=` } },
  { ...CLIENT_KEYS.es, jwk: { ...CLIENT_KEYS.es.jwk, x: `AA${CLIENT_KEYS.es.jwk.x}` } },
  { ...CLIENT_KEYS.ed, jwk: { ...CLIENT_KEYS.ed.jwk, x: `${CLIENT_KEYS.ed.jwk.x}=` } },
  { ...CLIENT_KEYS.rs, jwk: { ...CLIENT_KEYS.rs.jwk, e: 'AAEAAQ' } },
  { ...CLIENT_KEYS.ps, jwk: { ...CLIENT_KEYS.ps.jwk, n: `${CLIENT_KEYS.ps.jwk.n}==` } },
  { ...CLIENT_KEYS.ps, jwk: { ...CLIENT_KEYS.ps.jwk, n: `AAAA${CLIENT_KEYS.ps.jwk.n}` } },
  { ...CLIENT_KEYS.ps, alg: 'RS256' },
  { ...CLIENT_KEYS.ed, jwk: { ...CLIENT_KEYS.ed.jwk, y: 'AAAA' } },
  { ...CLIENT_KEYS.es, jwk: CLIENT_KEYS.es.privateKey.export({ format: 'jwk' }) as Members },
]

export const THIEF = pair('', 'ES256', generate.EC())

const published = ({ kid, alg, jwk }: KeyPair, more: Members = {}): Members => ({
  ...jwk,
  kid,
  alg,
  use: 'sig',
  ...more,
})

/** What the issuer answers when it is asked for its keys. */
export const KEY_SET = JSON.stringify({
  keys: [
    ...Object.values(ISSUER_KEYS).map((key) => published(key)),
    published(ODD_KEYS.unnamed, { alg: undefined }),
    published(ODD_KEYS.twin),
    published(ODD_KEYS.otherTwin),
    published(ODD_KEYS.encryption, { use: 'enc' }),
    published(ODD_KEYS.weak),
    published(ODD_KEYS.leaked, ODD_KEYS.leaked.privateKey.export({ format: 'jwk' }) as Members),
    { kty: 'oct', kid: 'oct', alg: 'HS256', k: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA' },
  ],
})

const THUMBPRINT_MEMBERS = ['crv', 'e', 'kty', 'n', 'x', 'y']

/** RFC 7638 section 3: the required members in the order of their names, as base64url of SHA-256. */
export function thumbprintOf(jwk: Members): string {
  const members = THUMBPRINT_MEMBERS.filter((name) => Object.hasOwn(jwk, name)).map((name) => [name, jwk[name]])
  return sha256(JSON.stringify(Object.fromEntries(members)))
}

/** Base64url of SHA-256, which is what `ath` is of a token, too (RFC 9449 section 4.2). */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
