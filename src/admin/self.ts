/**
 * Whoever holds a token may have it revoked (RFC 7009, in shape): the token is the right to burn it. Unlike at an authorization server, no client
 * authenticates: the gate has no client's credentials, and leaks are found by others than the client. Nor is it asked who holds the key that the token is bound
 * to: a stolen token is to be burned by whoever finds it.
 */
import { faultEvent } from '../audit/fault-event.ts'
import type { Door } from '../gateway/app.ts'
import { RETRY_SECONDS } from '../gateway/exchange.ts'
import type { Denial } from '../policy/denial.ts'
import { OWN_PREFIX } from '../policy/reserved.ts'
import { type EpochSeconds, fail, mapNonEmpty, ok, type Result } from '../policy/result.ts'
import type { ListedMark } from '../policy/revocation-log.ts'
import type { TokenNames } from '../token/verify.ts'
import { readBody } from './body.ts'
import { authorOf } from './call.ts'
import { endOfToken, targetsOfToken } from './entries.ts'
import { identify, mayBeGood } from './identify.ts'
import { askable, LogUnavailable } from './log.ts'
import { type AdminParts, issuersOf } from './parts.ts'
import { isTokenText } from './read-mark.ts'

export const SELF_PATH = `${OWN_PREFIX}revoke` as const

/** What stands around the token in a form, with room to spare. */
const AROUND_TOKEN_BYTES = 1024

export function selfDoor(parts: Pick<AdminParts, 'gate' | 'namers' | 'log'>): Door {
  const log = askable(parts.log)
  const { environment, clock, recorder } = parts.gate
  const { tokenBytes } = environment.limits
  /** Percent-encoding makes three of one. */
  const mostBytes = 3 * tokenBytes + AROUND_TOKEN_BYTES

  return {
    path: SELF_PATH,
    async open(request, waitUntil) {
      if (request.method !== 'POST') return answer(405, undefined, { allow: 'POST' })
      const form = await readForm(request, mostBytes, tokenBytes)
      if (!form.ok) return answer(400, { error: 'invalid_request', error_description: form.error })
      const now = clock()
      const named = await identify(parts.namers, form.value.token, now, waitUntil)
      if (!named.ok) return unmatched(named.error, form.value.hint)
      try {
        await burn(named.value)
        return answer(200)
      } catch (fault) {
        if (!(fault instanceof LogUnavailable)) throw fault
        recorder.note(faultEvent(fault.cause ?? fault, now, environment.name))
        return later()
      }
    },
  }

  /** The log does not grow by asking twice. */
  async function burn(names: TokenNames): Promise<void> {
    const targets = targetsOfToken(names)
    const expires = endOfToken(names, issuersOf(parts))
    const known = await log.marks({ active: true, target: targets[0], limit: MOST_KNOWN })
    if (known.some((mark) => isBurnt(mark, expires))) return
    await log.append(
      mapNonEmpty(targets, (target) => ({
        author: authorOf(names),
        origin: { via: 'self' },
        action: {
          kind: 'mark',
          target,
          effect: { kind: 'revoke' },
          reason: 'revoked by whoever holds it',
          ...(expires !== undefined && { expires }),
        },
      })),
    )
  }
}

/** Of the marks on a token: its own, once there is one, is the newest, unless somebody goes on marking what is marked. */
const MOST_KNOWN = 20

/** Whether the mark is about the whole token and until its end: one that ends earlier, or is about some scopes alone, leaves something to burn. */
const isBurnt = ({ action: { effect, expires } }: ListedMark, end: EpochSeconds | undefined): boolean =>
  effect.kind === 'revoke' &&
  Object.keys(effect).length === 1 &&
  (expires === undefined || (end !== undefined && expires >= end))

/**
 * RFC 7009 section 2.2: a token that is not valid is as good as revoked. One that will be valid soon is not. Of a refresh token the gate knows nothing, and
 * does not say that it was revoked.
 */
function unmatched(denial: Denial, hint: string | undefined): Response {
  if (mayBeGood(denial)) return later()
  if (hint !== 'refresh_token') return answer(200)
  return answer(400, {
    error: 'unsupported_token_type',
    error_description: 'access tokens alone are revoked here; the authorization server knows its refresh tokens',
  })
}

const later = (): Response =>
  answer(503, { error: 'temporarily_unavailable' }, { 'retry-after': String(RETRY_SECONDS) })

function answer(
  status: 200 | 400 | 405 | 503,
  body?: { readonly error: string; readonly error_description?: string },
  headers: Readonly<Record<string, string>> = {},
): Response {
  const all = { 'cache-control': 'no-store', ...headers }
  return body === undefined
    ? new Response(null, { status, headers: all })
    : Response.json(body, { status, headers: all })
}

interface RevocationForm {
  readonly token: string
  readonly hint?: string
}

/** The error is an `error_description`: ASCII, and nothing of what was sent (RFC 6749 section 5.2). */
async function readForm(
  request: Request,
  mostBytes: number,
  tokenBytes: number,
): Promise<Result<RevocationForm, string>> {
  const body = await readBody(request, ['application/x-www-form-urlencoded'], mostBytes)
  if (!body.ok) return fail(FORM_FAULTS[body.error])
  const form = new URLSearchParams(body.value.text)
  const [tokens, hints] = [form.getAll('token'), form.getAll('token_type_hint')]
  const [token = ''] = tokens
  const [hint] = hints
  if (tokens.length > 1 || hints.length > 1) return fail('a parameter is there more than once')
  if (token === '') return fail('the parameter token is missing')
  // Such as the line feed that a file ends with: with it, the token would be another one, and as good as before.
  if (!isTokenText(token, tokenBytes)) return fail('the parameter token holds something else than one token')
  return ok({ token, ...(hint !== undefined && { hint }) })
}

const FORM_FAULTS = {
  type: 'the body must be application/x-www-form-urlencoded',
  size: 'the body is too large',
  encoding: 'the body is not UTF-8',
} as const
