/** A service file that has the right shape -> what it declares, with places. */

import { isAdminPath } from '../policy/admin-routes.ts'
import { isRuleMethod } from '../policy/method.ts'
import type { DetailEntry } from '../policy/release.ts'
import { RESERVED_PREFIXES } from '../policy/reserved.ts'
import { fail, type Result } from '../policy/result.ts'
import { parseTemplate, type Template } from '../policy/template.ts'
import { checkAdminRoute } from './check-admin-route.ts'
import { checkRequirement } from './check-requirement.ts'
import { declareConditions, strictest } from './declare-conditions.ts'
import { compareText, type Diagnostic, diagnostic } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'
import type {
  DeclaredRequirement,
  DeclaredRule,
  DeclaredScope,
  DeclaredService,
  Deprecation,
  Written,
} from './model.ts'
import type { RequirementDeclaration, ScopeDeclaration, ServiceFile } from './service-file.ts'

export interface ServiceDeclarations {
  readonly service: DeclaredService
  readonly scopes: readonly DeclaredScope[]
  readonly rules: readonly DeclaredRule[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Diagnostics: `invalid-template`, `admin-route`, and those of the requirements. `hosts` are those of a service that names none. */
export function declareService(
  file: ServiceFile,
  document: MapDocument,
  hosts: readonly string[],
): ServiceDeclarations {
  const routes = Object.entries(file.routes ?? {})
  const diagnostics: Diagnostic[] = []
  const rules = routes.flatMap(([key, methods]) => {
    const template = readTemplate(file.basePath, key)
    if (!template.ok) {
      diagnostics.push(diagnostic('invalid-template', { at: document.keyPlaceOf(['routes', key]), ...template.error }))
      return []
    }
    for (const [method, requirement] of Object.entries(methods))
      if (requirement !== undefined)
        diagnostics.push(
          ...checkAdminRoute(file, document, ['routes', key, method], template.value, method, requirement),
          ...checkRequirement(file, document, ['routes', key, method], template.value, requirement),
        )
    return declareRules(file, document, hosts, key, template.value, methods)
  })
  return {
    service: {
      name: file.service,
      owner: file.owner,
      description: file.description,
      hasRoutes: routes.length > 0,
      at: document.placeOf(['service']),
    },
    scopes: Object.entries(file.scopes ?? {}).map(([name, scope]) => declareScope(file, document, name, scope)),
    rules,
    diagnostics,
  }
}

/** A look-up takes a step a segment, and nobody reads that far. */
const MAX_SEGMENTS = 64

function readTemplate(
  basePath: string | undefined,
  key: string,
): Result<Template, { readonly message: string; readonly help?: string }> {
  if (!key.startsWith('/')) return fail({ message: 'a path template begins with `/`' })
  const template = parseTemplate((basePath ?? '') + key)
  if (!template.ok) return fail({ message: template.error })
  if (template.value.segments.length > MAX_SEGMENTS)
    return fail({ message: `a path template has at most ${MAX_SEGMENTS} segments` })
  const reserved = RESERVED_PREFIXES.find((prefix) => template.value.text.startsWith(prefix))
  if (reserved !== undefined && !isAdminPath(template.value.text))
    return fail({ message: `the gate itself answers what begins with \`${reserved}\``, help: 'choose another path' })
  return template
}

function declareRules(
  file: ServiceFile,
  document: MapDocument,
  hosts: readonly string[],
  key: string,
  template: Template,
  methods: NonNullable<ServiceFile['routes']>[string],
): readonly DeclaredRule[] {
  return Object.entries(methods).flatMap(([method, requirement]) => {
    if (!isRuleMethod(method) || requirement === undefined) return []
    const path = ['routes', key, method]
    const rule = { ...declareAsked(file, document, path, requirement), service: file.service, method, template }
    return (file.hosts ?? hosts).map((host) => ({ ...rule, host, at: document.keyPlaceOf(path) }))
  })
}

type Asked = Omit<DeclaredRule, 'service' | 'host' | 'method' | 'template' | 'at'>

function declareAsked(
  file: ServiceFile,
  document: MapDocument,
  path: Path,
  declaration: RequirementDeclaration,
): Asked {
  const ofService = declareConditions(file)
  if (typeof declaration === 'string')
    return { requirement: oneScope(document, path, declaration), ...ofService, ...(file.mode && { mode: file.mode }) }
  const requirement = declareRequirement(document, path, declaration)
  const mode = declaration.mode ?? file.mode
  return {
    requirement,
    ...(requirement.kind !== 'public' && strictest(declareConditions(declaration), ofService)),
    ...declareCallers(declaration),
    ...(mode && { mode }),
    ...(declaration.upgrade && { upgrade: declaration.upgrade }),
  }
}

type DetailedRequirement = Exclude<RequirementDeclaration, string>

/** The schema has made sure that exactly one of the five is there. */
function declareRequirement(document: MapDocument, path: Path, declaration: DetailedRequirement): DeclaredRequirement {
  const { scope, anyOf, allOf, public: publicReason, authenticated } = declaration
  if (publicReason !== undefined) return { kind: 'public', reason: publicReason }
  if (authenticated !== undefined) return { kind: 'authenticated', reason: authenticated }
  if (scope !== undefined) return oneScope(document, [...path, 'scope'], scope)
  if (allOf !== undefined) return { kind: 'scopes', anyOf: [writtenList(document, [...path, 'allOf'], allOf)] }
  const alternatives = (anyOf ?? []).map((alternative, index) =>
    typeof alternative === 'string'
      ? [written(document, [...path, 'anyOf', index], alternative)]
      : writtenList(document, [...path, 'anyOf', index, 'allOf'], alternative.allOf),
  )
  const itemsAt = alternatives.map((_, index) => document.placeOf([...path, 'anyOf', index]))
  return { kind: 'scopes', anyOf: alternatives, itemsAt }
}

const oneScope = (document: MapDocument, path: Path, name: string): DeclaredRequirement => ({
  kind: 'scopes',
  anyOf: [[written(document, path, name)]],
})

function declareScope(file: ServiceFile, document: MapDocument, name: string, scope: ScopeDeclaration): DeclaredScope {
  const path = ['scopes', name]
  return {
    name,
    service: file.service,
    owner: scope.owner ?? file.owner,
    reason: scope.reason,
    sensitivity: scope.sensitivity,
    implies: writtenList(document, [...path, 'implies'], scope.implies ?? []),
    ...declareConditions(scope),
    ...(scope.review !== undefined && { review: written(document, [...path, 'review'], scope.review) }),
    ...(scope.deprecated && { deprecated: declareDeprecation(document, [...path, 'deprecated'], scope.deprecated) }),
    at: document.keyPlaceOf(path),
  }
}

function declareDeprecation(
  document: MapDocument,
  path: Path,
  { since, sunset, replacedBy, link }: NonNullable<ScopeDeclaration['deprecated']>,
): Deprecation {
  return {
    since: written(document, [...path, 'since'], since),
    ...(sunset !== undefined && { sunset: written(document, [...path, 'sunset'], sunset) }),
    replacedBy: writtenList(document, [...path, 'replacedBy'], replacedBy ?? []),
    ...(link !== undefined && { link }),
  }
}

function declareCallers({
  clients,
  actors,
  authorizationDetails,
  introspection,
  revocation,
}: DetailedRequirement): Pick<
  DeclaredRule,
  'clients' | 'actors' | 'authorizationDetails' | 'introspection' | 'revocation'
> {
  return {
    ...(clients && { clients }),
    ...(actors && { actors: actors.filter((name) => name !== 'none') }),
    ...(authorizationDetails && { authorizationDetails: authorizationDetails.map(detailEntry) }),
    ...(introspection && { introspection }),
    ...(revocation && { revocation }),
  }
}

type DetailDeclaration = NonNullable<DetailedRequirement['authorizationDetails']>[number]

const detailEntry = ({ type, actions, datatypes, privileges, match }: DetailDeclaration): DetailEntry => ({
  type,
  ...(actions && { actions: actions.toSorted(compareText) }),
  ...(datatypes && { datatypes: datatypes.toSorted(compareText) }),
  ...(privileges && { privileges: privileges.toSorted(compareText) }),
  ...(match && { match }),
})

const written = (document: MapDocument, path: Path, text: string): Written => ({ text, at: document.placeOf(path) })

const writtenList = (document: MapDocument, path: Path, texts: readonly string[]): readonly Written[] =>
  texts.map((text, index) => written(document, [...path, index], text))
