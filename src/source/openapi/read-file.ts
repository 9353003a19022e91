/** The bytes of a description, or of a file that it refers to -> its tree. */
import { fail, ok, type Result } from '../../policy/result.ts'
import type { Finding } from '../diagnostic.ts'
import { createPlaces, type PlaceAt } from '../places.ts'
import type { SourceFile } from '../source-text.ts'
import type { Node, TextProblem } from './node.ts'
import { readJson, type TreeReading } from './read-json.ts'
import { readLenientYaml } from './read-yaml.ts'

export interface ApiFile {
  readonly path: string
  readonly root: Node
  readonly placeAt: PlaceAt
}

/** JSON or YAML, whatever the file is called. The error says where it is neither. */
export function readApiFile({ path, bytes }: SourceFile, report: (problem: Finding) => void): Result<ApiFile, Finding> {
  const start = { file: path, line: 1, column: 1 }
  const text = decode(bytes)
  const placeAt = createPlaces(path, text)
  const toFinding = ({ offset, message }: TextProblem): Finding => ({ at: placeAt(offset), message })
  if (text.includes('\uFFFD'))
    report({ at: start, message: 'the file is not UTF-8 throughout, and read as if it were' })
  const reading = readTree(text)
  if (!reading.ok) return fail({ ...toFinding(reading.error), help: 'the file is neither JSON nor YAML' })
  for (const problem of reading.value.problems) report(toFinding(problem))
  return ok({ path, root: reading.value.root, placeAt })
}

function readTree(text: string): Result<TreeReading, TextProblem> {
  if (!/^\s*[{[]/.test(text)) return readLenientYaml(text)
  const json = readJson(text)
  // With comments or commas too many it may still be YAML; otherwise what JSON lacks says more.
  const either = json.ok ? json : readLenientYaml(text)
  return either.ok ? either : json
}

/** Without a byte order mark; what is no UTF-8 becomes U+FFFD. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  return new TextDecoder().decode(bytes)
}
