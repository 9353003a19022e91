/** What somebody asks about releases -> checked. Closed, like every question to the admin API. */
import type { RollbackRequest } from '../policy/console-answers.ts'
import type { Environment } from '../policy/environment.ts'
import { fail, ok, type Result } from '../policy/result.ts'
import { closed, Malformed, object, text } from '../policy/untrusted.ts'
import { isDigest } from '../release/digest.ts'
import { MAX_SERIAL } from '../release/pointer.ts'
import { type BodyFault, readBody } from './body.ts'

const MOST_LISTED = 100
const USUALLY_LISTED = 50
const MOST_BYTES = 4_096
const MOST_NOTE_CHARACTERS = 1_000

export interface ReleaseQuery {
  /** Only lower serials. */
  readonly before?: number
  readonly limit: number
}

export function readReleaseQuery(query: string): Result<ReleaseQuery, string> {
  const asked = new URLSearchParams(query)
  const names = [...asked.keys()]
  if (names.some((name) => name !== 'before' && name !== 'limit') || new Set(names).size < names.length)
    return fail('the query can hold before and limit, each once, and nothing else')
  const before = numberIn(asked.get('before') ?? undefined, MAX_SERIAL)
  const limit = numberIn(asked.get('limit') ?? String(USUALLY_LISTED), MOST_LISTED)
  if (limit === undefined) return fail(`limit is a whole number from 1 to ${MOST_LISTED}`)
  if (before === undefined && asked.has('before')) return fail(`before is a whole number from 1 to ${MAX_SERIAL}`)
  return ok({ limit, ...(before !== undefined && { before }) })
}

function numberIn(text: string | undefined, most: number): number | undefined {
  const value = text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN
  return value <= most ? value : undefined
}

interface Refused {
  readonly status: 400 | 413 | 415
  readonly detail: string
}

const BODY_FAULTS: Readonly<Record<BodyFault, Refused>> = {
  type: { status: 415, detail: 'Send `application/json`.' },
  size: { status: 413, detail: `The body has ${MOST_BYTES} bytes at most.` },
  encoding: { status: 400, detail: 'The body is not UTF-8.' },
}

const MEMBERS = ['serial', 'expect', 'digest', 'note']

export async function readRollback(
  request: Request,
  { isProtected }: Pick<Environment, 'isProtected'>,
): Promise<Result<RollbackRequest, Refused>> {
  const body = await readBody(request, ['application/json'], MOST_BYTES)
  if (!body.ok) return fail(BODY_FAULTS[body.error])
  try {
    const { serial, expect, digest, note } = closed(
      object(JSON.parse(body.value.text), 'the body'),
      MEMBERS,
      'the body',
    )
    if (typeof serial !== 'number' || !Number.isSafeInteger(serial) || serial < 1 || serial > MAX_SERIAL)
      throw new Malformed('serial is no serial of the history')
    if (!isDigest(expect)) throw new Malformed('expect is not the digest of what is live, all 64 digits of it')
    if (digest !== undefined && !isDigest(digest)) throw new Malformed('digest is not all 64 digits of a SHA-256')
    if (digest === undefined && isProtected)
      throw new Malformed('this environment is protected: digest must say which release is to become live')
    return ok({
      serial,
      expect,
      ...(digest !== undefined && { digest }),
      ...(note !== undefined && { note: noteFrom(note) }),
    })
  } catch (error) {
    if (error instanceof Malformed || error instanceof SyntaxError)
      return fail({ status: 400, detail: error instanceof Malformed ? `${error.message}.` : 'The body is not JSON.' })
    throw error
  }
}

/** What the history shows must not move anybody's cursor. */
function noteFrom(value: unknown): string {
  const note = text(value, 'note')
  if (note.length > MOST_NOTE_CHARACTERS || /\p{Cc}/u.test(note))
    throw new Malformed(`note is longer than ${MOST_NOTE_CHARACTERS} characters, or is not one line`)
  return note
}
