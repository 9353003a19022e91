/** What a deployment may be bound to besides its KV, and what for. Without one of these that part is away, says so, and everything else goes on. */

export interface KnownBinding {
  readonly name: string
  readonly purpose: string
}

/** As `wrangler.toml` names them. */
export const BINDINGS: readonly KnownBinding[] = [
  { name: 'REVOCATIONS', purpose: 'the revocation log' },
  { name: 'PROOFS', purpose: 'DPoP proofs that serve once' },
  { name: 'LEDGER', purpose: 'which tokens were seen lately' },
  { name: 'EVENTS', purpose: 'the queue that takes events to the counts' },
  { name: 'USAGE', purpose: 'the counts, and decisions by their id' },
  { name: 'INCIDENTS', purpose: 'incidents and their alerts' },
  { name: 'TAIL', purpose: 'the live tail' },
  { name: 'ASSETS', purpose: 'the console' },
]

/** Which of them are there. */
export const boundIn = (
  bindings: Readonly<Record<string, unknown>>,
): readonly (KnownBinding & { readonly isBound: boolean })[] =>
  BINDINGS.map((each) => ({
    ...each,
    isBound: typeof bindings[each.name] === 'object' && bindings[each.name] !== null,
  }))
