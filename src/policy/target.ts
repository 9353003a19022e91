/**
 * What was asked, in the one form that is matched and forwarded. Pure text in, value out: no `URL`, because `URL`, routers and
 * `fetch` disagree on what a path is. Whatever two parsers could read in two ways is refused instead of repaired.
 */
import type { Method } from './method.ts'
import { hasName } from './query-name.ts'
import { fail, ok, type Result } from './result.ts'

/** A canonical target. Only `parseTarget` makes one. */
export interface Target {
  /** Lower case, without the port. */
  readonly host: string
  readonly method: Method
  /** Begins with `/`. Hex digits are upper case; no unreserved character and no delimiter is percent-encoded. */
  readonly path: string
  /** Empty, or begins with `?`. Handed on as it came; `fetch` encodes what may not stand raw in a URL. */
  readonly query: string
}

export type TargetFault =
  | 'not_a_url'
  | 'userinfo'
  | 'fragment'
  | 'too_long'
  | 'control_character'
  | 'not_a_path_character'
  | 'bad_percent_encoding'
  | 'encoded_reserved'
  | 'encoded_unreserved'
  | 'semicolon'
  | 'empty_segment'
  | 'dot_segment'
  | 'trailing_dot_or_space'
  | 'not_utf8'
  | 'not_normalized'
  | 'invisible_character'
  | 'method_parameter'
  | 'folds_into_literal'

/** What a host may relax (`hostOptions` in gateway.yaml), each with a check of its own that takes the place of the refusal. */
export interface Allowance {
  /** `%2F` inside a segment. Its pieces must still be no empty and no dot segments. */
  readonly encodedSlash: boolean
  /** `%25`. Decoding a second time must change nothing. */
  readonly encodedPercent: boolean
  /** Raw `;`. What stands before it must be a segment by itself, and folding cuts there (clause 3.5). */
  readonly semicolon: boolean
}

export const STRICT: Allowance = { encodedSlash: false, encodedPercent: false, semicolon: false }

/** The parts of a URL as they stand, host in lower case; nothing decoded. */
export interface RawUrl {
  readonly host: string
  readonly path: string
  readonly query: string
}

/**
 * Splits an absolute http(s) URL at its delimiters (RFC 3986 section 3). Does not check the path: see `canonicalPath`.
 * Faults: `not_a_url`, `userinfo`, `fragment`, `control_character` and `method_parameter` (in the query).
 */
export function splitUrl(url: string): Result<RawUrl, TargetFault> {
  const start = url.startsWith('https://') ? 8 : url.startsWith('http://') ? 7 : -1
  if (start < 0) return fail('not_a_url')
  if (url.includes('#', start)) return fail('fragment')
  const slash = url.indexOf('/', start)
  const question = url.indexOf('?', start)
  const authorityEnd = slash < 0 || (question >= 0 && question < slash) ? (question < 0 ? url.length : question) : slash
  const host = parseAuthority(url.slice(start, authorityEnd))
  if (!host.ok) return host
  const pathEnd = question < 0 ? url.length : question
  const query = question < 0 ? '' : url.slice(question)
  const fault = queryFault(query)
  if (fault !== undefined) return fail(fault)
  return ok({ host: host.value, path: url.slice(authorityEnd, pathEnd) || '/', query })
}

// Matched before the case is changed: some letters beyond ASCII have an ASCII lower case.
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/i

function parseAuthority(authority: string): Result<string, TargetFault> {
  if (authority.includes('@')) return fail('userinfo')
  const [, host, port] = AUTHORITY.exec(authority) ?? []
  return host === undefined || Number(port ?? 0) > 65_535 ? fail('not_a_url') : ok(host.toLowerCase())
}

/** A query is forwarded as it is, save for what a server could take for another method, and bytes that parsers drop. */
function queryFault(query: string): TargetFault | undefined {
  if (query === '') return undefined
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\x00-\x20\x7F]/.test(query)) return 'control_character'
  return /method|%/i.test(query) && hasName(query, isMethodParameter) ? 'method_parameter' : undefined
}

/**
 * `_method`, or the name of an override header, in every spelling that a form parser folds into it: percent-encoded, `.method`,
 * ` method`, `_method[]`, `[_method]`, after white space, brackets or a question mark, cut off by NUL.
 */
const isMethodParameter = (name: string): boolean =>
  /^[\s?[\]]*(?:[_. ]method|x[-_. [](?:http[-_. ])?method(?:[-_. ]override)?)(?:[[\]\0]|$)/i.test(name)

const kindOf = { plain: 0, slash: 1, dot: 2, percent: 3, semicolon: 4, control: 5, refused: 6 } as const
const CLASS = characterClasses()

/** RFC 3986 `pchar` is plain; everything else has a class of its own or is refused. */
function characterClasses(): Uint8Array {
  const classes = new Uint8Array(128).fill(kindOf.refused)
  const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~!$&'()*+,=:@"
  for (const character of plain) classes[character.charCodeAt(0)] = kindOf.plain
  classes.fill(kindOf.control, 0, 0x21)
  classes[0x7f] = kindOf.control
  classes['/'.charCodeAt(0)] = kindOf.slash
  classes['.'.charCodeAt(0)] = kindOf.dot
  classes['%'.charCodeAt(0)] = kindOf.percent
  classes[';'.charCodeAt(0)] = kindOf.semicolon
  return classes
}

/**
 * The canonical form of a path that begins with `/`, or why it has none. A trailing slash is kept and significant.
 * Encoded unreserved characters and encoded delimiters are refused (sub-delims, `:` and `@` may come encoded: RFC 3986 tells
 * them from their plain selves); hex digits become upper case.
 */
export function canonicalPath(path: string, allowance: Allowance = STRICT): Result<string, TargetFault> {
  if (path.charCodeAt(0) !== 0x2f) return fail('not_a_path_character')
  let segmentStart = 1
  for (let index = 1; index < path.length; index++) {
    const code = path.charCodeAt(index)
    switch (code < 128 ? CLASS[code] : kindOf.refused) {
      case kindOf.plain:
      case kindOf.dot:
        break
      case kindOf.slash:
        if (index === segmentStart) return fail('empty_segment')
        if (path.charCodeAt(index - 1) === 0x2e) return fail(dotFault(path.slice(segmentStart, index)))
        segmentStart = index + 1
        break
      case kindOf.percent:
        return canonicalSegments(path, allowance)
      case kindOf.semicolon:
        return allowance.semicolon ? canonicalSegments(path, allowance) : fail('semicolon')
      case kindOf.control:
        return fail('control_character')
      default:
        return fail('not_a_path_character')
    }
  }
  if (path.charCodeAt(path.length - 1) === 0x2e) return fail(dotFault(path.slice(segmentStart)))
  return ok(path)
}

/** The same for the rarer paths that hold percent-encoding or a permitted `;`. */
function canonicalSegments(path: string, allowance: Allowance): Result<string, TargetFault> {
  const segments = path.slice(1).split('/')
  const canonical: string[] = []
  for (const [index, segment] of segments.entries()) {
    if (segment === '' && index < segments.length - 1) return fail('empty_segment')
    const fault = segmentFault(segment, allowance)
    if (fault !== undefined) return fail(fault)
    canonical.push(segment.replace(/%[0-9A-Fa-f]{2}/g, (triplet) => triplet.toUpperCase()))
  }
  return ok(`/${canonical.join('/')}`)
}

function segmentFault(segment: string, allowance: Allowance): TargetFault | undefined {
  const raw = rawFault(segment, allowance) ?? tripletFault(segment, allowance)
  if (raw !== undefined || segment === '') return raw
  let decoded: string
  try {
    decoded = decodeURIComponent(segment)
  } catch {
    return 'not_utf8'
  }
  // The proof that takes the place of refusing `%25`: nothing is left that a second decoding, IIS's `%u` included, would change.
  if (allowance.encodedPercent && /%(?:u[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2})/i.test(decoded)) return 'encoded_reserved'
  return decodedFault(decoded)
}

function rawFault(segment: string, allowance: Allowance): TargetFault | undefined {
  for (let index = 0; index < segment.length; index++) {
    const code = segment.charCodeAt(index)
    const kind = code < 128 ? CLASS[code] : kindOf.refused
    if (kind === kindOf.control) return 'control_character'
    if (kind === kindOf.refused) return 'not_a_path_character'
    if (kind === kindOf.semicolon && !allowance.semicolon) return 'semicolon'
  }
  return undefined
}

const UNRESERVED = /[A-Za-z0-9._~-]/

function tripletFault(segment: string, allowance: Allowance): TargetFault | undefined {
  for (let at = segment.indexOf('%'); at >= 0; at = segment.indexOf('%', at + 1)) {
    const hex = segment.slice(at + 1, at + 3)
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return 'bad_percent_encoding'
    const octet = Number.parseInt(hex, 16)
    if (octet < 0x20 || octet === 0x7f) return 'control_character'
    if (octet >= 0x80) continue
    const character = String.fromCharCode(octet)
    if (UNRESERVED.test(character)) return 'encoded_unreserved'
    if (character === '/' && allowance.encodedSlash) continue
    if (character === '%' && allowance.encodedPercent) continue
    if ('/\\%;?#'.includes(character)) return 'encoded_reserved'
  }
  return undefined
}

// General category C (control, format, unassigned, private use), line and paragraph separators, and what renderers leave out.
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

const DOT_OR_SPACE_AT_END = /[.\p{White_Space}]$/u

function decodedFault(decoded: string): TargetFault | undefined {
  if (decoded.normalize('NFKC') !== decoded) return 'not_normalized'
  if (INVISIBLE.test(decoded)) return 'invisible_character'
  // Pieces that an origin would see if it cut at an allowed encoded slash or at an allowed parameter.
  for (const piece of decoded.split('/')) {
    const name = piece.split(';', 1)[0] ?? ''
    if (name === '') return 'empty_segment'
    if (DOT_OR_SPACE_AT_END.test(name) || DOT_OR_SPACE_AT_END.test(piece)) return dotFault(name)
  }
  return undefined
}

const dotFault = (segment: string): TargetFault => (/^\.+$/.test(segment) ? 'dot_segment' : 'trailing_dot_or_space')
