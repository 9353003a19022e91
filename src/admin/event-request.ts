/** What all senders of events have in common: a body of bounded size, of the right type, from somebody who knows the secret. */
import type { Secrets } from '../token/client-authentication.ts'
import { readBounded } from '../token/discovery.ts'
import { isSameSecret } from '../token/shared-secret.ts'

/** No event needs more. */
const MAX_BODY_BYTES = 64 * 1024
export const RETRY_SECONDS = '5'

/** Undefined where it is too long, or not UTF-8. Never rejects. */
export async function bodyOf(request: Request): Promise<string | undefined> {
  try {
    return await readBounded(new Response(request.body), MAX_BODY_BYTES)
  } catch {
    return undefined
  }
}

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
