/**
 * What the admin API is judged by: the rules about it in the release that the Worker was built with. Whoever can write KV may change what the origin's routes
 * ask for, and can open no door to the log.
 */
import { adminPartOf } from '../policy/admin-part.ts'
import { decodeRelease } from '../policy/decode.ts'
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
      if (active !== undefined) return active
      const whole = decodeRelease(text)
      if (!whole.ok) return Promise.resolve(undefined)
      active = { release: adminPartOf(whole.value), digest, serial, source: 'bundled' }
      return active
    },
  }
}
