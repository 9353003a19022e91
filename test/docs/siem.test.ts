/** `docs/siem.md`: every member of an event has its row, each cell names a place where a change of that member shows, and the snippet verifies what is sent. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { BLOBS, DOUBLES } from '../../src/audit/analytics.ts'
import { ecsDecision } from '../../src/audit/ecs.ts'
import { ocsfDecision } from '../../src/audit/ocsf.ts'
import { logsRequest } from '../../src/audit/otlp.ts'
import { readWebhookSecret, signedHeaders } from '../../src/audit/standard-webhook.ts'
import type { DecisionEvent } from '../../src/policy/decision-event.ts'
import { FULL_EVENT, OTHER_EVENT } from '../audit/decision-events.ts'

const page = readFileSync(new URL('../../docs/siem.md', import.meta.url), 'utf8')

const rowsAfter = (heading: string): readonly (readonly string[])[] =>
  page
    .slice(page.indexOf(heading))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )

const namesIn = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)

/** A member of nested objects, by the names on the way to it; `[]`: of the list's members. */
function at(value: unknown, path: string): unknown {
  if (path === '') return value
  const [, name = '', list, rest = ''] = /^([^.[]+)(\[\])?\.?(.*)$/.exec(path) ?? []
  const inner = (value as Readonly<Record<string, unknown>> | undefined)?.[name]
  return list === undefined || rest === ''
    ? at(inner, rest)
    : (inner as readonly unknown[]).map((item) => at(item, rest))
}

interface Otlp {
  readonly resourceLogs: readonly [
    {
      readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: unknown }[] }
      readonly scopeLogs: readonly [{ readonly logRecords: readonly [Record_] }]
    },
  ]
}
type Record_ = Readonly<Record<string, unknown>> & Otlp['resourceLogs'][0]['resource']

/** Attributes of the record and its resource, and the record's own members, by name. */
function otlpOf(event: DecisionEvent): Readonly<Record<string, unknown>> {
  const delivery = { id: 'a', environment: event.environment, decisions: [event], notices: [] }
  const [{ resource, scopeLogs }] = (logsRequest(delivery, 0) as Otlp).resourceLogs
  const [{ logRecords }] = scopeLogs
  const attributes = [...resource.attributes, ...logRecords[0].attributes]
  return { ...logRecords[0], ...Object.fromEntries(attributes.map(({ key, value }) => [key, value])) }
}

const FORMATS: readonly (readonly [string, (event: DecisionEvent, path: string) => unknown])[] = [
  ['OCSF', (event, path) => at(ocsfDecision(event), path)],
  ['ECS', (event, path) => at(ecsDecision(event), path)],
  ['OpenTelemetry', (event, path) => otlpOf(event)[path]],
]

const MEMBERS = Object.keys(FULL_EVENT) as readonly (keyof DecisionEvent)[]
const CONSTANT: readonly (keyof DecisionEvent)[] = ['event', 'format']

/** What shows only where another member is absent: a shape where there is no rule, a code where no mark says more. */
const HIDDEN_BY: Partial<Record<keyof DecisionEvent, keyof DecisionEvent>> = {
  shape: 'rule',
  codes: 'mark',
  outcome: 'mark',
}

function twoThatDifferIn(member: keyof DecisionEvent): readonly [DecisionEvent, DecisionEvent] {
  const shown = Object.fromEntries(Object.entries(FULL_EVENT).filter(([name]) => name !== HIDDEN_BY[member]))
  const { mark: _, ...unmarked } = FULL_EVENT
  const event = shown as unknown as DecisionEvent
  return [event, member === 'mark' ? unmarked : { ...event, [member]: OTHER_EVENT[member] }]
}

describe('the table of members', () => {
  const rows = rowsAfter('## What each member becomes')

  test('has a row for each member, and for nothing else', () => {
    expect(rows.flatMap(([member]) => namesIn(member)).toSorted()).toEqual(Object.keys(FULL_EVENT).toSorted())
  })

  test('names in each cell where the member shows', () => {
    const wrong = rows.flatMap(([cell, ...formats]) => {
      const member = MEMBERS.find((name) => name === namesIn(cell)[0]) ?? 'at'
      const [event, changed] = twoThatDifferIn(member)
      return formats.flatMap((names, index) => {
        const [format, read] = FORMATS[index] ?? ['', () => undefined]
        if (namesIn(names).length === 0) return [`${member} has no place in ${format}`]
        return namesIn(names).flatMap((path) => {
          const [one, other] = [event, changed].map((each) => JSON.stringify(read(each, path)))
          if (one === undefined) return [`${format} has no ${path} for ${member}`]
          return one === other && !CONSTANT.includes(member) ? [`${path} of ${format} does not tell of ${member}`] : []
        })
      })
    })
    expect(wrong).toEqual([])
  })
})

test('the table of columns is the layout', () => {
  const rows = rowsAfter('## Analytics Engine').filter(([cell]) => cell?.startsWith('`blob'))
  const pairs = rows.flatMap((row) =>
    [0, 2, 4].map((place) => [row[place], row[place + 1]].map((cell) => namesIn(cell)[0])),
  )
  const columns = Object.fromEntries(pairs.filter(([column]) => column !== undefined))
  expect(columns).toEqual({
    ...Object.fromEntries(BLOBS.map((name, index) => [`blob${index + 1}`, name])),
    ...Object.fromEntries(DOUBLES.map((name, index) => [`double${index + 1}`, name])),
  })
})

test('every query weighs both samplings, or is about a quantile, and names only columns that there are', () => {
  const queries = [...page.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, query = '']) => query)
  expect(queries.length).toBeGreaterThan(3)
  for (const query of queries) {
    expect(query).toMatch(
      /SUM\(_sample_interval \* double1\)|quantileExactWeighted\([\d.]+\)\(double\d+, _sample_interval\)/,
    )
    for (const [, kind, place] of query.matchAll(/\b(blob|double)(\d+)\b/g))
      expect(Number(place)).toBeLessThanOrEqual(kind === 'blob' ? BLOBS.length : DOUBLES.length)
  }
})

test('the snippet takes what the gate signs, and nothing else', async () => {
  const [, code = ''] = /^```js\n(.*?)^```$/ms.exec(page) ?? []
  const { isFromScopewall: isGenuine } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  const [key, old] = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`)
  const secret = readWebhookSecret(`${key} ${old}`)
  if (secret === undefined) throw new Error('no secret')
  const headers = await signedHeaders(secret, 'an-id', 1_800_000_000, '{}')
  expect(isGenuine(headers, '{}', key, 1_800_000_010)).toBe(true)
  expect(isGenuine(headers, '{}', old, 1_800_000_010)).toBe(true)
  expect(isGenuine(headers, '{ }', key, 1_800_000_010)).toBe(false)
  expect(isGenuine(headers, '{}', key, 1_800_000_301)).toBe(false)
  expect(isGenuine({ ...headers, 'webhook-id': 'other' }, '{}', key, 1_800_000_010)).toBe(false)
  expect(isGenuine({}, '{}', key)).toBe(false)
  const mac = headers['webhook-signature'].split(' ')[0]?.replace('v1,', 'v2,')
  expect(isGenuine({ ...headers, 'webhook-signature': mac }, '{}', key, 1_800_000_010)).toBe(false)
})
