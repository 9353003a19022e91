/** The catalogue of scopes for developers of client applications: what the release says, in their order and their words. */
import type { Environment } from '../../policy/environment.ts'
import type { DeprecationEntry, ReleaseDocument, Sensitivity } from '../../policy/release.ts'
import { compareText } from '../diagnostic.ts'
import { conditionPhrases, type Phrase } from './phrase.ts'
import { type HostNames, hostNames, type OpenRoute, openRoutes, type RouteUse, routeUses } from './routes.ts'
import { usesOf } from './uses.ts'

export interface Catalogue {
  readonly title: string
  /** SHA-256 of the release that it is made from. */
  readonly digest: string
  /** Absent where no environment was asked for. */
  readonly access?: Access
  /** All that any route is on; where it is one, routes need not say it. */
  readonly hosts: readonly string[]
  /** Services with nothing to show are left out. */
  readonly services: readonly CatalogueService[]
}

/** Whom clients ask for tokens, and for what. */
export interface Access {
  readonly environment: string
  /** RFC 8707 resource. */
  readonly resource: string
  readonly issuers: readonly string[]
}

export interface CatalogueService {
  readonly name: string
  readonly description: string
  readonly owner: string
  /** Where the service is a resource of its own. */
  readonly resource?: string
  readonly scopes: readonly CatalogueScope[]
  /** Routes that need no scope. */
  readonly open: readonly OpenRoute[]
}

export interface CatalogueScope {
  readonly name: string
  readonly reason: string
  readonly owner: string
  readonly sensitivity: Sensitivity
  /** The day on which it came, `YYYY-MM-DD`, where known. */
  readonly since?: string
  readonly implies: readonly string[]
  readonly impliedBy: readonly string[]
  readonly deprecated?: DeprecationEntry
  /** What a token needs wherever this scope lets it in. */
  readonly needs: readonly Phrase[]
  /** Routes that name the scope. */
  readonly direct: readonly RouteUse[]
  /** Routes that it opens because of the scopes that it contains. */
  readonly indirect: readonly RouteUse[]
}

export interface CatalogueOptions {
  readonly digest: string
  readonly environment?: Environment
  /** Scope -> the day on which it came. */
  readonly since?: ReadonlyMap<string, string>
}

/** Total. Services and scopes ascend by name, routes by path and method. */
export function createCatalogue(document: ReleaseDocument, options: CatalogueOptions): Catalogue {
  const { digest, environment } = options
  const hostsOf = hostNames(environment)
  const hosts = [...new Set(document.rules.flatMap(({ host }) => hostsOf(host)))].sort(compareText)
  const scopes = catalogueScopes(document, hostsOf, options)
  const services = Object.keys(document.services)
    .sort(compareText)
    .map((name) => catalogueService(document, name, scopes, hostsOf, options))
  return {
    title: titleOf(hosts, environment),
    digest,
    ...(environment && { access: accessOf(environment) }),
    hosts,
    services: services.filter(({ scopes, open }) => scopes.length > 0 || open.length > 0),
  }
}

const titleOf = ([host, ...others]: readonly string[], environment: Environment | undefined): string => {
  if (environment !== undefined) return `Scopes of ${environment.resource}`
  return host !== undefined && others.length === 0 ? `Scopes of ${host}` : 'API scopes'
}

const accessOf = ({ name, resource, issuers }: Environment): Access => ({
  environment: name,
  resource,
  issuers: issuers.map(({ issuer }) => issuer),
})

type ScopeOfService = CatalogueScope & { readonly service: string }

function catalogueScopes(
  document: ReleaseDocument,
  hostsOf: HostNames,
  { since }: CatalogueOptions,
): readonly ScopeOfService[] {
  const uses = usesOf(document)
  const impliedBy = impliersOf(document)
  return Object.keys(document.scopes)
    .sort(compareText)
    .flatMap((name) => {
      const scope = document.scopes[name]
      if (scope === undefined) return []
      const own = uses.get(name) ?? []
      const day = since?.get(name)
      const { service, reason, owner, sensitivity, implies = [], deprecated } = scope
      return {
        service,
        name,
        reason,
        owner,
        sensitivity,
        ...(day !== undefined && { since: day }),
        implies,
        impliedBy: impliedBy.get(name) ?? [],
        ...(deprecated && { deprecated }),
        needs: conditionPhrases(scope),
        direct: routeUses(
          own.filter(({ isNamed }) => isNamed),
          hostsOf,
        ),
        indirect: routeUses(
          own.filter(({ isNamed }) => !isNamed),
          hostsOf,
        ),
      }
    })
}

function impliersOf({ scopes }: ReleaseDocument): ReadonlyMap<string, readonly string[]> {
  const impliers = new Map<string, string[]>(Object.keys(scopes).map((name) => [name, []]))
  for (const name of Object.keys(scopes).sort(compareText))
    for (const other of scopes[name]?.implies ?? []) impliers.get(other)?.push(name)
  return impliers
}

function catalogueService(
  document: ReleaseDocument,
  name: string,
  scopes: readonly ScopeOfService[],
  hostsOf: HostNames,
  { environment }: CatalogueOptions,
): CatalogueService {
  const { description = '', owner = '' } = document.services[name] ?? {}
  const resource = environment?.services[name]?.resource
  return {
    name,
    description,
    owner,
    ...(resource !== undefined && { resource }),
    scopes: scopes.filter(({ service }) => service === name),
    open: openRoutes(
      document.rules.filter(({ service }) => service === name),
      hostsOf,
    ),
  }
}
