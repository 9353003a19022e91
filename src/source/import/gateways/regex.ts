/**
 * The part of regular expressions that paths are written in, matched in polynomial time whatever the pattern: it comes from a file, and the
 * language's own engine can be made to run for years. What is not here (look-around, back-references, flags) is not understood, and said so.
 */

export type Regex =
  | { readonly kind: 'character'; readonly accepts: CharacterSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Regex[] }
  | { readonly kind: 'choice'; readonly options: readonly Regex[] }
  | { readonly kind: 'repeat'; readonly of: Regex; readonly least: number; readonly most: number }

export interface CharacterSet {
  /** Inclusive ranges of UTF-16 code units. */
  readonly ranges: readonly (readonly [number, number])[]
  readonly isNegated: boolean
}

const MAX_LENGTH = 2000
const MAX_DEPTH = 50
/** Repetitions are unrolled by the matcher; more than these no path needs. */
const MAX_REPEAT = 100

/** Undefined where it is not understood. Anchors are no part of it: whoever hands a text in has cut them off. */
export function parseRegex(text: string): Regex | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const cursor: Cursor = { text, at: 0 }
  const regex = parseChoice(cursor, 0)
  const isWhole = regex !== undefined && cursor.at === text.length
  return isWhole && sampleLength(regex) <= MAX_LENGTH ? regex : undefined
}

function sampleLength(regex: Regex): number {
  switch (regex.kind) {
    case 'character':
      return 1
    case 'sequence':
      return regex.parts.reduce((sum, part) => sum + sampleLength(part), 0)
    case 'choice':
      return Math.max(...regex.options.map(sampleLength))
    case 'repeat':
      return sampleLength(regex.of) * Math.max(regex.least, Math.min(1, regex.most))
  }
}

interface Cursor {
  readonly text: string
  at: number
}

function parseChoice(cursor: Cursor, depth: number): Regex | undefined {
  if (depth > MAX_DEPTH) return undefined
  const options: Regex[] = []
  do {
    const option = parseSequence(cursor, depth)
    if (option === undefined) return undefined
    options.push(option)
  } while (take(cursor, '|'))
  const [only] = options
  return options.length === 1 ? only : { kind: 'choice', options }
}

function take(cursor: Cursor, character: string): boolean {
  if (cursor.text[cursor.at] !== character) return false
  cursor.at++
  return true
}

function parseSequence(cursor: Cursor, depth: number): Regex | undefined {
  const parts: Regex[] = []
  for (let next = cursor.text[cursor.at]; next !== undefined && next !== '|' && next !== ')'; ) {
    const atom = parseAtom(cursor, depth)
    const part = atom && parseRepeat(cursor, atom)
    if (part === undefined) return undefined
    parts.push(part)
    next = cursor.text[cursor.at]
  }
  return { kind: 'sequence', parts }
}

function parseAtom(cursor: Cursor, depth: number): Regex | undefined {
  const character = cursor.text[cursor.at++] ?? ''
  switch (character) {
    case '(': {
      if (cursor.text[cursor.at] === '?' && !skipGroupName(cursor)) return undefined
      const inner = parseChoice(cursor, depth + 1)
      return inner !== undefined && take(cursor, ')') ? inner : undefined
    }
    case '[':
      return parseClass(cursor)
    case '\\':
      return parseEscape(cursor)
    case '.':
      return { kind: 'character', accepts: { ranges: [[0x0a, 0x0a]], isNegated: true } }
    default:
      return '*+?{}^$]'.includes(character) ? undefined : one(character)
  }
}

const one = (character: string): Regex => ({
  kind: 'character',
  accepts: { ranges: [[character.charCodeAt(0), character.charCodeAt(0)]], isNegated: false },
})

/** `(?:` and `(?<name>` are groups like any other; what else begins with `(?` is not. */
function skipGroupName(cursor: Cursor): boolean {
  const [name] = /^\?(?::|P?<[A-Za-z_][A-Za-z0-9_]*>)/.exec(cursor.text.slice(cursor.at, cursor.at + 80)) ?? []
  if (name === undefined) return false
  cursor.at += name.length
  return true
}

const CLASSES: Readonly<Record<string, CharacterSet>> = {
  d: { ranges: [[0x30, 0x39]], isNegated: false },
  w: {
    ranges: [
      [0x30, 0x39],
      [0x41, 0x5a],
      [0x5f, 0x5f],
      [0x61, 0x7a],
    ],
    isNegated: false,
  },
  s: {
    ranges: [
      [0x09, 0x0d],
      [0x20, 0x20],
    ],
    isNegated: false,
  },
}

function parseEscape(cursor: Cursor): Regex | undefined {
  const character = cursor.text[cursor.at++]
  if (character === undefined) return undefined
  const set = CLASSES[character.toLowerCase()]
  if (set !== undefined)
    return { kind: 'character', accepts: { ...set, isNegated: character !== character.toLowerCase() } }
  return /[A-Za-z0-9]/.test(character) ? undefined : one(character)
}

function parseClass(cursor: Cursor): Regex | undefined {
  const isNegated = take(cursor, '^')
  const ranges: (readonly [number, number])[] = []
  for (let isFirst = true; isFirst || cursor.text[cursor.at] !== ']'; isFirst = false) {
    const from = parseMember(cursor)
    if (from === undefined) return undefined
    if (typeof from !== 'number') {
      ranges.push(...from)
      continue
    }
    const isRange = cursor.text[cursor.at] === '-' && cursor.text[cursor.at + 1] !== ']'
    if (isRange) cursor.at++
    const to = isRange ? parseMember(cursor) : from
    if (typeof to !== 'number' || to < from) return undefined
    ranges.push([from, to])
  }
  cursor.at++
  return { kind: 'character', accepts: { ranges, isNegated } }
}

/** A character of a class, or the ranges of one such as `\d`. */
function parseMember(cursor: Cursor): number | CharacterSet['ranges'] | undefined {
  const character = cursor.text[cursor.at++]
  if (character === undefined || character === '[') return undefined
  if (character !== '\\') return character.charCodeAt(0)
  const escaped = cursor.text[cursor.at++]
  if (escaped === undefined) return undefined
  const set = CLASSES[escaped]
  if (set !== undefined) return set.ranges
  return /[A-Za-z0-9]/.test(escaped) ? undefined : escaped.charCodeAt(0)
}

function parseRepeat(cursor: Cursor, of: Regex): Regex | undefined {
  const [whole, sign, least, comma, most] =
    /^(?:([*+?])|\{(\d{1,3})(,?)(\d{0,3})\})\??/.exec(cursor.text.slice(cursor.at, cursor.at + 12)) ?? []
  if (whole === undefined) return of
  cursor.at += whole.length
  // Possessive, or repeated twice.
  if ('*+?{'.includes(cursor.text[cursor.at] ?? ' ')) return undefined
  if (sign !== undefined)
    return { kind: 'repeat', of, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Number.POSITIVE_INFINITY }
  const low = Number(least)
  const high = comma === '' ? low : most === '' ? Number.POSITIVE_INFINITY : Number(most)
  const isSmall = low <= MAX_REPEAT && (high <= MAX_REPEAT || high === Number.POSITIVE_INFINITY) && low <= high
  return isSmall ? { kind: 'repeat', of, least: low, most: high } : undefined
}

/** Whether the whole text matches; undefined where it would take too long to tell. */
export function matchesWhole(regex: Regex, text: string): boolean | undefined {
  const search: Search = { text, fuel: 20_000 }
  const isMatch = ends(search, regex, new Set([0])).has(text.length)
  return search.fuel < 0 ? undefined : isMatch
}

/** Nested repetitions multiply: what is left to be tried. */
interface Search {
  readonly text: string
  fuel: number
}

/** All places where a match that begins at one of these places can end. */
function ends(search: Search, regex: Regex, starts: ReadonlySet<number>): ReadonlySet<number> {
  search.fuel -= 1 + starts.size
  if (starts.size === 0 || search.fuel < 0) return new Set()
  const { text } = search
  switch (regex.kind) {
    case 'character': {
      const places = new Set<number>()
      for (const at of starts) if (at < text.length && accepts(regex.accepts, text.charCodeAt(at))) places.add(at + 1)
      return places
    }
    case 'sequence': {
      let places = starts
      for (const part of regex.parts) {
        // Most texts that do not match differ early, and all routes are asked about all paths of the table.
        if (places.size === 0) break
        places = ends(search, part, places)
      }
      return places
    }
    case 'choice':
      return new Set(regex.options.flatMap((option) => [...ends(search, option, starts)]))
    case 'repeat':
      return repeated(search, regex, starts)
  }
}

function repeated(
  search: Search,
  { of, least, most }: Extract<Regex, { kind: 'repeat' }>,
  starts: ReadonlySet<number>,
): ReadonlySet<number> {
  let places = starts
  for (let count = 0; count < least && places.size > 0; count++) places = ends(search, of, places)
  const reached = new Set(places)
  for (let count = least; count < most && places.size > 0; count++) {
    const next = ends(search, of, places)
    places = new Set([...next].filter((at) => !reached.has(at)))
    for (const at of places) reached.add(at)
  }
  return reached
}

export const accepts = ({ ranges, isNegated }: CharacterSet, code: number): boolean =>
  ranges.some(([from, to]) => from <= code && code <= to) !== isNegated

/** The texts that it matches, or undefined where they are more than a few. */
export function textsOf(regex: Regex, most = 32): readonly string[] | undefined {
  switch (regex.kind) {
    case 'character': {
      const { ranges, isNegated } = regex.accepts
      const [range] = ranges
      return !isNegated && ranges.length === 1 && range !== undefined && range[0] === range[1]
        ? [String.fromCharCode(range[0])]
        : undefined
    }
    case 'sequence': {
      let texts: readonly string[] = ['']
      for (const part of regex.parts) {
        const next = textsOf(part, most)
        if (next === undefined || texts.length * next.length > most) return undefined
        texts = texts.flatMap((text) => next.map((more) => text + more))
      }
      return texts
    }
    case 'choice': {
      const texts = regex.options.map((option) => textsOf(option, most))
      const all = texts.every((each) => each !== undefined) ? texts.flat() : undefined
      return all === undefined || all.length > most ? undefined : all
    }
    case 'repeat': {
      const inner = regex.most === 1 && regex.least === 0 ? textsOf(regex.of, most) : undefined
      return inner === undefined ? undefined : ['', ...inner]
    }
  }
}

/** A text that it matches, as short as can be. */
export function sampleOf(regex: Regex): string {
  switch (regex.kind) {
    case 'character':
      return sampleCharacter(regex.accepts)
    case 'sequence':
      return regex.parts.map(sampleOf).join('')
    case 'choice':
      return regex.options.map(sampleOf).sort((a, b) => b.length - a.length)[0] ?? ''
    case 'repeat':
      return sampleOf(regex.of).repeat(Math.max(regex.least, Math.min(1, regex.most)))
  }
}

function sampleCharacter(set: CharacterSet): string {
  const wanted = 'k7-abcdefghijlmnopqrstuvwxyz012345689_K/.'
  for (const character of wanted) if (accepts(set, character.charCodeAt(0))) return character
  return String.fromCharCode(set.ranges[0]?.[0] ?? 0x6b)
}
