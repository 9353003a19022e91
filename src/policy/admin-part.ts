/** A release as the admin API is judged by it: its rules about that API, and nothing else of what it lets in. */
import { adminRouteOf } from './admin-routes.ts'
import { decodeRelease, type Release } from './decode.ts'
import { encodeRelease, type RuleEntry } from './release.ts'

const known = new WeakMap<Release, Release>()

/** A rule of the origin's that covers everything covers nothing here. Worked out once a release. */
export function adminPartOf(release: Release): Release {
  const part = known.get(release) ?? readPart(release)
  known.set(release, part)
  return part
}

function readPart({ document }: Release): Release {
  const rules = document.rules.filter(isAdminRule).map(enforced)
  const part = decodeRelease(encodeRelease({ ...document, hosts: {}, rules }))
  // Fewer rules of a release that was read cannot be at odds.
  if (!part.ok) throw new TypeError(part.error)
  return part.value
}

const isAdminRule = (rule: RuleEntry): boolean => adminRouteOf(rule) !== undefined && rule.anyOf !== undefined

/** Whatever a map may have managed to say: nobody is merely observed here, and nothing is upgraded. */
const enforced = ({ mode: _, upgrade: __, ...rule }: RuleEntry): RuleEntry => rule
