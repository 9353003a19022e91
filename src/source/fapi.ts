/** `profile: fapi2`: what the FAPI 2.0 Security Profile asks of a resource server (section 5.3.4) and no default can supply. */
import { type Diagnostic, diagnostic, type Finding, quoted, quotedList } from './diagnostic.ts'
import type { MapDocument, Path } from './document.ts'
import type { EnvironmentDeclaration, GatewayFile } from './gateway-file.ts'
import { PROFILES } from './profiles.ts'

/** FAPI 2.0 Security Profile section 5.4.1. */
const ALGORITHMS: ReadonlySet<string> = new Set(['PS256', 'ES256', 'EdDSA', 'Ed25519'])
/** Section 5.3.2.1: times further in the future are refused. */
const MOST_LEEWAY_SECONDS = 60

export function checkFapi({ environments }: GatewayFile, document: MapDocument): readonly Diagnostic[] {
  return Object.entries(environments)
    .filter(([, { profile }]) => profile === 'fapi2')
    .flatMap(([name, environment]) => {
      const path = ['environments', name]
      return [...checkEnvironment(environment, document, path), ...checkIssuers(environment, document, path)]
    })
    .map((finding) => diagnostic('fapi-profile', finding))
}

function checkEnvironment(
  { dpop, mtls, mode, observeClients, queryToken, clockLeeway }: EnvironmentDeclaration,
  document: MapDocument,
  path: Path,
): readonly Finding[] {
  const at = document.placeOf([...path, 'profile'])
  return [
    ...(dpop === undefined && mtls === undefined
      ? [{ at, message: 'FAPI 2.0 accepts sender-constrained tokens alone', help: 'add `dpop`, `mtls` or both' }]
      : []),
    ...(mode === 'observe'
      ? [
          {
            at: document.placeOf([...path, 'mode']),
            message: 'FAPI 2.0 refuses what a token does not cover',
            help: 'remove it; a rule or a service may observe for a while',
          },
        ]
      : []),
    ...(observeClients !== undefined
      ? [
          {
            at: document.placeOf([...path, 'observeClients']),
            message: 'FAPI 2.0 refuses what a token does not cover, whoever sends it',
            help: 'remove it; a rule or a service may observe for a while',
          },
        ]
      : []),
    ...(queryToken === 'ignore'
      ? [
          {
            at: document.placeOf([...path, 'queryToken']),
            message: 'FAPI 2.0 refuses tokens in the query',
            help: 'remove it',
          },
        ]
      : []),
    ...tooMuchLeeway(clockLeeway, document, [...path, 'clockLeeway']),
    ...tooMuchLeeway(dpop?.futureLeeway, document, [...path, 'dpop', 'futureLeeway']),
    ...foreignAlgorithms(dpop?.algorithms, document, [...path, 'dpop']),
  ]
}

function checkIssuers({ issuers }: EnvironmentDeclaration, document: MapDocument, above: Path): readonly Finding[] {
  return issuers.flatMap(
    ({ issuer, profile, algorithms, introspection, statusList, clockLeeway, senderConstrained }, index) => {
      const path = [...above, 'issuers', index]
      const used = algorithms ?? (profile === undefined ? undefined : PROFILES[profile].algorithms)
      return [
        ...(introspection === undefined && statusList === undefined
          ? [
              {
                at: document.placeOf([...path, 'issuer']),
                message: `FAPI 2.0 asks whether a token was revoked, and nobody can tell for ${quoted(issuer)}`,
                help: 'add `introspection` or `statusList`',
              },
            ]
          : []),
        ...(document.nodeAt([...path, 'statusList', 'required'])?.value === false
          ? [
              {
                at: document.placeOf([...path, 'statusList', 'required']),
                message: 'FAPI 2.0 asks of each token whether it was revoked',
                help: 'remove it',
              },
            ]
          : []),
        ...(statusList?.whenUnreachable === 'untilExpiry'
          ? [
              {
                at: document.placeOf([...path, 'statusList', 'whenUnreachable']),
                message: 'FAPI 2.0 asks whether a token was revoked, also while the list cannot be had',
                help: 'write `refuse`, or remove it',
              },
            ]
          : []),
        ...(senderConstrained === 'optional'
          ? [
              {
                at: document.placeOf([...path, 'senderConstrained']),
                message: 'FAPI 2.0 accepts sender-constrained tokens alone',
                help: 'remove it',
              },
            ]
          : []),
        ...tooMuchLeeway(clockLeeway, document, [...path, 'clockLeeway']),
        // Of an answer that is not signed, no algorithm is ever used.
        ...(introspection?.response === 'json'
          ? []
          : foreignAlgorithms(used, document, path, algorithms === undefined ? profile : undefined)),
      ]
    },
  )
}

function tooMuchLeeway(seconds: number | undefined, document: MapDocument, path: Path): readonly Finding[] {
  if (seconds === undefined || seconds <= MOST_LEEWAY_SECONDS) return []
  return [
    {
      at: document.placeOf(path),
      message: 'FAPI 2.0 lets clocks disagree by 60 seconds at most',
      help: 'write `60s` or less',
    },
  ]
}

/** `profile`: whose algorithms they are, where the author has written none. */
function foreignAlgorithms(
  used: readonly string[] | undefined,
  document: MapDocument,
  path: Path,
  profile?: string,
): readonly Finding[] {
  const foreign = used?.filter((algorithm) => !ALGORITHMS.has(algorithm)) ?? []
  if (foreign.length === 0) return []
  return [
    {
      at: document.placeOf([...path, profile === undefined ? 'algorithms' : 'profile']),
      message:
        profile === undefined
          ? `FAPI 2.0 does not know ${quotedList(foreign)}`
          : `the profile ${quoted(profile)} expects ${quotedList(foreign)}, which FAPI 2.0 does not know`,
      help: `write names of ${quotedList([...ALGORITHMS])} under \`algorithms\``,
    },
  ]
}
