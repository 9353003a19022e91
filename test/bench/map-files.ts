/** The files of a map of any size with the shape of a real one: several services, each with scopes that say all they can and routes of every kind. */
import type { SourceFile } from '../../src/source/source-text.ts'

const GATEWAY = `naming: { pattern: "[a-z0-9-]+:[a-z0-9-]+", tooCoarse: [read, write, admin, all] }
metadata: { required: [owner, reason, sensitivity, review] }
hosts: [api.example.com]
environments:
  production:
    resource: https://api.example.com
    audience: https://api.example.com
    issuers: [{ issuer: https://login.example.com, keys: oidc, algorithms: [ES256] }]
    upstream: zone
`

/** Exactly `rules` rules, eleven a resource, in that many services; nothing of it is to be found fault with. */
export function mapFiles(rules: number, services: number): readonly SourceFile[] {
  const texts = Array.from({ length: services }, (_, index) => {
    const count = Math.floor(rules / services) + (index < rules % services ? 1 : 0)
    return [`area-${index}.yaml`, serviceText(`area-${index}`, count)] as const
  })
  return [['gateway.yaml', GATEWAY] as const, ...texts].map(([path, text]) => ({
    path,
    bytes: new TextEncoder().encode(text),
  }))
}

/** Resources that share their scopes. */
const SHARING = 4

function serviceText(service: string, count: number): string {
  const resources = Math.ceil(count / ROUTES.length)
  // A last resource that is cut short does not use all of its scopes: it shares those of one that does.
  const areas = Math.max(1, Math.floor(count / ROUTES.length / SHARING))
  const area = (resource: number) => `${service}:a${Math.min(Math.floor(resource / SHARING), areas - 1)}`
  const head = [
    `service: ${service}`,
    `description: The resources of ${service}`,
    `owner: team-${service}`,
    'basePath: /v1',
  ]
  const lines = [
    ...head,
    'scopes:',
    ...Array.from({ length: areas }, (_, index) => scopeLines(area(index * SHARING))).flat(),
    'routes:',
  ]
  let left = count
  for (let resource = 0; resource < resources; resource++)
    for (const [path, methods] of routesOf(left)) {
      lines.push(`  /${service}/resource-${resource}${path}:`)
      for (const [method, asked] of methods) lines.push(`    ${method}: ${asked.replaceAll('$', area(resource))}`)
      left -= methods.length
    }
  return `${lines.join('\n')}\n`
}

const scopeLines = (name: string): readonly string[] => [
  `  ${name}-read:`,
  '    reason: Partners reconcile every night what was changed during the day.',
  '    sensitivity: low',
  '    review: 2031-06-01',
  `  ${name}-write:`,
  '    reason: Shops keep their own data up to date.',
  '    sensitivity: medium',
  `    implies: [${name}-read]`,
  '    review: 2031-06-01',
  `  ${name}-refund:`,
  '    reason: Support staff return money to customers.',
  '    sensitivity: critical',
  '    stepUp: { acr: [phr, phrh], maxAge: 5m }',
  '    review: 2031-06-01',
]

type Route = readonly [path: string, method: string, asked: string]

const ROUTES: readonly Route[] = [
  ['', 'GET', '$-read'],
  ['', 'POST', '$-write'],
  ['/export', 'GET', '$-read'],
  ['/{id}', 'GET', '{ anyOf: [$-read, $-refund] }'],
  ['/{id}', 'PATCH', '$-write'],
  ['/{id}', 'DELETE', '{ allOf: [$-write, $-refund] }'],
  ['/{id}/refunds', 'POST', '$-refund'],
  ['/{id}/lines', 'GET', '$-read'],
  ['/{id}/lines/{line}', 'GET', '$-read'],
  ['/{id}/lines/{line}', 'PUT', '$-write'],
  ['/{id}/files/{path+}', 'GET', '$-read'],
]

/** The routes of one resource by path, or as many as are still to be written. */
function routesOf(left: number): ReadonlyMap<string, readonly (readonly [string, string])[]> {
  const byPath = Map.groupBy(ROUTES.slice(0, left), ([path]) => path)
  return new Map(
    [...byPath].map(([path, routes]) => [path, routes.map(([, method, asked]) => [method, asked] as const)]),
  )
}
