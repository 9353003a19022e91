/** What all senders of events have in common: a body of the right type, from somebody who knows the secret. */
import type { Secrets } from '../token/client-authentication.ts'
import { isSameSecret } from '../token/shared-secret.ts'

/** Of a security event token, and of what is read before its sender is known. */
export const MOST_EVENT_BYTES = 64 * 1024
/** Of what comes from a sender that is known: a log stream sends many events at once, and provisioning a thousand members. */
export const MOST_BATCH_BYTES = 1024 * 1024
export const RETRY_SECONDS = '5'

/** Without its parameters, in lower case. */
export const mediaTypeOf = ({ headers }: Request): string =>
  headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''

export const isJson = (mediaType: string): boolean => /^application\/(?:[\w.+-]+\+)?json$/.test(mediaType)

/** `Authorization` is the secret itself, or the secret as a bearer token. */
export async function knowsSecret({ headers }: Request, secrets: Secrets, name: string): Promise<boolean> {
  const given = withoutScheme(headers.get('authorization') ?? '')
  return given !== '' && isSameSecret(given, withoutScheme(secrets.text(name)))
}

const withoutScheme = (value: string): string => value.replace(/^Bearer +/i, '')

/** A JSON value, or undefined. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const notAllowed = (allow: string): Response => new Response(null, { status: 405, headers: { allow } })
