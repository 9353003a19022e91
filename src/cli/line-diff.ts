/** Two texts as a unified diff. Made for texts that differ in few lines: it is always right, and not always the shortest. */

interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

const CONTEXT = 3

/** Empty where the texts are the same. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const lines = compare(linesOf(before), linesOf(after))
  const hunks = hunksOf(lines)
  return hunks.length === 0 ? '' : [`--- a/${path}`, `+++ b/${path}`, ...hunks].join('\n')
}

const linesOf = (text: string): readonly string[] => (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')

/** Walks both; where they differ, the nearest pair of equal lines ahead says how much is gone and how much is new. */
function compare(old: readonly string[], fresh: readonly string[]): readonly Line[] {
  const lines: Line[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < fresh.length) {
    const [gone, added] = old[i] === fresh[j] ? [0, 0] : nearestMatch(old, fresh, i, j)
    for (const text of old.slice(i, i + gone)) lines.push({ sign: '-', text })
    for (const text of fresh.slice(j, j + added)) lines.push({ sign: '+', text })
    const same = old[i + gone]
    if (same !== undefined && same === fresh[j + added]) lines.push({ sign: ' ', text: same })
    i += gone + 1
    j += added + 1
  }
  return lines
}

function nearestMatch(
  old: readonly string[],
  fresh: readonly string[],
  i: number,
  j: number,
): readonly [number, number] {
  const most = old.length - i + fresh.length - j
  for (let total = 1; total < most; total++)
    for (let added = 0; added <= total; added++) {
      const line = old[i + total - added]
      if (line !== undefined && line === fresh[j + added]) return [total - added, added]
    }
  return [old.length - i, fresh.length - j]
}

function hunksOf(lines: readonly Line[]): readonly string[] {
  const isShown = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== ' '),
  )
  const hunks: string[] = []
  let [oldLine, freshLine, start] = [1, 1, 0]
  for (let index = 0; index <= lines.length; index++) {
    if (isShown[index] === true) continue
    const hunk = lines.slice(start, index)
    const [olds, freshes] = [hunk.filter(({ sign }) => sign !== '+'), hunk.filter(({ sign }) => sign !== '-')]
    if (hunk.length > 0)
      hunks.push(
        [
          `@@ -${oldLine},${olds.length} +${freshLine},${freshes.length} @@`,
          ...hunk.map(({ sign, text }) => sign + text),
        ].join('\n'),
      )
    // The line that is not shown is in both.
    oldLine += olds.length + 1
    freshLine += freshes.length + 1
    start = index + 1
  }
  return hunks
}
