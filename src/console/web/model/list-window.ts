/** The part of a long list that is on the screen. */
export interface ListWindow {
  readonly first: number
  /** Exclusive. */
  readonly end: number
  /** Pixels of the rows above and below that are not drawn. */
  readonly above: number
  readonly below: number
}

/** With some rows more on either side, so that nobody scrolls into nothing. All rows are of one height. */
export function listWindow(
  count: number,
  rowHeight: number,
  { top, height }: { readonly top: number; readonly height: number },
  spare = 10,
): ListWindow {
  const first = clamp(Math.floor(top / rowHeight) - spare, count)
  const end = clamp(Math.ceil((top + height) / rowHeight) + spare, count)
  return { first, end, above: first * rowHeight, below: (count - end) * rowHeight }
}

const clamp = (place: number, most: number): number => Math.min(Math.max(place, 0), most)
