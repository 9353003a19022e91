/** What can be wrong with a DPoP proof, beyond what can be wrong with any JWS: its type, the key in it, each of its claims (RFC 9449 section 4.3). */
import { createHash, createSecretKey } from 'node:crypto'
import { type Draft, type Mutation, mutation, withClaims, withHeader, withRawClaim } from './jws.ts'
import { ANYTHING } from './jws-mutations.ts'
import { CLIENT_KEYS, type KeyPair, type Members, sha256, THIEF } from './keys.ts'
import type { Random } from './random.ts'
import { LEEWAY, NOW, PROOF_WINDOW } from './world.ts'

const REQUIRED: readonly string[] = ['jti', 'htm', 'htu', 'iat', 'ath']
/** Those that something is read from, and some that mean nothing here. */
const CLAIM_NAMES: readonly string[] = [...REQUIRED, 'exp', 'nbf', 'nonce', 'iss', 'aud', 'sub', 'cnf', 'typ']

const TYPES: readonly unknown[] = [
  'dpop+jwt', 'DPoP+JWT', 'application/dpop+jwt', 'Application/DPOP+jwt', 'at+jwt', 'JWT', 'dpop', 'dpop+jwt ', 'dpop-jwt', '',
  'application/', 'text/dpop+jwt',
  5, null, ['dpop+jwt'], undefined,
] // biome-ignore format: a list of names reads better packed

const part = (key: KeyPair, name: string): unknown => key.jwk[name]
const privateJwk = ({ privateKey }: KeyPair): Members => privateKey.export({ format: 'jwk' }) as Members
const secret = createSecretKey('secret-secret-secret-secret-secret', 'utf8').export({ format: 'jwk' }) as Members

/** The key's public part, with what its owner must keep. */
const SECRET_JWKS: readonly ((key: KeyPair) => unknown)[] = [
  (key) => privateJwk(key),
  ({ jwk }) => ({ ...jwk, d: 'AAAA' }),
  ({ jwk }) => ({ ...jwk, d: '' }),
  ({ jwk }) => ({ ...jwk, d: null }),
  ({ jwk }) => ({ ...jwk, p: 'AAAA' }),
  ({ jwk }) => ({ ...jwk, k: 'AAAA' }),
  ({ jwk }) => ({ ...jwk, oth: [] }),
  () => secret,
  ({ jwk }) => ({ ...jwk, ...secret }),
]

/** What stands as `jwk` where the key's public part should. */
const JWKS: readonly ((key: KeyPair) => unknown)[] = [
  () => THIEF.jwk,
  ({ jwk }) => ({ ...jwk, use: 'sig', key_ops: ['verify'], kid: 'k', ext: true }),
  ({ jwk, alg }) => ({ ...jwk, alg }),
  ({ jwk }) => ({ ...jwk, alg: 'ES384' }),
  ({ jwk }) => ({ ...jwk, alg: 'Ed25519' }),
  ({ jwk }) => ({ ...jwk, alg: 'RS256' }),
  ({ jwk }) => ({ ...jwk, alg: 5 }),
  ({ jwk }) => ({ ...jwk, use: 'enc' }),
  ({ jwk }) => ({ ...jwk, use: null }),
  ({ jwk }) => ({ ...jwk, key_ops: ['sign'] }),
  ({ jwk }) => ({ ...jwk, key_ops: [] }),
  ({ jwk }) => ({ ...jwk, key_ops: 'verify' }),
  ({ jwk }) => ({ ...jwk, ext: false, x5c: ['AAAA'], x5u: 'https://evil.example' }),
  ({ jwk }) => Object.fromEntries(Object.entries(jwk).reverse()),
  ({ jwk }) => ({ ...jwk, x: undefined, n: undefined }),
  ({ jwk }) => ({ ...jwk, x: `${jwk.x}=`, e: 'AQAB=' }),
  ({ jwk }) => ({ ...jwk, x: `AA${jwk.x}`, e: 'AAEAAQ' }),
  ({ jwk }) => ({ ...jwk, y: part(THIEF, 'x') }),
  ({ jwk }) => ({ ...jwk, crv: undefined, kty: 'RSA' }),
  ({ jwk }) => ({ ...jwk, crv: 'P-384' }),
  ({ jwk }) => ({ ...jwk, crv: 'secp256k1' }),
  ({ jwk }) => ({ ...jwk, crv: 5 }),
  ({ jwk }) => ({ ...jwk, kty: String(jwk.kty).toLowerCase() }),
  ({ jwk }) => [jwk],
  ({ jwk }) => JSON.stringify(jwk),
  () => ({}),
  () => null,
  () => undefined,
]

/** One URI in other letters, some of which name something else. */
const SPELLINGS: readonly ((uri: string) => unknown)[] = [
  (uri) => `${uri}?page=2`,
  (uri) => `${uri}#part`,
  (uri) => `${uri}?a b\\c%#d`,
  (uri) => uri.replace(/^[a-z]+:\/\/[^/]*/, (origin) => origin.toUpperCase()),
  (uri) => uri.toUpperCase(),
  (uri) => uri.replace(/^https:\/\/[^/:]*/, (origin) => `${origin}:443`),
  (uri) => uri.replace(/^http:\/\/[^/:]*/, (origin) => `${origin}:80`),
  (uri) => uri.replace(/^(https?:\/\/[^/:]*)(:\d+)?/, '$1:8443'),
  (uri) => uri.replace(/(https?:\/\/[^/:]*)/, '$1:'),
  (uri) => uri.replace('https', 'http'),
  (uri) => uri.replace('https', 'wss'),
  (uri) => uri.replace('v1', '%76%31'),
  (uri) => uri.replace('v1', '%761'),
  (uri) => uri.replace(/%[0-9A-Fa-f]{2}/g, (triplet) => triplet.toUpperCase()),
  (uri) => uri.replace(/%[0-9A-Fa-f]{2}/g, (triplet) => triplet.toLowerCase()),
  (uri) => uri.replace(/%[0-9A-Fa-f]{2}/g, (triplet) => String.fromCharCode(Number.parseInt(triplet.slice(1), 16))),
  (uri) => uri.replaceAll('~', '%7E'),
  (uri) => uri.replace('/v1', '/x/../v1'),
  (uri) => uri.replace('/v1', '/./v1'),
  (uri) => uri.replace('/v1', '/x/%2e%2E/v1'),
  (uri) => uri.replace('/v1', '//v1'),
  (uri) => uri.replace('/v1', '\\v1'),
  (uri) => uri.replace('/v1', '/v1;x'),
  (uri) => uri.replace('/v1', '%2Fv1'),
  (uri) => uri.replace('://', ':'),
  (uri) => uri.replace('://', ':///'),
  (uri) => uri.replace('://', ':\\\\'),
  (uri) => uri.replace('://', '://user@'),
  (uri) => uri.replace('://', '://user:secret@'),
  (uri) => uri.replace('://', '://@'),
  (uri) => uri.replace('example', 'ex\tample'),
  (uri) => uri.replace('example', 'ＥＸＡＭＰＬＥ'),
  (uri) => uri.replace('example.com', 'example.com.'),
  (uri) => uri.replace('api.', ''),
  (uri) => ` ${uri}`,
  (uri) => `${uri}\n`,
  (uri) => `${uri}\0`,
  (uri) => `${uri}/`,
  (uri) => uri.replace(/\/$/, ''),
  (uri) => `${uri}\ud800`,
  (uri) => `${uri}%`,
  (uri) => `${uri}s`,
  (uri) => uri.slice(0, -1),
  (uri) => new URL(uri).pathname,
  (uri) => new URL(uri).origin,
  () => 'https://',
  () => '',
  (uri) => [uri],
]

const METHODS: readonly ((method: string) => unknown)[] = [
  (method) => method,
  (method) => method.toLowerCase(),
  (method) => `${method} `,
  (method) => `${method},POST`,
  (method) => [method],
  () => 'GET',
  () => 'HEAD',
  () => 'POST',
  () => '*',
]

const digest = (algorithm: string, text: unknown, encoding: 'base64url' | 'base64' | 'hex') =>
  createHash(algorithm).update(String(text)).digest(encoding)

/** From the one that is right. */
const HASHES: readonly ((right: unknown) => unknown)[] = [
  (right) => `${right}=`,
  (right) => Buffer.from(String(right), 'base64url').toString('base64'),
  (right) => Buffer.from(String(right), 'base64url').toString('hex'),
  (right) => String(right).toLowerCase(),
  (right) => String(right).slice(0, -1),
  (right) => [right],
  (right) => digest('sha512', right, 'base64url'),
  () => sha256(''),
  () => '',
]

const NAMES: readonly unknown[] = [
  '',
  ' ',
  'x',
  '\u{1f511}',
  '\ud800',
  '\0',
  'x'.repeat(2_000),
  'x'.repeat(9_000),
  5,
  null,
  ['p'],
  {},
]

/** Distances in seconds from the moment itself, from the end of the window, and from the end of the token's leeway. */
const OFFSETS: readonly number[] = [
  0,
  0.5,
  1,
  10,
  LEEWAY - 1,
  LEEWAY,
  LEEWAY + 1,
  PROOF_WINDOW - 1,
  PROOF_WINDOW,
  PROOF_WINDOW + 0.25,
  PROOF_WINDOW + 1,
  3_600,
]
const ODD_TIMES: readonly string[] = ['1e400', '-1e400', '0', '-1', `${NOW}.5`, `"${NOW}"`]

const near = (draft: Draft, name: string, random: Random): Draft =>
  withClaims(draft, { [name]: NOW + random.pick(OFFSETS) * random.pick([1, -1]) })
const odd = (draft: Draft, name: string, random: Random): Draft => withRawClaim(draft, name, random.pick(ODD_TIMES))

const UNASKED: readonly (readonly [string, unknown])[] = [
  ['nonce', 'n'],
  ['nonce', ''],
  ['nonce', 5],
  ['nonce', null],
  ['iss', 'client'],
  ['iss', 5],
  ['aud', 'https://api.example.com'],
  ['aud', 5],
  ['sub', 5],
  ['cnf', 5],
  ['acr', 5],
  ['__proto__', { htm: 'POST' }],
  ['ünï', '\u{1f511}'],
]

const own = (draft: Draft, name: string): string => String(draft.claims[name])

export const PROOFS: readonly Mutation[] = [
  mutation('header: typ', (draft, random) => withHeader(draft, { typ: random.pick(TYPES) })),
  mutation('header: jwk', (draft, random) => withHeader(draft, { jwk: random.pick(JWKS)(draft.key) })),
  mutation('header: jwk with a secret', (draft, random) =>
    withHeader(draft, { jwk: random.pick(SECRET_JWKS)(draft.key) }),
  ),
  mutation("key: a thief's", (draft) => ({ ...withHeader(draft, { jwk: THIEF.jwk, alg: THIEF.alg }), key: THIEF })),
  mutation('key: another of the client', (draft, random) => {
    const key = random.pick([CLIENT_KEYS.es, CLIENT_KEYS.ed, CLIENT_KEYS.ps, CLIENT_KEYS.rs])
    return { ...withHeader(draft, { jwk: key.jwk, alg: key.alg }), key }
  }),
  mutation('claim: missing', (draft, random) => withClaims(draft, { [random.pick(REQUIRED)]: undefined })),
  mutation('claim: of another type', (draft, random) =>
    withClaims(draft, { [random.pick(REQUIRED)]: random.pick(ANYTHING) }),
  ),
  mutation('claim: any, of any type', (draft, random) =>
    withClaims(draft, { [random.pick(CLAIM_NAMES)]: random.pick(ANYTHING) }),
  ),
  mutation('claim: htm', (draft, random) => withClaims(draft, { htm: random.pick(METHODS)(own(draft, 'htm')) })),
  mutation('claim: htu', (draft, random) => withClaims(draft, { htu: spelled(own(draft, 'htu'), random) })),
  mutation('claim: htu in an equal spelling', (draft, random) =>
    withClaims(draft, { htu: random.pick(SPELLINGS.slice(0, 20))(own(draft, 'htu')) }),
  ),
  mutation('claim: ath', (draft, random) => withClaims(draft, { ath: random.pick(HASHES)(own(draft, 'ath')) })),
  mutation('claim: iat', (draft, random) => near(draft, 'iat', random)),
  mutation('claim: a time that is none', (draft, random) => odd(draft, random.pick(['iat', 'exp', 'nbf']), random)),
  mutation('claim: exp or nbf', (draft, random) => near(draft, random.pick(['exp', 'nbf']), random)),
  mutation('claim: jti', (draft, random) => withClaims(draft, { jti: random.pick(NAMES) })),
  mutation('claim: one that nobody asks for', (draft, random) => {
    const [name, value] = random.pick(UNASKED)
    return withClaims(draft, { [name]: value })
  }),
]

/** What an earlier mutation has made unreadable stays as it is. */
const spelled = (uri: string, random: Random): unknown => (URL.canParse(uri) ? random.pick(SPELLINGS)(uri) : uri)
