/** The states of targets in the log's database: what is known of one, what holds of it by its entries, and how a new state takes its place. */
import type { SqlStorage } from '@cloudflare/workers-types'
import { canonicalJson } from '../policy/canonical-json.ts'
import type { ActiveEffect, MarkTarget, TargetKind } from '../policy/mark.ts'
import type { EpochSeconds } from '../policy/result.ts'
import type { Action, TargetState } from '../policy/revocation-log.ts'
import { type Counts, NOTHING } from './facts.ts'
import { roomOf } from './room.ts'
import { type FamilyEntry, latestOf, place } from './states.ts'

/** How long an effect is kept past its expiry: followers whose clocks are late must not lose it early. */
const EXPIRY_GRACE_SECONDS = 3_600

export type Mark = Action & { readonly kind: 'mark' }

export type StateRow = {
  readonly seq: number
  readonly target: string
  readonly kind: MarkTarget['kind']
  readonly scope: string | null
  readonly client: string | null
  readonly effects: string
}

export function readState({ seq, target, kind, scope, client, effects }: StateRow): TargetState {
  const known: readonly ActiveEffect[] = JSON.parse(effects)
  if (kind !== 'scope') return { seq, kind, key: target, effects: known }
  return { seq, kind, scope: scope ?? '', ...(client !== null && { client }), effects: known }
}

export const effectOf = ({ effect, expires }: Mark, entry: number): ActiveEffect => ({
  effect,
  ...(expires !== undefined && { expires }),
  entry,
})

/** `now` in milliseconds. */
export const unexpired = (effects: readonly ActiveEffect[], now: number): readonly ActiveEffect[] =>
  effects.filter(({ expires }) => expires === undefined || expires > goneBy(now))

const goneBy = (now: number): number => now / 1000 - EXPIRY_GRACE_SECONDS

export interface Stored {
  /** `effects` as canonical JSON. */
  readonly text: string
  readonly effects: readonly ActiveEffect[]
}

/** What is stored of a target; undefined where nothing is. */
export function storedEffects(sql: SqlStorage, key: string): Stored | undefined {
  const [row] = sql.exec<{ effects: string }>('SELECT effects FROM state WHERE target = ?', key).toArray()
  return row && { text: row.effects, effects: JSON.parse(row.effects) }
}

/** An entry of a family that is about to be written. */
export interface Joining extends FamilyEntry {
  readonly label: string
}

/** What holds of a target by all entries about it that are still there, and by the one that joins them. */
export function effectsByEntries(
  sql: SqlStorage,
  key: string,
  now: number,
  joining?: Joining,
): readonly ActiveEffect[] {
  const single = sql
    .exec<EntryRow>(
      `SELECT seq, text FROM entry WHERE target = ? AND label IS NULL AND is_lift = 0 AND undone_by IS NULL
      AND (expires IS NULL OR expires > ?) ORDER BY seq`,
      key,
      goneBy(now),
    )
    .toArray()
    .map(markOf)
  const families = labelsOf(sql, key, joining).flatMap((label) => {
    const known = latestOfFamily(sql, key, label)
    return latestOf(joining?.label === label ? [...known, joining] : known)
  })
  return unexpired([...single, ...families], now).reduce(place, [])
}

type EntryRow = { readonly seq: number; readonly text: string }

const markOf = ({ seq, text }: EntryRow): ActiveEffect => effectOf(JSON.parse(text).action, seq)

/** One by one, so that the entries of a family are not all read to find its name. */
function labelsOf(sql: SqlStorage, key: string, joining: Joining | undefined): readonly string[] {
  const labels = new Set(joining === undefined ? [] : [joining.label])
  const next = (after: string) =>
    sql
      .exec<{ label: string | null }>(
        'SELECT MIN(label) AS label FROM entry WHERE target = ? AND label > ?',
        key,
        after,
      )
      .one().label
  for (let label = next(''); label !== null; label = next(label)) labels.add(label)
  return [...labels]
}

function latestOfFamily(sql: SqlStorage, key: string, label: string): readonly FamilyEntry[] {
  return sql
    .exec<EntryRow & { readonly at: number; readonly is_lift: number }>(
      `SELECT seq, text, at, is_lift FROM entry WHERE target = ?1 AND label = ?2 AND undone_by IS NULL AND at = (
        SELECT at FROM entry WHERE target = ?1 AND label = ?2 AND undone_by IS NULL ORDER BY at DESC LIMIT 1
      )`,
      key,
      label,
    )
    .toArray()
    .map((row) => ({ at: row.at as EpochSeconds, ...(row.is_lift === 0 && { mark: markOf(row) }) }))
}

export interface StateChange {
  readonly target: MarkTarget
  readonly key: string
  /** The entry that changes it. */
  readonly seq: number
  readonly before: Stored | undefined
  readonly after: readonly ActiveEffect[]
}

const NOTHING_STORED: Stored = { text: '[]', effects: [] }

/** Puts a state in the place of the one before, under the number of the entry; one that is the same stays where it is, so that no follower is told. */
export function changeState(sql: SqlStorage, change: StateChange): Counts {
  const { target, key, seq, after } = change
  const { text, effects: before } = change.before ?? NOTHING_STORED
  if (after.length === before.length && after.every((effect, index) => effect === before[index])) return NOTHING
  const effects = canonicalJson(after)
  if (text === effects) return NOTHING
  if (change.before === undefined) {
    const [scope, client] = target.kind === 'scope' ? [target.scope, target.client ?? null] : [null, null]
    sql.exec(
      'INSERT INTO state (seq, target, kind, scope, client, effects, is_changed) VALUES (?, ?, ?, ?, ?, ?, 0)',
      ...[seq, key, target.kind, scope, client, effects],
    )
  } else sql.exec('UPDATE state SET seq = ?, effects = ?, is_changed = 1 WHERE target = ?', seq, effects, key)
  for (const { entry } of without(before, after)) sql.exec('UPDATE entry SET holds = 0 WHERE seq = ?', entry)
  for (const { entry } of without(after, before))
    if (entry !== seq) sql.exec('UPDATE entry SET holds = 1 WHERE seq = ?', entry)
  return { states: change.before === undefined ? 1 : 0, ...difference(target.kind, before, after) }
}

/** How the counts change where effects take the place of others. */
export function difference(
  kind: TargetKind,
  before: readonly ActiveEffect[],
  after: readonly ActiveEffect[],
): Omit<Counts, 'states'> {
  const [were, are] = [roomOf(kind, before), roomOf(kind, after)]
  return {
    active: after.length - before.length,
    targets: are.targets - were.targets,
    elaborate: are.elaborate - were.elaborate,
    switches: are.switches - were.switches,
  }
}

function without(effects: readonly ActiveEffect[], others: readonly ActiveEffect[]): readonly ActiveEffect[] {
  const known = new Set(others.map(({ entry }) => entry))
  return effects.filter(({ entry }) => !known.has(entry))
}
