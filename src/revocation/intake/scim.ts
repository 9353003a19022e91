/**
 * Provisioning by SCIM 2.0 (RFC 7644): the gate answers as a service provider that keeps nothing. An identifier that it gives out is the name of the user or
 * the group itself, so that a later `PATCH` says whom it is about. Clients: Okta and Entra ID, which writes booleans as texts and operations in capitals.
 */
import { base64url } from 'jose'
import type { NewEntry } from '../../policy/revocation-log.ts'
import type { EventHook } from '../../policy/revocation-policy.ts'
import { array, Malformed, object, text } from '../../policy/untrusted.ts'
import type { Setting } from './entries.ts'
import { disable, enable, everybody, hookReading, loseRoles, type Members, membersOf, person, textIn } from './hook.ts'
import { patchOf, withExactNames } from './scim-patch.ts'

type ScimSetting = Setting<EventHook & { readonly kind: 'scim' }>
type Actions = NewEntry['action'][]

export const SCIM_RESOURCES = ['Users', 'Groups'] as const
export type ScimResource = (typeof SCIM_RESOURCES)[number]

/** A request that changes something. */
export interface ScimChange {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly resource: ScimResource
  /** As it stands in the path; absent where something is created. */
  readonly id?: string
  readonly body?: unknown
}

export interface ScimRepresentation extends Members {
  readonly id: string
  readonly meta: { readonly resourceType: 'User' | 'Group' }
}

export interface ScimReading {
  readonly entries: readonly NewEntry[]
  readonly types: readonly string[]
  /** What the resource is like from now on; absent once it is deleted. */
  readonly representation?: ScimRepresentation
  /** The identifier would have to change with the name that it stands for (RFC 7644 section 3.12, `mutability`). */
  readonly isRenamed?: boolean
}

/** Throws `Malformed` where the request is none that a client of SCIM would make. */
export function readScim(change: ScimChange, setting: ScimSetting): ScimReading {
  const { method, resource } = change
  const body = method === 'DELETE' ? {} : withExactNames(object(change.body, 'body'))
  const key = resource === 'Users' ? setting.sender.subject : 'displayName'
  const name = change.id === undefined ? text(body[key], key) : nameIn(change.id)
  const reading =
    resource === 'Users' ? userActions(change, name, body, setting) : groupActions(change, name, body, setting)
  const type = `${method} ${resource}`
  const { entries, types } = hookReading(setting, [{ type, actions: reading.actions }])
  const written = method === 'PATCH' ? reading.written : body
  if (written[key] !== undefined && written[key] !== name) return { entries, types, isRenamed: true }
  return {
    entries,
    types,
    ...(method !== 'DELETE' && { representation: representationOf(resource, key, name, written) }),
  }
}

/** What a client is told of a resource that it asks for. It is as if nothing had ever been taken away from it, so that a client would do it again. */
export const representationOf = (
  resource: ScimResource,
  key: string,
  name: string,
  { password: _, ...written }: Members = {},
): ScimRepresentation => ({
  schemas: [`urn:ietf:params:scim:schemas:core:2.0:${resource === 'Users' ? 'User' : 'Group'}`],
  ...(resource === 'Users' && { userName: name, active: true }),
  ...written,
  [key]: name,
  id: base64url.encode(name),
  meta: { resourceType: resource === 'Users' ? 'User' : 'Group' },
})

/** The name that an identifier stands for. */
export function nameIn(id: string): string {
  try {
    const name = utf8.decode(base64url.decode(id))
    if (name !== '' && base64url.encode(name) === id) return name
  } catch {
    // Said below.
  }
  throw new Malformed('id is none that was given out')
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

interface Change {
  readonly actions: readonly NewEntry['action'][]
  /** Attributes that a `PATCH` set. */
  readonly written: Members
}

function userActions({ method }: ScimChange, name: string, body: Members, setting: ScimSetting): Change {
  const named = person(setting, name)
  const shut = (reason: string) => disable(setting, named, setting.now, reason)
  if (method === 'DELETE') return { actions: shut('deleted'), written: {} }
  const patch = method === 'PATCH' ? patchOf(array(body.Operations, 'Operations')) : undefined
  const written = patch?.written ?? body
  const active = booleanOf(written.active)
  const actions: Actions = []
  if (active === false) actions.push(...shut('not active'))
  else if (active === true || method === 'POST') actions.push(...enable(named, setting.now, 'active'))
  if (active === false || method === 'POST') return { actions, written }
  // A list that replaces another does not say what is no longer in it.
  const lost =
    patch === undefined
      ? ROLE_ATTRIBUTES.filter((attribute) => body[attribute] !== undefined).map(() => [])
      : ROLE_ATTRIBUTES.flatMap((attribute) => patch.removedFrom(attribute))
  actions.push(...loseRoles(setting, named, lost))
  return { actions, written }
}

/** RFC 7643 section 4.1.2: what users may do is told in one of these. */
const ROLE_ATTRIBUTES = ['roles', 'entitlements', 'groups']

function groupActions({ method }: ScimChange, name: string, body: Members, setting: ScimSetting): Change {
  const everyone = () => loseRoles(setting, everybody(setting), [[name]])
  if (method === 'POST') return { actions: [], written: body }
  if (method !== 'PATCH') return { actions: everyone(), written: body }
  const patch = patchOf(array(body.Operations, 'Operations'))
  const actions = patch
    .removedFrom('members')
    .flatMap(([member]) =>
      member === undefined ? everyone() : loseRoles(setting, person(setting, nameIn(member)), [[name]]),
    )
  return { actions, written: patch.written }
}

function booleanOf(value: unknown): boolean | undefined {
  const word = typeof value === 'boolean' ? String(value) : textIn(value)?.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** `filter=userName eq "a"`: the one filter that clients look users and groups up with; who was looked for. */
export function lookedFor(filter: string | null): string | undefined {
  const [, quoted] = /^\s*\w+\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i.exec(filter ?? '') ?? []
  if (quoted === undefined) return undefined
  try {
    return textIn(JSON.parse(quoted))
  } catch {
    return undefined
  }
}

export const scimList = (resources: readonly Members[]): Members => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: resources.length,
  itemsPerPage: resources.length,
  startIndex: 1,
  Resources: resources,
})

/** RFC 7643 section 5. */
export const SERVICE_PROVIDER: Members = membersOf({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 1 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    { type: 'oauthbearertoken', name: 'Bearer', description: 'A token that the gate was given.' },
  ],
})
