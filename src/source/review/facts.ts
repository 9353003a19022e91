/** What an access review is made of, as whoever asked for it found it. Everything that can be missing says why it is. */
import type { Environment } from '../../policy/environment.ts'
import type { Incident } from '../../policy/incident.ts'
import type { ReleaseDocument } from '../../policy/release.ts'
import type { Result } from '../../policy/result.ts'
import type { ClientsAnswer, DeprecatedAnswer, ObservedAnswer, ScopesAnswer } from '../../policy/usage-answers.ts'
import type { Diagnostic } from '../diagnostic.ts'
import type { Excused } from '../lint/settle.ts'
import type { Reasons } from './reasons.ts'

/** The error says why it is not there. */
export type Told<T> = Result<T, string>

export interface ReviewFacts {
  readonly environment: Environment
  /** Both ISO 8601, UTC. Requests and changes from the one up to the other. */
  readonly window: { readonly from: string; readonly to: string }
  readonly generatedAt: string
  readonly generatedBy: string
  readonly release: ReviewedRelease
  /** The map in the working tree: exceptions and trust come from there, for no release carries them. */
  readonly workingTree: { readonly digest: string; readonly commit?: string }
  /** Scope -> the day on which it came, where git knows. */
  readonly since: ReadonlyMap<string, string>
  readonly excused: readonly Excused[]
  /** What checks find and nobody has excused. */
  readonly findings: readonly Pick<Diagnostic, 'rule' | 'subject' | 'message'>[]
  readonly reasons: Reasons
  readonly history: Told<HistoryFacts>
  readonly changes: Told<ChangeFacts>
  readonly usage: Told<UsageFacts>
  readonly ledger: Told<LedgerFacts>
  readonly incidents: Told<readonly Incident[]>
  readonly inputs: readonly Input[]
  /** Of this command line, for those that check again, such as `--env production`. */
  readonly options: string
}

export interface ReviewedRelease {
  readonly document: ReleaseDocument
  readonly digest: string
  readonly from: 'kv' | 'working-tree'
  /** Of what is live. */
  readonly serial?: number
  readonly publishedAt?: string
}

/** `sha256`: lower-case hexadecimal. */
export interface Input {
  readonly name: string
  readonly sha256: string
}

export interface ReleaseRow {
  readonly serial: number
  readonly publishedAt: string
  readonly kind: string
  readonly digest: string
  readonly by: string
  readonly commit?: string
  readonly note?: string
  /** `verified` by a key of the environment, `unsigned` where it has none, or why it is not believed. */
  readonly signature: string
  readonly isLive: boolean
}

export interface HistoryFacts {
  /** Ascending by serial; all that there are. */
  readonly releases: readonly ReleaseRow[]
  /** Keys of KV whose entries cannot be read. */
  readonly damaged: readonly string[]
  readonly isSigned: boolean
}

/** Between what was live when the window began and when it ended. */
export interface ChangeFacts {
  readonly before?: { readonly serial: number; readonly digest: string }
  readonly after: { readonly serial: number; readonly digest: string }
  /** In a sentence. */
  readonly summary: string
  readonly sections: readonly {
    readonly title: string
    readonly items: readonly {
      readonly subject: string
      readonly before?: string
      readonly after?: string
      readonly notes: readonly string[]
    }[]
  }[]
  /** Items that there are and that are not listed. */
  readonly unlisted: number
}

export interface UsageFacts {
  readonly scopes: ScopesAnswer
  readonly clients: ClientsAnswer
  readonly deprecated: DeprecatedAnswer
  readonly observed: ObservedAnswer
  /** Requests that nobody could count, and since when that is known; absent where the window is longer ago. */
  readonly uncounted?: { readonly count: number; readonly since: string }
}

/** One entry of the revocation log in words. */
export interface LedgerRow {
  readonly entry: number
  readonly time: string
  readonly kind: 'revocation' | 'step-up' | 'kill switch' | 'undo' | 'lift' | 'note'
  readonly what: string
  readonly until: string
  readonly by: string
  readonly via: string
  readonly reason: string
}

export interface LedgerFacts {
  /** `<number>:<hash>`, as `audit verify` prints it. */
  readonly head: string
  readonly entries: number
  /** Entries up to this one were cut off; 0: none. */
  readonly cutOff: number
  /** Absent: the chain holds from there to the head. */
  readonly broken?: { readonly entry: number; readonly why: string }
  /** Of the window. */
  readonly counts: Readonly<Partial<Record<LedgerRow['kind'], number>>>
  /** Of the window, the newest first. */
  readonly rows: readonly LedgerRow[]
  /** Entries of the window that are not listed. */
  readonly unlisted: number
}
