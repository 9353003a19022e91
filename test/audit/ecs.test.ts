/** Events in ECS, held against the names and the closed lists of values of its public schema. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ecsDecision, ecsNotice } from '../../src/audit/ecs.ts'
import type { DecisionEvent } from '../../src/policy/decision-event.ts'
import { arbitraryEvent, FULL_EVENT, NOTICE, SPARSE_EVENT } from './decision-events.ts'

/** Fields of ECS 9.4.0 by their type there; the lists are those that must be lists. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  date: ['@timestamp'],
  long: ['event.severity', 'http.response.status_code'],
  list: ['event.category', 'event.type', 'related.user', 'related.hosts'],
  text: [
    'ecs.version',
    'message',
    'log.level',
    'event.id',
    'event.kind',
    'event.outcome',
    'event.action',
    'event.code',
    'event.reason',
    'event.module',
    'event.dataset',
    'service.name',
    'service.environment',
    'observer.vendor',
    'observer.product',
    'cloud.provider',
    'cloud.availability_zone',
    'rule.id',
    'rule.ruleset',
    'rule.version',
    'http.request.id',
    'http.request.method',
    'url.domain',
    'url.path',
    'user.id',
  ],
}

const TYPE_OF: Readonly<Record<string, (value: unknown) => boolean>> = {
  date: (value) => typeof value === 'string' && new Date(value).toISOString() === value,
  long: Number.isSafeInteger,
  list: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  text: (value) => typeof value === 'string',
}

/** A document's leaves by their full names. */
function leavesOf(document: object, prefix = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(document).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leavesOf(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as const],
  )
}

function faultsOf(document: object): readonly string[] {
  return leavesOf(document)
    .filter(([name]) => !name.startsWith('scopewall.'))
    .flatMap(([name, value]) => {
      const [type] = Object.entries(FIELDS).find(([, names]) => names.includes(name)) ?? []
      if (type === undefined) return [`${name} is no field of ECS`]
      return TYPE_OF[type]?.(value) ? [] : [`${name} is no ${type}`]
    })
}

describe('an event in ECS', () => {
  test('has the fields of the schema, and its own below scopewall', () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        expect(faultsOf(ecsDecision(event))).toEqual([])
      }),
    )
    expect(faultsOf(ecsDecision(FULL_EVENT))).toEqual([])
    expect(faultsOf(ecsNotice(NOTICE, 'production'))).toEqual([])
    expect(faultsOf({ event: { severity: '1', colour: 'red' } })).toEqual([
      'event.severity is no long',
      'event.colour is no field of ECS',
    ])
  })

  test.each<[DecisionEvent['outcome'], object]>([
    ['allow', { type: ['access', 'allowed'], outcome: 'success', action: 'allow', severity: 1 }],
    ['observe', { type: ['access', 'allowed'], outcome: 'success', action: 'observe', severity: 2 }],
    ['deny', { type: ['access', 'denied'], outcome: 'failure', action: 'deny', severity: 2 }],
  ])('is categorized where the outcome is %s', (outcome, expected) => {
    const { codes, ...sparse } = SPARSE_EVENT
    const { event } = ecsDecision({ ...sparse, ...(outcome !== 'allow' && { codes }), outcome })
    expect(event).toMatchObject({ kind: 'event', category: ['api'], ...expected })
  })

  test('has neither a list of lists nor anything that is empty, which indices lose', () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        for (const [, value] of leavesOf(ecsDecision(event))) {
          expect(value).toBeDefined()
          if (Array.isArray(value)) expect(value.every((item) => typeof item === 'string')).toBe(true)
        }
      }),
    )
    expect(ecsDecision(SPARSE_EVENT)).not.toHaveProperty('user')
  })
})
