/** Where values stand in a chart: axes with round numbers, and times that fit between them. */

/** The end of the axis: the least round number that nothing exceeds; and the steps to it, ascending. */
export function axis(most: number, steps = 3): { readonly end: number; readonly ticks: readonly number[] } {
  const rough = Math.max(most, 1) / steps
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power)
  const whole = Number.isInteger(step) ? step : Math.ceil(step)
  const lines = Math.max(1, Math.ceil(most / whole))
  return { end: lines * whole, ticks: Array.from({ length: lines + 1 }, (_, line) => line * whole) }
}

/** Places of the labels below a chart: so many that they do not touch, at equal distances, counted from the latest. */
export function labelled(length: number, room: number, labelPx: number): readonly number[] {
  if (length === 0) return []
  const fitting = Math.max(1, Math.floor(room / labelPx))
  const step = Math.max(1, Math.ceil(length / fitting))
  const places: number[] = []
  for (let place = length - 1; place >= 0; place -= step) places.unshift(place)
  return places
}

/** For stacked bars: for each place, where each series begins and ends. */
export function stacked(
  series: readonly (readonly number[])[],
  length: number,
): readonly (readonly [number, number])[][] {
  return Array.from({ length }, (_, place) => {
    let below = 0
    return series.map((counts): readonly [number, number] => {
      const from = below
      below += counts[place] ?? 0
      return [from, below]
    })
  })
}

/** An SVG path through values at equal distances; `close`: down to the ground and back, for an area. */
export function pathThrough(
  values: readonly number[],
  {
    width,
    height,
    end,
    close = false,
  }: { readonly width: number; readonly height: number; readonly end: number; readonly close?: boolean },
): string {
  const step = values.length < 2 ? 0 : width / (values.length - 1)
  const points = values.map((value, place) => `${round(place * step)} ${round(height - (value / end) * height)}`)
  const line = `M${points.join('L')}`
  return close ? `${line}L${round((values.length - 1) * step)} ${height}L0 ${height}Z` : line
}

const round = (value: number): number => Math.round(value * 10) / 10
