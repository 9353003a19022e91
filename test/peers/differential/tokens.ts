/**
 * Requests with an access token, more than half of them good or one step away from it.
 * What is wrong with the others is drawn from the lists beside this file.
 */
import { compose, type Draft, type Mutation, soundDraft } from './jws.ts'
import { ENCODINGS, HEADERS, SHAPES, SIGNATURES, TEXTS } from './jws-mutations.ts'
import { CLIENT_KEYS, ISSUER_KEYS, type KeyPair, ODD_CLIENT_KEYS, sha256, thumbprintOf } from './keys.ts'
import { PROOFS } from './proof-mutations.ts'
import type { Random } from './random.ts'
import { type Presentation, REQUESTS, type RequestMutation } from './request-mutations.ts'
import { TOKEN_CLAIMS, TOKEN_TYPES } from './token-mutations.ts'
import { AUDIENCE, ISSUER, NOW } from './world.ts'

export interface Case {
  /** Their names; none where everything is as it should be. */
  readonly mutations: readonly string[]
  readonly request: Request
}

const ANY_JWS: readonly Mutation[] = [...SIGNATURES, ...HEADERS, ...TEXTS, ...ENCODINGS, ...SHAPES]
const TOKEN_MUTATIONS = [...TOKEN_TYPES, ...TOKEN_CLAIMS, ...ANY_JWS]
const PROOF_MUTATIONS = [...PROOFS, ...ANY_JWS]

const ODD_HOLDER = 'holder: an odd key'

/** Every mutation that a case may name. */
export const MUTATION_NAMES: readonly string[] = [
  ...TOKEN_MUTATIONS.map(({ name }) => `token ${name}`),
  ...PROOF_MUTATIONS.map(({ name }) => `proof ${name}`),
  ...REQUESTS.map(({ name }) => name),
  ODD_HOLDER,
]

const METHODS: readonly string[] = ['GET', 'GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const URLS: readonly string[] = [
  'https://api.example.com/v1/invoices',
  'https://api.example.com/v1/invoices?page=2&q=%zz',
  'https://api.example.com/v1',
  'https://api.example.com/',
  'https://api.example.com',
  'https://api.example.com/v1/',
  'https://api.example.com/v1//invoices',
  'https://api.example.com/v1/a%2fb/%41~',
  'https://api.example.com/v1/A%2FB/~user',
  'https://api.example.com/v1/caf\u00e9',
  "https://api.example.com/v1/a;b=c,d'(e)|{f}",
  'https://api.example.com/v1/100%',
  'https://api.example.com:8443/v1/invoices',
  'http://localhost:8787/v1/invoices',
  'http://[::1]/v1/invoices',
  'https://xn--bcher-kva.example/v1/b\u00fccher',
]

/** Elliptic curves mostly: an RSA signature takes as long as twenty of theirs. */
function issuerKey(random: Random): KeyPair {
  const { es, rs, ps, ed } = ISSUER_KEYS
  return random.chance(0.75) ? es : random.pick([rs, ps, ed])
}

function clientKey(random: Random): KeyPair {
  const { es, ps, rs, ed, ed25519 } = CLIENT_KEYS
  if (random.chance(0.75)) return es
  return random.chance(0.8) ? random.pick([ps, rs, ed, ed25519]) : random.pick(ODD_CLIENT_KEYS)
}

/** What is wrong with each part. */
interface Flaws {
  readonly token: Mutation[]
  readonly proof: Mutation[]
  readonly request: RequestMutation[]
}

function drawFlaws(random: Random, isBound: boolean): Flaws {
  const flaws: Flaws = { token: [], proof: [], request: [] }
  for (let left = howMany(random); left > 0; left--) {
    const area = random.below(100)
    if (area < 20) flaws.request.push(random.pick(REQUESTS))
    else if (isBound && area < 60) flaws.proof.push(random.pick(PROOF_MUTATIONS))
    else flaws.token.push(random.pick(TOKEN_MUTATIONS))
  }
  return flaws
}

function howMany(random: Random): number {
  const drawn = random.below(100)
  if (drawn < 15) return 0
  if (drawn < 65) return 1
  return drawn < 90 ? 2 : 3
}

const mutated = (draft: Draft, mutations: readonly Mutation[], random: Random): string =>
  compose(mutations.reduce((changed, { apply }) => apply(changed, random), draft))

const tokenDraft = (key: KeyPair, holder: KeyPair | undefined, jti: string): Draft =>
  soundDraft(
    { alg: key.alg, kid: key.kid, typ: 'at+jwt' },
    {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'user',
      client_id: 'partner',
      iat: NOW - 5,
      exp: NOW + 600,
      jti,
      scope: 'invoices:read invoices:write',
      cnf: holder && { jkt: thumbprintOf(holder.jwk) },
    },
    key,
  )

const proofDraft = (key: KeyPair, token: string, { method, url }: Pick<Presentation, 'method' | 'url'>): Draft =>
  soundDraft(
    { typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk },
    { jti: 'p-1', htm: method, htu: url.split(/[?#]/, 1)[0], iat: NOW, ath: sha256(token) },
    key,
  )

export function drawCase(random: Random): Case {
  const holder = random.chance(0.6) ? clientKey(random) : undefined
  const flaws = drawFlaws(random, holder !== undefined)
  const asked = { method: random.pick(METHODS), url: random.pick(URLS) }
  // A few identifiers, so that the same tokens come back and are answered from memory, too.
  const token = mutated(tokenDraft(issuerKey(random), holder, `t-${random.below(4)}`), flaws.token, random)
  const prove = (text: string, key: KeyPair) => mutated(proofDraft(key, text, asked), flaws.proof, random)
  const presentation: Presentation = {
    ...asked,
    scheme: holder === undefined ? 'Bearer' : 'DPoP',
    token,
    authorization: [`${holder === undefined ? 'Bearer' : 'DPoP'} ${token}`],
    proofs: holder === undefined ? [] : [prove(token, holder)],
    prove: (text) => prove(text, holder ?? CLIENT_KEYS.es),
  }
  const shown = flaws.request.reduce((changed, { apply }) => apply(changed, random), presentation)
  const oddities = holder !== undefined && ODD_CLIENT_KEYS.includes(holder) ? [ODD_HOLDER] : []
  return { mutations: [...oddities, ...namesOf(flaws)], request: requestOf(shown) }
}

const namesOf = ({ token, proof, request }: Flaws): readonly string[] => [
  ...token.map(({ name }) => `token ${name}`),
  ...proof.map(({ name }) => `proof ${name}`),
  ...request.map(({ name }) => name),
]

function requestOf({ method, url, authorization, proofs }: Presentation): Request {
  const headers = new Headers()
  for (const value of authorization) headers.append('authorization', value)
  for (const value of proofs) headers.append('dpop', value)
  return new Request(url, { method, headers })
}
