/**
 * Keycloak, by the webhooks of the extension keycloak-events (Keycloak itself sends none). User events are `access.<TYPE>` with `authDetails.userId` and
 * `.sessionId`; admin events are `admin.<RESOURCE>-<OPERATION>` with `resourcePath` and `representation`, a text of JSON. `uid` tells events apart,
 * `time` is in milliseconds. Its plain HTTP sender sends Keycloak's own events: `id`, `type`, `userId`, `sessionId`, or `operationType` and `resourceType`.
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

export const readKeycloak: HookReader<EventHook & { readonly kind: 'auth0' | 'keycloak' }> = (body, setting) => {
  const members = object(body, 'body')
  const type = typeOf(members)
  if (textIn(members.error) !== undefined) return hookReading(setting, [])
  const at = secondOf(members.time, setting.now)
  const actions = type.startsWith('admin.')
    ? adminActions(type.slice('admin.'.length), members, at, setting)
    : userActions(type.replace(/^access\./, ''), members, at, setting)
  const id = text(members.uid ?? members.id, 'uid')
  return hookReading(setting, actions.length === 0 ? [] : [{ type, id, actions }])
}

function typeOf(members: Members): string {
  const { type, resourceType, operationType } = members
  return type === undefined && operationType !== undefined
    ? `admin.${text(resourceType, 'resourceType')}-${text(operationType, 'operationType')}`
    : text(type, 'type')
}

function userActions(type: string, members: Members, at: Setting['now'], setting: Setting): readonly Action[] {
  const details = membersOf(members.authDetails)
  const user = textIn(details.userId ?? members.userId)
  const session = textIn(details.sessionId ?? members.sessionId)
  if (user === undefined) return []
  const named = person(setting, user)
  switch (type) {
    case 'LOGOUT':
      return [cutNow(setting, session === undefined ? named : sessionOf(setting, session), type)]
    case 'UPDATE_PASSWORD':
    case 'RESET_PASSWORD':
    case 'UPDATE_CREDENTIAL':
    case 'REMOVE_CREDENTIAL':
    case 'UPDATE_TOTP':
    case 'REMOVE_TOTP':
      return [stepUpSince(setting, named, at, type)]
    case 'DELETE_ACCOUNT':
    case 'USER_DISABLED_BY_PERMANENT_LOCKOUT':
      return [cutNow(setting, named, type)]
    case 'REVOKE_GRANT':
      return [cutNow(setting, { ...named, ...clientOf(membersOf(members.details).revoked_client, setting) }, type)]
    default:
      return []
  }
}

const sessionOf = ({ sender }: Setting, value: string) =>
  ({ target: { kind: 'session', issuer: sender.issuer, value } }) as const

/** Of all clients, where it is not said of which. */
function clientOf(client: unknown, { issuers, sender }: Setting) {
  const name = textIn(client)
  const prefix = issuers.find(({ issuer }) => issuer === sender.issuer)?.clientPrefix ?? ''
  return name === undefined ? {} : { matching: { client: prefix + name } }
}

/** `resourcePath` is the address below the realm: `users/<id>`, and what of the user changed. */
function adminActions(type: string, members: Members, at: Setting['now'], setting: Setting): readonly Action[] {
  const path = (textIn(members.resourcePath) ?? '').split('/')
  const [resource = '', id = '', part = '', kind = ''] = path
  const operation = type.slice(type.lastIndexOf('-') + 1)
  const representation = jsonIn(members.representation)
  if (id === '')
    return operation === 'ACTION' && resource === 'logout-all' ? [cutNow(setting, everybody(setting), type)] : []
  const named = person(setting, id)
  switch (`${operation} ${[resource, '*', ...path.slice(2, 3)].join('/')}`) {
    case 'DELETE users/*':
      return [cutNow(setting, named, type)]
    case 'UPDATE users/*': {
      const { enabled } = membersOf(representation)
      if (typeof enabled !== 'boolean') return []
      return enabled ? enable(named, at, type) : disable(setting, named, at, type)
    }
    case 'DELETE users/*/role-mappings':
      return loseRoles(setting, named, rolesIn(representation))
    case 'DELETE users/*/groups':
      return loseRoles(setting, named, [namesOf(representation, ['path', 'name'], kind)])
    case 'ACTION users/*/logout':
      return [cutNow(setting, named, type)]
    case 'DELETE users/*/consents':
      return [cutNow(setting, { ...named, ...clientOf(kind, setting) }, type)]
    case 'ACTION users/*/reset-password':
    case 'UPDATE users/*/reset-password':
    case 'DELETE users/*/credentials':
    case 'ACTION users/*/disable-credential-types':
      return [stepUpSince(setting, named, at, part)]
    case 'DELETE sessions/*':
      return [cutNow(setting, sessionOf(setting, id), type)]
    // Whoever had it: nobody says who that is.
    case 'DELETE groups/*':
      return loseRoles(setting, everybody(setting), [namesOf(representation, ['path', 'name'], id)])
    case 'DELETE roles-by-id/*':
    case 'DELETE roles/*':
      return loseRoles(setting, everybody(setting), [namesOf(representation, ['name'], id)])
    case 'DELETE clients/*/roles':
      return loseRoles(
        setting,
        everybody(setting),
        path.at(-1) === 'composites' ? rolesIn(representation) : [namesOf(representation, ['name'], kind)],
      )
    case 'DELETE groups/*/role-mappings':
    case 'DELETE roles-by-id/*/composites':
    case 'DELETE roles/*/composites':
      return loseRoles(setting, everybody(setting), rolesIn(representation))
    default:
      return []
  }
}

/** Roles that were taken away; none where they are not told, and then it is not known which. */
function rolesIn(representation: unknown): readonly (readonly string[])[] {
  const roles = itemsOf(representation).map((role) => namesOf(role, ['name', 'id']))
  return roles.length > 0 ? roles : [[]]
}

function namesOf(value: unknown, members: readonly string[], identifier = ''): readonly string[] {
  const read = membersOf(value)
  return [...members.map((member) => textIn(read[member])), textIn(identifier)].filter((each) => each !== undefined)
}

/** A text of JSON; nothing where it is none: representations may be turned off. */
function jsonIn(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : value
  } catch {
    return undefined
  }
}
