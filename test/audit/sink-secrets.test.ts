/** Secrets that a sink could do nothing with keep the deployment from starting, each by its name. */
import { expect, test } from 'vitest'
import { malformedSecret } from '../../src/audit/sink-secrets.ts'
import type { SinkPolicy } from '../../src/policy/event-policy.ts'

const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const SINKS: readonly SinkPolicy[] = [
  { kind: 'log', name: 'log', decisions: 'all' },
  { kind: 'webhook', name: 'siem', decisions: 'all', url: 'https://siem.example.com/', secret: 'SIEM', shape: 'ecs' },
  {
    kind: 'otlp',
    name: 'collector',
    decisions: 'all',
    url: 'https://otel.example.com/v1/logs',
    headers: { 'api-key': 'API_KEY', authorization: 'BASIC' },
  },
  { kind: 'analytics', name: 'numbers', decisions: 'all', binding: 'ANALYTICS' },
]

test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
  ['all can be used', {}, undefined],
  ['two keys of a rotation', { SIEM: `${KEY} ${KEY}` }, undefined],
  ['a signing secret without its prefix', { SIEM: KEY.slice(6) }, 'SIEM'],
  ['no signing secret', { SIEM: '' }, 'SIEM'],
  ['a header of two lines', { API_KEY: 'a\r\nx-other: b' }, 'API_KEY'],
  ['a header with a final line feed, as a file ends', { BASIC: 'Basic YTpi\n' }, 'BASIC'],
  ['an empty header', { BASIC: '' }, 'BASIC'],
])('%s', (_, changed, malformed) => {
  const secrets: Readonly<Record<string, string>> = { SIEM: KEY, API_KEY: 'k', BASIC: 'Basic YTpi', ...changed }
  expect(malformedSecret(SINKS, (name) => secrets[name] ?? '')).toBe(malformed)
})
