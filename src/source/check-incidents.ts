/** What a schema cannot see of incidents: whether channels and scopes that rules name are there, and whether a response could be carried out. */
import { adminRouteOf } from '../policy/admin-routes.ts'
import { type Diagnostic, diagnostic, quoted, quotedList } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'
import type { EnvironmentDeclaration, GatewayFile } from './gateway-file.ts'
import { compileIncidents } from './incidents.ts'
import type { ScopeMap } from './model.ts'
import { didYouMean } from './suggest.ts'

/** `unknown-channel`, `undefined-scope`, `impossible-response`, `unused-channel`. */
export function checkIncidents(file: GatewayFile, document: MapDocument, map: ScopeMap): readonly Diagnostic[] {
  return Object.entries(file.environments).flatMap(([name, environment]) => {
    const top = ['environments', name, 'incidents']
    return [
      ...unknownChannels(top, environment, document),
      ...unknownScopes(top, environment, document, map),
      ...impossibleResponses(top, environment, document, map),
      ...unusedChannels(name, top, environment, document),
    ]
  })
}

function unknownChannels(
  top: Path,
  { incidents: { channels, rules } }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const known = Object.keys(channels)
  return Object.entries(rules).flatMap(([rule, { alerts = [] }]) =>
    alerts.flatMap((channel, index) =>
      known.includes(channel)
        ? []
        : [
            diagnostic('unknown-channel', {
              at: document.placeOf([...top, 'rules', rule, 'alerts', index]),
              message: `there is no channel ${quoted(channel)}: nobody would be told`,
              help:
                didYouMean(channel, known) ??
                (known.length === 0 ? 'describe it below `channels`' : `the channels are ${quotedList(known)}`),
            }),
          ],
    ),
  )
}

function unknownScopes(
  top: Path,
  { incidents: { rules } }: EnvironmentDeclaration,
  document: MapDocument,
  { scopeNames }: ScopeMap,
): readonly Diagnostic[] {
  if (scopeNames === undefined) return []
  return Object.entries(rules).flatMap(([rule, { scopes = [] }]) =>
    scopes.flatMap((scope, index) =>
      scopeNames.has(scope)
        ? []
        : [
            diagnostic('undefined-scope', {
              at: document.placeOf([...top, 'rules', rule, 'scopes', index]),
              message: `no file declares the scope ${quoted(scope)}`,
              help: didYouMean(scope, scopeNames) ?? 'nobody could ever use it: write a scope that the map has',
            }),
          ],
    ),
  )
}

function impossibleResponses(
  top: Path,
  { incidents: { rules }, revocation }: EnvironmentDeclaration,
  document: MapDocument,
  map: ScopeMap,
): readonly Diagnostic[] {
  const own = ownScopes(map)
  return Object.entries(rules).flatMap(([rule, { respond, scopes = [] }]) => {
    if (respond === undefined) return []
    const path = [...top, 'rules', rule]
    const off =
      revocation.off === undefined
        ? []
        : [
            diagnostic('impossible-response', {
              at: document.keyPlaceOf([...path, 'respond']),
              message: 'nothing can be revoked here: revocation is off in this environment',
              help: 'remove `respond`, or switch revocation on',
              related: [
                { message: 'it is off here', at: document.placeOf([...top.slice(0, -1), 'revocation', 'off']) },
              ],
            }),
          ]
    const closing = scopes.flatMap((scope, index) =>
      own.has(scope)
        ? [
            diagnostic('impossible-response', {
              at: document.placeOf([...path, 'scopes', index]),
              message: `${quoted(scope)} opens the admin API: whoever should take the response back could be the one it shuts out`,
              help: 'take it out of this rule, and write a rule of its own for it, without `respond`',
            }),
          ]
        : [],
    )
    return [...off, ...closing]
  })
}

/** What rules about the admin API ask for. */
const ownScopes = ({ rules }: ScopeMap): ReadonlySet<string> =>
  new Set(
    rules.flatMap(({ method, template, requirement }) =>
      adminRouteOf({ method, path: template.text }) !== undefined && requirement.kind === 'scopes'
        ? requirement.anyOf.flat().map(({ text }) => text)
        : [],
    ),
  )

/** Somebody wrote it down to be told, and no rule tells it anything. */
function unusedChannels(
  name: string,
  top: Path,
  { incidents }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const told = new Set((compileIncidents(incidents).incidents?.rules ?? []).flatMap(({ alerts }) => alerts))
  return Object.keys(incidents.channels)
    .filter((channel) => !told.has(channel))
    .map((channel) =>
      diagnostic('unused-channel', {
        at: document.keyPlaceOf([...top, 'channels', channel]),
        subject: name,
        message: `no rule tells the channel ${quoted(channel)} anything`,
        help: 'lower its `from`, name it in `alerts` of a rule, or remove it',
      }),
    )
}
