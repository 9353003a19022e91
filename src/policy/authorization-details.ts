/** Rich authorization requests at the resource: does one object of `authorization_details` cover the request? (RFC 9396 sections 2 and 9). */
import type { AuthorizationDetail, Principal } from './principal.ts'
import type { DetailRequirement, Rule } from './rule.ts'

/** Clause 5.14. Permissions are never merged across objects; objects of other types grant nothing. */
export function areDetailsMet(rule: Rule, principal: Principal, path: string, resource: string): boolean {
  const { authorizationDetails: requirements } = rule
  if (requirements === undefined) return true
  const parameters = pathParameters(rule.path, path)
  return requirements.some((requirement) =>
    principal.authorizationDetails.some((detail) => covers(detail, requirement, parameters, resource)),
  )
}

function covers(
  detail: AuthorizationDetail,
  { type, actions, datatypes, privileges, match }: DetailRequirement,
  parameters: ReadonlyMap<string, string>,
  resource: string,
): boolean {
  return (
    detail.type === type &&
    // An object that says where it may be used says so of all places (RFC 9396 section 2.2).
    (!Object.hasOwn(detail, 'locations') || holdsAll(detail.locations, [resource])) &&
    holdsAll(detail.actions, actions ?? []) &&
    holdsAll(detail.datatypes, datatypes ?? []) &&
    holdsAll(detail.privileges, privileges ?? []) &&
    Object.entries(match ?? {}).every(([pointer, wanted]) => valueAt(detail, pointer) === resolve(wanted, parameters))
  )
}

const holdsAll = (list: unknown, wanted: readonly string[]): boolean =>
  wanted.length === 0 || (Array.isArray(list) && wanted.every((item) => list.includes(item)))

/** The text, or the value of the parameter that it names. A name that the path does not have matches nothing. */
function resolve(wanted: string, parameters: ReadonlyMap<string, string>): string | symbol {
  const name = /^\{(.+)\}$/.exec(wanted)?.[1]
  return name === undefined ? wanted : (parameters.get(name) ?? NOTHING)
}

const NOTHING = Symbol('nothing')

/**
 * RFC 6901 section 4, for texts. Whole numbers are compared by their decimal spelling, as a double holds them; beyond 2^53 several are one, so none matches
 * (RFC 7493 section 2.2).
 */
function valueAt(detail: AuthorizationDetail, pointer: string): unknown {
  let value: unknown = detail
  for (const escaped of pointer.split('/').slice(1)) {
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  if (typeof value !== 'number') return value
  return Number.isSafeInteger(value) ? String(value) : undefined
}

/** The decoded segments of a path that its template calls parameters. The path matched the template and is canonical, so it decodes. */
function pathParameters(template: string, path: string): ReadonlyMap<string, string> {
  const given = path.split('/')
  const parameters = new Map<string, string>()
  for (const [index, part] of template.split('/').entries()) {
    const name = /^\{([^{}+]+)\}$/.exec(part)?.[1]
    const segment = given[index]
    if (name !== undefined && segment !== undefined) parameters.set(name, decodeURIComponent(segment))
  }
  return parameters
}
