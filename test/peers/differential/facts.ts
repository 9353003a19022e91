/** What a request holds, read as leniently as can be: neither judge's own reading, and nothing of how the case was made. */
import type { Members } from './keys.ts'

export interface LooseJws {
  readonly text: string
  readonly segments: readonly string[]
  /** Empty where they are no JSON objects. */
  readonly header: Members
  readonly claims: Members
}

export interface Facts {
  readonly url: string
  readonly scheme: string
  readonly token: LooseJws
  readonly hasProof: boolean
  readonly proof: LooseJws
}

export function factsOf(request: Request): Facts {
  const [, scheme = '', token = ''] = /^(\S*) *(.*)$/s.exec(request.headers.get('authorization') ?? '') ?? []
  return {
    url: request.url,
    scheme: scheme.toLowerCase(),
    token: read(token),
    hasProof: request.headers.has('dpop'),
    proof: read(request.headers.get('dpop') ?? ''),
  }
}

function read(text: string): LooseJws {
  const segments = text.split('.')
  return { text, segments, header: objectOf(segments[0]), claims: objectOf(segments[1]) }
}

/** Either alphabet; padding, white space and what belongs to neither alphabet are skipped. */
export const octetsOf = (segment: string): Buffer => Buffer.from(segment, 'base64')

function objectOf(segment = ''): Members {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(octetsOf(segment)))
    return typeof value === 'object' && value !== null ? (value as Members) : {}
  } catch {
    return {}
  }
}
