/** Numbers, times and lengths of time, as the console writes them: short, and always alike. */

const WHOLE = new Intl.NumberFormat('en-US')
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

/** 12,345 */
export const count = (value: number): string => WHOLE.format(value)

/** 12.3K: where there is little room. */
export const shortCount = (value: number): string =>
  Math.abs(value) < 10_000 ? WHOLE.format(value) : SHORT.format(value)

/** 0.4 %: a share that is there never reads as none, nor one that is not all as all. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %'
  const percent = (part / whole) * 100
  if (percent < 0.1) return '< 0.1 %'
  if (percent > 99.9 && part < whole) return '> 99.9 %'
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`
}

/** `one client`, `2 clients`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

const STEPS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const

/** 45 s, 12 min, 3 h, 20 d: the largest unit that it fills. */
export function duration(seconds: number): string {
  const size = Math.abs(Math.round(seconds))
  const [unit, name] = STEPS.find(([step]) => size >= step) ?? [1, 's']
  return `${Math.floor(size / unit)} ${name}`
}

/** `12 min ago`, `in 3 d`, `now`. */
export function ago(time: string | number, now: number): string {
  const seconds = (now - new Date(time).getTime()) / 1000
  if (Number.isNaN(seconds)) return ''
  if (Math.abs(seconds) < 5) return 'now'
  return seconds > 0 ? `${duration(seconds)} ago` : `in ${duration(seconds)}`
}

const two = (value: number): string => String(value).padStart(2, '0')

/** 14:03:27, in the reader's own time. */
export function clock(time: string | number): string {
  const at = new Date(time)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** 2026-11-28 14:03, in the reader's own time. */
export function moment(time: string | number): string {
  const at = new Date(time)
  return `${day(time)} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** 2026-11-28 */
export function day(time: string | number): string {
  const at = new Date(time)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The beginning of a digest: enough to tell releases apart. */
export const shortDigest = (digest: string): string => digest.slice(0, 12)
