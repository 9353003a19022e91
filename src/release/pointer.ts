/**
 * The pointer: what is live, since when and on whose word. The same text stands under `current` and, for good, under `history/<serial>`.
 * A pointer has one spelling only: whatever is written in another way, with a member more, twice or in another order, is no pointer.
 */
import { fail, ok, type Result } from '../policy/result.ts'
import { isDigest } from './digest.ts'

/** What was done: each is a serial of its own. */
export const KINDS = ['publish', 'rollback', 'observe', 'enforce', 'drop'] as const
export type Kind = (typeof KINDS)[number]

/** A release that some requests are judged by as well, for the record and without any effect on them. */
export interface Candidate {
  readonly digest: string
  /** ISO 8601, UTC. */
  readonly since: string
  /** Percent of clients, 1 to 100. At least one of the two is there. */
  readonly share?: number
  /** Ascending, each once. */
  readonly clients?: readonly string[]
}

/** A release of another environment. */
export interface Origin {
  readonly environment: string
  readonly serial: number
}

export interface Pointer {
  readonly digest: string
  /** Grows with every change, never falls. */
  readonly serial: number
  /** ISO 8601, UTC. */
  readonly publishedAt: string
  readonly by: string
  readonly commit?: string
  readonly kind?: Kind
  readonly note?: string
  /** What it was promoted from; its kind is `publish`. */
  readonly promotedFrom?: Origin
  /** The environment of `gateway.yaml` that it is for. */
  readonly environment?: string
  readonly candidate?: Candidate
  /** ISO 8601, UTC: when the signature ceases to be good. It, the key and the signature are there together or not at all. */
  readonly expires?: string
  readonly keyId?: string
  /** Ed25519 over `signedBytes`, base64url. */
  readonly signature?: string
}

/** One change of what is live. */
export type HistoryEntry = Pointer & { readonly kind: Kind }

/** The last that has ten digits. */
export const MAX_SERIAL = 9_999_999_999

/** Nothing that is longer is a pointer: what anybody may write must cost little to refuse, and key management services sign no more at once. */
export const MAX_POINTER_BYTES = 4_096

/** The one spelling. */
export const encodePointer = (pointer: Pointer): string =>
  JSON.stringify({
    digest: pointer.digest,
    serial: pointer.serial,
    publishedAt: pointer.publishedAt,
    by: pointer.by,
    commit: pointer.commit,
    kind: pointer.kind,
    note: pointer.note,
    promotedFrom: pointer.promotedFrom && {
      environment: pointer.promotedFrom.environment,
      serial: pointer.promotedFrom.serial,
    },
    environment: pointer.environment,
    candidate: pointer.candidate && {
      digest: pointer.candidate.digest,
      since: pointer.candidate.since,
      share: pointer.candidate.share,
      clients: pointer.candidate.clients,
    },
    expires: pointer.expires,
    keyId: pointer.keyId,
    signature: pointer.signature,
  })

/** What a signature is over: everything but itself. The first line keeps it from being taken for a signature over anything else. */
export function signedBytes({ signature: _, ...pointer }: Pointer): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`scopewall release pointer v1\n${encodePointer(pointer)}`)
}

/** Bytes as KV has them. Longer than `MAX_POINTER_BYTES`, or no UTF-8, is no pointer. */
export function decodePointer(bytes: ArrayBuffer): Result<Pointer, string> {
  if (bytes.byteLength > MAX_POINTER_BYTES) return fail(`it is longer than ${MAX_POINTER_BYTES} bytes`)
  try {
    return parsePointer(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return fail('it is not UTF-8')
  }
}

/** The error says what is wrong, for the operator. Checks the form alone: neither signature nor times. */
export function parsePointer(text: string): Result<Pointer, string> {
  if (text.length > MAX_POINTER_BYTES) return fail(`it is longer than ${MAX_POINTER_BYTES} bytes`)
  const value = parseObject(text)
  const fault = value === undefined ? 'it is not a JSON object' : faultOf(value)
  if (fault !== undefined) return fail(fault)
  const pointer = value as unknown as Pointer
  return encodePointer(pointer) === text ? ok(pointer) : fail('it is not written as a pointer is written')
}

/** The same, and what was done must be said. */
export function parseHistoryEntry(text: string): Result<HistoryEntry, string> {
  const pointer = parsePointer(text)
  if (!pointer.ok) return pointer
  const { kind } = pointer.value
  return kind === undefined ? fail('it does not say what was done') : ok({ ...pointer.value, kind })
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is wrong with a member. Members that nobody knows are found by the spelling: encoding again leaves them out. */
function faultOf(value: Readonly<Record<string, unknown>>): string | undefined {
  const { digest, serial, publishedAt, by, commit, kind, note, promotedFrom, environment, candidate } = value
  if (!isDigest(digest)) return 'its digest is not a SHA-256'
  if (!isSerial(serial)) return `its serial is not a whole number from 1 to ${MAX_SERIAL}`
  if (!isTime(publishedAt)) return 'its time is not a time'
  if (!isLine(by)) return 'it does not say who published'
  if (commit !== undefined && !isLine(commit)) return 'its commit is not a text'
  if (kind !== undefined && !KINDS.some((known) => known === kind)) return 'nobody knows what was done'
  if (note !== undefined && !isText(note)) return 'its note is not a text'
  if (promotedFrom !== undefined && !isOrigin(promotedFrom)) return 'it does not say what it was promoted from'
  if (environment !== undefined && !isLine(environment)) return 'its environment is not a name'
  return (candidate === undefined ? undefined : candidateFault(candidate, digest)) ?? signatureFault(value)
}

const isSerial = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= MAX_SERIAL

const isOrigin = (value: unknown): boolean =>
  isObject(value) && isLine(value.environment) && value.environment !== '' && isSerial(value.serial)

function candidateFault(value: unknown, live: string): string | undefined {
  if (!isObject(value)) return 'its candidate is not a JSON object'
  const { digest, since, share, clients } = value
  if (!isDigest(digest) || digest === live) return 'its candidate is no other release'
  if (!isTime(since)) return "its candidate's time is not a time"
  if (share === undefined && clients === undefined) return 'its candidate is for nobody'
  if (share !== undefined && !isShare(share)) return "its candidate's share is not a whole number from 1 to 100"
  return clients === undefined || isNameList(clients)
    ? undefined
    : "its candidate's clients are not a list of names in order"
}

export const isShare = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100

const isNameList = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((name, index) => isLine(name) && name !== '' && (index === 0 || value[index - 1] < name))

/** 64 octets in base64url: the last character has bits to spare, and they must be 0. */
const SIGNATURE = /^[A-Za-z0-9_-]{85}[AQgw]$/

function signatureFault({
  environment,
  expires,
  keyId,
  signature,
}: Readonly<Record<string, unknown>>): string | undefined {
  if (expires === undefined && keyId === undefined && signature === undefined) return undefined
  if (!isTime(expires)) return 'its signature has no end'
  if (!isLine(keyId) || keyId === '') return 'its signature names no key'
  if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return 'its signature is not 64 octets in base64url'
  return environment === undefined ? 'its signature is for no environment' : undefined
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/
const isTime = (value: unknown): value is string =>
  typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value))

/** What is shown to people must not move their cursor. */
const isLine = (value: unknown): value is string => typeof value === 'string' && !/\p{Cc}/u.test(value)
const isText = (value: unknown): value is string => typeof value === 'string' && !/[^\P{Cc}\n\r\t]/u.test(value)
