/**
 * A table of any length: only the rows in sight are there. Every row has one control, in its first column, that opens it; arrow keys lead from row to row, and the tab key
 * past the table.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Icon } from './icon.tsx'

export interface Column<R> {
  readonly title: string
  /** A CSS width; columns without one share what is left. */
  readonly width?: string
  /** Numbers stand at the end. */
  readonly isNumber?: boolean
  /** Left out on narrow screens. */
  readonly isWide?: boolean
  readonly cell: (row: R) => ComponentChildren
  /** What the column is sorted by; without it, it is not. Numbers: the largest first. */
  readonly by?: (row: R) => string | number
}

interface TableProps<R> {
  /** What the table is, for readers of screens. */
  readonly label: string
  readonly columns: readonly Column<R>[]
  readonly rows: readonly R[]
  readonly keyOf: (row: R) => string
  /** Where a row leads; or what opens it. Without either, rows are only read. */
  readonly href?: (row: R) => string
  readonly onOpen?: (row: R) => void
  /** The key of the row that is open. */
  readonly open?: string | undefined
  /** It grows while it is looked at: it scrolls by itself from the first row on. */
  readonly isGrowing?: boolean
  /** Stands in the place of the rows where there are none. */
  readonly empty: ComponentChildren
}

const ROW_PX = 34
/** Rows that are drawn beyond what is in sight, above and below. */
const SPARE = 12
/** With more rows than this, the table scrolls by itself and draws what is in sight. */
const WHOLE_UP_TO = 100
const VIEW_PX = 640

interface Order {
  readonly column: number
  readonly isReversed: boolean
}

export function Table<R>({ label, columns, rows, keyOf, href, onOpen, open, isGrowing = false, empty }: TableProps<R>) {
  const [order, setOrder] = useState<Order>()
  const [top, setTop] = useState(0)
  const [current, setCurrent] = useState(0)
  const scroller = useRef<HTMLDivElement>(null)
  const wanted = useRef<number>(undefined)
  const sorted = useMemo(() => inOrder(rows, columns, order), [rows, columns, order])
  const isWindowed = isGrowing || sorted.length > WHOLE_UP_TO
  const first = isWindowed ? Math.max(0, Math.floor(top / ROW_PX) - SPARE) : 0
  const last = isWindowed ? Math.min(sorted.length, Math.ceil((top + VIEW_PX) / ROW_PX) + SPARE) : sorted.length
  const here = Math.min(current, Math.max(0, sorted.length - 1))
  const reachable = here >= first && here < last ? here : first
  const isOpening = href !== undefined || onOpen !== undefined

  useEffect(() => {
    if (wanted.current === undefined) return
    scroller.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"] .whole`)?.focus()
    wanted.current = undefined
  })

  function step(event: KeyboardEvent): void {
    const to = destination(event.key, here, sorted.length)
    if (to === undefined) return
    event.preventDefault()
    const box = scroller.current
    if (isWindowed && box !== null) {
      if (to * ROW_PX < box.scrollTop) box.scrollTop = to * ROW_PX
      else if ((to + 2) * ROW_PX > box.scrollTop + box.clientHeight)
        box.scrollTop = (to + 2) * ROW_PX - box.clientHeight
      setTop(box.scrollTop)
    }
    wanted.current = to
    setCurrent(to)
  }

  if (rows.length === 0) return <>{empty}</>
  return (
    <section
      class="table-scroll"
      ref={scroller}
      style={isWindowed ? { maxHeight: `${VIEW_PX}px` } : {}}
      onScroll={isWindowed ? (event) => setTop(event.currentTarget.scrollTop) : undefined}
      {...(isWindowed && { tabIndex: 0, 'aria-label': `${label}, scrollable` })}
    >
      <table class="table" aria-label={label} aria-rowcount={sorted.length + 1}>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <Heading
                key={column.title}
                column={column}
                order={order?.column === index ? order : undefined}
                sort={() => setOrder((before) => nextOrder(before, index))}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <Space rows={first} />}
          {sorted.slice(first, last).map((row, offset) => {
            const index = first + offset
            const key = keyOf(row)
            return (
              <tr
                key={key}
                data-row={index}
                aria-rowindex={index + 2}
                class={isOpening ? 'opens' : undefined}
                data-active={key === open ? '' : undefined}
              >
                {columns.map((column, place) => (
                  <td key={column.title} class={classOf(column)}>
                    {place === 0 && isOpening ? (
                      <Whole
                        href={href?.(row)}
                        open={() => onOpen?.(row)}
                        isReachable={index === reachable}
                        isOpen={key === open}
                        focused={() => setCurrent(index)}
                        step={step}
                      >
                        {column.cell(row)}
                      </Whole>
                    ) : (
                      column.cell(row)
                    )}
                  </td>
                ))}
              </tr>
            )
          })}
          {last < sorted.length && <Space rows={sorted.length - last} />}
        </tbody>
      </table>
    </section>
  )
}

interface WholeProps {
  readonly href: string | undefined
  readonly open: () => void
  readonly isReachable: boolean
  readonly isOpen: boolean
  readonly focused: () => void
  readonly step: (event: KeyboardEvent) => void
  readonly children: ComponentChildren
}

/** The control that stands for the whole row; the style sheet stretches it over the row for pointers. */
function Whole({ href, open, isReachable, isOpen, focused, step, children }: WholeProps) {
  const common = { class: 'whole', tabIndex: isReachable ? 0 : -1, onFocus: focused, onKeyDown: step }
  if (href !== undefined)
    return (
      <a {...common} href={href}>
        {children}
      </a>
    )
  return (
    <button {...common} type="button" aria-expanded={isOpen} onClick={open}>
      {children}
    </button>
  )
}

interface HeadingProps<R> {
  readonly column: Column<R>
  readonly order: Order | undefined
  readonly sort: () => void
}

function Heading<R>({ column, order, sort }: HeadingProps<R>) {
  const isDescending = order !== undefined && order.isReversed !== (column.isNumber ?? false)
  return (
    <th
      scope="col"
      class={classOf(column)}
      style={column.width === undefined ? {} : { width: column.width }}
      aria-sort={order === undefined ? undefined : isDescending ? 'descending' : 'ascending'}
    >
      {column.by === undefined ? (
        column.title
      ) : (
        <button type="button" onClick={sort}>
          {column.title}
          {order !== undefined && <Icon name={isDescending ? 'down' : 'up'} size={10} />}
        </button>
      )}
    </th>
  )
}

/** One cell alone: where it spanned all columns, those that narrow screens leave out would have their room all the same. */
const Space = ({ rows }: { readonly rows: number }) => (
  <tr class="space">
    <td style={{ height: `${rows * ROW_PX}px` }} />
  </tr>
)

const classOf = ({ isNumber, isWide }: { readonly isNumber?: boolean; readonly isWide?: boolean }): string =>
  [isNumber ? 'end' : '', isWide ? 'wide' : ''].filter((name) => name !== '').join(' ')

/** Sorted, sorted the other way, as it came. */
function nextOrder(before: Order | undefined, column: number): Order | undefined {
  if (before?.column !== column) return { column, isReversed: false }
  return before.isReversed ? undefined : { column, isReversed: true }
}

function inOrder<R>(rows: readonly R[], columns: readonly Column<R>[], order: Order | undefined): readonly R[] {
  const column = order && columns[order.column]
  const by = column?.by
  if (order === undefined || by === undefined) return rows
  const way = order.isReversed !== (column?.isNumber ?? false) ? -1 : 1
  return rows.toSorted((one, other) => way * compare(by(one), by(other)))
}

const compare = (one: string | number, other: string | number): number =>
  typeof one === 'number' && typeof other === 'number' ? one - other : String(one) < String(other) ? -1 : 1

function destination(key: string, from: number, length: number): number | undefined {
  const page = Math.floor(VIEW_PX / ROW_PX) - 2
  const to = new Map([
    ['ArrowDown', from + 1],
    ['ArrowUp', from - 1],
    ['PageDown', from + page],
    ['PageUp', from - page],
    ['Home', 0],
    ['End', length - 1],
  ]).get(key)
  return to === undefined ? undefined : Math.max(0, Math.min(length - 1, to))
}
