/** What the gate tells the origin of a request that it let in, and the signature that proves who says so (RFC 9421). */
import {
  type Component,
  derivedComponents,
  isCoverable,
  parseDictionary,
  percentEncoded,
  serializeDictionary,
  signatureBase,
  signatureInput,
} from './message-signature.ts'
import type { StatementKey } from './statement-key.ts'

/** Facts that the gate vouches for. What is absent it does not know. */
export interface Statement {
  /** The id of the decision in the log, a UUID. */
  readonly decision: string
  /** The id of the rule, such as `GET api.example.com/v1/invoices/{id}`. */
  readonly rule: string
  readonly issuer?: string
  readonly subject?: string
  readonly client?: string
  /** Those that let the request in, not all that the token has. */
  readonly scopes?: readonly string[]
  readonly acr?: string
}

export interface SigningOptions {
  readonly key: StatementKey
  /** Epoch seconds. */
  readonly nowSeconds: number
  /** How long the signature is good for. More than 60 counts as 60. */
  readonly ttlSeconds: number
  /** Printable ASCII that was never there before. */
  readonly nonce: string
}

/** Both the member's name in the dictionaries and the `tag`. */
const LABEL = 'scopewall'
const PREFIX = 'scopewall-'
const LONGEST_SECONDS = 60
/** What a client sends and the origin acts on: covered where it is there. */
const CLIENT_FIELDS = ['authorization', 'content-digest']
const DICTIONARIES = [
  ['signature-input', 'inner list'],
  ['signature', 'byte sequence'],
] as const

/**
 * The headers of a statement: names in lower case, values of %x21-7E, in which `%` and all other octets of the UTF-8 text are percent-encoded;
 * scopes are separated by spaces. A fact that is absent or empty has no header. Throws a TypeError for lone surrogates: two subjects must
 * not become one.
 */
export function statementHeaders(statement: Statement): readonly (readonly [string, string])[] {
  const { decision, rule, issuer, subject, client, scopes, acr } = statement
  const facts: readonly (readonly [string, readonly string[]])[] = [
    ['decision', [decision]],
    ['rule', [rule]],
    ['issuer', issuer === undefined ? [] : [issuer]],
    ['subject', subject === undefined ? [] : [subject]],
    ['client', client === undefined ? [] : [client]],
    ['scope', scopes ?? []],
    ['acr', acr === undefined ? [] : [acr]],
  ]
  return facts.flatMap(([name, texts]) => {
    const value = texts.filter((text) => text !== '').map(asHeaderText)
    return value.length === 0 ? [] : [[PREFIX + name, value.join(' ')] as const]
  })
}

function asHeaderText(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a fact of the statement is not well-formed Unicode')
  return text.replace(/[^\x21-\x24\x26-\x7E]+/g, percentEncoded)
}

/** Removes what a client signed under the gate's label; signatures of others stay. Where either field is malformed, both go. */
export function withoutOwnLabel(headers: Headers): void {
  const fields = DICTIONARIES.map(([name, kind]) => ({ name, members: parseDictionary(headers.get(name) ?? '', kind) }))
  const isMalformed = fields.some(({ members }) => members === undefined)
  for (const { name, members } of fields) {
    members?.delete(LABEL)
    if (isMalformed || members === undefined || members.size === 0) headers.delete(name)
    else headers.set(name, serializeDictionary(members))
  }
}

/**
 * Adds `Signature-Input` and `Signature` to headers that hold the statement's: over method, authority, path and query of the request as it is sent
 * (`url` is absolute), every `scopewall-` header, and `authorization` and `content-digest` where they are there. An `authorization` or
 * `content-digest` of other than ASCII cannot be covered and is dropped. Rejects with a TypeError where nothing can be signed.
 */
export async function signRequest(
  headers: Headers,
  { method, url }: { readonly method: string; readonly url: string },
  { key, nowSeconds, ttlSeconds, nonce }: SigningOptions,
): Promise<void> {
  withoutOwnLabel(headers)
  const components = [...derivedComponents(method, url), ...coveredFields(headers)]
  const input = signatureInput(components, {
    created: nowSeconds,
    expires: nowSeconds + Math.min(ttlSeconds, LONGEST_SECONDS),
    keyid: key.id,
    nonce,
    tag: LABEL,
  })
  const base = signatureBase(components, input)
  if (!base.ok) throw new TypeError(`the statement cannot be signed: ${base.error}`)
  const signature = await key.sign(new TextEncoder().encode(base.value))
  addMember(headers, 'signature-input', input)
  addMember(headers, 'signature', `:${btoa(String.fromCharCode(...signature))}:`)
}

function coveredFields(headers: Headers): readonly Component[] {
  for (const name of CLIENT_FIELDS) {
    const value = headers.get(name)
    if (value === null) continue
    // On one line, as it is signed: what came on two would go out on two.
    if (isCoverable(value)) headers.set(name, value)
    else headers.delete(name)
  }
  return [...headers]
    .filter(([name]) => name.startsWith(PREFIX) || CLIENT_FIELDS.includes(name))
    .map(([name, value]) => ({ name, value }))
}

/** On one line with the client's: appending would make a second line, which some servers do not join. */
function addMember(headers: Headers, name: string, value: string): void {
  const others = headers.get(name)
  const own = `${LABEL}=${value}`
  headers.set(name, others === null ? own : `${others}, ${own}`)
}
