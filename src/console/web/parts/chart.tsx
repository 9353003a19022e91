/** Counts in time, drawn: stacked bars or lines. What is drawn can be had as a table, too. */
import type { TargetedPointerEvent } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Disclosure } from './panel.tsx'
import { axis, labelled, pathThrough, stacked } from './scale.ts'
import { clock, count, day, moment, shortCount } from './words.ts'

export type ChartTone = 'allow' | 'observe' | 'deny' | '1' | '2' | '3' | '4' | '5'

export interface Series {
  readonly name: string
  readonly tone: ChartTone
  /** One for each of the times. */
  readonly counts: readonly number[]
}

interface ChartProps {
  /** What is drawn, in a few words. */
  readonly label: string
  /** ISO 8601, ascending, at equal distances. */
  readonly at: readonly string[]
  readonly series: readonly Series[]
  readonly kind?: 'bars' | 'lines'
  readonly height?: number
  /** What one unit is called. */
  readonly unit?: string
}

const LEFT = 44
const BELOW = 20
const ABOVE = 6
const LABEL_PX = 72

export function Chart({ label, at, series, kind = 'bars', height = 168, unit = 'requests' }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [place, setPlace] = useState<number>()
  const room = Math.max(40, width - LEFT)
  const floor = height - BELOW - ABOVE
  const layers = stacked(
    series.map(({ counts }) => counts),
    at.length,
  )
  const most = kind === 'bars' ? layers.map((layer) => layer.at(-1)?.[1] ?? 0) : series.flatMap(({ counts }) => counts)
  const { end, ticks } = axis(Math.max(0, ...most))
  const y = (value: number): number => ABOVE + floor - (value / end) * floor
  const slot = room / Math.max(1, at.length)
  const centre = (index: number): number =>
    kind === 'bars' ? LEFT + slot * (index + 0.5) : LEFT + (at.length < 2 ? 0 : (room / (at.length - 1)) * index)

  const point = (event: TargetedPointerEvent<SVGSVGElement>) => {
    const inside = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT
    const nearest = kind === 'bars' ? Math.floor(inside / slot) : Math.round((inside / room) * (at.length - 1))
    setPlace(Math.max(0, Math.min(at.length - 1, nearest)))
  }
  const total = series.reduce((sum, { counts }) => sum + counts.reduce((all, one) => all + one, 0), 0)
  return (
    <div class="stack tight">
      <div class="chart" ref={box}>
        <svg
          class="surface"
          height={height}
          role="img"
          aria-label={`${label}: ${count(total)} ${unit} from ${moment(at[0] ?? 0)} to ${moment(at.at(-1) ?? 0)}`}
          onPointerMove={point}
          onPointerLeave={() => setPlace(undefined)}
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line class="grid" x1={LEFT} x2={LEFT + room} y1={y(tick)} y2={y(tick)} />
              <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
                {shortCount(tick)}
              </text>
            </g>
          ))}
          {labelled(at.length, room, LABEL_PX).map((index) => (
            <text key={at[index]} x={centre(index)} y={height - 4} text-anchor={anchorAt(centre(index), width)}>
              {axisTime(at, index)}
            </text>
          ))}
          {place !== undefined && (
            <line class="hair" x1={centre(place)} x2={centre(place)} y1={ABOVE} y2={ABOVE + floor} />
          )}
          {kind === 'bars'
            ? layers.flatMap((layer, index) =>
                layer.map(([from, to], which) =>
                  to > from ? (
                    <rect
                      key={`${at[index]} ${which}`}
                      class={`bar tone-${series[which]?.tone}`}
                      x={LEFT + slot * index + gap(slot) / 2}
                      width={Math.max(1, slot - gap(slot))}
                      y={y(to)}
                      height={Math.max(1, y(from) - y(to))}
                    />
                  ) : null,
                ),
              )
            : series.map(({ name, tone, counts }) => (
                <g key={name} class={`tone-${tone}`} transform={`translate(${LEFT} ${ABOVE})`}>
                  <path class="area" d={pathThrough(counts, { width: room, height: floor, end, close: true })} />
                  <path class="line" d={pathThrough(counts, { width: room, height: floor, end })} />
                </g>
              ))}
        </svg>
        {place !== undefined && (
          <Tip at={at[place] ?? ''} place={place} series={series} x={centre(place)} width={width} />
        )}
      </div>
      <div class="row apart">
        <Legend series={series} />
        <Disclosure summary="As a table">
          <AsTable label={label} at={at} series={series} />
        </Disclosure>
      </div>
    </div>
  )
}

const gap = (slot: number): number => (slot > 12 ? 3 : slot > 4 ? 1 : 0)

const anchorAt = (x: number, width: number): 'start' | 'middle' | 'end' =>
  x > width - LABEL_PX / 2 ? 'end' : x < LEFT + LABEL_PX / 2 ? 'start' : 'middle'

/** Days where a place is a day or longer, else the time of the day. */
function axisTime(at: readonly string[], index: number): string {
  const distance = at.length < 2 ? 0 : new Date(at[1] ?? 0).getTime() - new Date(at[0] ?? 0).getTime()
  const time = at[index] ?? 0
  return distance >= 86_400_000 ? day(time).slice(5) : clock(time).slice(0, 5)
}

interface TipProps {
  readonly at: string
  readonly place: number
  readonly series: readonly Series[]
  readonly x: number
  readonly width: number
}

function Tip({ at, place, series, x, width }: TipProps) {
  const isLeft = x > width / 2
  return (
    <div class="tip" role="status" style={isLeft ? { right: `${width - x + 10}px` } : { left: `${x + 10}px` }}>
      <strong>{moment(at)}</strong>
      <dl>
        {series.map(({ name, tone, counts }) => (
          <>
            <dt>
              <span class={`swatch tone-${tone}`} />
              {name}
            </dt>
            <dd>{count(counts[place] ?? 0)}</dd>
          </>
        ))}
      </dl>
    </div>
  )
}

export const Legend = ({ series }: { readonly series: readonly Pick<Series, 'name' | 'tone'>[] }) => (
  <ul class="legend">
    {series.map(({ name, tone }) => (
      <li key={name}>
        <span class={`swatch tone-${tone}`} />
        <span class="clip" title={name}>
          {name}
        </span>
      </li>
    ))}
  </ul>
)

const AsTable = ({ label, at, series }: Pick<ChartProps, 'label' | 'at' | 'series'>) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
  <section class="table-scroll chart-table" tabIndex={0} aria-label={`${label}, as a table`}>
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Time</th>
          {series.map(({ name }) => (
            <th key={name} scope="col" class="end">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {at.map((time, place) => (
          <tr key={time}>
            <th scope="row">{moment(time)}</th>
            {series.map(({ name, counts }) => (
              <td key={name} class="end">
                {count(counts[place] ?? 0)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

/** The width of a box, in pixels, as it changes. */
function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(640)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    setWidth(element.clientWidth)
    const watch = new ResizeObserver(() => setWidth(element.clientWidth))
    watch.observe(element)
    return () => watch.disconnect()
  }, [])
  return width
}

interface SparkProps {
  readonly counts: readonly number[]
  /** In words, for readers of screens. */
  readonly label: string
  readonly width?: number
}

/** A trend in a line of a table: its shape, no numbers. */
export function Spark({ counts, label, width = 88 }: SparkProps) {
  const height = 20
  const end = Math.max(1, ...counts)
  return (
    <svg class="spark" width={width} height={height} role="img" aria-label={label}>
      <path class="area" d={pathThrough(counts, { width, height: height - 1, end, close: true })} />
      <path class="line" d={pathThrough(counts, { width, height: height - 1, end })} />
    </svg>
  )
}

interface BarsProps {
  readonly label: string
  readonly tone?: ChartTone
  readonly items: readonly { readonly name: string; readonly count: number; readonly href?: string }[]
}

/** Names with a bar and a count, the most first. */
export function Bars({ label, tone = '1', items }: BarsProps) {
  const most = Math.max(1, ...items.map((item) => item.count))
  return (
    <ul class={`bars tone-${tone}`} aria-label={label}>
      {items.map((item) => (
        <li key={item.name}>
          <span class="measure" style={{ width: `${(item.count / most) * 100}%` }} />
          {item.href === undefined ? (
            <span class="clip" title={item.name}>
              {item.name}
            </span>
          ) : (
            <a class="clip" title={item.name} href={item.href}>
              {item.name}
            </a>
          )}
          <span>{count(item.count)}</span>
        </li>
      ))}
    </ul>
  )
}
