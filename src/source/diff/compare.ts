/**
 * Two answers to one request, compared by who gets through. One is looser than the other if it lets somebody pass whom the other refuses, and every such claim has
 * a witness: a caller whom the core's own `decide` judges so.
 */
import { decide } from '../../policy/decide.ts'
import type { Decision } from '../../policy/decision.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import { type Caller, type Circumstances, type Judge, MOST_WAYS, type Stance, waysThrough } from './ways.ts'

/** Somebody whom the two maps answer differently. */
export interface Witness {
  readonly caller: Caller
  readonly stance: Stance
  readonly now: EpochSeconds
  readonly before: Decision
  readonly after: Decision
}

export interface Comparison {
  /** Who gets in now and did not before, and the other way round: a few, different in what they lack. */
  readonly gains: readonly Witness[]
  readonly losses: readonly Witness[]
  /** Whether anybody got or gets through at all. */
  readonly wasOpen: boolean
  readonly isOpen: boolean
  /** Whether a used proof passes again for somebody now, or no longer does (clause 5.15). */
  readonly proofs?: 'reusable' | 'single-use'
  /** Nobody was found, but there were more ways through than are tried. */
  readonly mayGain: boolean
  readonly mayLose: boolean
}

/** What a map says of the request: a rule, or a match of another kind, by which nobody passes. */
export type Side = Judge | undefined

/** In every stance until a difference is found. The circumstances but for the stance are the same for all. */
export function compareSides(
  before: Side,
  after: Side,
  stances: readonly Stance[],
  at: Omit<Circumstances, 'stance'>,
): Comparison {
  const gains = new Findings()
  const losses = new Findings()
  for (const stance of stances) {
    const circumstances = { ...at, stance }
    // What was found in an earlier stance need not be found again.
    if (after !== undefined && gains.witnesses.length === 0) gains.search(after, before, circumstances)
    if (before !== undefined && losses.witnesses.length === 0) losses.search(before, after, circumstances)
  }
  const proofs = gains.reusesProofs ? 'reusable' : losses.reusesProofs ? 'single-use' : undefined
  return {
    gains: gains.witnesses.map(({ caller, stance, own, other }) => ({
      caller,
      stance,
      now: at.now,
      before: other,
      after: own,
    })),
    losses: losses.witnesses.map(({ caller, stance, own, other }) => ({
      caller,
      stance,
      now: at.now,
      before: own,
      after: other,
    })),
    wasOpen: losses.isOpen,
    isOpen: gains.isOpen,
    ...(proofs !== undefined && { proofs }),
    mayGain: !gains.isWhole && gains.witnesses.length === 0,
    mayLose: !losses.isWhole && losses.witnesses.length === 0,
  }
}

interface Found {
  readonly caller: Caller
  readonly stance: Stance
  readonly own: Decision
  readonly other: Decision
}

/** As many as a reader wants to see; a few more tries look for reasons that differ. */
const MOST_WITNESSES = 3
const TRIES_FOR_MORE = 64

/** Who passes by one side and not by the other. */
class Findings {
  readonly #found = new Map<string, Found>()
  isOpen = false
  isWhole = true
  reusesProofs = false

  get witnesses(): readonly Found[] {
    return [...this.#found.values()]
  }

  search(own: Judge, other: Side, circumstances: Circumstances): void {
    let tries = 0
    for (const caller of waysThrough(own, other, circumstances)) {
      const isEnough = this.#found.size >= MOST_WITNESSES || (this.#found.size > 0 && tries > TRIES_FOR_MORE)
      if (isEnough || (other === undefined && this.#found.size > 0)) return
      if (++tries > MOST_WAYS) {
        this.isWhole = false
        return
      }
      this.#try(own, other, caller, circumstances)
    }
  }

  #try(own: Judge, other: Side, caller: Caller, circumstances: Circumstances): void {
    const decision = judge(own, caller, circumstances)
    if (decision.kind === 'deny') {
      if (decision.denials.some(({ code }) => code === 'authorization_details_insufficient')) this.isWhole = false
      return
    }
    this.isOpen = true
    const rival = judge(other, caller, circumstances)
    if (rival.kind !== 'deny') this.reusesProofs ||= rival.singleUse === true && decision.singleUse !== true
    else {
      const key = JSON.stringify([caller.upgrade, rival.denials])
      if (!this.#found.has(key))
        this.#found.set(key, { caller, stance: circumstances.stance, own: decision, other: rival })
    }
  }
}

/** Clause 5, by the core alone. */
export function judge(side: Side, { evidence, upgrade }: Caller, { path, stance, now }: Circumstances): Decision {
  if (side === undefined) return { kind: 'deny', denials: [{ code: 'unmapped', otherMethods: [] }] }
  const { mode, resource, services } = stance
  const context = { mode, resource, services, observeClients: [], upgrade, path }
  return decide(side.release.scopes, { kind: 'rule', rule: side.rule }, evidence, now, context)
}
