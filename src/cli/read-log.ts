/** What the admin API says of the log, checked: it comes from a stranger. */
import type { Effect, MarkTarget } from '../policy/mark.ts'
import type { ChainLink, Cursor, ListedMark, LogEntry } from '../policy/revocation-log.ts'
import { EXIT, Stop } from './exit.ts'

export interface WrittenMark {
  readonly entry: number
  readonly target: MarkTarget
  readonly effect: Effect
  /** Epoch seconds. */
  readonly expires: number | null
}

export interface ReadReceipt {
  readonly entries: readonly WrittenMark[]
  readonly head: Cursor
}

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value)
const isTime = (value: unknown): value is number => Number.isFinite(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

const object = (value: unknown): Readonly<Record<string, unknown>> => Object(value)

function list<T>(value: unknown, read: (item: Readonly<Record<string, unknown>>) => T): readonly T[] {
  if (!Array.isArray(value)) throw strange()
  return value.map((each) => read(object(each)))
}

const strange = (): Stop =>
  new Stop(EXIT.couldNotRun, 'the answer is not that of an admin API', 'is the Worker as new as this command?')

function cursor(value: unknown): Cursor {
  const { seq, hash } = object(value)
  if (!isNumber(seq) || !isText(hash)) throw strange()
  return { seq, hash }
}

/** A target has a kind and texts, whatever kinds there may be one day. */
function target(value: unknown): MarkTarget {
  const read = object(value)
  if (!isText(read.kind) || !Object.values(read).every(isText)) throw strange()
  return read as unknown as MarkTarget
}

/** An effect has a kind, and what limits it is of the type that it must have, whatever effects there may be one day. */
function effect(value: unknown): Effect {
  const { kind, issuedUntil, authenticatedAfter, holding, acr, matching } = object(value)
  const areSound =
    [issuedUntil, authenticatedAfter].every((time) => time === undefined || isTime(time)) &&
    [holding, acr, Object.values(object(matching))].every((texts) => texts === undefined || areTexts(texts))
  if (!isText(kind) || !areSound) throw strange()
  return value as Effect
}

export function readReceipt(value: unknown): ReadReceipt {
  const { entries, head } = object(value)
  const written = list(entries, ({ entry, expires, target: about, effect: done }) => {
    if (!isNumber(entry) || (expires !== null && !isTime(expires))) throw strange()
    return { entry, target: target(about), effect: effect(done), expires }
  })
  return { entries: written, head: cursor(head) }
}

export function readUndone(value: unknown): number {
  const { entries } = object(value)
  const [undone] = list(entries, ({ entry }) => entry)
  if (!isNumber(undone)) throw strange()
  return undone
}

export interface MarkPage {
  readonly marks: readonly ListedMark[]
  readonly next: number | undefined
}

export function readMarkPage(value: unknown): MarkPage {
  const { marks, next } = object(value)
  const read = list(marks, (mark) => {
    const { reason, expires, effect: done, target: about } = object(mark.action)
    const isSound = isNumber(mark.seq) && isText(mark.time) && isText(mark.standing) && isText(reason)
    if (!isSound || !Object.values(object(mark.author)).every(isText)) throw strange()
    if (!(expires === undefined || isTime(expires))) throw strange()
    target(about)
    effect(done)
    return mark as unknown as ListedMark
  })
  return { marks: read, next: isNumber(next) ? next : undefined }
}

export interface LinkPage {
  readonly links: readonly ChainLink[]
  readonly head: Cursor
  readonly floor: Cursor
}

export function readLinkPage(value: unknown): LinkPage {
  const { links, head, floor } = object(value)
  return { links: list(links, readLink), head: cursor(head), floor: cursor(floor) }
}

export function readLink(value: unknown): ChainLink {
  const { seq, text, previous, hash } = object(value)
  if (!isNumber(seq) || !isText(text) || !isText(previous) || !isText(hash)) throw strange()
  return { seq, text, previous, hash }
}

/** The first line of an exported log; undefined where it is none. */
export function readExportHeader(value: unknown): { readonly floor: Cursor; readonly head: Cursor } | undefined {
  const { format, floor, head } = object(value)
  return format === 1 ? { floor: cursor(floor), head: cursor(head) } : undefined
}

/** The entry that a link holds; undefined where it is none that can be told. */
export function readEntry(text: string): LogEntry | undefined {
  try {
    const entry = object(JSON.parse(text))
    const { kind, reason, expires, effect: done, target: about } = object(entry.action)
    const isSound = isNumber(entry.seq) && isText(entry.time) && isText(reason) && isText(object(entry.origin).via)
    if (!isSound || !Object.values(object(entry.author)).every(isText)) return undefined
    if (!(expires === undefined || isTime(expires))) return undefined
    if (kind === 'mark' || kind === 'lift') target(about)
    if (kind === 'mark') effect(done)
    return entry as unknown as LogEntry
  } catch {
    return undefined
  }
}
