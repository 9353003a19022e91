/** The environments of `gateway.yaml`: from what was declared to the trust anchors of a deployment. */
import type { Release } from '../policy/decode.ts'
import type { Cors, DpopPolicy, Environment, Resource, Upstream } from '../policy/environment.ts'
import { decidingPattern } from '../policy/matcher.ts'
import { mapNonEmpty } from '../policy/result.ts'
import { compileAccess } from './admin-schema.ts'
import { checkConsole, compileConsole } from './console-sign-in.ts'
import { DEFAULTS } from './defaults.ts'
import { type Diagnostic, diagnostic, quoted } from './diagnostic.ts'
import type { MapDocument } from './document.ts'
import { parseDuration } from './duration.ts'
import type { EnvironmentDeclaration, GatewayFile } from './gateway-file.ts'
import { compileIncidents } from './incidents.ts'
import { compileIssuer } from './issuer.ts'
import { type IssuerList, issuerListsOf } from './issuer-lists.ts'
import { compileReleaseSigning } from './release-keys-schema.ts'
import { compileRevocation } from './revocation.ts'
import { didYouMean } from './suggest.ts'
import { compileTokenAudit } from './token-audit.ts'

/** In the order of their names. Total on a file without errors. */
export function compileEnvironments({ environments, limits }: GatewayFile): readonly Environment[] {
  return Object.entries(environments)
    .map(([name, declaration]) => compileEnvironment(name, declaration, limits))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function compileEnvironment(
  name: string,
  declaration: EnvironmentDeclaration,
  limits: GatewayFile['limits'],
): Environment {
  const { resource, upstream, hostAliases, mode, observeClients, coldStart, refresh, maxAge, cors } = declaration
  const clockLeeway = declaration.clockLeeway ?? parseDuration(DEFAULTS.clockLeeway) ?? 0
  const { dpop, mtls, originSignature, profile } = declaration
  return {
    name,
    resource,
    services: Object.fromEntries(
      Object.entries(declaration.services).map(([service, each]) => [service, resourceOf(each)]),
    ),
    issuers: mapNonEmpty(declaration.issuers, (issuer) => compileIssuer(issuer, declaration, clockLeeway)),
    upstream: upstream === 'zone' ? zoneOf(resource) : { kind: 'origin', url: upstream },
    hostAliases,
    mode,
    observeClients: observeClients ?? [],
    coldStart,
    refreshSeconds: refresh,
    maxAgeSeconds: maxAge,
    ...corsOf(cors),
    ...(dpop && { dpop: dpopOf(dpop, profile === 'fapi2') }),
    ...(mtls && { mutualTls: { requiresVerifiedChain: mtls.requireVerifiedChain } }),
    ...(originSignature && {
      originSignature: { keys: originSignature.keys, lifetimeSeconds: originSignature.lifetime },
    }),
    ...compileReleaseSigning(declaration),
    ...(declaration.protected && { isProtected: true as const }),
    ...compileAdmin(declaration, clockLeeway),
    ...compileRevocation(declaration),
    ...compileTokenAudit(declaration.tokenAudit),
    ...compileIncidents(declaration.incidents),
    ...compileConsole(declaration),
    queryToken: declaration.queryToken ?? (profile === 'fapi2' ? 'reject' : DEFAULTS.queryToken),
    echoesInteractionId: profile === 'fapi2',
    limits,
  }
}

function compileAdmin(
  declaration: EnvironmentDeclaration,
  clockLeeway: number,
): Pick<Environment, 'admin'> | undefined {
  if (declaration.admin === undefined) return undefined
  const { issuers, audience, access } = declaration.admin
  const around = { ...declaration, audience: audience ?? declaration.audience }
  return {
    admin: {
      ...(issuers && { issuers: mapNonEmpty(issuers, (each) => compileIssuer(each, around, clockLeeway)) }),
      ...(access && { access: compileAccess(access) }),
    },
  }
}

function corsOf(declaration: EnvironmentDeclaration['cors']): { readonly cors?: Cors } {
  if (declaration === undefined || declaration.owner === 'off' || declaration.origins === undefined) return {}
  const { owner, origins, maxAge = parseDuration(DEFAULTS.corsMaxAge) ?? 0 } = declaration
  return { cors: { owner, origins, maxAgeSeconds: maxAge } }
}

const resourceOf = ({ resource, audience }: EnvironmentDeclaration['services'][string]): Resource => ({
  resource,
  audiences: audience,
})

function dpopOf(declaration: NonNullable<EnvironmentDeclaration['dpop']>, isFapi: boolean): DpopPolicy {
  const usual = isFapi ? DEFAULTS.fapiDpopAlgorithms : DEFAULTS.dpopAlgorithms
  const { maxAge, futureLeeway, nonceSecret, singleUse, externalOrigin } = declaration
  return {
    algorithms: declaration.algorithms ?? usual,
    maxAgeSeconds: maxAge,
    futureLeewaySeconds: futureLeeway,
    ...(nonceSecret !== undefined && { nonceSecret }),
    singleUse,
    ...(externalOrigin !== undefined && { externalOrigin }),
  }
}

function zoneOf(resource: string): Upstream {
  const { protocol, port } = new URL(resource)
  return { kind: 'zone', scheme: protocol === 'http:' ? 'http' : 'https', port: port && `:${port}` }
}

/** What a schema cannot see: `duplicate-issuer`, `refresh-too-slow`, and what is wrong with the console's sign-in. */
export function checkEnvironments(file: GatewayFile, document: MapDocument): readonly Diagnostic[] {
  return Object.entries(file.environments).flatMap(([name, environment]) => [
    ...issuerListsOf(name, environment).flatMap((list) => duplicateIssuers(list, document)),
    ...slowRefresh(name, environment, document),
    ...checkConsole(name, environment, document),
  ])
}

function duplicateIssuers({ issuers, path }: IssuerList, document: MapDocument): readonly Diagnostic[] {
  const placeOf = (index: number) => document.placeOf([...path, index, 'issuer'])
  const firstOf = new Map<string, number>()
  return issuers.flatMap(({ issuer }, index) => {
    const first = firstOf.get(issuer)
    if (first === undefined) {
      firstOf.set(issuer, index)
      return []
    }
    const related = [{ message: 'it is here first', at: placeOf(first) }]
    return [
      diagnostic('duplicate-issuer', {
        at: placeOf(index),
        message: `the issuer ${quoted(issuer)} is here a second time`,
        related,
      }),
    ]
  })
}

function slowRefresh(
  name: string,
  { refresh, maxAge }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  if (maxAge > refresh) return []
  return [
    diagnostic('refresh-too-slow', {
      at: document.placeOf(['environments', name, 'maxAge']),
      message: `\`maxAge\` (${maxAge}s) is not longer than \`refresh\` (${refresh}s): requests would wait for a refresh all the time`,
      help: 'make `maxAge` several times as long as `refresh`',
    }),
  ]
}

/** `unused-host-alias`: requests that an alias leads to a host without rules are all refused. */
export function checkAliases(file: GatewayFile, document: MapDocument, { table }: Release): readonly Diagnostic[] {
  return Object.entries(file.environments).flatMap(([name, { hostAliases }]) =>
    Object.entries(hostAliases)
      .filter(([, host]) => decidingPattern(table, host) === undefined)
      .map(([alias, host]) =>
        diagnostic('unused-host-alias', {
          at: document.placeOf(['environments', name, 'hostAliases', alias]),
          subject: name,
          message: `no rule is on the host ${quoted(host)}: every request to ${quoted(alias)} is refused`,
          help: didYouMean(host, table.hosts.keys()) ?? 'write a host that services are on',
        }),
      ),
  )
}

/** `resource-elsewhere`: challenges would send clients to metadata that the gate does not answer with, on a host that may be anybody's. */
export function checkResources(file: GatewayFile, document: MapDocument, { table }: Release): readonly Diagnostic[] {
  // A map without a rule is its own warning.
  if (table.hosts.size === 0) return []
  return Object.entries(file.environments).flatMap(([name, { resource, services, hostAliases }]) =>
    [
      { resource, path: ['resource'] },
      ...Object.entries(services).map(([service, each]) => ({
        resource: each.resource,
        path: ['services', service, 'resource'],
      })),
    ]
      .map((each) => ({ ...each, host: new URL(each.resource).hostname }))
      .filter(({ host }) => decidingPattern(table, hostAliases[host] ?? host) === undefined)
      .map(({ host, path }) =>
        diagnostic('resource-elsewhere', {
          at: document.placeOf(['environments', name, ...path]),
          subject: name,
          message: `no rule is on the host ${quoted(host)}, but challenges send clients there for metadata`,
          help: 'write a host that services are on, or add it to `hostAliases`: a foreign host would be believed',
        }),
      ),
  )
}
