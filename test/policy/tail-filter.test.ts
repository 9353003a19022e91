/** Which decisions a watcher sees, and what is no filter. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TailFilter } from '../../src/policy/console-answers.ts'
import { type DecisionEvent, OUTCOMES } from '../../src/policy/decision-event.ts'
import { MOST_FILTER_CHARACTERS, matchesTailFilter, parseTailFilter } from '../../src/policy/tail-filter.ts'

const CODES = ['unmapped', 'scope_insufficient', 'token_invalid'] as const
const NAMES = ['a', 'b', 'c'] as const
const name = fc.constantFrom(...NAMES)
const names = fc.uniqueArray(name, { maxLength: 3 })

const events: fc.Arbitrary<DecisionEvent> = fc
  .record(
    {
      codes: fc.uniqueArray(fc.constantFrom(...CODES), { minLength: 1 }),
      service: name,
      rule: name,
      client: name,
      required: fc.array(names, { maxLength: 2 }),
      missing: names,
      by: fc.oneof(names, fc.constantFrom('public' as const, 'authenticated' as const)),
    },
    { requiredKeys: [] },
  )
  .chain((facts) =>
    fc.constantFrom(...OUTCOMES).map((outcome) => ({
      event: 'decision' as const,
      format: 1 as const,
      at: '2026-11-28T00:00:00.000Z',
      decision: 'd',
      environment: 'test',
      outcome,
      gateMs: 0,
      oneIn: 1,
      ...facts,
    })),
  )

const filters: fc.Arbitrary<TailFilter> = fc.record(
  {
    outcomes: fc.uniqueArray(fc.constantFrom(...OUTCOMES), { minLength: 1 }),
    codes: fc.uniqueArray(fc.constantFrom(...CODES), { minLength: 1 }),
    service: name,
    rule: name,
    client: name,
    scope: name,
  },
  { requiredKeys: [] },
)

/** Member by member, as `TailFilter` says it: written apart from the function that it is held against. */
function isWanted(filter: TailFilter, event: DecisionEvent): boolean {
  const isSame = (member: 'service' | 'rule' | 'client') => !(member in filter) || filter[member] === event[member]
  const scopes = new Set([...(event.required ?? []).flat(), ...(event.missing ?? [])])
  if (Array.isArray(event.by)) for (const scope of event.by) scopes.add(scope)
  return [
    filter.outcomes?.some((outcome) => outcome === event.outcome) ?? true,
    filter.codes?.some((code) => new Set(event.codes).has(code)) ?? true,
    isSame('service'),
    isSame('rule'),
    isSame('client'),
    filter.scope === undefined || scopes.has(filter.scope),
  ].every(Boolean)
}

test('a decision is shown exactly where every member of the filter holds', () =>
  fc.assert(
    fc.property(filters, events, (filter, event) => matchesTailFilter(filter, event) === isWanted(filter, event)),
  ))

test('no member that is added shows more', () =>
  fc.assert(
    fc.property(filters, filters, events, (one, other, event) => {
      const both = { ...one, ...other }
      const overlaps = Object.keys(one).some((member) => member in other)
      return overlaps || !matchesTailFilter(both, event) || matchesTailFilter(one, event)
    }),
  ))

test('what is written as JSON is read as it was', () =>
  fc.assert(
    fc.property(
      filters,
      (filter) => void expect(parseTailFilter(JSON.stringify(filter))).toEqual({ ok: true, value: filter }),
    ),
  ))

test('whatever comes is a filter or a fault, and a fault quotes nothing of it', () =>
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      const read = parseTailFilter(text)
      if (!read.ok) expect(read.error).toMatch(/^[\w ]+$/)
    }),
  ))

test.each([
  ['an unknown member', '{"clients":"a"}'],
  ['an unknown outcome', '{"outcomes":["denied"]}'],
  ['an unknown code', '{"codes":["constructor"]}'],
  ['an empty list, which would show nothing', '{"outcomes":[]}'],
  ['an empty name', '{"client":""}'],
  ['a list', '[]'],
  ['nothing', ''],
  ['more than a sleeping socket keeps', JSON.stringify({ client: 'x'.repeat(MOST_FILTER_CHARACTERS) })],
  ['an inherited member', '{"__proto__":{"client":"a"}}'],
])('%s is no filter', (_, text) => expect(parseTailFilter(text).ok).toBe(false))
