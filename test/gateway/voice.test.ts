import { expect, test } from 'vitest'
import { voiceOf } from '../../src/gateway/voice.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'

test.each([
  ['https://api.example.com', 'api.example.com', 'https://api.example.com/.well-known/oauth-protected-resource'],
  ['https://api.example.com/', 'api.example.com', 'https://api.example.com/.well-known/oauth-protected-resource'],
  [
    'https://api.example.com:8443/v1',
    'api.example.com:8443',
    'https://api.example.com:8443/.well-known/oauth-protected-resource/v1',
  ],
  ['http://127.0.0.1:8787/mcp?x', '127.0.0.1:8787', 'http://127.0.0.1:8787/.well-known/oauth-protected-resource/mcp?x'],
])('the answers of %s speak for the realm %s', (resource, realm, metadataUrl) => {
  const environment = environmentOf('https://issuer.example.com', 'https://origin.example.com', { resource })
  const origin = new URL(resource).origin
  expect(voiceOf(environment)).toEqual({
    realm,
    metadataUrl,
    metadataUrls: new Map(),
    problemsUrl: `${origin}/_scopewall/problems/`,
    schemes: ['bearer'],
    dpopAlgorithms: '',
  })
})

const DPOP = {
  algorithms: ['ES256', 'Ed25519'],
  maxAgeSeconds: 60,
  futureLeewaySeconds: 10,
  singleUse: 'asked',
} as const

test.each([
  ['where DPoP is accepted, too', true, false, ['bearer', 'dpop']],
  ['where every token must be bound, and mutual TLS binds none', true, true, ['dpop']],
  ['where DPoP is not spoken', false, true, ['bearer']],
])('[DPP-23] [FAP-4] schemes to challenge with, %s', (_, speaksDpop, isBound, schemes) => {
  const overrides = {
    issuers: [issuerAt('https://issuer.example.com', { requiresSenderConstraint: isBound })],
    ...(speaksDpop && { dpop: DPOP }),
  } as const
  const voice = voiceOf(environmentOf('https://issuer.example.com', 'https://origin.example.com', overrides))
  expect(voice).toMatchObject({ schemes, dpopAlgorithms: speaksDpop ? 'ES256 Ed25519' : '' })
})
