/** What the reader of a product hands over: which requests its constructs cover, who gets in where several do, and its own judge. */
import type { Method } from '../../../policy/method.ts'
import type { Place } from '../../diagnostic.ts'
import type { FailOpen, ImportedCaller, ImportFinding, Verdict } from '../imported.ts'
import type { Access } from './access.ts'
import { type Coverage, coverage, type PathPattern } from './path-pattern.ts'
import type { Shape } from './shape.ts'

/** What became of a part, and why. */
export interface Note {
  readonly verdict: Verdict
  readonly message: string
  readonly help?: string
}

/** One construct of the source, as far as it covers requests: these hosts, these methods, one of these paths and none of those. */
export interface Part {
  /** In the source's own terms. */
  readonly construct: string
  readonly at: Place
  /** What the source calls the thing behind it; becomes the name of a service. */
  readonly service: string
  /** Patterns of the map, in lower case; empty: every host. */
  readonly hosts: readonly string[]
  /** Absent: every method. */
  readonly methods?: ReadonlySet<string>
  readonly paths: readonly PathPattern[]
  readonly notPaths?: readonly PathPattern[]
  /** What else a request must have that no map speaks of: `the header \`x-a\``. */
  readonly condition?: string
  readonly notes: readonly Note[]
  /** Whom it lets in, or, if it refuses, whom it leaves alone. */
  readonly access: Access
  /** It refuses: paths of it that no template says are not refused by a rule of its own. */
  readonly refuses?: true
}

export interface Resolution {
  readonly access: Access
  /** Whose word counts; the first is the one that is named. */
  readonly by: readonly Part[]
  /** Worth saying of each of them. */
  readonly remark?: Note
}

export interface SourceRequest {
  readonly method: string
  readonly host?: string
  readonly path: string
}

/** The source's own judgement, from its own semantics alone; undefined where it cannot be told without the product. */
export type Judge = (request: SourceRequest, caller: ImportedCaller) => 'allow' | 'deny' | undefined

/** All but who gets in where. */
export interface Survey {
  /** For people: `Kong`. */
  readonly product: string
  readonly parts: readonly Part[]
  readonly judge: Judge
  /** Of the configuration as a whole, and of what became no part. */
  readonly findings: readonly ImportFinding[]
  readonly failOpen: readonly FailOpen[]
  /** What the source says of its scopes. */
  readonly descriptions?: ReadonlyMap<string, string>
}

export interface Plan<P extends Part = Part> extends Survey {
  readonly parts: readonly P[]
  /** Who gets in where exactly these parts cover a request to a host pattern; undefined where none of them answers it. */
  readonly resolve: (covering: readonly P[], method: Method, host: string) => Resolution | undefined
}

/** How a part covers the paths of a template. */
export function pathCoverage({ paths, notPaths = [], condition }: Part, shape: Shape): Coverage {
  const inside = strongest(paths.map((pattern) => coverage(pattern, shape)))
  const outside = strongest(notPaths.map((pattern) => coverage(pattern, shape)))
  if (inside === 'no' || outside === 'sure') return 'no'
  if (inside === 'far' || outside === 'far') return 'far'
  return inside === 'near' || outside === 'near' || condition !== undefined ? 'near' : 'sure'
}

const ORDER: readonly Coverage[] = ['sure', 'near', 'far', 'no']

const strongest = (all: readonly Coverage[]): Coverage => ORDER.find((each) => all.includes(each)) ?? 'no'

/** Whether it covers requests to this host (a pattern of the map) by this method. */
export const coversOthers = ({ hosts, methods }: Part, host: string, method: Method): boolean =>
  (hosts.length === 0 || hosts.some((pattern) => hostHolds(pattern, host))) && (methods?.has(method) ?? true)

/** Whether the pattern has all hosts of the other one. */
export const hostHolds = (pattern: string, host: string): boolean =>
  pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)) && host !== pattern.slice(1))
