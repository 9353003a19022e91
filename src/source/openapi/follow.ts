/** Steps through a description that may lie in several files: members, items, and where `$ref` leads (RFC 6901, RFC 3986). */
import { type Finding, type Place, quoted } from '../diagnostic.ts'
import type { SourceFile } from '../source-text.ts'
import { type Node, textIn } from './node.ts'
import { type ApiFile, readApiFile } from './read-file.ts'

/** The bytes of a file beside the description, by the path that the description's own one leads to; undefined where there is none. */
export type LoadFile = (path: string) => Uint8Array | undefined

/** One description while it is read. */
export interface ApiReading {
  readonly load: LoadFile
  /** Undefined: it is not there, or past reading. */
  readonly files: Map<string, ApiFile | undefined>
  readonly problems: Finding[]
  /** Octets of all files so far. */
  bytes: number
}

/** A value, the file it is in, and where it or its key stands. */
export interface Located {
  readonly node: Node
  readonly file: ApiFile
  readonly offset: number
}

export const placeOf = ({ file, offset }: Located): Place => file.placeAt(offset)

/** More than these say nothing new. */
const MOST_PROBLEMS = 2000

export function report({ problems }: ApiReading, problem: Finding): void {
  if (problems.length < MOST_PROBLEMS) problems.push(problem)
}

export const beginReading = (load: LoadFile): ApiReading => ({ load, files: new Map(), problems: [], bytes: 0 })

/** The file at a path, read once. */
export function openFile(reading: ApiReading, source: SourceFile): ApiFile | undefined {
  reading.bytes += source.bytes.length
  const file =
    reading.bytes > MAX_BYTES
      ? { ok: false as const, error: { at: { file: source.path, line: 1, column: 1 }, message: TOO_MUCH } }
      : readApiFile(source, (problem) => report(reading, problem))
  if (!file.ok) report(reading, file.error)
  const opened = file.ok ? file.value : undefined
  reading.files.set(source.path, opened)
  return opened
}

/** The largest descriptions that are published have half of this. */
const MAX_BYTES = 32 * 1024 * 1024

const TOO_MUCH = `the description is larger than ${MAX_BYTES / 1024 / 1024} MiB`

/** References in a row. */
const MOST_HOPS = 32

/** The value itself, or the one that its `$ref` leads to; undefined, and a problem, where that leads nowhere. */
export function follow(reading: ApiReading, from: Located): Located | undefined {
  let at = from
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    const reference = referenceIn(at.node)
    if (reference === undefined) return at
    const target = resolve(reading, at.file, reference)
    if (typeof target === 'string') {
      report(reading, { at: placeOf(from), message: `the reference ${quoted(reference)} ${target}` })
      return undefined
    }
    at = target
  }
  report(reading, { at: placeOf(from), message: 'the references from here lead on and on' })
  return undefined
}

export const referenceIn = (node: Node): string | undefined => {
  const entry = node.kind === 'map' ? node.entries.get('$ref')?.node : undefined
  return entry?.kind === 'scalar' && typeof entry.value === 'string' ? entry.value : undefined
}

/** The target, or what is wrong with the reference. */
function resolve(reading: ApiReading, from: ApiFile, reference: string): Located | string {
  const hash = reference.indexOf('#')
  const address = hash < 0 ? reference : reference.slice(0, hash)
  const pointer = hash < 0 ? '' : decoded(reference.slice(hash + 1))
  if (/^[a-z][a-z0-9+.-]+:|^\/\//i.test(address)) return 'leads to another machine, and nothing is fetched'
  const file = address === '' ? from : fileAt(reading, beside(from.path, decoded(address)))
  if (file === undefined) return 'leads to a file that cannot be read'
  if (pointer !== '' && !pointer.startsWith('/')) return 'is no JSON pointer'
  return nodeAt(file, pointer) ?? 'leads to nothing'
}

function fileAt(reading: ApiReading, path: string): ApiFile | undefined {
  if (reading.files.has(path)) return reading.files.get(path)
  const bytes = reading.load(path)
  if (bytes !== undefined) return openFile(reading, { path, bytes })
  reading.files.set(path, undefined)
  return undefined
}

/** `a/b/api.yaml` and `../c.yaml` -> `a/c.yaml`. */
export function beside(path: string, relative: string): string {
  const parts = relative.startsWith('/') ? [] : path.split('/').slice(0, -1)
  for (const part of relative.split('/')) {
    if (part === '.' || (part === '' && parts.length > 0)) continue
    const last = parts.at(-1)
    if (part === '..' && last !== undefined && last !== '..' && last !== '') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** On the way, `$ref` is a key like any other: a pointer means the document as it is written. */
function nodeAt(file: ApiFile, pointer: string): Located | undefined {
  let node: Node | undefined = file.root
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (node?.kind === 'map') node = node.entries.get(key)?.node
    else node = node?.kind === 'list' && /^(0|[1-9][0-9]{0,8})$/.test(key) ? node.items[Number(key)] : undefined
  }
  return node && { node, file, offset: node.offset }
}

/** The member of a map, followed. */
export function member(reading: ApiReading, { node, file }: Located, key: string): Located | undefined {
  const entry = node.kind === 'map' ? node.entries.get(key) : undefined
  return entry && follow(reading, { node: entry.node, file, offset: entry.keyOffset })
}

/** The members of a map as they are written: `$ref` is not followed. */
export const membersOf = ({ node, file }: Located): readonly (readonly [string, Located])[] =>
  node.kind === 'map'
    ? [...node.entries].map(([key, entry]) => [key, { node: entry.node, file, offset: entry.keyOffset }])
    : []

/** The items of a list, followed; those that lead nowhere are left out. */
export function itemsOf(reading: ApiReading, { node, file }: Located): readonly Located[] {
  if (node.kind !== 'list') return []
  return node.items.flatMap((item) => follow(reading, { node: item, file, offset: item.offset }) ?? [])
}

export const textAt = (reading: ApiReading, located: Located, key: string): string | undefined =>
  textIn(member(reading, located, key)?.node)

export const isTrueAt = (reading: ApiReading, located: Located, key: string): boolean => {
  const node = member(reading, located, key)?.node
  return node?.kind === 'scalar' && node.value === true
}
