/** `check --fix`: mends a map until nothing is left that can be mended, and makes sure that what it compiles to is the same. */
import { encodeRelease } from '../policy/release.ts'
import { isError } from '../source/diagnostic.ts'
import { fixText } from '../source/lint/fix.ts'
import { type MapReading, readMap } from '../source/read-map.ts'
import { readText, type SourceFile } from '../source/source-text.ts'
import { EXIT, Stop } from './exit.ts'
import type { LoadedMap } from './map.ts'

export interface FixedMap {
  /** The map as it is then. */
  readonly map: LoadedMap
  readonly mended: number
  /** The files that change, each before and after. */
  readonly changes: readonly { readonly path: string; readonly before: string; readonly after: string }[]
}

/** Mending one thing can show another; more rounds than this no map needs. */
const MOST_ROUNDS = 10

/** Touches no file. Stops where the fixes would change the release, which is an error of this program. */
export function fixMap(loaded: LoadedMap, today: string): FixedMap {
  let map = loaded
  let mended = 0
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const fixed = map.files.map((file) => fixFile(file, map))
    const count = fixed.reduce((sum, file) => sum + file.mended, 0)
    if (count === 0) break
    mended += count
    const files = fixed.map(({ file }) => file)
    map = { files, ...readMap(files, today) }
  }
  if (!isHarmless(loaded, map))
    throw new Stop(EXIT.couldNotRun, 'the fixes would change what the map compiles to: nothing was written')
  return { map, mended, changes: changesOf(loaded.files, map.files) }
}

function fixFile(
  file: SourceFile,
  { diagnostics }: MapReading,
): { readonly file: SourceFile; readonly mended: number } {
  const before = readText(file)
  if (!before.ok) return { file, mended: 0 }
  const { text, mended } = fixText(file.path, before.value, diagnostics)
  return { file: mended === 0 ? file : { path: file.path, bytes: new TextEncoder().encode(text) }, mended }
}

/** The same release; where there was none, no more errors than before. */
function isHarmless(before: MapReading, after: MapReading): boolean {
  if (before.release !== undefined)
    return after.release !== undefined && encodeRelease(before.release) === encodeRelease(after.release)
  return after.diagnostics.filter(isError).length <= before.diagnostics.filter(isError).length
}

const decode = ({ bytes }: SourceFile): string => new TextDecoder().decode(bytes)

const changesOf = (before: readonly SourceFile[], after: readonly SourceFile[]): FixedMap['changes'] =>
  after.flatMap((file, index) => {
    const old = before[index]
    return old === undefined || old === file ? [] : [{ path: file.path, before: decode(old), after: decode(file) }]
  })
