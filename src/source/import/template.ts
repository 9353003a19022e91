/** A path template of another product -> one of the map, and a path that the template means. */
import { foldSegment } from '../../policy/fold.ts'
import { RESERVED_PREFIXES } from '../../policy/reserved.ts'
import { parseTemplate } from '../../policy/template.ts'
import { quoted } from '../diagnostic.ts'

export interface TemplateReading {
  /** Absent where no template of the map comes near it. */
  readonly template?: string
  /** `looser`: the template matches paths that the source's does not. */
  readonly verdict: 'exact' | 'stricter' | 'looser' | 'unrepresentable'
  readonly message?: string
  /** A path that the source's template means, where one can be asked for. */
  readonly example?: string
}

/** A look-up takes a step a segment, as for the map itself. */
const MAX_SEGMENTS = 64
/** A key of YAML has 1024 at most. */
const MAX_LENGTH = 1000

/**
 * @param text as the source has it, base path included: `{name}` in braces, `{name+}`, `{+name}` and `{name*}` for what may hold slashes
 * @param slashParameters further names of such
 * @param value what examples have in place of a parameter
 */
export function readTemplate(text: string, slashParameters: readonly string[], value: string): TemplateReading {
  const [path = '', cut] = splitAtDelimiter(text)
  if (!path.startsWith('/')) return none('it does not begin with `/`')
  if (path.length > MAX_LENGTH) return none(`it is longer than ${MAX_LENGTH} characters`)
  const parts = path.slice(1).split('/')
  if (parts.length > MAX_SEGMENTS) return none(`it has more than ${MAX_SEGMENTS} segments`)
  const state: State = { names: new Set(), widened: [], narrowed: [], slashParameters, value }
  const segments: string[] = []
  const examples: string[] = []
  for (const [index, part] of parts.entries()) {
    const segment = readSegment(state, part, index === parts.length - 1)
    if (typeof segment === 'string') return none(segment)
    segments.push(segment.template)
    examples.push(segment.example)
  }
  return finish(state, `/${segments.join('/')}`, `/${examples.join('/')}`, cut)
}

const none = (message: string): TemplateReading => ({ verdict: 'unrepresentable', message })

interface State {
  readonly names: Set<string>
  /** Segments of which the map sees less than the source. */
  readonly widened: string[]
  /** Parameters that may hold slashes where the map lets none. */
  readonly narrowed: string[]
  readonly slashParameters: readonly string[]
  readonly value: string
}

function finish(state: State, template: string, example: string, cut: string | undefined): TemplateReading {
  const parsed = parseTemplate(template)
  if (!parsed.ok) return none(parsed.error)
  const reserved = RESERVED_PREFIXES.find((prefix) => parsed.value.text.startsWith(prefix))
  if (reserved !== undefined) return none(`the gate itself answers what begins with ${quoted(reserved)}`)
  const found = { template: parsed.value.text, example: encodeExample(example) }
  if (cut !== undefined)
    return { ...found, verdict: 'looser', message: `the map sees no ${quoted(cut)}: it looks at the path alone` }
  if (state.widened.length > 0)
    return {
      ...found,
      verdict: 'looser',
      message: `a parameter of the map fills a whole segment, and ${quoted(state.widened.join('/'))} is only part of one`,
    }
  if (state.narrowed.length > 0)
    return {
      ...found,
      verdict: 'stricter',
      message: `${quoted(state.narrowed.join(', '))} may hold slashes, which only the last segment of a template can`,
    }
  return { ...found, verdict: 'exact' }
}

/** `/a?x=1` -> the path and the rest: a query or a fragment that some authors tell operations apart by. Never inside braces. */
function splitAtDelimiter(text: string): readonly [string, string?] {
  const end = /[?#](?![^{]*\})/.exec(text)?.index
  return end === undefined ? [text] : [text.slice(0, end), text.slice(end)]
}

interface SegmentReading {
  readonly template: string
  readonly example: string
}

/** Or what is wrong with it. */
function readSegment(state: State, part: string, isLast: boolean): SegmentReading | string {
  const pieces = part.split(/(\{[^{}]*\})/)
  if (pieces.some((piece, index) => index % 2 === 0 && /[{}]/.test(piece)))
    return `the braces of ${quoted(part)} do not match`
  if (pieces.length === 1) return { template: plainLiteral(part), example: plainLiteral(part) }
  const example = pieces.map((piece, index) => (index % 2 === 0 ? plainLiteral(piece) : state.value)).join('')
  const isWhole = pieces.length === 3 && pieces[0] === '' && pieces[2] === ''
  const [, written = ''] = pieces
  const inner = written.slice(1, -1)
  if (!isWhole) {
    state.widened.push(part)
    return { template: `{${nameFor(state, inner)}}`, example }
  }
  const [, bare = inner] = /^\+?(.*?)[+*]?$/s.exec(inner) ?? []
  const holdsSlashes = bare !== inner || state.slashParameters.includes(inner)
  if (!holdsSlashes) return { template: `{${nameFor(state, inner)}}`, example }
  if (isLast) return { template: `{${nameFor(state, bare)}+}`, example: `${state.value}/${state.value}` }
  state.narrowed.push(part)
  return { template: `{${nameFor(state, bare)}}`, example }
}

/** A name that the map can have and no other parameter of the path has. */
function nameFor({ names }: State, written: string): string {
  const plain = written.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^(?![A-Za-z_])/, 'p')
  let name = plain
  for (let count = 2; names.has(name); count++) name = `${plain}${count}`
  names.add(name)
  return name
}

/** Encoded letters, digits and `-._~` mean themselves (RFC 3986 section 6.2.2.2); the map has one spelling. */
const plainLiteral = (text: string): string =>
  text.replace(/%(2D|2E|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/gi, (triplet, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : triplet
  })

const encodeExample = (path: string): string =>
  path.isWellFormed() ? path.replace(/[^\x21-\x7E]+/g, encodeURIComponent) : path

/** A value for parameters that no origin could take for a literal of these templates. */
export function exampleValue(templates: Iterable<string>): string {
  const taken = new Set<string>()
  for (const template of templates) for (const segment of template.split('/')) taken.add(folded(segment))
  let value = 'x7'
  while (taken.has(value)) value += '7'
  return value
}

function folded(segment: string): string {
  try {
    return foldSegment(segment)
  } catch {
    return segment.toLowerCase()
  }
}
