/** Line drawings of 16 by 16, in the colour of the text beside them. They say nothing by themselves: a word stands beside each. */

const DRAWINGS = {
  overview: 'M2.5 13.5h11M4.5 11V7.5M8 11V3.5M11.5 11V6',
  tail: 'M2.5 4.5h11M2.5 8h7M2.5 11.5h9M12.5 8h1',
  why: 'M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.6v.2M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  map: 'M3 3.5h4v3H3zM9 9.5h4v3H9zM5 6.5V11h4',
  scopes: 'M8 2.5 13 5v3.5c0 2.5-2 4.3-5 5.5-3-1.2-5-3-5-5.5V5zM6 8l1.5 1.5L10.5 6.5',
  clients: 'M8 8.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM3 13.5c.6-2 2.5-3 5-3s4.4 1 5 3',
  revocations: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM3.8 3.8l8.4 8.4',
  incidents: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.2',
  releases: 'M8 2.5 13.5 5.5 8 8.5 2.5 5.5zM2.5 8.2 8 11.2l5.5-3M2.5 10.9 8 13.9l5.5-3',
  good: 'M3 8.5 6.5 12 13 4.5',
  warn: 'M8 3v6M8 12v.5',
  bad: 'M4 4l8 8M12 4l-8 8',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13 9.7A5.5 5.5 0 0 1 6.3 3 5.5 5.5 0 1 0 13 9.7Z',
  system: 'M2.5 3.5h11v7h-11zM6 13.5h4M8 10.5v3',
  leave: 'M6.5 2.5h-3v11h3M9.5 5 12.5 8l-3 3M12.5 8H6.5',
  keys: 'M2 4.5h12v7H2zM4.5 7h.2M7 7h.2M9.5 7h.2M11.7 7h.2M5 9.3h6',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  close: 'M4 4l8 8M12 4l-8 8',
  next: 'M6 3.5 10.5 8 6 12.5',
  up: 'M4 9.5 8 5.5l4 4',
  down: 'M4 6.5l4 4 4-4',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.5 12 8l-7 4.5z',
  again: 'M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5',
  swap: 'M2.5 5.5h11M10.5 2.5l3 3-3 3M13.5 10.5h-11M5.5 7.5l-3 3 3 3',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.3 10.3l3.2 3.2',
  empty: 'M2.5 9h3.2l1 2h2.6l1-2h3.2M4 3.5h8l1.5 5.5v3.5h-11V9z',
  out: 'M6 3.5H3.5v9h9V10M9 3h4v4M13 3 7.5 8.5',
} as const

export type IconName = keyof typeof DRAWINGS

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <path d={DRAWINGS[name]} />
    </svg>
  )
}
