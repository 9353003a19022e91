/** A fault as it is put on record: its class and where it happened, and nothing that a request could have sent. */

/** Something of ours or of the world went wrong; the request was refused or the last good state kept. */
export interface FaultEvent {
  readonly event: 'fault'
  readonly at: string
  readonly environment: string
  /** Stable, `snake_case`. */
  readonly code: string
  readonly decision?: string
  /** Where it happened, without the message: a message could quote what the request sent. */
  readonly frames?: readonly string[]
}

/** Redacts an exception to its class and its stack frames. */
export function faultEvent(fault: unknown, milliseconds: number, environment: string, decision?: string): FaultEvent {
  const frames = fault instanceof Error ? framesOf(fault) : []
  return {
    event: 'fault',
    at: new Date(milliseconds).toISOString(),
    environment,
    code: `exception_${fault instanceof Error ? fault.constructor.name : typeof fault}`,
    ...(decision !== undefined && { decision }),
    ...(frames.length > 0 && { frames }),
  }
}

const MOST_FRAMES = 8

/** What follows the message in a stack. A message may hold lines that look like frames, so it is cut off by its length, or nothing is told. */
function framesOf({ name, message, stack = '' }: Error): readonly string[] {
  const head = message === '' ? name : `${name}: ${message}`
  if (!stack.startsWith(head)) return []
  return stack
    .slice(head.length)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, MOST_FRAMES)
}
