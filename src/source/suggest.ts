/** "Did you mean": the nearest known word, by edit distance. */
import { quoted } from './diagnostic.ts'

/** ``did you mean `GET`?``, or undefined where nothing is near enough. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const nearest = closest(word, known)
  return nearest === undefined ? undefined : `did you mean ${quoted(nearest)}?`
}

/** The known word at the smallest distance, case aside; a third of the word's letters may be wrong. The first of several. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase()
  let limit = Math.max(1, Math.floor(word.length / 3))
  let nearest: string | undefined
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > limit) continue
    const edits = distance(wanted, candidate.toLowerCase())
    if (edits > limit || (edits === limit && nearest !== undefined)) continue
    nearest = candidate
    limit = edits
  }
  return nearest
}

/** Insertions, deletions, substitutions and swaps of neighbours that make one text of the other. */
export function distance(a: string, b: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const isEqual = a[row - 1] === b[column - 1]
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isEqual ? 0 : 1),
          isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY
