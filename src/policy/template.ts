/** Path templates as OpenAPI writes them: `/invoices/{invoiceId}/files/{path+}` (docs/semantics.md section 3). */
import { quoted } from './quoted.ts'
import { fail, ok, type Result } from './result.ts'
import { canonicalPath, type TargetFault } from './target.ts'

export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'tail'; readonly name: string }

/** A checked template. Only `parseTemplate` makes one. */
export interface Template {
  /** Literals in canonical percent-encoding, parameters as written. */
  readonly text: string
  /** A trailing slash is an empty last literal. */
  readonly segments: readonly Segment[]
  /** Templates of equal shape match the same paths at equal rank (clause 3.3). */
  readonly shape: string
}

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** The error is a sentence for the author of the map. */
export function parseTemplate(text: string): Result<Template, string> {
  if (!text.startsWith('/')) return fail('a path template begins with `/`')
  const parts = text.slice(1).split('/')
  const segments: Segment[] = []
  const names = new Set<string>()
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    if (part === '' && !isLast) return fail('a path template has no empty segments: `//` never matches')
    const segment = parseSegment(part)
    if (!segment.ok) return segment
    if (segment.value.kind === 'tail' && !isLast) return fail(`the tail ${quoted(part)} must be the last segment`)
    if (segment.value.kind !== 'literal') {
      if (names.has(segment.value.name)) return fail(`the parameter \`${segment.value.name}\` is there twice`)
      names.add(segment.value.name)
    }
    segments.push(segment.value)
  }
  return ok({
    text: `/${segments.map(renderSegment).join('/')}`,
    segments,
    shape: segments.map(segmentShape).join('/'),
  })
}

function parseSegment(part: string): Result<Segment, string> {
  const inner = part.startsWith('{') && part.endsWith('}') ? part.slice(1, -1) : undefined
  if (inner === undefined) return parseLiteral(part)
  const isTail = inner.endsWith('+')
  const name = isTail ? inner.slice(0, -1) : inner
  if (!NAME.test(name))
    return fail(
      `${quoted(part)} is no parameter: its name is letters, digits, \`_\` and \`-\`, as in \`{invoiceId}\` or \`{path+}\``,
    )
  return ok({ kind: isTail ? 'tail' : 'parameter', name })
}

function parseLiteral(part: string): Result<Segment, string> {
  if (part === '') return ok({ kind: 'literal', text: '' })
  if (/[{}]/.test(part)) return fail(`a parameter fills a whole segment: write \`/{name}/\`, not ${quoted(part)}`)
  if (!part.isWellFormed()) return fail('the path template holds half a surrogate pair')
  // Authors may write letters beyond ASCII and spaces as they are read; the canonical form is encoded.
  const encoded = part.replace(/[^\x21-\x7E]+/g, encodeURIComponent)
  const path = canonicalPath(`/${encoded}`)
  if (!path.ok)
    return fail(
      `${quoted(part)} can never match: ${LITERAL_FAULTS[path.error] ?? 'it is not a canonical path segment'}`,
    )
  return ok({ kind: 'literal', text: path.value.slice(1) })
}

const LITERAL_FAULTS: Partial<Record<TargetFault, string>> = {
  dot_segment: 'dot segments are refused',
  trailing_dot_or_space: 'a segment that ends in a dot or a space is refused',
  encoded_reserved: 'encoded `/ \\ % ; ? #` are refused',
  encoded_unreserved: 'write letters, digits and `- . _ ~` without percent-encoding',
  semicolon: '`;` is refused in a path',
  not_normalized: 'text that is not in Unicode normal form NFKC is refused',
  invisible_character: 'invisible characters are refused',
  control_character: 'control characters are refused',
  bad_percent_encoding: '`%` needs two hexadecimal digits',
}

function renderSegment(segment: Segment): string {
  if (segment.kind === 'literal') return segment.text
  return segment.kind === 'parameter' ? `{${segment.name}}` : `{${segment.name}+}`
}

function segmentShape(segment: Segment): string {
  if (segment.kind === 'literal') return segment.text
  return segment.kind === 'parameter' ? '{}' : '{+}'
}
