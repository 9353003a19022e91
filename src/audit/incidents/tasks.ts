/** What is to be done about incidents, as rows: it outlives whoever began it, and is tried again, later each time, up to an end that shows. */
import type { SqlStorage } from '@cloudflare/workers-types'
import type { Occasion } from './alert-shapes.ts'

export type Task = {
  readonly number: number
  readonly incident: number
  readonly kind: 'respond' | 'alert'
  readonly channel: string | null
  readonly occasion: Occasion | null
  readonly attempts: number
  readonly due: number
  /** When it was first to be done, in milliseconds. */
  readonly began: number
  /** A text of its own, the same each time that it is tried. */
  readonly message: string
}

/** Over two and a half hours. */
export const MOST_ATTEMPTS = 10
const FIRST_PAUSE_MS = 10_000
const LONGEST_PAUSE_MS = 3_600_000
const MOST_AT_ONCE = 20

export function addTask(
  sql: SqlStorage,
  task: Pick<Task, 'incident' | 'kind' | 'message'> & Partial<Pick<Task, 'channel' | 'occasion'>>,
  now: number,
): void {
  sql.exec(
    'INSERT INTO task (incident, kind, channel, occasion, attempts, due, began, message) VALUES (?, ?, ?, ?, 0, ?, ?, ?)',
    task.incident,
    task.kind,
    task.channel ?? null,
    task.occasion ?? null,
    now,
    now,
    task.message,
  )
}

/** What is due. A channel is told of an incident in order: that it was closed comes after that it was opened. */
export const dueTasks = (sql: SqlStorage, kind: Task['kind'], now: number): readonly Task[] =>
  sql
    .exec<Task>(
      `SELECT * FROM task WHERE due <= ? AND kind = ? AND NOT EXISTS (
        SELECT 1 FROM task AS before WHERE before.incident = task.incident AND before.kind = task.kind
          AND before.channel IS task.channel AND before.number < task.number
      ) ORDER BY due, number LIMIT ?`,
      now,
      kind,
      MOST_AT_ONCE,
    )
    .toArray()

export const endTask = (sql: SqlStorage, { number }: Task): void =>
  void sql.exec('DELETE FROM task WHERE number = ?', number)

/** Whether it is tried again. `afterMs`: no sooner than in so long. */
export function postponeTask(sql: SqlStorage, task: Task, now: number, afterMs = 0): boolean {
  const attempts = task.attempts + 1
  if (attempts >= MOST_ATTEMPTS) {
    endTask(sql, task)
    return false
  }
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** task.attempts, LONGEST_PAUSE_MS)
  const due = now + Math.min(Math.max(pause, afterMs), LONGEST_PAUSE_MS)
  sql.exec('UPDATE task SET attempts = ?, due = ? WHERE number = ?', attempts, due, task.number)
  return true
}

/** When the next one is due, in milliseconds. */
export const nextDue = (sql: SqlStorage): number | undefined =>
  sql.exec<{ due: number | null }>('SELECT MIN(due) AS due FROM task').toArray()[0]?.due ?? undefined

export const hasTask = (sql: SqlStorage, incident: number, channel: string): boolean =>
  sql.exec('SELECT number FROM task WHERE incident = ? AND channel = ? LIMIT 1', incident, channel).toArray().length > 0
