/** One socket of the live tail, from a ticket to its end. */
import { TAIL_PROTOCOL, type TailFilter } from '../policy/console-answers.ts'
import type { AdminClient } from './admin-client.ts'
import { EXIT, Stop } from './exit.ts'

export interface TailListener {
  /** Decisions as JSON has them; `isRecent`: from before the socket was open. */
  onDecisions(decisions: readonly unknown[], isRecent: boolean): void
  onSkipped(count: number): void
  onOpen(): void
}

const PING_MS = 20_000
/** No message is longer. */
const MOST_CHARACTERS = 8 * 1024 * 1024

/** Asks for a ticket, and listens until the socket ends or the signal says so. Rejects with `Stop` where the gate refuses; whoever asks again may be let in. */
export async function listenOnce(
  client: AdminClient,
  filter: TailFilter,
  listener: TailListener,
  signal: AbortSignal,
): Promise<void> {
  const { ticket } = Object(await client.post('tail', '{}')) as Readonly<Record<string, unknown>>
  if (typeof ticket !== 'string' || !/^[\w-]{1,128}$/.test(ticket))
    throw new Stop(EXIT.couldNotRun, 'the answer is not that of a gate with a live tail')
  if (signal.aborted) return
  // Where the ticket came from, whatever its answer says.
  const socket = new WebSocket(`${client.origin.replace(/^http/, 'ws')}/_scopewall/tail`, [
    TAIL_PROTOCOL,
    `ticket.${ticket}`,
  ])
  const ping = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('ping'), PING_MS)
  try {
    await new Promise<void>((resolve, reject) => {
      // Whoever has seen enough does not wait for the gate's goodbye.
      signal.addEventListener('abort', () => resolve(), { once: true })
      socket.addEventListener('open', () => {
        if (Object.keys(filter).length > 0) socket.send(JSON.stringify(filter))
        listener.onOpen()
      })
      socket.addEventListener('message', ({ data }) => {
        try {
          hear(data, listener)
        } catch (fault) {
          reject(fault)
          socket.close(1000)
        }
      })
      socket.addEventListener('close', () => resolve())
    })
  } finally {
    clearInterval(ping)
    socket.close(1000)
  }
}

function hear(data: unknown, { onDecisions, onSkipped }: TailListener): void {
  if (typeof data !== 'string' || data.length > MOST_CHARACTERS || data === 'pong') return
  const message = parseObject(data)
  const { kind, decisions, count, detail } = message
  if (kind === 'refused') throw new Stop(EXIT.usage, `the gate does not take the filter: ${String(detail)}`)
  if ((kind === 'recent' || kind === 'decisions') && Array.isArray(decisions)) onDecisions(decisions, kind === 'recent')
  if (kind === 'skipped' && typeof count === 'number') onSkipped(count)
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
