/** Where this project and oauth4webapi may differ. A closed list: another difference is somebody's mistake. */
import { type Explanation, looser, stricter, unreadable } from './explanation.ts'
import { factsOf, type LooseJws, octetsOf } from './facts.ts'
import { MAX_TOKEN_BYTES, type Verdict } from './verdicts.ts'
import { LEEWAY, NOW, PROOF_WINDOW } from './world.ts'

const CLAIMS = 'token_invalid: claims'
const PROOF_CLAIMS = 'proof_invalid: claims'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isInfinite = (value: unknown) => typeof value === 'number' && !Number.isFinite(value)
const isAbsentOr = (value: unknown, holds: (value: unknown) => boolean) => value === undefined || holds(value)
const areTexts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string')

const BINDING: readonly Explanation[] = [
  looser(
    'a proof beside a token that is bound to nothing',
    'RFC 9449 section 7.2 asks a proof of bound tokens alone; the peer wants `cnf` wherever there is a DPoP field (digest section 23)',
    /^JWT "cnf" \(confirmation\) claim missing$/,
    ({ scheme, token, hasProof }) => scheme === 'bearer' && hasProof && token.claims.cnf === undefined,
  ),
  looser(
    'a member of `cnf` beside `jkt`',
    'RFC 7800 section 3.1: unknown confirmation members are ignored; the peer wants one member (digest section 23, DPP-5)',
    /^multiple confirmation claims are not supported$/,
    ({ token: { claims } }) =>
      isObject(claims.cnf) && Object.keys(claims.cnf).length > 1 && typeof claims.cnf.jkt === 'string',
  ),
  stricter(
    '`cnf` that names nothing',
    'RFC 7800 section 3.1, DPP-5: bound in ways that nobody can check is not unbound',
    'token_invalid: confirmation',
    ({ token: { claims } }) => isObject(claims.cnf) && Object.keys(claims.cnf).length === 0,
  ),
]

const KEYS: readonly Explanation[] = [
  looser(
    'Ed25519 by either name',
    'RFC 9864 section 2.2: `EdDSA` over Ed25519 and `Ed25519` are one algorithm; the peer compares the names',
    /^error when selecting a JWT verification key, no applicable keys found$/,
    ({ token: { header } }) => header.alg === 'Ed25519' && header.kid === 'ed',
  ),
  looser(
    'one key for an algorithm, and another that could be for any',
    'RFC 8725 section 3.1: a key without `alg` is bound to one algorithm, here RS256, and is no candidate for PS256',
    /^error when selecting a JWT verification key, multiple applicable keys found/,
    ({ token: { header } }) => header.alg === 'PS256' && header.kid === undefined,
  ),
  stricter(
    'a key without `alg`, used for a second algorithm',
    'RFC 8725 section 3.1: each key is used with exactly one algorithm, here RS256',
    'token_invalid: unknown_key',
    ({ token: { header } }) => header.alg === 'PS256' && header.kid === 'unnamed',
  ),
  stricter(
    'a secret member in the key of a proof',
    'RFC 9449 section 4.3 check 7: `jwk` holds no private key; the peer knows one by its being importable as such',
    'proof_invalid: key',
    ({ proof: { header } }) =>
      isObject(header.jwk) && ['d', 'p', 'oth', 'k'].some((name) => Object.hasOwn(Object(header.jwk), name)),
  ),
  stricter(
    'the key of a proof that says it is for something else',
    'RFC 7517 sections 4.2 to 4.4: `use`, `key_ops` and `alg` are heeded; the peer drops the first two, and WebCrypto heeds not every `alg`',
    'proof_invalid: key',
    ({ proof: { header } }) => {
      const { use, key_ops: operations, alg } = Object(header.jwk)
      return (
        !isAbsentOr(use, (value) => value === 'sig') ||
        !isAbsentOr(operations, (value) => Array.isArray(value) && value.includes('verify')) ||
        !isAbsentOr(alg, (value) => value === header.alg)
      )
    },
  ),
]

const SPELLING: readonly Explanation[] = [
  unreadable(
    'padding, or the standard alphabet of Base64',
    'RFC 7515 section 2: base64url without padding; RFC 8725 section 3.11: format is checked',
    ({ segments }) => segments.some((segment) => /[=+/]/.test(segment)),
  ),
  unreadable('white space within a segment', 'RFC 7515 section 2: no white space; the peer drops it', ({ segments }) =>
    segments.some((segment) => /\s/.test(segment)),
  ),
  unreadable(
    'bits left over in the last character of a segment',
    'RFC 4648 section 3.5: one token has one spelling; the peer drops the bits',
    ({ segments }) =>
      segments.some(
        (segment) => /^[A-Za-z0-9_-]+$/.test(segment) && octetsOf(segment).toString('base64url') !== segment,
      ),
  ),
  unreadable(
    'header or claims that are not UTF-8',
    'RFC 7519 section 7.2, RFC 8725 section 3.7; the peer replaces what it cannot decode',
    ({ segments }) => segments.slice(0, 2).some((segment) => !isUtf8(octetsOf(segment))),
  ),
  unreadable(
    'a byte-order mark',
    'RFC 8259 section 8.1: none is added; whether one is ignored is free, and the peer ignores it',
    ({ segments }) =>
      segments.slice(0, 2).some((segment) => octetsOf(segment).subarray(0, 3).toString('hex') === 'efbbbf'),
  ),
  {
    name: '`b64`, `zip`, `cty` or `enc` in the header',
    reason:
      'RFC 7797 section 6, RFC 7516 section 4.1, RFC 7519 section 5.2: members that change how the rest is read; the peer looks at `crit` alone',
    holds: ({ token, proof }, { why }, theirs) =>
      theirs.isAccepted &&
      ((why === 'token_invalid: header' && changesReading(token)) ||
        (why === 'proof_invalid: header' && changesReading(proof))),
  },
  stricter(
    'a token beyond the limit',
    'PEP-7: sizes are bounded before any work is spent; the peer has no limit',
    'credential_malformed: too_large',
    ({ token }) => token.text.length > MAX_TOKEN_BYTES,
  ),
  stricter(
    'a proof beyond the limit',
    'PEP-7, DPP-7: as for tokens',
    'proof_invalid: too_large',
    ({ proof }) => proof.text.length > MAX_PROOF_CHARACTERS,
  ),
]

const MAX_PROOF_CHARACTERS = 8192

const changesReading = ({ header }: LooseJws) =>
  ['b64', 'zip', 'cty', 'enc'].some((name) => Object.hasOwn(header, name))

const isUtf8 = (octets: Buffer): boolean => octets.equals(Buffer.from(octets.toString()))

const TOKEN_CLAIMS: readonly Explanation[] = [
  stricter(
    'issued in the future',
    'digest section 3, JAT-6: beyond the leeway a token from the future is refused (RFC 7519 section 4.1.6 leaves it open); the peer does not look',
    'token_invalid: not_yet_valid',
    ({ token: { claims } }) => Number(claims.iat) > NOW + LEEWAY,
  ),
  stricter(
    'a time beyond all numbers',
    'RFC 7519 section 2 (NumericDate), JAT-7: `1e400` is no time; the peer takes infinity for a number',
    CLAIMS,
    ({ token: { claims } }) => [claims.exp, claims.nbf, claims.iat].some(isInfinite),
  ),
  stricter(
    '`sub`, `client_id` or `jti` that says nothing',
    'JAT-7: names are not empty, and are Unicode (RFC 9068 section 2.2, RFC 7493 section 2.1); the peer asks for a text',
    CLAIMS,
    ({ token: { claims } }) =>
      [claims.sub, claims.client_id, claims.jti].some((name) => name === '' || !String(name).isWellFormed()),
  ),
  stricter(
    'a member of `aud` that is no text',
    'RFC 7519 section 4.1.3: an array of strings; the peer looks for its own alone',
    'token_invalid: audience',
    ({ token: { claims } }) => Array.isArray(claims.aud) && !areTexts(claims.aud),
  ),
  stricter(
    'a malformed scope',
    'RFC 6749 section 3.3; the peer leaves scopes to its caller (digest section 23)',
    CLAIMS,
    ({ token: { claims } }) =>
      !isAbsentOr(claims.scope, (scope) => typeof scope === 'string' && /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(scope)),
  ),
  stricter(
    'authentication of another type, or in the future',
    'RFC 9068 section 2.2.1, JAT-8; the peer does not look at `auth_time`, `acr` and `amr` (digest section 23)',
    CLAIMS,
    ({ token: { claims } }) =>
      !isAbsentOr(claims.auth_time, (time) => typeof time === 'number' && time <= NOW + LEEWAY) ||
      !isAbsentOr(claims.acr, (acr) => typeof acr === 'string' || areTexts(acr)) ||
      !isAbsentOr(claims.amr, areTexts),
  ),
  stricter(
    'an actor that is no object',
    'RFC 8693 section 4.1; the peer does not look at `act`',
    CLAIMS,
    ({ token: { claims } }) => !isAbsentOr(claims.act, isObject),
  ),
  stricter(
    'malformed authorization details',
    'RFC 9396 section 2: a list of objects that each have a type; the peer does not look',
    CLAIMS,
    ({ token: { claims } }) =>
      !isAbsentOr(
        claims.authorization_details,
        (details) =>
          Array.isArray(details) &&
          details.every((detail) => isObject(detail) && typeof detail.type === 'string' && detail.type !== ''),
      ),
  ),
]

const PROOF: readonly Explanation[] = [
  looser(
    '`htu` with other percent-encoding',
    'RFC 9449 section 4.3, RFC 3986 sections 6.2.2.1 and 6.2.2.2; the peer lacks percent normalisation (digest section 23)',
    /^DPoP Proof htu mismatch$/,
    ({ url, proof: { claims } }) => equalButForPercents(url, claims.htu),
  ),
  stricter(
    'a URI that is none, or is none without repair',
    'RFC 3986 sections 2 and 3, RFC 9110 section 4.2.4: no white space, backslash, stray `%` or userinfo; the peer has the URL parser repair it',
    'proof_invalid: uri',
    ({ url, proof: { claims } }) => typeof claims.htu === 'string' && (needsRepair(claims.htu) || needsRepair(url)),
  ),
  looser(
    '`exp` or `nbf` of a proof within its own window',
    'RFC 9449 section 4.2 knows neither; read off the clock of `iat`, they may be off as far as `iat` (DPP-15); the peer takes the leeway of tokens',
    /^unexpected JWT "(?:exp|nbf)" \([a-z ]+\) claim value/,
    ({ proof: { claims } }) =>
      isWithin(NOW - Number(claims.exp), LEEWAY, PROOF_WINDOW) ||
      isWithin(Number(claims.nbf) - NOW, LEEWAY, PROOF_WINDOW),
  ),
  looser(
    '`iss` or `aud` of a proof with another type',
    'RFC 9449 section 4.2 knows neither, and RFC 7519 section 4 has unknown claims ignored; the peer reads a proof as it reads tokens',
    /^unexpected JWT "(?:iss|aud)" \([a-z]+\) claim type$/,
    ({ proof: { claims } }) =>
      !isAbsentOr(claims.iss, (iss) => typeof iss === 'string') ||
      !isAbsentOr(claims.aud, (aud) => typeof aud === 'string' || Array.isArray(aud)),
  ),
  stricter(
    'a proof without a name',
    'RFC 9449 section 4.2: `jti` is a unique identifier, which an empty text is not (DPP-8)',
    PROOF_CLAIMS,
    ({ proof: { claims } }) => claims.jti === '',
  ),
  stricter(
    'a nonce that is no text',
    'RFC 9449 sections 4.2 and 8.1; the peer does not look at `nonce` (digest section 23)',
    PROOF_CLAIMS,
    ({ proof: { claims } }) => !isAbsentOr(claims.nonce, (nonce) => typeof nonce === 'string'),
  ),
  stricter(
    'a time of a proof beyond all numbers',
    'RFC 7519 section 2 (NumericDate): `1e400` is no time; the peer takes infinity for a number',
    PROOF_CLAIMS,
    ({ proof: { claims } }) => [claims.exp, claims.nbf].some(isInfinite),
  ),
]

const isWithin = (distance: number, from: number, to: number): boolean => distance >= from && distance <= to

function equalButForPercents(asked: string, named: unknown): boolean {
  if (typeof named !== 'string' || !URL.canParse(named)) return false
  const [one = '', other = ''] = [asked, named]
    .map((uri) => new URL(uri))
    .map(({ origin, pathname }) => origin + pathname)
  return one !== other && unescaped(one) === unescaped(other)
}

/** Each triplet in upper case, or as the unreserved character that it stands for. */
const unescaped = (uri: string): string =>
  uri.replace(/%[0-7][0-9a-f]|%[89a-f][0-9a-f]/gi, (triplet) => {
    const character = String.fromCharCode(Number(`0x${triplet.slice(1)}`))
    return /^[\w.~-]$/.test(character) ? character : triplet.toUpperCase()
  })

function needsRepair(uri: string): boolean {
  const [target = ''] = uri.split(/[?#]/, 1)
  return (
    /[\s\p{Cc}]/u.test(uri) ||
    !uri.isWellFormed() ||
    /\\|%(?![0-9a-f]{2})/i.test(target) ||
    !/^https?:\/\/[^/@]+(?:\/|$)/i.test(target)
  )
}

export const EXPLAINED: readonly Explanation[] = [...BINDING, ...KEYS, ...SPELLING, ...TOKEN_CLAIMS, ...PROOF]

/** The explanations that hold for a difference. None: somebody is wrong. */
export function explanationsOf(request: Request, ours: Verdict, theirs: Verdict): readonly Explanation[] {
  const facts = factsOf(request)
  return EXPLAINED.filter(({ holds }) => holds(facts, ours, theirs))
}
