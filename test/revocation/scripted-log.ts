/** A log in memory that answers as the real one does, or as badly as it is told to; and a KV for its snapshots. */
import { createHash } from 'node:crypto'
import { base64url } from 'jose'
import type { MarkTarget } from '../../src/policy/mark.ts'
import type { Changes, Cursor, SnapshotManifest, TargetState } from '../../src/policy/revocation-log.ts'
import { encodePart } from '../../src/revocation/snapshot-format.ts'
import { targetKey } from '../../src/revocation/target-key.ts'

export type Told = TargetState extends infer State ? (State extends unknown ? Omit<State, 'seq'> : never) : never

const hashOf = (text: string): string => base64url.encode(createHash('sha256').update(text).digest())
const identityOf = (state: Told | TargetState): string =>
  'key' in state ? state.key : JSON.stringify([state.scope, state.client])

export class ScriptedLog {
  /** States that one answer holds at the most. */
  pageSize = 1_000
  readonly kv = new Map<string, Uint8Array<ArrayBuffer>>()
  asks: (Cursor | undefined)[] = []
  /** What happens to an answer on its way; the answer itself is of the moment when it was asked for. */
  deliver: (answer: Changes) => Promise<unknown> = (answer) => Promise.resolve(answer)
  #hashes: string[] = ['']
  #states = new Map<string, TargetState>()
  #snapshot: SnapshotManifest | undefined

  get head(): Cursor {
    const seq = this.#hashes.length - 1
    return { seq, hash: this.#hashes[seq] ?? '' }
  }

  get states(): readonly TargetState[] {
    return [...this.#states.values()].sort((a, b) => a.seq - b.seq)
  }

  append(...told: readonly Told[]): void {
    for (const state of told) {
      const seq = this.head.seq + 1
      this.#hashes.push(hashOf(this.head.hash + JSON.stringify(state)))
      this.#states.set(identityOf(state), { ...state, seq } as TargetState)
    }
  }

  revoke(target: Exclude<MarkTarget, { readonly kind: 'scope' }>): void {
    const entry = this.head.seq + 1
    this.append({ kind: target.kind, key: targetKey(target), effects: [{ effect: { kind: 'revoke' }, entry }] })
  }

  /** As after a restore from somewhere else: the same states at most, another chain. */
  reset(keep: number): void {
    const kept = this.states.slice(0, keep)
    this.#hashes = ['']
    this.#states = new Map()
    this.#snapshot = undefined
    this.append({ kind: 'scope', scope: `reset-${Math.trunc(keep)}-${kept.length}`, effects: [] })
    this.append(...kept.map(({ seq: _, ...state }) => state as Told))
  }

  takeSnapshot(partSize = 100): SnapshotManifest {
    const states = this.states.filter(({ effects }) => effects.length > 0)
    const parts = []
    for (let from = 0; from < states.length; from += partSize) {
      const bytes = encodePart(states.slice(from, from + partSize))
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      this.kv.set(`revocations/${sha256}`, bytes)
      parts.push({ sha256, states: Math.min(partSize, states.length - from) })
    }
    this.#snapshot = { format: 1, cursor: this.head, takenAt: '2026-11-28T12:00:00.000Z', parts }
    this.kv.set('revocations/latest', new TextEncoder().encode(JSON.stringify(this.#snapshot)))
    return this.#snapshot
  }

  /** Another manifest in the log's own answers. */
  vouchFor(manifest: SnapshotManifest): void {
    this.#snapshot = manifest
  }

  changes = (after: Cursor | undefined): Promise<Changes> => {
    this.asks.push(after)
    return this.deliver(this.#answer(after)) as Promise<Changes>
  }

  read = async (key: string): Promise<ArrayBuffer | undefined> => this.kv.get(key)?.slice().buffer

  #answer(after: Cursor | undefined): Changes {
    const { head } = this
    if (after === undefined ? this.#snapshot !== undefined : this.#hashes[after.seq] !== after.hash)
      return { kind: 'resync', head, ...(this.#snapshot && { snapshot: this.#snapshot }) }
    const from = after?.seq ?? 0
    const behind = this.states.filter(({ seq }) => seq > from)
    const states = behind.slice(0, this.pageSize)
    const seq = states.length < behind.length ? (states.at(-1)?.seq ?? from) : head.seq
    return { kind: 'changes', states, cursor: { seq, hash: this.#hashes[seq] ?? '' }, head }
  }
}
