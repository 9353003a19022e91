/**
 * Shows what is decided to whoever watches: one SQLite Durable Object an environment, asleep while nothing happens. Nothing is judged by it, and no request waits
 * for it. A watcher gets no more than a person could look at, and is told how much that left out.
 */
import { DurableObject } from 'cloudflare:workers'
import type { WebSocket } from '@cloudflare/workers-types'
import { TAIL_PROTOCOL, type TailFilter, type TailMessage } from '../policy/console-answers.ts'
import type { DecisionEvent } from '../policy/decision-event.ts'
import { matchesTailFilter, parseTailFilter } from '../policy/tail-filter.ts'
import { ORIGIN_HEADER, type TailRoom, TICKET_HEADER, type TicketGrant } from './live-tail.ts'
import { createTailStore, type TailStore } from './tail-store.ts'

const MOST_WATCHERS = 32
/** Then it is judged anew whether the watcher may watch: it comes with another ticket. */
const MOST_WATCH_MS = 15 * 60_000
const MOST_SHOWN_A_SECOND = 50
/** What lies ready for a watcher that gives no sign of life, in characters; a `ping` is one, and is answered by the runtime. */
const MOST_UNSIGNED = 2 * 1024 * 1024

/** What a socket keeps while the object sleeps. */
interface Watcher {
  readonly id: string
  /** Milliseconds. */
  readonly until: number
  readonly filter?: TailFilter
}

/** What a watcher was shown lately. Forgotten while the object sleeps, when there is nothing to show. */
interface Pace {
  second: number
  shown: number
  signedAt: number
  sinceSign: number
}

/** Of the application's own codes (RFC 6455 section 7.4.2): whoever may still watch comes again with another ticket. */
const RENEW = 4000
const RENEW_REASON = 'come again with another ticket'

/** Bound as a namespace with SQLite storage. Only the Worker itself can call it. */
export class LiveTail extends DurableObject implements TailRoom {
  private readonly store: TailStore
  private readonly paces = new Map<string, Pace>()

  constructor(...parts: ConstructorParameters<typeof DurableObject>) {
    super(...parts)
    this.store = createTailStore(this.ctx.storage.sql)
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  async admit(grant: TicketGrant): Promise<number | 'full'> {
    return this.store.admit(grant, Date.now() / 1000)
  }

  async publish(decisions: readonly DecisionEvent[]): Promise<void> {
    const fresh = this.store.keep(decisions)
    if (fresh.length === 0) return
    for (const socket of this.ctx.getWebSockets()) this.show(socket, fresh, Date.now())
  }

  /** The Worker's door brings an upgrade, with the hash of a ticket and the origin that it came from. */
  async fetch(request: Request): Promise<Response> {
    if (this.ctx.getWebSockets().length >= MOST_WATCHERS) return new Response(null, { status: 503 })
    const now = Date.now()
    const { headers } = request
    const ends = this.store.redeem(headers.get(TICKET_HEADER) ?? '', headers.get(ORIGIN_HEADER) ?? '', now / 1000)
    if (ends === undefined) return new Response(null, { status: 403 })
    const until = Math.min(now + MOST_WATCH_MS, ends === 'never' ? Number.POSITIVE_INFINITY : ends * 1000)
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    keepWatcher(server, { id: crypto.randomUUID(), until })
    await this.wakeBy(until)
    say(server, { kind: 'recent', decisions: this.store.recent() })
    const init = { status: 101, headers: { 'sec-websocket-protocol': TAIL_PROTOCOL }, webSocket: client }
    return new Response(null, init)
  }

  async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const watcher = watcherOf(socket)
    if (watcher === undefined) return socket.close(RENEW, RENEW_REASON)
    const pace = this.paces.get(watcher.id)
    if (pace !== undefined) pace.sinceSign = 0
    const filter = parseTailFilter(typeof message === 'string' ? message : '')
    if (!filter.ok) return void say(socket, { kind: 'refused', detail: filter.error })
    keepWatcher(socket, { ...watcher, filter: filter.value })
  }

  /** Whoever says goodbye waits for an answer (RFC 6455 section 7.1.1). */
  async webSocketClose(socket: WebSocket): Promise<void> {
    this.paces.delete(watcherOf(socket)?.id ?? '')
    socket.close()
  }

  /** Ends what has lasted its time, also where nothing happens that could be shown. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    const open = this.ctx.getWebSockets().filter((socket) => !this.endIfOver(socket, watcherOf(socket), now))
    const next = Math.min(...open.flatMap((socket) => watcherOf(socket)?.until ?? []))
    if (Number.isFinite(next)) await this.ctx.storage.setAlarm(next)
  }

  private async wakeBy(time: number): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm()
    if (alarm === null || alarm > time) await this.ctx.storage.setAlarm(time)
  }

  private endIfOver(socket: WebSocket, watcher: Watcher | undefined, now: number): boolean {
    if (watcher !== undefined && now < watcher.until) return false
    this.paces.delete(watcher?.id ?? '')
    socket.close(RENEW, RENEW_REASON)
    return true
  }

  private show(socket: WebSocket, decisions: readonly DecisionEvent[], now: number): void {
    const watcher = watcherOf(socket)
    if (watcher === undefined || this.endIfOver(socket, watcher, now)) return
    const { filter = {} } = watcher
    const wanted = decisions.filter((event) => matchesTailFilter(filter, event))
    if (wanted.length === 0) return
    const pace = this.paceOf(socket, watcher, now)
    // The newest: what is skipped is older than what is shown.
    const shown = wanted.slice(Math.max(0, wanted.length - (MOST_SHOWN_A_SECOND - pace.shown)))
    pace.shown += shown.length
    if (shown.length < wanted.length) say(socket, { kind: 'skipped', count: wanted.length - shown.length })
    if (shown.length > 0) pace.sinceSign += say(socket, { kind: 'decisions', decisions: shown })
    if (pace.sinceSign > MOST_UNSIGNED) socket.close(RENEW, RENEW_REASON)
  }

  private paceOf(socket: WebSocket, { id }: Watcher, now: number): Pace {
    const second = Math.floor(now / 1000)
    const pace = this.paces.get(id) ?? { second, shown: 0, signedAt: 0, sinceSign: 0 }
    this.paces.set(id, pace)
    if (pace.second !== second) Object.assign(pace, { second, shown: 0 })
    const signedAt = this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0
    if (signedAt > pace.signedAt) Object.assign(pace, { signedAt, sinceSign: 0 })
    return pace
  }
}

const keepWatcher = (socket: WebSocket, watcher: Watcher): void => socket.serializeAttachment(watcher)
const watcherOf = (socket: WebSocket): Watcher | undefined => socket.deserializeAttachment() ?? undefined

/** How many characters that were. A socket that is going away hears nothing. */
function say(socket: WebSocket, message: TailMessage): number {
  const text = JSON.stringify(message)
  try {
    socket.send(text)
  } catch {
    return 0
  }
  return text.length
}
