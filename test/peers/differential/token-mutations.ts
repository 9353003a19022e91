/** What can be wrong with an access token, beyond what can be wrong with any JWS: its type, its key, each of its claims. */
import { type Draft, type Mutation, mutation, withClaims, withHeader, withRawClaim } from './jws.ts'
import { ANYTHING } from './jws-mutations.ts'
import { ISSUER_KEYS, type KeyPair, ODD_KEYS, sha256, THIEF, thumbprintOf } from './keys.ts'
import type { Random } from './random.ts'
import { AUDIENCE, ISSUER, LEEWAY, NOW } from './world.ts'

const REQUIRED: readonly string[] = ['iss', 'aud', 'sub', 'client_id', 'iat', 'exp', 'jti']
/** Those that something is read from, and some that only look so. */
const NAMES: readonly string[] = [
  ...REQUIRED,
  'nbf',
  'cnf',
  'scope',
  'auth_time',
  'acr',
  'amr',
  'act',
  'authorization_details',
  'status',
  'nonce',
  'azp',
  'typ',
  'alg',
]

const TYPES: readonly unknown[] = [
  'at+jwt', 'AT+JWT', 'At+Jwt', 'application/at+jwt', 'Application/AT+JWT', 'JWT', 'jwt', 'application/jwt', 'dpop+jwt', 'logout+jwt',
  'at+jwt ', ' at+jwt',
  'at-jwt', 'at', '', 'application/', 'application/application/at+jwt', 'at+jwt; charset=utf-8', 'text/at+jwt', 'statuslist+jwt',
  'token-introspection+jwt',
  5, null, true, ['at+jwt'], {}, undefined,
] // biome-ignore format: a list of names reads better packed

const KIDS: readonly unknown[] = [
  'es', 'rs', 'ps', 'ed', 'unnamed', 'twin', 'encryption', 'oct', 'weak', 'leaked', 'nobody', 'ES', ' es', 'es\0', '', '__proto__',
  '../es', 5, null, ['es'], {},
] // biome-ignore format: a list of names reads better packed

const KEYS: readonly KeyPair[] = [
  ODD_KEYS.unnamed,
  ODD_KEYS.twin,
  ODD_KEYS.encryption,
  ODD_KEYS.weak,
  ODD_KEYS.leaked,
  ODD_KEYS.foreign,
]

const ISSUERS: readonly unknown[] = [
  ISSUER, `${ISSUER}/`, ISSUER.toUpperCase(), ISSUER.replace('https', 'http'), `${ISSUER}:443`, ` ${ISSUER}`, `${ISSUER}\0`,
  `${ISSUER}.evil.example`, '', 5, null,
  [ISSUER], { toString: ISSUER },
] // biome-ignore format: a list of names reads better packed

const AUDIENCES: readonly unknown[] = [
  AUDIENCE, [AUDIENCE], ['https://other.example', AUDIENCE], [AUDIENCE, AUDIENCE], [AUDIENCE, 5], [null, AUDIENCE], [[AUDIENCE]], [], [''],
  '', `${AUDIENCE}/`,
  AUDIENCE.toUpperCase(), [`${AUDIENCE}/`], `${AUDIENCE} https://other.example`, 'https://other.example', 5, null, { 0: AUDIENCE },
  { includes: AUDIENCE },
] // biome-ignore format: a list of names reads better packed

/** Distances in seconds, around the leeway and around nothing. */
const OFFSETS: readonly number[] = [0, 0.25, 0.5, 1, 29, 29.75, 30, 30.25, 31, 60, 300, 3_600, 86_400]
/** JSON numbers that no clock shows, and texts. */
const ODD_TIMES: readonly string[] = [
  '1e400', '-1e400', '0', '-0', '-1', '1e15', '9007199254740993', `${NOW}.5`, '18e8', `"${NOW + 600}"`, 'null', 'true', '[1]', '{}', '""',
] // biome-ignore format: a list of names reads better packed

function at(draft: Draft, name: string, random: Random): Draft {
  if (random.chance(0.25)) return withRawClaim(draft, name, random.pick(ODD_TIMES))
  const distance = random.pick(OFFSETS) * random.pick([1, -1])
  // Where a time begins or ends to count, leeway included, two judges are most likely to disagree.
  return withClaims(draft, { [name]: NOW + (random.chance(0.5) ? 0 : LEEWAY * random.pick([1, -1])) + distance })
}

const JKT = thumbprintOf(THIEF.jwk)
/** `own` is the confirmation that would be right. */
const CONFIRMATIONS: readonly ((own: string) => unknown)[] = [
  () => undefined,
  () => ({}),
  () => null,
  () => [],
  () => [{ jkt: JKT }],
  () => 'jkt',
  () => ({ jkt: null }),
  () => ({ jkt: 5 }),
  () => ({ jkt: '' }),
  () => ({ jkt: JKT }),
  () => ({ 'x5t#S256': JKT }),
  (own) => ({ jkt: own }),
  (own) => ({ jkt: [own] }),
  (own) => ({ jkt: `${own}=` }),
  (own) => ({ jkt: own.slice(0, -1) }),
  (own) => ({ jkt: own.toLowerCase() }),
  (own) => ({ jkt: own, 'kc-jkt-type': 'dpop' }),
  (own) => ({ 'kc-jkt-type': 'dpop', jkt: own }),
  (own) => ({ jkt: own, jwk: THIEF.jwk }),
  (own) => ({ jkt: own, 'x5t#S256': sha256('certificate') }),
]

/** Those that this issuer's tokens are never bound by. */
const UNKNOWN_CONFIRMATIONS: readonly unknown[] = [
  {},
  { kid: 'es' },
  { jwk: THIEF.jwk },
  { JKT },
  { 'x5t#S512': JKT },
  { 'kc-jkt-type': 'dpop', kid: 'es' },
]

/** Names, one of which each text claim has. */
const TEXTS: readonly unknown[] = [
  '', ' ', 'x', '\u{1f511} ünï', '\ud800', 'a\udc00b', '\0', '"', 'x'.repeat(500), 'é', 'e\u0301', 5, null, true, ['user'], {},
] // biome-ignore format: a list of texts reads better packed
const SCOPES: readonly unknown[] = [
  '', ' ', 'a', 'a  b', ' a b ', 'a\tb', 'a"b', 'a\\b', 'a\nb', 'ä', ['a'], [], ['a', 5], {}, null, 5, true, undefined,
] // biome-ignore format: a list of scopes reads better packed
const OPTIONAL: readonly (readonly [string, unknown])[] = [
  ['auth_time', NOW - 5],
  ['auth_time', NOW + 3_600],
  ['auth_time', `${NOW}`],
  ['auth_time', null],
  ['acr', 'phr'],
  ['acr', 5],
  ['acr', ['phr']],
  ['acr', null],
  ['amr', ['pwd', 'otp']],
  ['amr', 'pwd'],
  ['amr', [5]],
  ['amr', []],
  ['act', { sub: 'agent', act: { sub: 'before' } }],
  ['act', 'agent'],
  ['act', []],
  ['authorization_details', [{ type: 'payment' }]],
  ['authorization_details', [{ type: '' }]],
  ['authorization_details', { type: 'payment' }],
  ['authorization_details', '[]'],
  ['status', { status_list: { idx: 1, uri: 'https://login.example/statuslists/1' } }],
  ['status', { status_list: { idx: -1, uri: 'https://login.example/statuslists/1' } }],
  ['status', 'active'],
  ['nonce', 'n'],
  ['at_hash', 'AAAA'],
  ['events', {}],
  ['__proto__', { sub: 5 }],
  ['constructor', null],
  ['toString', 5],
  ['ünï', '\u{1f511}'],
  ['padding', 'x'.repeat(9_000)],
]

export const TOKEN_TYPES: readonly Mutation[] = [
  mutation('header: typ', (draft, random) => withHeader(draft, { typ: random.pick(TYPES) })),
  mutation('header: kid', (draft, random) => withHeader(draft, { kid: random.pick(KIDS) })),
  mutation('header: no kid', (draft) => withHeader(draft, { kid: undefined })),
  mutation('header: a key of its own', (draft) => ({
    ...withHeader(draft, { jwk: THIEF.jwk, alg: 'ES256' }),
    key: THIEF,
  })),
  mutation("key: one of the issuer's others", (draft, random) =>
    signedBy(draft, random.pick([ISSUER_KEYS.es, ISSUER_KEYS.rs, ISSUER_KEYS.ps, ISSUER_KEYS.ed])),
  ),
  mutation('key: an odd one', (draft, random) => signedBy(draft, random.pick(KEYS))),
  mutation('key: one without an algorithm, as PS256', (draft) =>
    signedBy(draft, { ...ODD_KEYS.unnamed, alg: 'PS256' }),
  ),
  mutation('key: Ed25519 by its new name', (draft) => signedBy(draft, { ...ISSUER_KEYS.ed, alg: 'Ed25519' })),
]

const signedBy = (draft: Draft, key: KeyPair): Draft => ({ ...withHeader(draft, { alg: key.alg, kid: key.kid }), key })

/** The confirmation's own key is found in the draft: a bound one has it. */
const ownThumbprint = ({ claims }: Draft): string => {
  const { jkt } = Object(claims.cnf)
  return typeof jkt === 'string' ? jkt : JKT
}

export const TOKEN_CLAIMS: readonly Mutation[] = [
  mutation('claim: missing', (draft, random) => withClaims(draft, { [random.pick(REQUIRED)]: undefined })),
  mutation('claim: of another type', (draft, random) =>
    withClaims(draft, { [random.pick(REQUIRED)]: random.pick(ANYTHING) }),
  ),
  mutation('claim: any, of any type', (draft, random) =>
    withClaims(draft, { [random.pick(NAMES)]: random.pick(ANYTHING) }),
  ),
  mutation('claim: iss', (draft, random) => withClaims(draft, { iss: random.pick(ISSUERS) })),
  mutation('claim: aud', (draft, random) => withClaims(draft, { aud: random.pick(AUDIENCES) })),
  mutation('claim: exp', (draft, random) => at(draft, 'exp', random)),
  mutation('claim: nbf', (draft, random) => at(draft, 'nbf', random)),
  mutation('claim: iat', (draft, random) => at(draft, 'iat', random)),
  mutation('claim: sub, client_id or jti', (draft, random) =>
    withClaims(draft, { [random.pick(['sub', 'client_id', 'jti'])]: random.pick(TEXTS) }),
  ),
  mutation('claim: cnf', (draft, random) =>
    withClaims(draft, { cnf: random.pick(CONFIRMATIONS)(ownThumbprint(draft)) }),
  ),
  mutation('claim: cnf without a known member', (draft, random) =>
    withClaims(draft, { cnf: random.pick(UNKNOWN_CONFIRMATIONS) }),
  ),
  mutation('claim: scope', (draft, random) => withClaims(draft, { scope: random.pick(SCOPES) })),
  mutation('claim: one that need not be there', (draft, random) => {
    const [name, value] = random.pick(OPTIONAL)
    return withClaims(draft, { [name]: value })
  }),
]
