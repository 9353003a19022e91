/** What a schema cannot see of whom Cloudflare Access lets in: whether the map has the scopes that they are granted. */
import { type Diagnostic, diagnostic, quoted } from './diagnostic.ts'
import type { MapDocument } from './document.ts'
import type { GatewayFile } from './gateway-file.ts'
import type { MapDemands } from './model.ts'
import { didYouMean } from './suggest.ts'

/** `undefined-scope`: a grant of what no file declares opens nothing, so its name is a mistake. */
export function checkAccess(
  { environments }: GatewayFile,
  document: MapDocument,
  { scopeNames }: MapDemands,
): readonly Diagnostic[] {
  // Who knows what the unreadable file declares.
  if (scopeNames === undefined) return []
  return Object.entries(environments).flatMap(([environment, { admin }]) =>
    (admin?.access?.grants ?? []).flatMap(({ scopes }, grant) =>
      scopes.flatMap((name, index) =>
        scopeNames.has(name)
          ? []
          : [
              diagnostic('undefined-scope', {
                at: document.placeOf([
                  'environments',
                  environment,
                  'admin',
                  'access',
                  'grants',
                  grant,
                  'scopes',
                  index,
                ]),
                message: `no file declares the scope ${quoted(name)}`,
                help: didYouMean(name, scopeNames) ?? 'declare it, or take it out of the grant',
              }),
            ],
      ),
    ),
  )
}
