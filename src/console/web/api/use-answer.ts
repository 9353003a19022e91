/** An answer that a page shows: loaded, kept up to date, and never taken away because a later look failed. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type Failure, failureOf } from './failure.ts'

export interface Answer<T> {
  /** The latest that was had. Stays while a newer one is on its way, and when that fails. */
  readonly value?: T
  /** Why the latest look failed. Together with a value: the value is stale. */
  readonly failure?: Failure
  readonly isLoading: boolean
  /** When the value came, in milliseconds since the epoch. */
  readonly asOf?: number
  readonly reload: () => void
}

interface Options {
  /** Asked again so often while the page is in sight. */
  readonly everySeconds?: number
}

interface Had<T> {
  readonly key: string
  readonly value?: T
  readonly failure?: Failure
  readonly isLoading: boolean
  readonly asOf?: number
}

/** `key` says what is asked for: another one drops what was there. */
export function useAnswer<T>(key: string, load: (signal: AbortSignal) => Promise<T>, options: Options = {}): Answer<T> {
  const [had, setHad] = useState<Had<T>>({ key, isLoading: true })
  const [round, setRound] = useState(0)
  const latest = useRef(load)
  latest.current = load

  useEffect(() => {
    const giveUp = new AbortController()
    setHad((before) => (before.key === key ? { ...before, isLoading: true } : { key, isLoading: true }))
    latest.current(giveUp.signal).then(
      (value) => {
        if (!giveUp.signal.aborted) setHad({ key, value, isLoading: false, asOf: Date.now() })
      },
      (error) => {
        if (giveUp.signal.aborted) return
        setHad((before) => ({ ...before, key, failure: failureOf(error), isLoading: false }))
      },
    )
    return () => giveUp.abort()
  }, [key, round])

  const reload = useCallback(() => setRound((before) => before + 1), [])
  useInterval(reload, options.everySeconds)
  const current: Had<T> = had.key === key ? had : { key, isLoading: true }
  return { ...current, reload }
}

/** Nothing is asked for a page that nobody looks at; who comes back sees it anew at once. */
function useInterval(act: () => void, seconds: number | undefined): void {
  useEffect(() => {
    if (seconds === undefined) return
    const timer = setInterval(() => document.hidden || act(), seconds * 1000)
    const comeBack = () => document.hidden || act()
    document.addEventListener('visibilitychange', comeBack)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', comeBack)
    }
  }, [act, seconds])
}
