/** What a schema cannot see of the keys that sign releases: whether each is there once and can ever be used, and where there should be some. */
import { type Diagnostic, diagnostic, quoted } from './diagnostic.ts'
import type { MapDocument } from './document.ts'
import type { EnvironmentDeclaration, GatewayFile } from './gateway-file.ts'

/** `duplicate-release-key`, `unread-setting`, `invalid-value`, `unsigned-releases`. */
export function checkReleaseKeys(file: GatewayFile, document: MapDocument): readonly Diagnostic[] {
  return Object.entries(file.environments).flatMap(([name, environment]) => [
    ...duplicateKeys(name, environment, document),
    ...emptyWindows(name, environment, document),
    ...unreadSettings(name, environment, document),
    ...unsignedReleases(name, environment, document),
  ])
}

/** Two of one id could not be told apart; one key under two ids would outlive the removal of either. */
function duplicateKeys(
  name: string,
  environment: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  const releaseKeys = environment.releaseKeys ?? []
  const placeOf = (index: number, key: string) => document.placeOf(['environments', name, 'releaseKeys', index, key])
  return (['id', 'publicKey'] as const).flatMap((member) =>
    releaseKeys.flatMap((key, index) => {
      const first = releaseKeys.findIndex((other) => other[member] === key[member])
      if (first === index) return []
      return [
        diagnostic('duplicate-release-key', {
          at: placeOf(index, member),
          message: member === 'id' ? `a second key has the id ${quoted(key.id)}` : 'this key is here a second time',
          help: member === 'id' ? 'give it an id of its own' : 'remove it',
          related: [{ message: 'the first is here', at: placeOf(first, member) }],
        }),
      ]
    }),
  )
}

function emptyWindows(name: string, environment: EnvironmentDeclaration, document: MapDocument): readonly Diagnostic[] {
  const releaseKeys = environment.releaseKeys ?? []
  return releaseKeys.flatMap(({ id, notBefore, notAfter }, index) =>
    notBefore === undefined || notAfter === undefined || notBefore <= notAfter
      ? []
      : [
          diagnostic('invalid-value', {
            at: document.placeOf(['environments', name, 'releaseKeys', index, 'notAfter']),
            message: `the key ${quoted(id)} ends before it begins`,
            help: '`notBefore` and `notAfter` are its first and its last day',
          }),
        ],
  )
}

function unreadSettings(
  name: string,
  { releaseKeys, releaseValidity }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  if (releaseKeys !== undefined || releaseValidity === undefined) return []
  return [
    diagnostic('unread-setting', {
      at: document.keyPlaceOf(['environments', name, 'releaseValidity']),
      message: 'nothing is signed here, so nothing has a validity',
      help: 'add `releaseKeys`, or remove it',
    }),
  ]
}

/** By the names that people give what their customers rely on. */
const PRODUCTION = /^(?!(?:non|pre|not)-)(?:.*-)?(?:prod|production|prd|live)\d*(?:-|$)/

function unsignedReleases(
  name: string,
  { releaseKeys }: EnvironmentDeclaration,
  document: MapDocument,
): readonly Diagnostic[] {
  if (!PRODUCTION.test(name) || releaseKeys !== undefined) return []
  return [
    diagnostic('unsigned-releases', {
      at: document.keyPlaceOf(['environments', name]),
      subject: name,
      message: `nobody signs what is live in ${quoted(name)}: whoever can write its KV namespace decides what is let in`,
      help: 'make a pair of keys with `scopewall keygen` and add `releaseKeys`',
    }),
  ]
}
