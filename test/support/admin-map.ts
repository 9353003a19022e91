/** The small map of the whole-Worker tests, with rules about the admin API. */
import { ADMIN_ROUTES } from '../../src/policy/admin-routes.ts'
import { isRuleMethod } from '../../src/policy/method.ts'
import type { ReleaseDocument, RuleEntry } from '../../src/policy/release.ts'
import { INVOICING } from './invoicing.ts'

/** What each route asks for, in these tests: one scope for reading, one for writing, one for what is critical. */
const SCOPES = {
  GET: 'scopewall:review',
  POST: 'scopewall:revoke',
}
const CRITICAL = ['/bulk', '/undo', '/kill-switches', '/rollback']

const scope = (entry: object = {}) =>
  ({ service: 'scopewall', owner: 'team-security', reason: 'Tested.', sensitivity: 'high', ...entry }) as const

function ruleFor(route: string): RuleEntry {
  const [method = '', path = ''] = route.split(' ')
  if (!isRuleMethod(method)) throw new Error(method)
  const isCritical = CRITICAL.some((end) => path.endsWith(end))
  const name = isCritical ? 'scopewall:restore' : method === 'GET' ? SCOPES.GET : SCOPES.POST
  return { service: 'scopewall', host: 'api.example.com', method, path, anyOf: [[name]] }
}

export const ADMIN_RULES: readonly RuleEntry[] = ADMIN_ROUTES.map(ruleFor)

export const WITH_ADMIN: ReleaseDocument = {
  ...INVOICING,
  services: { ...INVOICING.services, scopewall: { owner: 'team-security', description: 'The log.' } },
  scopes: {
    ...INVOICING.scopes,
    'scopewall:restore': scope({ sensitivity: 'critical' }),
    'scopewall:review': scope(),
    'scopewall:revoke': scope(),
  },
  rules: [...INVOICING.rules, ...ADMIN_RULES],
}
