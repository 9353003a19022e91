/** A row of counts as a line of text. */

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
const MOST_BARS = 40

/** The largest count is the highest bar; nothing is a dot, so that little is told apart from none. Long rows are summed up into at most 40 bars. */
export function sparkline(counts: readonly number[]): string {
  const width = Math.ceil(counts.length / MOST_BARS)
  const sums = Array.from({ length: Math.ceil(counts.length / Math.max(1, width)) }, (_, index) =>
    counts.slice(index * width, (index + 1) * width).reduce((sum, count) => sum + count, 0),
  )
  const most = Math.max(0, ...sums)
  return sums.map((count) => (count <= 0 ? '·' : BARS[Math.ceil((count / most) * BARS.length) - 1])).join('')
}
