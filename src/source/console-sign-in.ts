/** What a schema cannot see of the console's sign-in, and what becomes of it for the Worker. */
import type { ConsolePolicy } from '../policy/console-policy.ts'
import { DEFAULTS } from './defaults.ts'
import { type Diagnostic, diagnostic, quoted, quotedList } from './diagnostic.ts'
import type { MapDocument } from './document.ts'
import type { EnvironmentDeclaration } from './gateway-file.ts'
import { didYouMean } from './suggest.ts'

/** Those whose tokens open the admin API. */
const issuersOf = ({ issuers, admin }: EnvironmentDeclaration) => admin?.issuers ?? issuers

/** `unknown-issuer`, `missing-key`. */
export function checkConsole(
  name: string,
  environment: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const { console: signIn } = environment
  if (signIn === undefined) return []
  const place = ['environments', name, 'console']
  const known = issuersOf(environment).map(({ issuer }) => issuer)
  const chosen = issuersOf(environment).find(({ issuer }) => issuer === (signIn.issuer ?? known[0]))
  if (chosen === undefined)
    return [
      diagnostic('unknown-issuer', {
        at: document.placeOf([...place, 'issuer']),
        message: `no token of the issuer ${quoted(signIn.issuer ?? '')} opens the admin API here`,
        help: didYouMean(signIn.issuer ?? '', known) ?? `the issuers are ${quotedList(known)}`,
      }),
    ]
  const missing = (key: string, help: string) => [
    diagnostic('missing-key', { at: document.keyPlaceOf(place), message: `\`${key}\` is missing`, help }),
  ]
  if (signIn.issuer === undefined && known.length > 1)
    return missing('issuer', `several issuers open the admin API: write one of ${quotedList(known)}`)
  if (signIn.endpoints === undefined && chosen.keys !== 'oidc' && chosen.keys !== 'oauth')
    return missing(
      'endpoints',
      `${quoted(chosen.issuer)} is known by its keys alone: write \`{ authorization: <address>, token: <address> }\``,
    )
  return []
}

/** Total on a file without errors. */
export function compileConsole(declaration: EnvironmentDeclaration): { readonly console?: ConsolePolicy } {
  const { console: signIn } = declaration
  if (signIn === undefined) return {}
  const { clientId, issuer = issuersOf(declaration)[0].issuer, scopes, resource, endpoints } = signIn
  return {
    console: {
      issuer,
      clientId,
      scopes: scopes ?? DEFAULTS.consoleScopes,
      ...(resource !== undefined && { resource }),
      ...(endpoints !== undefined && { endpoints }),
    },
  }
}
