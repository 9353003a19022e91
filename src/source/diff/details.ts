/** The smallest object of `authorization_details` that covers a requirement for a path (clause 5.14). */
import type { AuthorizationDetail } from '../../policy/principal.ts'
import type { DetailRequirement } from '../../policy/rule.ts'

type Members = Record<string, unknown>

/** Covers it unless the requirement contradicts itself, as where one place must hold a text and an object. */
export function smallestDetail(asked: DetailRequirement, template: string, path: string): AuthorizationDetail {
  const { type, actions, datatypes, privileges, match } = asked
  const detail: Members = {
    ...(actions && { actions: [...actions] }),
    ...(datatypes && { datatypes: [...datatypes] }),
    ...(privileges && { privileges: [...privileges] }),
  }
  for (const [pointer, wanted] of Object.entries(match ?? {})) put(detail, pointer, textFor(wanted, template, path))
  return { ...detail, type }
}

/** The text, or what the path has in the place of the parameter that it names. */
function textFor(wanted: string, template: string, path: string): string {
  const place = template.split('/').indexOf(wanted)
  const segment = place < 0 ? undefined : path.split('/')[place]
  return segment === undefined ? wanted : decodeURIComponent(segment)
}

/** RFC 6901 section 4. */
function put(detail: Members, pointer: string, value: string): void {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  let members = detail
  for (const name of names.slice(0, -1)) {
    const inner = Object.hasOwn(members, name) ? members[name] : {}
    const next = typeof inner === 'object' && inner !== null ? (inner as Members) : {}
    define(members, name, next)
    members = next
  }
  define(members, names.at(-1) ?? '', value)
}

/** As a member of its own, whatever it is called. */
const define = (members: Members, name: string, value: unknown): void =>
  void Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true })
