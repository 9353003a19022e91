/** Maps of any size with the shape of a real one: services, collections, items, actions, a tail here and there. */
import type { ReleaseDocument, RuleEntry } from '../../src/policy/release.ts'

export const HOST = 'api.example.com'

/** A release document with exactly `count` rules, eleven a resource, and the paths that exercise them. */
export function mapOf(count: number): { readonly document: ReleaseDocument; readonly paths: readonly string[] } {
  const rules: RuleEntry[] = []
  const paths: string[] = []
  for (let resource = 0; rules.length < count; resource++) {
    const base = `/v1/service-${resource % 97}/resource-${resource}`
    for (const [method, template, path] of ROUTES) {
      if (rules.length === count) break
      rules.push({
        service: 'bench',
        host: HOST,
        method,
        path: base + template,
        anyOf: [[`bench:scope-${resource % 40}`]],
      })
      paths.push(base + path)
    }
  }
  const scopes = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`bench:scope-${index}`, SCOPE]))
  return {
    document: { format: 1, services: { bench: { owner: 'bench', description: 'Bench.' } }, scopes, hosts: {}, rules },
    paths,
  }
}

const SCOPE = { service: 'bench', owner: 'bench', reason: 'Measured.', sensitivity: 'low' } as const

const ROUTES = [
  ['GET', '', ''],
  ['POST', '', ''],
  ['GET', '/export', '/export'],
  ['GET', '/{id}', '/f3a9c0d1'],
  ['PATCH', '/{id}', '/f3a9c0d1'],
  ['DELETE', '/{id}', '/f3a9c0d1'],
  ['GET', '/{id}/lines', '/f3a9c0d1/lines'],
  ['GET', '/{id}/lines/{line}', '/f3a9c0d1/lines/17'],
  ['PUT', '/{id}/lines/{line}', '/f3a9c0d1/lines/17'],
  ['GET', '/{id}/files/{path+}', '/f3a9c0d1/files/a/b/c'],
  ['POST', '/{id}/refunds', '/f3a9c0d1/refunds'],
] as const
