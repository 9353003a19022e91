/** Can an environment of the working tree carry a release that was compiled elsewhere? The checks of `check`, asked of a release instead of a map. */
import type { Release } from '../policy/decode.ts'
import { checkCredentials } from './check-credentials.ts'
import { checkIssuers } from './check-issuers.ts'
import { checkRevocation } from './check-revocation.ts'
import { type Diagnostic, diagnostic, inOrder, type Place, quotedList } from './diagnostic.ts'
import { checkAliases, checkResources } from './environment.ts'
import type { MapDemands } from './model.ts'
import { parseFiles } from './parse.ts'
import type { SourceFile } from './source-text.ts'

/**
 * What of `gateway.yaml` does not fit a release, for one environment. An environment that is not there is an error. The services in the working tree
 * are not looked at, and need not be sound.
 */
export function checkFit(files: readonly SourceFile[], name: string, release: Release): readonly Diagnostic[] {
  const { gateway, diagnostics } = parseFiles(files)
  if (gateway === undefined) return inOrder(diagnostics)
  const { content, document } = gateway
  const found = diagnostics.filter(({ at }) => at.file === document.file)
  const environment = Object.hasOwn(content.environments, name) ? content.environments[name] : undefined
  if (environment === undefined) {
    const message = `there is no environment of that name that could be read: there are ${quotedList(Object.keys(content.environments))}`
    return inOrder([...found, diagnostic('missing-key', { at: document.placeOf(['environments']), message })])
  }
  const alone = { ...content, environments: { [name]: environment } }
  const demands = demandsOf(release, document.keyPlaceOf(['environments', name]))
  return inOrder([
    ...found,
    ...checkIssuers(alone, document, demands),
    ...checkCredentials(alone, document, demands),
    ...checkRevocation(alone, document, demands),
    ...checkAliases(alone, document, release),
    ...checkResources(alone, document, release),
  ])
}

/** A release has no lines to point at: everything in it is at the environment that is to carry it. */
function demandsOf({ document }: Release, at: Place): MapDemands {
  return {
    services: Object.keys(document.services).map((name) => ({ name })),
    scopes: Object.values(document.scopes).map((scope) => ({ ...scope, at })),
    scopeNames: new Set(Object.keys(document.scopes)),
    rules: document.rules.map((rule) => ({ ...rule, at })),
  }
}
