/** The request that stands for a row: a path for its template, and a caller for what is on record of the token. */
import type { Evidence } from '../../policy/decision.ts'
import { type AuthorizationDetail, type Confirmation, verifiedPrincipal } from '../../policy/principal.ts'
import type { EpochSeconds } from '../../policy/result.ts'
import type { Rule } from '../../policy/rule.ts'
import type { ScopeToken } from '../../policy/scope.ts'
import { parseTemplate } from '../../policy/template.ts'
import { AGE_BOUNDS, type AgeClass, type UsageRow } from '../../policy/usage.ts'
import { smallestDetail } from '../diff/details.ts'
import { CERTIFICATE, DPOP_KEY } from '../diff/meeting.ts'
import type { Words } from '../diff/words.ts'

/** Parameters and tails become words that no map has. */
export function pathFor(template: string, words: Words): string {
  const parsed = parseTemplate(template)
  if (!parsed.ok) throw new TypeError(parsed.error)
  return `/${parsed.value.segments.map((segment, place) => (segment.kind === 'literal' ? segment.text : words(place))).join('/')}`
}

/** The ends of the classes that its ages are in: as old as they can be, and as young. */
export type AgeEnd = 'oldest' | 'youngest'

/** `rule`: the one whose authorization details were met, if any were. */
export function evidenceFor(
  row: UsageRow,
  end: AgeEnd,
  rule: Rule | undefined,
  path: string,
  now: EpochSeconds,
): Evidence {
  if (row.credential === 'none') return { kind: 'none' }
  if (row.credential === 'rejected') return { kind: 'rejected', denial: { code: 'token_invalid', detail: 'claims' } }
  const { client, actor, authAge, tokenAge, lifetime, bound = [] } = row
  const ago = (age: AgeClass) => (now - secondsOf(age, end)) as EpochSeconds
  const confirmation: Confirmation = {
    ...(bound.includes('dpop') && DPOP_KEY),
    ...(bound.includes('mtls') && CERTIFICATE),
  }
  return {
    kind: 'verified',
    principal: verifiedPrincipal({
      issuer: '',
      fingerprint: '',
      scopes: new Set((row.scopes ?? []) as readonly ScopeToken[]),
      expiresAt: (now + 1) as EpochSeconds,
      authentication: {
        acrs: row.acr ?? [],
        amr: row.amr ?? [],
        ...(authAge !== undefined && { at: ago(authAge) }),
      },
      ...(client !== undefined && { client }),
      ...(actor !== undefined && { actor: actor === null ? {} : { name: actor } }),
      ...(tokenAge !== undefined && { issuedAt: ago(tokenAge) }),
      ...(lifetime !== undefined && { lifetimeSeconds: secondsOf(lifetime, end) }),
      ...(bound.length > 0 && { confirmation }),
      isForDefault: row.forDefault ?? true,
      services: new Set(row.forServices ?? []),
      authorizationDetails: row.details === 'met' ? detailsFor(rule, path) : [],
    }),
  }
}

/** The longest of all is longer than any limit of a map is likely to be. */
function secondsOf(age: AgeClass, end: AgeEnd): number {
  const place = age === 'longer' ? AGE_BOUNDS.length : AGE_BOUNDS.indexOf(age)
  if (end === 'oldest') return AGE_BOUNDS[place] ?? Number.MAX_SAFE_INTEGER
  return place === 0 ? 0 : (AGE_BOUNDS[place - 1] ?? 0) + 1
}

const detailsFor = (rule: Rule | undefined, path: string): readonly AuthorizationDetail[] =>
  (rule?.authorizationDetails ?? []).map((asked) => smallestDetail(asked, rule?.path ?? '', path))
