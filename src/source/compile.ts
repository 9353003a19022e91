/** The map as it was written -> the release document. Canonical: nothing of the order or the spelling of the source is left. */
import {
  type ConditionsEntry,
  type DeprecationEntry,
  RELEASE_FORMAT,
  type ReleaseDocument,
  type RuleEntry,
  type ScopeEntry,
} from '../policy/release.ts'
import { compareText } from './diagnostic.ts'
import { closeImplications } from './implication.ts'
import {
  type DeclaredRequirement,
  type DeclaredRule,
  type DeclaredScope,
  type Deprecation,
  implicationsOf,
  type ScopeMap,
  type Written,
} from './model.ts'

/** Total on maps without errors; of others, the result means nothing. */
export function compile(map: ScopeMap): ReleaseDocument {
  const closure = closeImplications(implicationsOf(map.scopes))
  const services = map.services.map(({ name, owner, description }) => [name, { owner, description }])
  const scopes = map.scopes.map((scope) => [scope.name, scopeEntry(scope, closure.get(scope.name) ?? new Set())])
  const hosts = map.hostOptions.map(({ host, allow }) => [host, { allow: allow.toSorted(compareText) }])
  return {
    format: RELEASE_FORMAT,
    services: Object.fromEntries(services),
    scopes: Object.fromEntries(scopes),
    hosts: Object.fromEntries(hosts),
    rules: map.rules.map(ruleEntry).sort(compareRules),
  }
}

const textsOf = (list: readonly Written[]): readonly string[] => list.map(({ text }) => text)

function scopeEntry(scope: DeclaredScope, implied: ReadonlySet<string>): ScopeEntry {
  const { service, owner, reason, sensitivity, deprecated, review } = scope
  return {
    service,
    owner,
    reason,
    sensitivity,
    ...(implied.size > 0 && { implies: [...implied].sort(compareText) }),
    ...conditionsEntry(scope),
    ...(deprecated && { deprecated: deprecationEntry(deprecated) }),
    ...(review && { review: review.text }),
  }
}

const deprecationEntry = ({ since, sunset, replacedBy, link }: Deprecation): DeprecationEntry => ({
  since: since.text,
  ...(sunset && { sunset: sunset.text }),
  ...(replacedBy.length > 0 && { replacedBy: textsOf(replacedBy).toSorted(compareText) }),
  ...(link !== undefined && { link }),
})

function ruleEntry({ service, host, method, template, requirement, ...asked }: DeclaredRule): RuleEntry {
  const { clients, actors, authorizationDetails, introspection, revocation, mode, upgrade } = asked
  return {
    service,
    host,
    method,
    path: template.text,
    ...requirementEntry(requirement),
    ...conditionsEntry(asked),
    ...(clients && { clients: clients.toSorted(compareText) }),
    ...(actors && { actors: actors.toSorted(compareText) }),
    ...(authorizationDetails && { authorizationDetails }),
    ...(introspection && { introspection }),
    ...(revocation && { revocation }),
    ...(mode && { mode }),
    ...(upgrade && { upgrade }),
  }
}

function requirementEntry(requirement: DeclaredRequirement): Pick<RuleEntry, 'public' | 'authenticated' | 'anyOf'> {
  switch (requirement.kind) {
    case 'public':
      return { public: requirement.reason }
    case 'authenticated':
      return { authenticated: requirement.reason }
    case 'scopes':
      return { anyOf: canonicalAlternatives(requirement.anyOf.map(textsOf)) }
  }
}

const conditionsEntry = ({
  stepUp,
  maxTokenAgeSeconds,
  maxLifetimeSeconds,
  senderConstraint,
}: ConditionsEntry): ConditionsEntry => ({
  ...(stepUp && { stepUp }),
  ...(maxTokenAgeSeconds !== undefined && { maxTokenAgeSeconds }),
  ...(maxLifetimeSeconds !== undefined && { maxLifetimeSeconds }),
  ...(senderConstraint && { senderConstraint }),
})

/** Clause 1.2: scopes ascend; alternatives ascend by their number of scopes, then by their text; each is there once. */
export function canonicalAlternatives(anyOf: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const sorted = anyOf.map((scopes) => [...new Set(scopes)].sort(compareText))
  const distinct = new Map(sorted.map((scopes) => [scopes.join(' '), scopes]))
  return [...distinct]
    .sort(([a, scopesOfA], [b, scopesOfB]) => scopesOfA.length - scopesOfB.length || compareText(a, b))
    .map(([, scopes]) => scopes)
}

const compareRules = (a: RuleEntry, b: RuleEntry): number =>
  compareText(a.host, b.host) || compareText(a.path, b.path) || compareText(a.method, b.method)
