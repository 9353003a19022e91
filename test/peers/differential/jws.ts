/** A compact JWS in the making: a sound draft, what mutations may change of it, and the text that comes out. */
import { constants, type KeyObject, sign } from 'node:crypto'
import type { KeyPair, Members } from './keys.ts'
import type { Random } from './random.ts'

/** Header, claims and signature, as base64url or as what a mutation made of it. */
export type Segments = readonly [header: string, claims: string, signature: string]

export interface Draft {
  /** A member that is `undefined` is left out. */
  readonly header: Members
  readonly claims: Members
  readonly key: KeyPair
  /** The octets that are encoded, from the JSON text. */
  readonly headerOctets: (json: string) => Buffer
  readonly claimsOctets: (json: string) => Buffer
  /** How header and claims are spelled; the signature covers that spelling. */
  readonly spell: (segment: string, part: 'header' | 'claims') => string
  readonly signature: (input: string, key: KeyPair) => Buffer
  /** What is done to the signed text. */
  readonly finish: (segments: Segments) => string
}

/** One way in which a JWS may differ from a sound one. Some are harmless, and some only in some combinations. */
export interface Mutation {
  readonly name: string
  readonly apply: (draft: Draft, random: Random) => Draft
}

export const mutation = (name: string, apply: Mutation['apply']): Mutation => ({ name, apply })

const utf8 = (json: string): Buffer => Buffer.from(json)

/** A draft that nothing is wrong with, as far as header and claims are right. */
export const soundDraft = (header: Members, claims: Members, key: KeyPair): Draft => ({
  header,
  claims,
  key,
  headerOctets: utf8,
  claimsOctets: utf8,
  spell: (segment) => segment,
  signature: honestSignature,
  finish: (segments) => segments.join('.'),
})

export const withHeader = (draft: Draft, header: Members): Draft => ({
  ...draft,
  header: { ...draft.header, ...header },
})
export const withClaims = (draft: Draft, claims: Members): Draft => ({
  ...draft,
  claims: { ...draft.claims, ...claims },
})

/** JSON that `JSON.stringify` would not write: `written` stands where the draft's claim would. */
export function withRawClaim(draft: Draft, name: string, written: string): Draft {
  const place = `written by hand: ${name}`
  return {
    ...withClaims(draft, { [name]: place }),
    claimsOctets: (json) => draft.claimsOctets(json.replace(JSON.stringify(place), () => written)),
  }
}

export function compose({ header, claims, key, headerOctets, claimsOctets, spell, signature, finish }: Draft): string {
  const first = spell(headerOctets(JSON.stringify(header)).toString('base64url'), 'header')
  const second = spell(claimsOctets(JSON.stringify(claims)).toString('base64url'), 'claims')
  return finish([first, second, signature(`${first}.${second}`, key).toString('base64url')])
}

const MAX_REMEMBERED = 5_000
const remembered = new WeakMap<KeyObject, Map<string, Buffer>>()

/** As the key's owner signs. The same text gets the same signature, so that the many cases that share a token share its cost. */
export function honestSignature(input: string, { alg, privateKey }: KeyPair): Buffer {
  const own = remembered.get(privateKey) ?? new Map<string, Buffer>()
  remembered.set(privateKey, own)
  const known = own.get(input)
  if (known !== undefined) return known
  if (own.size >= MAX_REMEMBERED) own.clear()
  const made = signAs(alg, input, privateKey)
  own.set(input, made)
  return made
}

/** RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1. */
export function signAs(alg: string, input: string, key: KeyObject): Buffer {
  const octets = Buffer.from(input)
  if (alg === 'ES256') return sign('sha256', octets, { key, dsaEncoding: 'ieee-p1363' })
  if (alg === 'RS256') return sign('sha256', octets, key)
  if (alg === 'PS256') return sign('sha256', octets, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
  return sign(null, octets, key)
}
