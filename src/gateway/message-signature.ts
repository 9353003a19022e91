/** HTTP Message Signatures, RFC 9421: the text that is signed, and the dictionaries that carry signatures (RFC 8941). Pure. */
import { trimField } from '../policy/field-value.ts'
import { fail, ok, type Result } from '../policy/result.ts'

/** A part of a message that a signature covers, without parameters of its own (RFC 9421 section 2). */
export interface Component {
  /** `@method`, `@authority`, `@path`, `@query`, or a field's name in lower case. */
  readonly name: string
  /** Of a field: all its values, joined by `, `. */
  readonly value: string
}

/** RFC 9421 section 2.3. The algorithm is not among them: the key says it. */
export interface SignatureParameters {
  /** Epoch seconds. */
  readonly created: number
  /** Epoch seconds. */
  readonly expires?: number
  readonly keyid: string
  readonly nonce?: string
  readonly tag?: string
}

export type BaseFault = 'component_name' | 'component_value' | 'duplicate_component' | 'other_components'

const NAME = /^(?:@method|@authority|@path|@query|[!#$%&'*+.^_`|~0-9a-z-]+)$/
const PRINTABLE = /^[\x20-\x7E]*$/

/** Whether a field's value can be covered at all: printable ASCII and tabs, on one line (RFC 9421 sections 2.1 and 2.5). */
export const isCoverable = (value: string): boolean => /^[\t\x20-\x7E]*$/.test(value)

/**
 * What stands after the label in `Signature-Input`: the names, then `created`, `expires`, `keyid`, `nonce` and `tag` in this order, without
 * those that are absent. Throws a TypeError for what no structured field can hold (RFC 8941 sections 3.3.1 and 3.3.3).
 */
export function signatureInput(components: readonly Component[], parameters: SignatureParameters): string {
  const { created, expires, keyid, nonce, tag } = parameters
  return [
    innerList(components),
    `created=${integer(created)}`,
    ...(expires === undefined ? [] : [`expires=${integer(expires)}`]),
    `keyid=${quoted(keyid)}`,
    ...(nonce === undefined ? [] : [`nonce=${quoted(nonce)}`]),
    ...(tag === undefined ? [] : [`tag=${quoted(tag)}`]),
  ].join(';')
}

const innerList = (components: readonly Component[]): string =>
  `(${components.map(({ name }) => `"${name}"`).join(' ')})`

const MAX_INTEGER = 999_999_999_999_999

function integer(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) > MAX_INTEGER)
    throw new TypeError('not an integer of a structured field')
  return String(value)
}

function quoted(text: string): string {
  if (!PRINTABLE.test(text)) throw new TypeError('not a string of a structured field')
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/**
 * The signature base, RFC 9421 section 2.5: a line for each component, and `input`, which must be of the same components in the same order.
 * White space around values is dropped; what could be read as another line is a fault.
 */
export function signatureBase(components: readonly Component[], input: string): Result<string, BaseFault> {
  if (!components.every(({ name }) => NAME.test(name))) return fail('component_name')
  if (new Set(components.map(({ name }) => name)).size < components.length) return fail('duplicate_component')
  if (!components.every(({ value }) => isCoverable(value))) return fail('component_value')
  if (!input.startsWith(`${innerList(components)};`) || !PRINTABLE.test(input)) return fail('other_components')
  const lines = components.map(({ name, value }) => `"${name}": ${trimField(value)}`)
  return ok([...lines, `"@signature-params": ${input}`].join('\n'))
}

const ABSOLUTE = /^(https?):\/\/([^/?#@]+)(\/[^?#]*)?(\?[^#]*)?$/
const DEFAULT_PORTS: Readonly<Record<string, RegExp>> = { http: /:(?:80)?$/, https: /:(?:443)?$/ }

/**
 * `@method`, `@authority`, `@path` and `@query` of a request as it is sent (RFC 9421 section 2.2). The path is taken as it stands; the query as
 * `fetch` writes it. Throws a TypeError for what is no http(s) URL.
 */
export function derivedComponents(method: string, url: string): readonly Component[] {
  const [, scheme = '', authority = '', path = '/', query = '?'] = ABSOLUTE.exec(url) ?? []
  if (authority === '') throw new TypeError('not an absolute http(s) URL')
  return [
    { name: '@method', value: method },
    { name: '@authority', value: authority.toLowerCase().replace(DEFAULT_PORTS[scheme] ?? '', '') },
    { name: '@path', value: path },
    { name: '@query', value: asFetchWrites(query) },
  ]
}

/** The special-query percent-encode set of the URL standard: a client may send these raw, and `fetch` does not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the set holds the control characters
const asFetchWrites = (query: string): string => query.replace(/[\x00-\x20"#'<>\x7F-\u{10FFFF}]/gu, percentEncoded)

const utf8 = new TextEncoder()

/** Every octet of the UTF-8 form as `%XX`. */
export const percentEncoded = (text: string): string =>
  Array.from(utf8.encode(text), (octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('')

const KEY = '[a-z*][a-z0-9_.*-]*'
const BYTES = ':[A-Za-z0-9+/]*={0,2}:'
const BARE_ITEM = [
  String.raw`"(?:[ !#-\[\]-~]|\\["\\])*"`,
  String.raw`-?(?:[0-9]{1,12}\.[0-9]{1,3}|[0-9]{1,15})`,
  "[A-Za-z*][!#$%&'*+.^_`|~:/0-9A-Za-z-]*",
  BYTES,
  String.raw`\?[01]`,
].join('|')
const PARAMETERS = `(?:; *${KEY}(?:=(?:${BARE_ITEM}))?)*`
const ITEM = `(?:${BARE_ITEM})${PARAMETERS}`
const VALUES = {
  /** RFC 9421 section 4.1: of `Signature-Input`. */
  'inner list': String.raw`\( *(?:${ITEM}(?: +${ITEM})* *)?\)${PARAMETERS}`,
  /** RFC 9421 section 4.2: of `Signature`. */
  'byte sequence': `${BYTES}${PARAMETERS}`,
} as const
const MAX_CHARACTERS = 8192

/**
 * The members of a dictionary as they stand, by label (RFC 8941 section 4.2.2; of two with one label the later counts). Undefined where it is
 * none, or a member is of another kind, or it is longer than 8192 characters.
 */
export function parseDictionary(text: string, kind: keyof typeof VALUES): Map<string, string> | undefined {
  const members = new Map<string, string>()
  if (text.length > MAX_CHARACTERS) return undefined
  if (text === '') return members
  const member = new RegExp(`(${KEY})=(${VALUES[kind]})(?:[\\t ]*(,)[\\t ]*|$)`, 'y')
  for (;;) {
    const [, label, value, comma] = member.exec(text) ?? []
    if (label === undefined || value === undefined) return undefined
    members.set(label, value)
    if (comma === undefined) return members
  }
}

/** RFC 8941 section 4.1.2. */
export const serializeDictionary = (members: ReadonlyMap<string, string>): string =>
  Array.from(members, ([label, value]) => `${label}=${value}`).join(', ')
