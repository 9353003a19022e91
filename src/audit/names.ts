/** What clients, subjects and tokens are called on record: as the environment says (docs/events.md). */
import type { NameTreatment } from '../policy/decision-event.ts'
import type { EventPolicy } from '../policy/event-policy.ts'
import type { Principal } from '../policy/principal.ts'

/** Absent: the token does not say, or it is left out. */
export interface Names {
  readonly client?: string
  readonly subject?: string
  readonly token?: string
  /** Of who acts for the subject: treated as clients are. */
  readonly actor?: string
}

export interface NameBook {
  /** Undefined until they were prepared. */
  of(principal: Principal): Names | undefined
  /** Works out the names of those that have none yet. Never rejects: what cannot be hashed is left out. */
  prepare(principals: Iterable<Principal>): Promise<void>
}

type Treatments = Pick<EventPolicy, 'client' | 'subject' | 'token'>

/** Longer ones are cut: an event is bounded whatever an issuer writes into its tokens. */
const MOST_CHARACTERS = 512

/** `key`: the secret that names are hashed with; without it, what should be hashed is left out. Names are kept for as long as the principal is. */
export function createNameBook(treatments: Treatments, key: string | undefined): NameBook {
  const known = new WeakMap<Principal, Names>()
  let imported: HashKey | undefined

  return {
    of: (principal) => known.get(principal),
    async prepare(principals) {
      const unnamed = [...new Set(principals)].filter((principal) => !known.has(principal))
      if (unnamed.length === 0) return
      try {
        if (key !== undefined) imported ??= await importKey(key)
      } catch {
        // Without a key, as where none was given.
      }
      await Promise.all(unnamed.map(async (principal) => known.set(principal, await namesOf(principal))))
    },
  }

  async function namesOf(principal: Principal): Promise<Names> {
    const { issuer } = principal
    const [client, subject, token, actor] = await Promise.all([
      treat(treatments.client, 'client', issuer, principal.client),
      treat(treatments.subject, 'subject', issuer, principal.subject),
      treat(treatments.token, 'token', issuer, principal.fingerprint),
      treat(treatments.client, 'actor', issuer, principal.actor?.name),
    ])
    return {
      ...(client !== undefined && { client }),
      ...(subject !== undefined && { subject }),
      ...(token !== undefined && { token }),
      ...(actor !== undefined && { actor }),
    }
  }

  function treat(
    treatment: NameTreatment,
    kind: keyof Names,
    issuer: string,
    name: string | undefined,
  ): string | undefined | Promise<string | undefined> {
    if (name === undefined || treatment === 'omitted') return undefined
    if (treatment === 'plain') return name.slice(0, MOST_CHARACTERS)
    return imported && hashed(imported, kind, issuer, name)
  }
}

const encoder = new TextEncoder()

type HashKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

const importKey = (key: string): Promise<HashKey> =>
  crypto.subtle.importKey('raw', encoder.encode(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])

/**
 * `hmac:` and 32 hexadecimal digits: the first half of HMAC-SHA-256 over kind, issuer and name, a line feed between them. The kind is in it, so that a client
 * and a subject of one name cannot be told to be alike. Undefined where it cannot be worked out.
 */
export async function hashed(
  key: HashKey,
  kind: keyof Names,
  issuer: string,
  name: string,
): Promise<string | undefined> {
  try {
    const code = await crypto.subtle.sign('HMAC', key, encoder.encode(`${kind}\n${issuer}\n${name}`))
    const digits = [...new Uint8Array(code, 0, 16)].map((byte) => byte.toString(16).padStart(2, '0'))
    return `hmac:${digits.join('')}`
  } catch {
    return undefined
  }
}
