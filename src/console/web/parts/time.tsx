/** A moment, told as how long ago it was; the whole of it is in the title. */
import { useEffect, useState } from 'preact/hooks'
import { ago, moment } from './words.ts'

/** Of all that say "ago": one clock, one beat. */
const BEAT_MS = 5_000
const watchers = new Set<(now: number) => void>()
let beat: ReturnType<typeof setInterval> | undefined

/** Now, in milliseconds; the part is drawn anew every few seconds. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    watchers.add(setNow)
    beat ??= setInterval(() => {
      for (const tell of watchers) tell(Date.now())
    }, BEAT_MS)
    return () => {
      watchers.delete(setNow)
      if (watchers.size > 0) return
      clearInterval(beat)
      beat = undefined
    }
  }, [])
  return now
}

export function Ago({ at }: { readonly at: string | number }) {
  const now = useNow()
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {ago(at, now)}
    </time>
  )
}
