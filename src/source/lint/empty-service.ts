/** Whatever a service without routes serves is refused. */
import { quoted } from '../diagnostic.ts'
import type { WholeLint } from './lint.ts'

export const emptyService: WholeLint = {
  rule: 'empty-service',
  find: ({ services }) =>
    services
      .filter(({ hasRoutes }) => !hasRoutes)
      .map(({ name, at }) => ({
        at,
        subject: name,
        message: `the service ${quoted(name)} has no routes: every request to it is refused`,
        help: 'add `routes`, or remove the file',
      })),
}
