/** The tree of the map: arrow keys as trees have them (WAI-ARIA), and only the rows on the screen are drawn. */
import { useEffect, useState } from 'preact/hooks'
import { type MapIndex, routeMarks } from '../model/map-index.ts'
import { isBranch, type TreeRow } from '../model/map-tree.ts'
import type { Counted, MapCounts } from '../model/route-traffic.ts'
import { visible } from '../model/shown-text.ts'
import { Spark } from '../parts/chart.tsx'
import { Icon } from '../parts/icon.tsx'
import { ROW, useListWindow } from '../parts/list-window.ts'
import { Clipped } from '../parts/text.tsx'
import { count, plural, shortCount } from '../parts/words.ts'
import { goTo, pathTo } from '../route.ts'
import { RouteBadges } from './map-badges.tsx'

interface TreeProps {
  readonly rows: readonly TreeRow[]
  readonly index: MapIndex
  readonly counts: MapCounts | undefined
  /** The route that is shown beside. */
  readonly shown: string | undefined
  readonly toggle: (key: string) => void
  readonly show: (route: string | undefined) => void
}

export function Tree({ rows, index, counts, shown, toggle, show }: TreeProps) {
  const [active, setActive] = useState(0)
  const { box, look, reveal, first, end, above, below } = useListWindow(rows.length)
  const here = Math.min(active, rows.length - 1)
  useEffect(() => {
    if (active >= rows.length) setActive(rows.length - 1)
  }, [active, rows.length])

  const go = (place: number) => {
    const next = Math.min(Math.max(place, 0), rows.length - 1)
    setActive(next)
    reveal(next)
  }
  const act = (row: TreeRow) => {
    if (row.kind === 'service') toggle(row.key)
    else if (row.kind === 'route') show(row.route.id)
    else goTo(pathTo('scopes', [row.scope]))
  }
  const press = (event: KeyboardEvent) => {
    const row = rows[here]
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => go(here + 1),
      ArrowUp: () => go(here - 1),
      PageDown: () => go(here + 15),
      PageUp: () => go(here - 15),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (isBranch(row) && !isOpen(row) ? toggle(row.key) : go(here + 1)),
      ArrowLeft: () => (isBranch(row) && isOpen(row) ? toggle(row.key) : go(parentOf(rows, here))),
      Enter: () => act(row),
      ' ': () => (isBranch(row) ? toggle(row.key) : act(row)),
      Escape: () => show(undefined),
    }
    const move = moves[event.key]
    if (move === undefined) return
    event.preventDefault()
    move()
  }

  const click = (event: MouseEvent) => {
    const target = event.target as Element
    const place = Number(target.closest('[data-place]')?.getAttribute('data-place') ?? -1)
    const row = rows[place]
    if (row === undefined || String(getSelection()) !== '') return
    setActive(place)
    box.current?.focus({ preventScroll: true })
    if (target.closest('.twist') !== null && isBranch(row)) toggle(row.key)
    else act(row)
  }

  return (
    <div
      class="tree"
      ref={box}
      role="tree"
      aria-label="Services, routes and scopes"
      tabIndex={0}
      aria-activedescendant={here >= first && here < end ? idOf(here) : undefined}
      onScroll={look}
      onKeyDown={press}
      onClick={click}
    >
      <div role="presentation" style={{ height: `${above}px` }} />
      {rows.slice(first, end).map((row, offset) => {
        const place = first + offset
        return (
          <div
            key={row.key}
            id={idOf(place)}
            class={`tree-row ${row.kind}`}
            role="treeitem"
            aria-level={LEVELS[row.kind]}
            aria-setsize={-1}
            aria-posinset={place + 1}
            aria-selected={row.kind === 'route' && row.route.id === shown}
            {...(isBranch(row) && { 'aria-expanded': isOpen(row) })}
            data-place={place}
            tabIndex={-1}
            data-active={place === here ? '' : undefined}
            style={{ height: `${ROW}px` }}
          >
            <Twist row={row} />
            <Row row={row} index={index} counts={counts} />
          </div>
        )
      })}
      <div role="presentation" style={{ height: `${below}px` }} />
    </div>
  )
}

const LEVELS = { service: 1, route: 2, scope: 3 } as const

const idOf = (place: number): string => `tree-${place}`

const isOpen = (row: TreeRow): boolean => row.kind !== 'scope' && row.isOpen

function parentOf(rows: readonly TreeRow[], place: number): number {
  const level = LEVELS[rows[place]?.kind ?? 'service']
  for (let above = place - 1; above >= 0; above--) if (LEVELS[rows[above]?.kind ?? 'service'] < level) return above
  return place
}

/** For the mouse; the keyboard has the arrow keys. */
const Twist = ({ row }: { readonly row: TreeRow }) => (
  <span class={isOpen(row) ? 'twist is-open' : 'twist'} aria-hidden="true">
    {isBranch(row) && <Icon name="next" size={12} />}
  </span>
)

interface RowProps {
  readonly row: TreeRow
  readonly index: MapIndex
  readonly counts: MapCounts | undefined
}

function Row({ row, index, counts }: RowProps) {
  if (row.kind === 'service') {
    const { name, owner, routes } = row.service
    return (
      <>
        <span class="grow">
          <Clipped mono={false}>{name}</Clipped>
          <span class="faint small clip wide">
            {visible(owner)} ·{' '}
            {row.shown === routes.length
              ? plural(routes.length, 'route')
              : `${row.shown} of ${plural(routes.length, 'route')}`}
          </span>
        </span>
        <Requests counted={counts?.service(name)} isKnown={counts !== undefined} />
      </>
    )
  }
  if (row.kind === 'route') {
    const { entry, id } = row.route
    const counted = counts?.route(id, entry.service)
    return (
      <>
        <span class="grow">
          <span class="method mono">{entry.method}</span>
          <Path host={index.hosts > 1 ? entry.host : ''} path={entry.path} />
          <span class="badges">
            <RouteBadges marks={routeMarks(row.route, index)} isUnused={counted?.total === 0} />
          </span>
        </span>
        <Requests counted={counted} isKnown={counts !== undefined} />
      </>
    )
  }
  return (
    <span class="grow">
      <span class="joint faint small">{row.joint === 'first' ? '' : row.joint}</span>
      <Clipped>{row.scope}</Clipped>
    </span>
  )
}

const Path = ({ host, path }: { readonly host: string; readonly path: string }) => (
  <bdi class="path mono clip" title={visible(host + path)}>
    <span class="faint">{visible(host)}</span>
    {visible(path)}
  </bdi>
)

interface RequestsProps {
  readonly counted: Counted | undefined
  readonly isKnown: boolean
}

function Requests({ counted, isKnown }: RequestsProps) {
  if (counted === undefined)
    return (
      <span
        class="requests faint"
        title={isKnown ? 'Not among the 50 busiest of its service: it is counted together with others' : undefined}
      >
        {isKnown ? 'few' : ''}
      </span>
    )
  const label = `${count(counted.total)} requests`
  return (
    <span class="requests" title={label}>
      {counted.total > 0 && <Spark counts={counted.trend} label={label} width={72} />}
      <span>{shortCount(counted.total)}</span>
    </span>
  )
}
