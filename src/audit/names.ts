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
  /** Undefined until they were prepared, where there is something to hash. */
  of(principal: Principal): Names | undefined
  /** Works out names. Never rejects: what cannot be hashed is left out. */
  prepare(principals: Iterable<Principal>): Promise<void>
}

type Treatments = Pick<EventPolicy, 'client' | 'subject' | 'token'>

/** Longer ones are cut: an event is bounded whatever an issuer writes into its tokens. */
const MOST_CHARACTERS = 512

/** `key`: the secret that names are hashed with; without it, what should be hashed is left out. Names are kept for as long as the principal is. */
export function createNameBook(treatments: Treatments, key: string | undefined): NameBook {
  const known = new WeakMap<Principal, Names>()
  const isHashing = key !== undefined && Object.values(treatments).includes('hashed')
  let imported: HashKey | undefined

  return {
    of: (principal) => known.get(principal) ?? (isHashing ? undefined : keep(principal, plainNamesOf(principal))),
    async prepare(principals) {
      try {
        if (key !== undefined) imported ??= await importKey(key)
      } catch {
        // Without a key, as where none was given.
      }
      await Promise.all([...principals].map(async (principal) => keep(principal, await namesOf(principal))))
    },
  }

  function keep(principal: Principal, names: Names): Names {
    known.set(principal, names)
    return names
  }

  function plainNamesOf({ client, subject, fingerprint, actor }: Principal): Names {
    return present({
      client: plain(treatments.client, client),
      subject: plain(treatments.subject, subject),
      token: plain(treatments.token, fingerprint),
      actor: plain(treatments.client, actor?.name),
    })
  }

  async function namesOf({ issuer, client, subject, fingerprint, actor }: Principal): Promise<Names> {
    const treat = (treatment: NameTreatment, kind: keyof Names, name: string | undefined) =>
      treatment === 'hashed' && name !== undefined
        ? imported && hashed(imported, kind, issuer, name)
        : plain(treatment, name)
    const names = [
      treat(treatments.client, 'client', client),
      treat(treatments.subject, 'subject', subject),
      treat(treatments.token, 'token', fingerprint),
      treat(treatments.client, 'actor', actor?.name),
    ] as const
    const [treatedClient, treatedSubject, token, treatedActor] = await Promise.all(names)
    return present({ client: treatedClient, subject: treatedSubject, token, actor: treatedActor })
  }
}

/** Undefined: there is none, or it is not to be told as it is. */
const plain = (treatment: NameTreatment, name: string | undefined): string | undefined =>
  treatment === 'plain' ? name?.slice(0, MOST_CHARACTERS) : undefined

const present = ({ client, subject, token, actor }: Record<keyof Names, string | undefined>): Names => ({
  ...(client !== undefined && { client }),
  ...(subject !== undefined && { subject }),
  ...(token !== undefined && { token }),
  ...(actor !== undefined && { actor }),
})

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
