/** The live tail as a page sees it: a socket that is opened with a ticket, opened again when it breaks, and told what is wanted. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { TAIL_PROTOCOL, type TailFilter, type TailMessage } from '../../../policy/console-answers.ts'
import { NO_ROWS, released, type TailRows, withDecisions } from '../model/tail-rows.ts'
import { useAdmin } from '../session.ts'
import { type Failure, failureOf } from './failure.ts'

export type TailState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** It broke; the next attempt comes by itself. */
  | { readonly kind: 'waiting'; readonly failure?: Failure }
  /** Another attempt would fail alike, until the person does something. */
  | { readonly kind: 'failed'; readonly failure: Failure }

export interface Tail {
  readonly state: TailState
  readonly rows: TailRows
  readonly isHeld: boolean
  readonly hold: (isHeld: boolean) => void
  readonly clear: () => void
  readonly retry: () => void
}

/** A line on which nothing is said is cut by somebody in between; the gate answers this without waking. */
const PING = 'ping'
const PONG = 'pong'
const PING_MS = 20_000

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

/** `filter`: what the gate is to send; another one is told to it over the open socket. */
export function useTail(filter: TailFilter): Tail {
  const admin = useAdmin()
  const [state, setState] = useState<TailState>({ kind: 'connecting' })
  const [rows, setRows] = useState(NO_ROWS)
  const [isHeld, setHeld] = useState(false)
  const [round, setRound] = useState(0)
  const socket = useRef<WebSocket>(undefined)
  const holding = useRef(false)
  const wanted = useRef('')
  wanted.current = JSON.stringify(filter)

  useEffect(() => {
    let isOver = false
    let pause = FIRST_PAUSE_MS
    let timer: ReturnType<typeof setTimeout> | undefined

    function hear(message: TailMessage): void {
      if (message.kind === 'skipped') setRows((before) => ({ ...before, dropped: before.dropped + message.count }))
      else if (message.kind !== 'refused')
        setRows((before) => withDecisions(before, message.decisions, holding.current))
    }

    async function connect(): Promise<void> {
      setState((before) => (before.kind === 'live' ? { kind: 'connecting' } : before))
      try {
        const { ticket, url } = await admin.tailTicket()
        if (isOver) return
        const opened = new WebSocket(url, [TAIL_PROTOCOL, `ticket.${ticket}`])
        socket.current = opened
        opened.onopen = () => {
          pause = FIRST_PAUSE_MS
          opened.send(wanted.current)
          setState({ kind: 'live' })
        }
        opened.onmessage = ({ data }) => data !== PONG && hear(JSON.parse(String(data)) as TailMessage)
        opened.onclose = () => again()
      } catch (error) {
        const failure = failureOf(error)
        if (isOver) return
        const isLasting = failure.kind !== 'unreachable' && !(failure.kind === 'refused' && failure.status >= 500)
        if (isLasting) setState({ kind: 'failed', failure })
        else again(failure)
      }
    }

    function again(failure?: Failure): void {
      if (isOver) return
      setState({ kind: 'waiting', ...(failure && { failure }) })
      timer = setTimeout(() => void connect(), pause)
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
    }

    void connect()
    const beat = setInterval(() => socket.current?.readyState === WebSocket.OPEN && socket.current.send(PING), PING_MS)
    return () => {
      isOver = true
      clearInterval(beat)
      clearTimeout(timer)
      socket.current?.close()
    }
  }, [admin, round])

  const asked = wanted.current
  useEffect(() => {
    if (socket.current?.readyState === WebSocket.OPEN) socket.current.send(asked)
  }, [asked])

  return {
    state,
    rows,
    isHeld,
    hold(next) {
      holding.current = next
      setHeld(next)
      if (!next) setRows(released)
    },
    clear: () => setRows(NO_ROWS),
    retry: () => setRound((before) => before + 1),
  }
}
