/** Names that say what may be done and not to what: such a scope grows with the API, and nobody who consents to it knows what it opens. */
import { quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

const GENERIC: ReadonlySet<string> = new Set([
  ...[
    'read',
    'write',
    'manage',
    'admin',
    'all',
    'full',
    'access',
    'create',
    'update',
    'edit',
    'delete',
    'view',
    'list',
  ],
  ...['get', 'execute', 'user', 'users', 'api', 'default', 'root', 'superuser', 'everything', 'internal', 'data'],
  ...['readwrite', 'read-write', 'read_write', 'full_access', 'full-access'],
])

export const genericScope: WholeLint = {
  rule: 'generic-scope',
  find: ({ scopes, conventions: { tooCoarse } }) => {
    // What the map itself calls too coarse is reported as that.
    const reported = new Set(tooCoarse.map((word) => word.toLowerCase()))
    return scopes
      .filter(({ name }) => GENERIC.has(name.toLowerCase()) && !reported.has(name.toLowerCase()))
      .map(({ name, at, service }) => ({
        at,
        subject: name,
        message: `the scope name ${quoted(name)} says what may be done, and not to what`,
        help: `name the thing as well, for example ${quoted(`${service}:${name}`)}`,
      }))
  },
}
