/** The bytes of a file -> its text, or why it is none. What is refused here could hide something from whoever reviews the file. */
import { fail, ok, type Result } from '../policy/result.ts'
import { type Diagnostic, diagnostic, type Place } from './diagnostic.ts'
import { decodeUtf8 } from './utf8.ts'

/** One file as it lies in the repository. */
export interface SourceFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Ten thousand rules are less than half of this. */
export const MAX_FILE_BYTES = 1024 * 1024

export function readText({ path, bytes }: SourceFile): Result<string, readonly Diagnostic[]> {
  const start: Place = { file: path, line: 1, column: 1 }
  if (bytes.length > MAX_FILE_BYTES)
    return refuse('file-too-large', start, `the file is larger than ${MAX_FILE_BYTES} bytes`, 'split it')
  const decoded = decodeUtf8(bytes)
  if (!decoded.ok)
    return refuse('not-utf8', placeAfter(path, decoded.error), 'the file is not UTF-8', 'save it as UTF-8')
  const text = decoded.value
  if (text.startsWith('\uFEFF'))
    return refuse('forbidden-character', start, 'the file begins with a byte order mark', 'save it without one')
  const faults = characterFaults(path, text)
  return faults.length > 0 ? fail(faults) : ok(text)
}

const refuse = (rule: Diagnostic['rule'], at: Place, message: string, help: string) =>
  fail([diagnostic(rule, { at, message, help })])

// Control characters besides line feed, carriage return and tab; what reorders or hides text on the screen; other line ends.
const FORBIDDEN = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF\u2028\u2029]/u

function characterFaults(path: string, text: string): readonly Diagnostic[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const place = (column: number): Place => ({ file: path, line: index + 1, column: column + 1 })
    const faults: Diagnostic[] = []
    const tab = line.search(/(?<=^ *)\t/)
    if (tab >= 0)
      faults.push(
        diagnostic('tab-indentation', {
          at: place(tab),
          message: 'a tab indents this line',
          help: 'indent with spaces',
        }),
      )
    const hidden = line.replaceAll('\t', ' ').search(FORBIDDEN)
    if (hidden >= 0) faults.push(forbiddenCharacter(place(hidden), line.codePointAt(hidden) ?? 0))
    return faults
  })
}

function forbiddenCharacter(at: Place, code: number): Diagnostic {
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return diagnostic('forbidden-character', {
    at,
    message: `the invisible character ${name} is here`,
    help: 'remove it: text that looks different from what it is cannot be reviewed',
  })
}

function placeAfter(file: string, text: string): Place {
  const lineStart = text.lastIndexOf('\n') + 1
  return { file, line: text.split('\n').length, column: text.length - lineStart + 1 }
}
