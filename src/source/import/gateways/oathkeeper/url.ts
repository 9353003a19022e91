/** `match.url`: scheme, host and path with regular expressions or globs between `<` and `>`. */
import { isHostPattern } from '../../../address.ts'
import { ANY_PATH, exactPath, type PathPattern, unknownPattern } from '../path-pattern.ts'
import { matchesWhole, parseRegex, type Regex, textsOf } from '../regex.ts'
import { regexPath } from '../regex-path.ts'

export interface UrlPattern {
  /** Patterns of the map; empty: every host. */
  readonly hosts: readonly string[]
  /** Whether it has only some of these hosts. */
  readonly isHostWider: boolean
  readonly path: PathPattern
  /** Over `scheme://host/path`, ports cut off; undefined where it is not understood. */
  readonly whole: Regex | undefined
  readonly fault?: string
}

/** A text as it is, or an expression. */
interface Piece {
  readonly isPattern: boolean
  readonly text: string
}

export function readUrl(url: string, matching: 'regexp' | 'glob'): UrlPattern {
  const pieces = piecesOf(url)
  if (pieces === undefined) return unknown(url, 'its `<` and `>` do not go together')
  const plain = withoutPort(pieces)
  const source = plain.map((piece) => sourceOf(piece, matching)).join('')
  const whole = parseRegex(source)
  const split = splitUrl(plain)
  if (split === undefined) return { ...unknown(url, 'where its host ends and its path begins cannot be told'), whole }
  const hosts = hostsOf(split.host, matching)
  if (hosts === undefined)
    return { ...unknown(url, 'its host is an expression that no host pattern of a map says'), whole }
  return { ...hosts, path: pathBehind(split.host, pathOf(split.path, matching), whole), whole }
}

const unknown = (url: string, fault: string): UrlPattern => ({
  hosts: [],
  isHostWider: false,
  path: unknownPattern(url, '/'),
  whole: undefined,
  fault,
})

function piecesOf(url: string): readonly Piece[] | undefined {
  const pieces: Piece[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < url.length; index++) {
    if (url[index] === '<' && depth++ === 0) {
      pieces.push({ isPattern: false, text: url.slice(start, index) })
      start = index + 1
    }
    if (url[index] !== '>' || --depth > 0) continue
    if (depth < 0) return undefined
    pieces.push({ isPattern: true, text: url.slice(start, index) })
    start = index + 1
  }
  pieces.push({ isPattern: false, text: url.slice(start) })
  return depth === 0 ? pieces.filter(({ isPattern, text }) => isPattern || text !== '') : undefined
}

/** The map does not look at ports. */
const withoutPort = (pieces: readonly Piece[]): readonly Piece[] =>
  pieces.map((piece) =>
    piece.isPattern ? piece : { ...piece, text: piece.text.replace(/(?<=[^/]):\d{1,5}(?=\/|$)/, '') },
  )

function sourceOf({ isPattern, text }: Piece, matching: 'regexp' | 'glob'): string {
  if (!isPattern) return text.replace(/[^A-Za-z0-9/_]/g, '\\$&')
  return `(?:${matching === 'glob' ? globSource(text) : text})`
}

/** `*` stops at dots and slashes, `**` does not; `?` is one character; `{a,b}` is a choice. */
export function globSource(glob: string): string {
  let source = ''
  let depth = 0
  for (let index = 0; index < glob.length; index++) {
    const character = glob[index] ?? ''
    if (character === '*' && glob[index + 1] === '*') {
      source += '.*'
      index++
    } else if (character === '*') source += '[^./]*'
    else if (character === '?') source += '[^./]'
    else if (character === '{') {
      depth++
      source += '(?:'
    } else if (character === '}' && depth > 0) {
      depth--
      source += ')'
    } else if (character === ',' && depth > 0) source += '|'
    else if (character === '[' || character === ']' || character === '-') source += character === '-' ? '-' : character
    else if (character === '!' && glob[index - 1] === '[') source += '^'
    else source += /[A-Za-z0-9/_\\]/.test(character) ? character : `\\${character}`
  }
  return source
}

interface Split {
  readonly host: readonly Piece[]
  readonly path: readonly Piece[]
}

/** At `://`, and at the first slash after it, both outside of expressions. */
function splitUrl(pieces: readonly Piece[]): Split | undefined {
  const scheme = pieces.findIndex(({ isPattern, text }) => !isPattern && text.includes('://'))
  const piece = pieces[scheme]
  if (piece === undefined || scheme > 1) return undefined
  const after = [{ ...piece, text: piece.text.slice(piece.text.indexOf('://') + 3) }, ...pieces.slice(scheme + 1)]
  const slash = after.findIndex(({ isPattern, text }) => !isPattern && text.includes('/'))
  const last = after[slash]
  if (last === undefined) {
    const rest = after.filter(({ isPattern, text }) => isPattern || text !== '')
    const isEverything = rest.length === 1 && rest[0]?.isPattern === true && ['.*', '.+', '**'].includes(rest[0].text)
    return isEverything ? { host: rest, path: [{ isPattern: true, text: 'everything' }] } : undefined
  }
  const at = last.text.indexOf('/')
  return {
    host: [...after.slice(0, slash), { ...last, text: last.text.slice(0, at) }].filter(
      ({ isPattern, text }) => isPattern || text !== '',
    ),
    path: [{ ...last, text: last.text.slice(at) }, ...after.slice(slash + 1)],
  }
}

function hostsOf(
  pieces: readonly Piece[],
  matching: 'regexp' | 'glob',
): Pick<UrlPattern, 'hosts' | 'isHostWider'> | undefined {
  const [first, second] = pieces
  const regex = parseRegex(pieces.map((piece) => sourceOf(piece, matching)).join(''))
  const texts = regex && textsOf(regex)
  if (texts !== undefined) {
    const hosts = texts.map((host) => host.toLowerCase())
    return hosts.every((host) => isHostPattern(host) && !host.startsWith('*'))
      ? { hosts, isHostWider: false }
      : undefined
  }
  if (first?.isPattern !== true) return undefined
  const isAny = matching === 'glob' ? first.text === '**' : ANY_HOST.includes(first.text)
  if (pieces.length === 1) return isAny ? { hosts: [], isHostWider: false } : undefined
  if (pieces.length > 2 || second === undefined) return undefined
  const pattern = `*${second.text.toLowerCase()}`
  return isHostPattern(pattern) ? { hosts: [pattern], isHostWider: !isAny } : undefined
}

/** An expression for any host takes slashes along: what follows it may stand anywhere in the path. */
function pathBehind(host: readonly Piece[], path: PathPattern, whole: Regex | undefined): PathPattern {
  if (
    whole === undefined ||
    path === ANY_PATH ||
    !host.some(({ isPattern, text }) => isPattern && /^(\.[*+]|\*\*)$/.test(text))
  )
    return path
  const matches = (asked: string) => {
    const found = SCHEMES.map((scheme) => matchesWhole(whole, `${scheme}://host.example.com${asked}`))
    return found.includes(true) ? true : found.includes(undefined) ? undefined : false
  }
  return { ...path, matches, leak: '/' }
}

const SCHEMES = ['https', 'http']

const ANY_HOST = ['.*', '.+', '[^/]+', '[^/]*', '[^/:]+']

function pathOf(pieces: readonly Piece[], matching: 'regexp' | 'glob'): PathPattern {
  const text = pieces.map(({ isPattern, text }) => (isPattern ? `<${text}>` : text)).join('')
  if (text === '<everything>') return ANY_PATH
  if (pieces.every(({ isPattern }) => !isPattern)) {
    const exact = exactPath(text)
    return exact.ok ? exact.value : { text, matches: (path) => path === text, sure: [], near: [], samples: [] }
  }
  return regexPath(pieces.map((piece) => sourceOf(piece, matching)).join(''), text)
}
