/** Offsets in a text -> line and column. */
import { LineCounter } from 'yaml'
import type { Place } from './diagnostic.ts'

export type PlaceAt = (offset: number) => Place

/** One pass over the text; each look-up after that is a binary search. */
export function createPlaces(file: string, text: string): PlaceAt {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1)
  return (offset) => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
}
