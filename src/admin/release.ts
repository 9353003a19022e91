/**
 * What the admin API is judged by: the rules about it in the release that the Worker was built with, and nothing else. Whoever can write KV may change what
 * the origin's routes ask for, and can open no door to the log.
 */
import { adminRouteOf } from '../policy/admin-routes.ts'
import { decodeRelease, type Release } from '../policy/decode.ts'
import { encodeRelease, type RuleEntry } from '../policy/release.ts'
import type { ActiveRelease, ReleaseLoader } from '../release/loader.ts'

export interface Bundled {
  readonly text: string
  readonly digest: string
  readonly serial: number
}

/** A loader that knows one release. It is read when it is first asked for: most isolates never are. */
export function bundledAdminRules({ text, digest, serial }: Bundled): ReleaseLoader {
  let active: ActiveRelease | undefined
  return {
    bundled: { digest, serial },
    current() {
      const release = active === undefined ? adminPart(text) : undefined
      if (release !== undefined) active = { release, digest, serial, source: 'bundled' }
      return active ?? Promise.resolve(undefined)
    },
  }
}

/** A rule of the origin's that covers everything covers nothing here. */
function adminPart(text: string): Release | undefined {
  const whole = decodeRelease(text)
  if (!whole.ok) return undefined
  const { document } = whole.value
  const rules = document.rules.filter(isAdminRule).map(enforced)
  const part = decodeRelease(encodeRelease({ ...document, hosts: {}, rules }))
  return part.ok ? part.value : undefined
}

const isAdminRule = (rule: RuleEntry): boolean => adminRouteOf(rule) !== undefined && rule.anyOf !== undefined

/** Whatever a map may have managed to say: nobody is merely observed here, and nothing is upgraded. */
const enforced = ({ mode: _, upgrade: __, ...rule }: RuleEntry): RuleEntry => rule
