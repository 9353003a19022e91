/** The routes of the admin API: the only reserved addresses that a rule may stand for. What is not in this list cannot be opened by any map. */
import { OWN_PREFIX } from './reserved.ts'

export const ADMIN_PREFIX = `${OWN_PREFIX}admin/` as const

/** Method and path template, as a service file writes them. */
export const ADMIN_ROUTES = [
  'GET /_scopewall/admin/revocations',
  'POST /_scopewall/admin/revocations',
  'POST /_scopewall/admin/revocations/bulk',
  'GET /_scopewall/admin/revocations/{entry}',
  'POST /_scopewall/admin/revocations/{entry}/undo',
  'POST /_scopewall/admin/kill-switches',
  'GET /_scopewall/admin/log',
  'GET /_scopewall/admin/log/entries',
  'GET /_scopewall/admin/tokens',
  'GET /_scopewall/admin/usage/traffic',
  'GET /_scopewall/admin/usage/scopes',
  'GET /_scopewall/admin/usage/clients',
  'GET /_scopewall/admin/usage/unmapped',
  'GET /_scopewall/admin/usage/deprecated',
  'GET /_scopewall/admin/usage/observed',
  'GET /_scopewall/admin/usage/sinks',
  'GET /_scopewall/admin/usage/replay',
  'GET /_scopewall/admin/decisions',
  'GET /_scopewall/admin/decisions/{decision}',
  'GET /_scopewall/admin/overview',
  'GET /_scopewall/admin/releases',
  'GET /_scopewall/admin/releases/{digest}',
  'POST /_scopewall/admin/releases/rollback',
  'POST /_scopewall/admin/tail',
  'GET /_scopewall/admin/incidents',
  'GET /_scopewall/admin/incidents/{incident}',
  'POST /_scopewall/admin/incidents/{incident}/acknowledge',
  'POST /_scopewall/admin/incidents/{incident}/close',
] as const
export type AdminRoute = (typeof ADMIN_ROUTES)[number]

/** The admin route that a rule stands for; undefined for rules about the origin. */
export const adminRouteOf = ({
  method,
  path,
}: {
  readonly method: string
  readonly path: string
}): AdminRoute | undefined => ADMIN_ROUTES.find((route) => route === `${method} ${path}`)

/** Whether a path is the admin API's, whatever its spelling below the prefix. */
export const isAdminPath = (path: string): boolean => path.startsWith(ADMIN_PREFIX)
