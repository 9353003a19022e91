/** What a rule about the admin API can be: a route that there is, open to nobody but who holds a scope. */
import { ADMIN_ROUTES, adminRouteOf, isAdminPath } from '../policy/admin-routes.ts'
import type { Template } from '../policy/template.ts'
import { type Diagnostic, diagnostic, quoted } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'
import type { RequirementDeclaration, ServiceFile } from './service-file.ts'
import { didYouMean } from './suggest.ts'

/** `admin-route`. Silent about rules of the origin. */
export function checkAdminRoute(
  file: ServiceFile,
  document: MapDocument,
  path: Path,
  { text }: Template,
  method: string,
  requirement: RequirementDeclaration,
): readonly Diagnostic[] {
  if (!isAdminPath(text)) return []
  const at = document.keyPlaceOf(path)
  const refuse = (message: string, help: string) => [diagnostic('admin-route', { at, message, help })]
  const route = `${method} ${text}`
  if (adminRouteOf({ method, path: text }) === undefined)
    return refuse(
      `the admin API has no ${quoted(route)}`,
      didYouMean(route, ADMIN_ROUTES) ?? `its routes are listed in docs/revocation.md`,
    )
  const detailed = typeof requirement === 'string' ? {} : requirement
  if ('public' in detailed || 'authenticated' in detailed)
    return refuse(`${quoted(route)} is open to whoever has no scope`, 'require a scope: this is who can change the log')
  if ((detailed.mode ?? file.mode) === 'observe')
    return refuse(`${quoted(route)} would only be observed`, 'remove `mode: observe`: the admin API is always enforced')
  return detailed.upgrade === undefined ? [] : refuse(`${quoted(route)} is no WebSocket`, 'remove `upgrade`')
}
