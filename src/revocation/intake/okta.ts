/**
 * Okta event hooks: `{ eventType: com.okta.event_hook, data: { events: [...] } }`, each event as the System Log has it: `uuid`, `published`, `eventType`,
 * `outcome.result`, `target` (a list of `{ type, id, alternateId, displayName }`) and `debugContext.debugData`.
 */

import type { Action } from '../../policy/revocation-log.ts'
import type { EventHook } from '../../policy/revocation-policy.ts'
import { array, object, text } from '../../policy/untrusted.ts'
import type { Named, Setting } from './entries.ts'
import {
  cutNow,
  disable,
  enable,
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

type OktaHook = EventHook & { readonly kind: 'okta' }

interface OktaEvent {
  readonly setting: Setting<OktaHook>
  readonly members: Members
  readonly named: Named
  readonly at: Setting['now']
  readonly type: string
}

type Reader = (event: OktaEvent) => readonly Action[]

const cut: Reader = ({ setting, named, type }) => [cutNow(setting, named, type)]
const disabled: Reader = ({ setting, named, at, type }) => disable(setting, named, at, type)
const enabled: Reader = ({ named, at, type }) => enable(named, at, type)
const stepUp: Reader = ({ setting, named, at, type }) => [stepUpSince(setting, named, at, type)]

const READERS: Readonly<Record<string, Reader>> = {
  'user.session.clear': cut,
  'user.lifecycle.deactivate': disabled,
  'user.lifecycle.suspend': disabled,
  'user.lifecycle.activate': enabled,
  'user.lifecycle.reactivate': enabled,
  'user.lifecycle.unsuspend': enabled,
  'user.lifecycle.delete.initiated': cut,
  'user.account.lock': cut,
  'user.account.reset_password': stepUp,
  'user.account.update_password': stepUp,
  'user.mfa.factor.deactivate': stepUp,
  'user.mfa.factor.reset_all': stepUp,
  'user.account.privilege.revoke': ({ setting, named, members }) =>
    loseRoles(setting, named, rolesIn(membersOf(membersOf(members.debugContext).debugData).privilegeRevoked)),
  'group.user_membership.remove': ({ setting, named, members }) =>
    loseRoles(
      setting,
      named,
      targetsOf(members, 'UserGroup').map((group) => namesOf(group, ['displayName', 'id'])),
    ),
  // The identifier of an OpenID Connect application is its client's.
  'application.user_membership.remove': ({ setting, named, members, type }) =>
    targetsOf(members, 'AppInstance').map(({ id }) => {
      const prefix = setting.issuers.find(({ issuer }) => issuer === setting.sender.issuer)?.clientPrefix ?? ''
      return cutNow(setting, { ...named, matching: { client: prefix + text(id, 'target') } }, type)
    }),
}

export const readOkta: HookReader<OktaHook> = (body, setting) => {
  const { data } = object(body, 'body')
  const events = array(object(data, 'data').events, 'events').map((event) => object(event, 'event'))
  return hookReading(
    setting,
    events.flatMap((members) => {
      const type = text(members.eventType, 'eventType')
      const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined
      if (reader === undefined || membersOf(members.outcome).result === 'FAILURE') return []
      const id = text(members.uuid, 'uuid')
      const at = secondOf(members.published, setting.now)
      const actions = peopleOf(members, setting).flatMap((named) => reader({ setting, members, named, at, type }))
      return [{ type, id, actions: actions.length > 0 ? actions : [nobody(type)] }]
    }),
  )
}

const nobody = (type: string): Action => ({ kind: 'note', about: type, reason: 'it names no user' })

/** Users and their assignments to applications; of these the user's own name is what tokens have. */
function peopleOf(members: Members, setting: Setting<OktaHook>): readonly Named[] {
  const member = setting.sender.subject === 'id' ? 'id' : 'alternateId'
  const users = targetsOf(members, 'User')
  return users.flatMap((user) => {
    const name = textIn(user[member])
    return name === undefined ? [] : [person(setting, name)]
  })
}

const targetsOf = ({ target }: Members, type: string): readonly Members[] =>
  itemsOf(target)
    .map(membersOf)
    .filter((each) => each.type === type)

const namesOf = (target: Members, members: readonly string[]): readonly string[] =>
  members.flatMap((member) => textIn(target[member]) ?? [])

/** Administrator roles, by their titles; without a title it is not known which. */
function rolesIn(privileges: unknown): readonly (readonly string[])[] {
  const titles = (textIn(privileges) ?? '').split(',').map((title) => title.trim())
  return titles.map((title) => (title === '' ? [] : [title]))
}
