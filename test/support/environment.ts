/** A checked environment for tests of the whole Worker: one issuer, one upstream, everything else at its default. */
import type { Environment } from '../../src/policy/environment.ts'
import type { EventPolicy } from '../../src/policy/event-policy.ts'
import type { Issuer } from '../../src/policy/issuer.ts'
import { AUDIENCE } from './static-issuer.ts'

export function issuerAt(issuer: string, overrides: Partial<Issuer> = {}): Issuer {
  return {
    issuer,
    keys: { kind: 'oidc' },
    algorithms: ['ES256', 'RS256'],
    audiences: [AUDIENCE],
    type: { kind: 'at+jwt' },
    scopes: [{ path: ['scope'], format: 'string' }],
    client: ['client_id'],
    identifiers: { session: 'sid' },
    audienceClaim: 'aud',
    acrClaim: 'acr',
    requiresSenderConstraint: false,
    singleUseProofs: false,
    clockLeewaySeconds: 10,
    keysMaxStaleSeconds: 86_400,
    ...overrides,
  }
}

/** As an environment that says nothing of its events has it, save that every allowed request has an event. */
export const LOGGED_REFUSALS: EventPolicy = {
  sampleAllows: 1,
  flushSeconds: 1,
  client: 'plain',
  subject: 'hashed',
  token: 'hashed',
  sinks: [{ kind: 'log', name: 'log', decisions: 'refusals' }],
}

export function environmentOf(issuer: string, upstream: string, overrides: Partial<Environment> = {}): Environment {
  return {
    name: 'test',
    resource: 'https://api.example.com',
    services: {},
    issuers: [issuerAt(issuer)],
    upstream: { kind: 'origin', url: upstream },
    hostAliases: { '127.0.0.1': 'api.example.com', localhost: 'api.example.com' },
    mode: 'enforce',
    observeClients: [],
    coldStart: 'bundled',
    refreshSeconds: 30,
    maxAgeSeconds: 300,
    queryToken: 'ignore',
    echoesInteractionId: false,
    events: LOGGED_REFUSALS,
    limits: { pathBytes: 4096, tokenBytes: 8192 },
    ...overrides,
  }
}
