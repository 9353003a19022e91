/** `events` of an environment: what it becomes, and what is wrong with it. */
import { expect, test } from 'vitest'
import { environmentOf, GATEWAY, readTexts, serviceOf } from './maps.ts'

const withEvents = (events: string) => `${GATEWAY.trimEnd()}\n    events: ${events}\n`
const compiled = (events: string) =>
  environmentOf({ ...serviceOf('  /x: { GET: a:read }\n'), 'gateway.yaml': withEvents(events) }).events

test('what is said holds', () => {
  expect(
    compiled(
      '{ sampleAllows: 100, flush: 20s, hashKey: EVENT_KEY, names: { client: hashed, subject: omitted }, sinks: { siem: { kind: webhook, url: "https://siem.example/hook", secret: SIEM, shape: ocsf, decisions: all }, points: { kind: analytics, binding: ANALYTICS }, lake: { kind: otlp, url: "https://otel.example/v1/logs", headers: { api-key: OTEL } } } }',
    ),
  ).toEqual({
    sampleAllows: 100,
    flushSeconds: 20,
    client: 'hashed',
    subject: 'omitted',
    token: 'hashed',
    hashKey: 'EVENT_KEY',
    sinks: [
      {
        kind: 'webhook',
        name: 'siem',
        decisions: 'all',
        url: 'https://siem.example/hook',
        secret: 'SIEM',
        shape: 'ocsf',
      },
      { kind: 'analytics', name: 'points', decisions: 'refusals', binding: 'ANALYTICS' },
      {
        kind: 'otlp',
        name: 'lake',
        decisions: 'refusals',
        url: 'https://otel.example/v1/logs',
        headers: { 'api-key': 'OTEL' },
      },
    ],
  })
})

test('no sinks are no sinks', () => {
  expect(compiled('{ sinks: {} }').sinks).toEqual([])
})

test.each([
  ['{ sampleAllow: 2 }', 'sampleAllows'],
  ['{ sinks: { a: { kind: webhok } } }', 'webhook'],
  ['{ sinks: { a: { kind: webhook, secret: S } } }', 'needs `url`'],
  ['{ sinks: { a: { kind: webhook, url: "https://x.example" } } }', 'needs `secret`'],
  ['{ sinks: { a: { kind: webhook, url: "http://x.example", secret: S } } }', 'is no address of a receiver'],
  ['{ sinks: { a: { kind: log, url: "https://x.example" } } }', 'no effect on a sink of the kind `log`'],
  ['{ sinks: { a: { kind: analytics } } }', 'needs `binding`'],
  ['{ sinks: { a: { kind: analytics, binding: USAGE } } }', 'none of the names that the gate itself uses'],
  ['{ hashKey: EVENTS }', 'none of the names that the gate itself uses'],
  ['{ sinks: { queue: { kind: log } } }', 'built-in queue'],
  ['{ sinks: { a: { kind: otlp, url: "https://x.example", headers: { host: S } } } }', 'is no name of a header'],
  ['{ names: { client: hashed } }', 'nothing to hash it with'],
  ['{ flush: 21s }', 'longer than 20s'],
  ['{ flush: 0s }', 'is no length of time'],
  ['{ sinks: { a: { kind: analytics, binding: EVENTS } } }', 'none of the names that the gate itself uses'],
  ['{ sinks: { a: { kind: webhook, url: "https://x.example", secret: USAGE } } }', 'is no name of a secret'],
  ['{ hashKey: TAIL }', 'is no name of a secret'],
  ['{ sampleAllows: 0 }', 'from 1 to 1000000'],
])('%s is an error that says so', (events, said) => {
  const files = { ...serviceOf('  /x: { GET: a:read }\n'), 'gateway.yaml': withEvents(events) }
  const { diagnostics } = readTexts(files)
  expect(diagnostics.map(({ message, help }) => `${message}; ${help}`).join('\n')).toContain(said)
  expect(diagnostics.every(({ at }) => at?.file === 'gateway.yaml' || at === undefined)).toBe(true)
})
