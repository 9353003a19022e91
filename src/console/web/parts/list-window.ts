/** What of a long list shows in a box that scrolls. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { listWindow } from '../model/list-window.ts'

/** Pixels: `--row` of the styles. */
export const ROW = 34

export function useListWindow(count: number, header = 0) {
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 900 })
  const look = useCallback(() => {
    const element = box.current
    if (element === null) return
    const { scrollTop: top, clientHeight: height } = element
    setView((before) => (before.top === top && before.height === height ? before : { top, height }))
  }, [])
  useLayoutEffect(look, [count])
  useEffect(() => {
    addEventListener('resize', look)
    return () => removeEventListener('resize', look)
  }, [look])
  /** Scrolls no further than it must. */
  const reveal = useCallback(
    (place: number) => {
      const element = box.current
      if (element === null) return
      const [top, room] = [place * ROW, element.clientHeight - header - ROW]
      if (top < element.scrollTop) element.scrollTop = top
      else if (top > element.scrollTop + room) element.scrollTop = top - room
      look()
    },
    [header, look],
  )
  return { box, look, reveal, ...listWindow(count, ROW, view) }
}
