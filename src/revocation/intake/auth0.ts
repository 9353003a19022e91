/**
 * Auth0: event streams, which send CloudEvents 1.0 (`id`, `type`, `time`, `data.object`), and custom webhooks of log streams, which send
 * `{ log_id, data: { type, date, user_id, details: { request: { method, path, body } } } }` one by one, as a list or one a line.
 */
import type { Action } from '../../policy/revocation-log.ts'
import type { EventHook } from '../../policy/revocation-policy.ts'
import { object, text } from '../../policy/untrusted.ts'
import type { Setting } from './entries.ts'
import {
  cutNow,
  disable,
  enable,
  everybody,
  type HookEvent,
  type HookReader,
  hookReading,
  itemsOf,
  loseRoles,
  type Members,
  membersOf,
  person,
  secondOf,
  stepUpSince,
  textIn,
} from './hook.ts'

type Auth0Hook = EventHook & { readonly kind: 'auth0' | 'keycloak' }

/** The body: an event, a list of them, or the lines of a stream, read already. */
export const readAuth0: HookReader<Auth0Hook> = (body, setting) => {
  const items = Array.isArray(body) ? body : [body]
  return hookReading(
    setting,
    items.flatMap((item) => {
      const members = object(item, 'event')
      const event =
        'specversion' in members || 'spec_version' in members ? streamed(members, setting) : logged(members, setting)
      return event.actions.length === 0 ? [] : [event]
    }),
  )
}

/** The type is written with or without the product's own prefix. */
function streamed(members: Members, setting: Setting): HookEvent {
  const type = text(members.type, 'type').replace(/^com\.auth0\./, '')
  const id = text(members.id, 'id')
  const data = membersOf(membersOf(members.data).object)
  return { type, id, actions: streamedActions(type, data, secondOf(members.time, setting.now), setting) }
}

function streamedActions(type: string, data: Members, at: Setting['now'], setting: Setting): readonly Action[] {
  const organization = textIn(membersOf(data.organization).id)
  const tenant = organization === undefined ? undefined : { tenant: organization }
  switch (type) {
    case 'user.deleted':
      return [cutNow(setting, person(setting, text(data.user_id, 'user_id')), type)]
    case 'user.updated': {
      const named = person(setting, text(data.user_id, 'user_id'))
      return data.blocked === true ? disable(setting, named, at, type) : enable(named, at, type)
    }
    case 'organization.member.deleted':
      return [cutNow(setting, person(setting, userOf(data), tenant), type)]
    case 'organization.member.role.deleted':
      return loseRoles(setting, person(setting, userOf(data), tenant), [namesOf(data.role)])
    case 'group.member.deleted':
      return loseRoles(setting, person(setting, textIn(membersOf(data.member).id) ?? userOf(data)), [
        namesOf(data.group),
      ])
    // Whoever had the role by the group: nobody says who that is.
    case 'group.role.deleted':
    case 'organization.group.role.deleted':
      return loseRoles(setting, everybody(setting), [namesOf(data.role)])
    case 'group.deleted':
      return loseRoles(setting, everybody(setting), [namesOf(data)])
    default:
      return []
  }
}

const userOf = (data: Members): string => text(membersOf(data.user).user_id, 'user_id')

const namesOf = (value: unknown): readonly string[] => {
  const { id, name } = membersOf(value)
  return [textIn(name), textIn(id)].filter((each) => each !== undefined)
}

/** Codes of log events: a changed password, a deleted user, a call of the Management API that went well. */
function logged(members: Members, setting: Setting): HookEvent {
  const data = object(members.data ?? members, 'data')
  const code = text(data.type, 'type')
  const id = text(members.log_id ?? data.log_id, 'log_id')
  const at = secondOf(data.date, setting.now)
  const user = textIn(data.user_id)
  switch (code) {
    case 'scp':
      return {
        type: code,
        id,
        actions: user === undefined ? [] : [stepUpSince(setting, person(setting, user), at, code)],
      }
    case 'sdu':
      return { type: code, id, actions: user === undefined ? [] : [cutNow(setting, person(setting, user), code)] }
    case 'sapi':
      return { type: code, id, actions: managed(membersOf(membersOf(data.details).request), at, setting) }
    default:
      return { type: code, id, actions: [] }
  }
}

/** What a call of the Management API took away. */
function managed({ method, path, body }: Members, at: Setting['now'], setting: Setting): readonly Action[] {
  const call = `${String(method).toUpperCase()} ${segmentsOf(path).map(shapeOf).join('/')}`
  const [, first = '', , second = ''] = segmentsOf(path)
  const asked = membersOf(body)
  switch (call) {
    case 'PATCH users/*': {
      if (typeof asked.blocked !== 'boolean') return []
      const named = person(setting, first)
      return asked.blocked ? disable(setting, named, at, 'blocked') : enable(named, at, 'unblocked')
    }
    case 'DELETE users/*':
      return [cutNow(setting, person(setting, first), 'deleted')]
    case 'DELETE users/*/sessions':
    case 'DELETE users/*/refresh-tokens':
      return [cutNow(setting, person(setting, first), 'sessions ended')]
    case 'DELETE sessions/*':
    case 'POST sessions/*/revoke':
      return [
        cutNow(setting, { target: { kind: 'session', issuer: setting.sender.issuer, value: first } }, 'session ended'),
      ]
    case 'DELETE users/*/roles':
      return loseRoles(setting, person(setting, first), textsIn(asked.roles))
    // Permissions of its own: the table has roles, and does not know which scopes these are.
    case 'DELETE users/*/permissions':
      return [cutNow(setting, person(setting, first), 'lost permissions')]
    case 'DELETE roles/*':
    case 'DELETE roles/*/permissions':
      return loseRoles(setting, everybody(setting), [[first]])
    case 'DELETE organizations/*/members':
      return textsIn(asked.members).flatMap((member) =>
        member.map((user) => cutNow(setting, person(setting, user, { tenant: first }), 'left the organization')),
      )
    case 'DELETE organizations/*/members/*/roles':
      return loseRoles(setting, person(setting, second, { tenant: first }), textsIn(asked.roles))
    default:
      return []
  }
}

/** Of a path below `/api/v2/`, decoded; none of any other. */
function segmentsOf(path: unknown): readonly string[] {
  const [, rest] = /^\/api\/v2\/(.+)$/.exec(textIn(path) ?? '') ?? []
  if (rest === undefined) return []
  try {
    return rest.split('/').map(decodeURIComponent)
  } catch {
    return []
  }
}

/** Every second segment is an identifier. */
const shapeOf = (segment: string, index: number): string => (index % 2 === 1 ? '*' : segment)

const textsIn = (value: unknown): readonly (readonly string[])[] =>
  itemsOf(value).map((item) => [textIn(item)].filter((each) => each !== undefined))
