/** The weakest facts that meet given conditions: ages at their limits, one accepted value of each list, bound to no more than is asked. */
import type { Confirmation, PrincipalFacts } from '../../policy/principal.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import type { Conditions, SenderConstraint, StepUp } from '../../policy/rule.ts'

/** What a token says besides its scopes and its audience. */
export type Facts = Pick<PrincipalFacts, 'authentication' | 'issuedAt' | 'lifetimeSeconds' | 'confirmation'>

/** Every choice of one item from each list; one empty choice where there are no lists. */
export function* choices<T>(lists: readonly (readonly T[])[], chosen: readonly T[] = []): Generator<readonly T[]> {
  const list = lists[chosen.length]
  if (list === undefined) yield chosen
  else for (const item of list) yield* choices(lists, [...chosen, item])
}

/** Whoever meets all the conditions has at least the facts of one of these (clause 5.7). */
export function* factsMeeting(conditions: readonly Conditions[], now: EpochSeconds): Generator<Facts> {
  const stepUps = conditions.flatMap(({ stepUp }) => stepUp ?? [])
  const ago = (seconds: number) => (now - seconds) as EpochSeconds
  const authAge = smallest(stepUps.flatMap(({ maxAgeSeconds }) => maxAgeSeconds ?? []))
  const tokenAge = smallest(conditions.flatMap(({ maxTokenAgeSeconds }) => maxTokenAgeSeconds ?? []))
  const lifetime = smallest(conditions.flatMap(({ maxLifetimeSeconds }) => maxLifetimeSeconds ?? []))
  const bindings = bindingsMeeting(conditions.flatMap(({ senderConstraint }) => senderConstraint ?? []))
  for (const acrs of sets(stepUps.flatMap(({ acr }) => (acr === undefined ? [] : [acr.map((value) => [value])]))))
    for (const amr of sets(stepUps.flatMap(amrGroups)))
      for (const confirmation of bindings)
        yield {
          authentication: { acrs, amr, ...(authAge !== undefined && { at: ago(authAge) }) },
          ...(tokenAge !== undefined && { issuedAt: ago(tokenAge) }),
          ...(lifetime !== undefined && { lifetimeSeconds: lifetime }),
          ...(confirmation !== undefined && { confirmation }),
        }
}

const amrGroups = ({ amr }: StepUp): readonly (readonly (readonly string[])[])[] => (amr === undefined ? [] : [amr])

const smallest = (seconds: readonly number[]): number | undefined =>
  seconds.length === 0 ? undefined : Math.min(...seconds)

/** The joins of one group of each list, each once. */
function* sets(lists: readonly (readonly (readonly string[])[])[]): Generator<readonly string[]> {
  const known = new Set<string>()
  for (const groups of choices(lists)) {
    const joined = [...new Set(groups.flat())].sort()
    const key = JSON.stringify(joined)
    if (known.has(key)) continue
    known.add(key)
    yield joined
  }
}

export const DPOP_KEY: Confirmation = { keyThumbprint: 'key' }
export const CERTIFICATE: Confirmation = { certificateThumbprint: 'certificate' }

function bindingsMeeting(constraints: readonly SenderConstraint[]): readonly (Confirmation | undefined)[] {
  const wantsCertificate = constraints.includes('mtls')
  const wantsKey = constraints.some((constraint) => constraint === 'dpop' || constraint === 'dpop-single-use')
  if (wantsCertificate && wantsKey) return [{ ...DPOP_KEY, ...CERTIFICATE }]
  if (wantsKey) return [DPOP_KEY]
  if (wantsCertificate) return [CERTIFICATE]
  return constraints.includes('any') ? [DPOP_KEY, CERTIFICATE] : [undefined]
}
