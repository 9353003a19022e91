/** `scopewall tail`: decisions as they are made, one a line, until somebody has seen enough. */
import type { TailFilter } from '../../policy/console-answers.ts'
import type { DecisionEvent, Outcome } from '../../policy/decision-event.ts'
import type { DenialCode } from '../../policy/denial.ts'
import { matchesTailFilter } from '../../policy/tail-filter.ts'
import { type AdminOptions, adminClient } from '../admin-client.ts'
import { EXIT, type ExitCode, Stop } from '../exit.ts'
import { TAIL_HEADER, tailLine } from '../tail-line.ts'
import { listenOnce, type TailListener } from '../tail-socket.ts'
import { announceStep, note, paintError, print, printJsonLine } from '../terminal.ts'

export interface TailOptions extends AdminOptions {
  readonly outcome?: readonly Outcome[]
  readonly code?: readonly DenialCode[]
  readonly service?: string
  readonly rule?: string
  readonly client?: string
  readonly scope?: string
  /** Seconds. */
  readonly for?: number
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** Decisions that are known when they come again with the next socket. */
const MOST_REMEMBERED = 1_000

export async function tail(options: TailOptions): Promise<ExitCode> {
  const client = await adminClient(options)
  const end = new AbortController()
  const stop = () => end.abort()
  const timer = options.for === undefined ? undefined : setTimeout(stop, options.for * 1000)
  process.once('SIGINT', stop)
  const screen = createScreen(options)
  try {
    announceStep(`watching ${client.origin}; Ctrl-C ends it`)
    await listenOn(() => listenOnce(client, filterOf(options), screen, end.signal), screen, end.signal)
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', stop)
  }
  note(paintError('dim', screen.summary()))
  return EXIT.done
}

function filterOf({ outcome, code, service, rule, client, scope }: TailOptions): TailFilter {
  return {
    ...(outcome !== undefined && { outcomes: outcome }),
    ...(code !== undefined && { codes: code }),
    ...(service !== undefined && { service }),
    ...(rule !== undefined && { rule }),
    ...(client !== undefined && { client }),
    ...(scope !== undefined && { scope }),
  }
}

/** Socket after socket: the gate ends each after a while, and whoever may still watch gets another. What was refused to begin with stays so. */
async function listenOn(listen: () => Promise<void>, { opened }: Screen, signal: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS
  while (!signal.aborted) {
    const before = opened()
    try {
      await listen()
    } catch (fault) {
      const isPassing = fault instanceof Stop && fault.exitCode === EXIT.couldNotRun && before > 0
      if (!isPassing) throw fault
      note(paintError('yellow', fault.message))
    }
    if (signal.aborted) return
    if (opened() > before) pause = FIRST_PAUSE_MS
    else if (before === 0 && pause > FIRST_PAUSE_MS)
      throw new Stop(
        EXIT.couldNotRun,
        'the gate gave a ticket and refused the socket',
        'is something before it that takes no WebSockets?',
      )
    await sleep(pause, signal)
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
  }
}

interface Screen extends TailListener {
  /** How many sockets there were. */
  opened(): number
  summary(): string
}

function createScreen(options: TailOptions): Screen {
  const filter = filterOf(options)
  const seen = new Set<unknown>()
  const counts: Record<string, number> = {}
  let sockets = 0
  let skipped = 0

  function show(event: unknown): void {
    const { decision, outcome } = Object(event) as Readonly<Record<string, unknown>>
    if (seen.has(decision)) return
    if (seen.size >= MOST_REMEMBERED) seen.clear()
    seen.add(decision)
    counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1
    if (options.json === true) printJsonLine(event)
    else print(tailLine(event))
  }

  return {
    onOpen() {
      sockets += 1
      if (sockets === 1 && options.json !== true) print(TAIL_HEADER())
    },
    onDecisions(decisions, isRecent) {
      // What was before the filter arrived comes as it is.
      const wanted = isRecent
        ? decisions.filter((each) => matchesTailFilter(filter, Object(each) as DecisionEvent))
        : decisions
      for (const event of wanted) show(event)
    },
    onSkipped(count) {
      skipped += count
      note(paintError('yellow', `${count} more than are shown in a second: narrow it with a filter`))
    },
    opened: () => sockets,
    summary() {
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
      const parts = ['allow', 'observe', 'deny'].map((outcome) => `${counts[outcome] ?? 0} ${outcome}`)
      return `${total} decisions: ${parts.join(', ')}${skipped === 0 ? '' : `; ${skipped} were not shown`}`
    },
  }
}

const sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
