/** The door of a provisioning client: SCIM 2.0 (RFC 7644) below `/_scopewall/events/<name>/`. */
import type { EventHook } from '../policy/revocation-policy.ts'
import { Malformed } from '../policy/untrusted.ts'
import {
  lookedFor,
  nameIn,
  readScim,
  representationOf,
  SCIM_RESOURCES,
  type ScimChange,
  type ScimRepresentation,
  type ScimResource,
  SERVICE_PROVIDER,
  scimList,
} from '../revocation/intake/scim.ts'
import { readText } from './body.ts'
import { persist } from './event-log.ts'
import { type EventParts, type Knock, lineOf, settingOf } from './event-parts.ts'
import { isJson, knowsSecret, MOST_BATCH_BYTES, mediaTypeOf, parsed, RETRY_SECONDS } from './event-request.ts'

type ScimSender = EventHook & { readonly kind: 'scim' }

/** What of the address comes after the door's own. */
interface Place {
  readonly resource: ScimResource
  readonly id?: string
}

export function scimDoor(parts: EventParts, sender: ScimSender, path: string): Knock {
  const { secrets, clock, record } = parts
  return async (request) => {
    const now = clock()
    const { origin, pathname, searchParams } = new URL(request.url)
    if (!(await knowsSecret(request, secrets, sender.secret))) {
      record(lineOf(parts, sender, now, { outcome: 'refused', detail: 'authentication_failed' }))
      return error(401, undefined, 'Send the bearer token that was agreed on.', {
        'www-authenticate': 'Bearer realm="events"',
      })
    }
    const rest = pathname.slice(path.length + 1)
    if (rest === 'ServiceProviderConfig' && request.method === 'GET') return answer(200, SERVICE_PROVIDER)
    const place = placeOf(rest)
    if (place === undefined) return error(404, undefined, 'There are Users and Groups.')
    const top = origin + path
    if (request.method === 'GET') return lookUp(place, sender, top, searchParams.get('filter'))
    return change(request, place, parts, sender, top, now)
  }
}

function placeOf(rest: string): Place | undefined {
  const [name, id, ...more] = rest.split('/')
  const resource = SCIM_RESOURCES.find((each) => each === name)
  if (resource === undefined || id === '' || more.length > 0) return undefined
  return { resource, ...(id !== undefined && { id }) }
}

/** Nobody is kept here: whoever is asked for by identifier is there, and whoever is looked for may be created. */
function lookUp({ resource, id }: Place, { subject }: ScimSender, top: string, filter: string | null): Response {
  if (id === undefined)
    return filter === null || lookedFor(filter) !== undefined
      ? answer(200, scimList([]))
      : error(400, 'invalidFilter', 'Filters are `<attribute> eq "<value>"`.')
  try {
    const key = resource === 'Users' ? subject : 'displayName'
    return answer(200, located(representationOf(resource, key, nameIn(id)), resource, top))
  } catch (fault) {
    if (fault instanceof Malformed) return error(404, undefined, 'There is no such resource.')
    throw fault
  }
}

async function change(
  request: Request,
  { resource, id }: Place,
  parts: EventParts,
  sender: ScimSender,
  top: string,
  now: number,
): Promise<Response> {
  const method = METHODS.find((each) => each === request.method)
  if (method === undefined || (method === 'POST') !== (id === undefined))
    return error(405, undefined, 'The method does nothing here.', {
      allow: id === undefined ? 'GET, POST' : 'GET, PUT, PATCH, DELETE',
    })
  if (method !== 'DELETE' && !isJson(mediaTypeOf(request))) return error(415, undefined, 'Send application/scim+json.')
  const text = await readText(request, MOST_BATCH_BYTES)
  if (!text.ok)
    return text.error === 'size'
      ? error(413, undefined, 'The body is too long.')
      : error(400, 'invalidSyntax', 'The body is no UTF-8.')
  const refuse = (scimType: string, detail: string) => {
    parts.record(lineOf(parts, sender, now, { outcome: 'refused', detail: scimType }))
    return error(400, scimType, detail)
  }
  try {
    const asked = { method, resource, ...(id !== undefined && { id }), body: parsed(text.value) }
    const { entries, types, representation, isRenamed } = readScim(asked, settingOf(parts, sender, now))
    const added = await persist(parts.log, entries)
    if (added === undefined) {
      parts.record(lineOf(parts, sender, now, { outcome: 'unavailable', detail: 'log' }))
      return error(503, undefined, 'What happened could not be kept: send it again.', { 'retry-after': RETRY_SECONDS })
    }
    if (isRenamed) return refuse('mutability', 'The name that tokens have cannot change: delete and create instead.')
    parts.record(lineOf(parts, sender, now, { outcome: 'accepted', types, entries: added }))
    if (representation === undefined) return new Response(null, { status: 204 })
    const resourceThere = located(representation, resource, top)
    return method === 'POST'
      ? answer(201, resourceThere, { location: resourceThere.meta.location })
      : answer(200, resourceThere)
  } catch (fault) {
    if (fault instanceof Malformed) return refuse('invalidValue', `This is no request of SCIM: ${fault.message}.`)
    throw fault
  }
}

/** RFC 7643 section 3.1, RFC 7644 section 3.3: where a resource is, which creating it says as well. */
const located = (representation: ScimRepresentation, resource: ScimResource, top: string) => ({
  ...representation,
  meta: { ...representation.meta, location: `${top}/${resource}/${representation.id}` },
})

const METHODS: readonly ScimChange['method'][] = ['POST', 'PUT', 'PATCH', 'DELETE']

const answer = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/scim+json', 'cache-control': 'no-store', ...headers },
  })

/** RFC 7644 section 3.12. */
const error = (
  status: number,
  scimType: string | undefined,
  detail: string,
  headers: Record<string, string> = {},
): Response =>
  answer(
    status,
    {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      ...(scimType !== undefined && { scimType }),
      detail,
    },
    headers,
  )
