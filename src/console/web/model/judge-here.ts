/** A request judged in the browser, by the gate's own code and the release that is live: nothing of it goes anywhere. */
import type { Decision, Match } from '../../../policy/decision.ts'
import type { Release } from '../../../policy/decode.ts'
import { decidingPattern } from '../../../policy/matcher.ts'
import { verifiedPrincipal } from '../../../policy/principal.ts'
import { epochSeconds } from '../../../policy/result.ts'
import { isScopeToken } from '../../../policy/scope.ts'
import { judgeRequest } from '../../../source/judge-request.ts'
import type { PastedRequest } from './pasted-request.ts'

export interface Caller {
  /** Names, as the token grants them; undefined: there is no token. */
  readonly scopes?: readonly string[]
  readonly client?: string
  readonly acr?: string
}

export interface JudgedHere {
  readonly match?: Match
  readonly decision: Decision
  /** The host that the request was judged for, where the map does not know the one that was asked for. */
  readonly readAs?: string
}

const PATH_BYTES = 4096

/** What no token of the map's own would lack: a sign-in of this moment, a token for every service. @param now milliseconds */
export function judgeHere(release: Release, request: PastedRequest, caller: Caller, now: number): JudgedHere {
  const seconds = epochSeconds(now)
  const host = URL.canParse(request.url) ? new URL(request.url).hostname : ''
  const readAs = decidingPattern(release.table, host) === undefined ? onlyHost(release) : undefined
  const { scopes, client, acr } = caller
  const principal = verifiedPrincipal({
    issuer: 'https://issuer.invalid',
    fingerprint: '',
    scopes: new Set((scopes ?? []).filter(isScopeToken)),
    issuedAt: seconds,
    authentication: { at: seconds, acrs: acr === undefined ? [] : [acr], amr: [] },
    isForDefault: true,
    services: new Set(Object.keys(release.document.services)),
    authorizationDetails: [],
    ...(client !== undefined && { client }),
  })
  const judged = judgeRequest(
    release,
    { ...request, upgrade: false },
    scopes === undefined ? { kind: 'none' } : { kind: 'verified', principal },
    seconds,
    {
      mode: 'enforce',
      observeClients: [],
      aliases: new Map(readAs === undefined ? [] : [[host, readAs]]),
      resource: '',
      services: {},
      queryToken: 'ignore',
      pathBytes: PATH_BYTES,
    },
  )
  return { ...judged, ...(readAs !== undefined && { readAs }) }
}

/** A gate may answer on other hosts than the map speaks of, such as localhost; with one host in the map, that one is meant. */
function onlyHost({ table }: Release): string | undefined {
  const [host, ...others] = table.hosts.keys()
  return others.length === 0 && host !== undefined && !host.startsWith('*') ? host : undefined
}
