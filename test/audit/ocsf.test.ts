/** Events in OCSF, held against the names, types and rules of its public schema. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ocsfDecision, ocsfNotice } from '../../src/audit/ocsf.ts'
import type { DecisionEvent } from '../../src/policy/decision-event.ts'
import { arbitraryEvent, FULL_EVENT, NOTICE, SPARSE_EVENT } from './decision-events.ts'
import { CAPTIONS, CLASSES, OBJECTS, ONE_OF, PROFILES } from './ocsf-schema.ts'

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const SIMPLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  whole: Number.isSafeInteger,
  time: Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
  anything: isObject,
}

/** What is wrong with an object, as sentences. */
function faultsOf(members: Members, attributes: Readonly<Record<string, string>>, at: string): readonly string[] {
  const missing = Object.entries(attributes)
    .filter(([name, type]) => type.startsWith('!') && members[name] === undefined)
    .map(([name]) => `${at}${name} is missing`)
  const wrong = Object.entries(members).flatMap(([name, value]) => {
    const type = attributes[name]?.replace('!', '')
    if (type === undefined) return [`${at}${name} is not known`]
    if (!type.startsWith('[]')) return faultsOfValue(value, type, `${at}${name}`)
    if (!Array.isArray(value)) return [`${at}${name} is no list`]
    return value.flatMap((item) => faultsOfValue(item, type.slice(2), `${at}${name}[]`))
  })
  return [...missing, ...wrong]
}

function faultsOfValue(value: unknown, type: string, at: string): readonly string[] {
  const isOf = SIMPLE[type]
  if (isOf !== undefined) return isOf(value) ? [] : [`${at} is no ${type}`]
  if (!isObject(value)) return [`${at} is no ${type}`]
  const oneOf = ONE_OF[type] ?? []
  const none = oneOf.length > 0 && !oneOf.some((name) => name in value) ? [`${at} has none of ${oneOf}`] : []
  return [...none, ...faultsOf(value, OBJECTS[type] ?? {}, `${at}.`)]
}

function faultsOfEvent(event: Members): readonly string[] {
  const { profiles = [] } = event.metadata as { readonly profiles?: readonly string[] }
  const attributes = Object.assign({}, CLASSES[Number(event.class_uid)], ...profiles.map((name) => PROFILES[name]))
  const captions = Object.entries(CAPTIONS).flatMap(([name, known]) => {
    const id = event[name]
    if (id === undefined || id === 99) return []
    const beside = event[name === 'activity_id' ? 'activity_name' : name.replace('_id', '')]
    return known[Number(id)] === beside ? [] : [`${name} ${id} is not ${beside}`]
  })
  const { type_uid: type, class_uid: uid, activity_id: activity } = event
  const typed = type === 100 * Number(uid) + Number(activity) ? [] : [`type_uid is ${type}`]
  return [...captions, ...typed, ...faultsOf(event, attributes, '')]
}

describe('an event in OCSF', () => {
  test('is what the schema allows, whatever was decided', () => {
    fc.assert(
      fc.property(arbitraryEvent, (event) => {
        expect(faultsOfEvent(ocsfDecision(event))).toEqual([])
      }),
    )
    for (const event of [FULL_EVENT, SPARSE_EVENT]) expect(faultsOfEvent(ocsfDecision(event))).toEqual([])
    expect(faultsOfEvent(ocsfNotice(NOTICE, 'production'))).toEqual([])
  })

  test('is found wanting where it is not', () => {
    const { src_endpoint: _, ...event } = ocsfDecision(FULL_EVENT)
    expect(faultsOfEvent({ ...event, status: 'Failed', colour: 'red', time: 'now', actor: {} })).toEqual([
      'status_id 2 is not Failed',
      'src_endpoint is missing',
      'time is no time',
      'actor has none of user,session,app_uid',
      'colour is not known',
    ])
  })

  test.each<[string, Partial<DecisionEvent>, Members]>([
    [
      'allowed',
      { outcome: 'allow' },
      { status_id: 1, action_id: 1, disposition_id: 1, severity_id: 1, is_alert: false },
    ],
    [
      'observed',
      { outcome: 'observe', codes: ['scope_insufficient'] },
      { status_id: 1, action_id: 3, disposition_id: 15, severity_id: 2, status_code: 'scope_insufficient' },
    ],
    ['refused for a scope', { codes: ['scope_insufficient'] }, { status_id: 2, action_id: 2, disposition_id: 26 }],
    ['refused for its form', { codes: ['target_ambiguous'] }, { disposition_id: 25, severity_id: 2, is_alert: false }],
    ['refused for want of keys', { codes: ['unavailable'] }, { disposition_id: 27, severity_id: 3, is_alert: true }],
    [
      'refused since its token was revoked',
      { codes: ['token_invalid'], detail: 'revoked', mark: { target: 'client', entry: 3 } },
      { disposition_id: 24, severity_id: 3, is_alert: true, status_detail: 'revoked' },
    ],
  ])('says of a request that was %s', (_, members, expected) => {
    const { codes, ...sparse } = SPARSE_EVENT
    const event = ocsfDecision({ ...sparse, ...(members.outcome === 'allow' ? {} : { codes }), ...members })
    expect(event).toMatchObject(expected)
    expect('http_response' in event).toBe((members.outcome ?? 'deny') === 'deny')
  })

  test('names nobody where no token says who asks', () => {
    expect(ocsfDecision(SPARSE_EVENT).actor).toEqual({ user: { name: 'unknown', type_id: 0, type: 'Unknown' } })
    const machine = ocsfDecision({ ...SPARSE_EVENT, client: 'partner', issuer: 'https://i.example.com' })
    expect(machine.actor).toEqual({
      app_uid: 'partner',
      idp: { uid: 'https://i.example.com', issuer: 'https://i.example.com' },
    })
  })
})
