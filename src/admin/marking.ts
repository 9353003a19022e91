/** The routes that write the log: a mark, many at once, a kill switch, and what takes a mark back. */
import type { AdminRoute } from '../policy/admin-routes.ts'
import { openingScopes } from '../policy/rated-scopes.ts'
import { epochSeconds, fail, isNonEmpty, ok, type Result } from '../policy/result.ts'
import type { NewEntry } from '../policy/revocation-log.ts'
import { Malformed } from '../policy/untrusted.ts'
import { type Flaw, json, problem } from './answers.ts'
import { type BodyFault, readBody } from './body.ts'
import { type AdminCall, authorOf, entryOf, type Handler } from './call.ts'
import { type Mark, type MarkContext, marksOf } from './entries.ts'
import { identify } from './identify.ts'
import { askable } from './log.ts'
import { type AdminParts, issuersOf } from './parts.ts'
import {
  KILL_SWITCHES,
  type MarkSetting,
  members,
  readMark,
  readText,
  SINGLE_TARGETS,
  type WantedMark,
} from './read-mark.ts'

type MarkingRoute = Extract<AdminRoute, `POST /_scopewall/admin/${'revocations' | 'kill-switches'}${string}`>

/** How many marks one request may bring. */
export const MOST_MARKS = 500
const MOST_BYTES = 1024 * 1024
const MOST_FLAWS = 20
const MOST_REASON = 500
/** An isolate asks an authorization server no more than 100 questions at once, of all requests. */
const ASKED_AT_ONCE = 25

export function markingHandlers(parts: AdminParts): Readonly<Record<MarkingRoute, Handler>> {
  const log = askable(parts.log)
  return {
    'POST /_scopewall/admin/revocations': (call) => markOne(call, SINGLE_TARGETS),
    'POST /_scopewall/admin/kill-switches': (call) => markOne(call, KILL_SWITCHES),
    'POST /_scopewall/admin/revocations/bulk': markMany,
    'POST /_scopewall/admin/revocations/{entry}/undo': undo,
  }

  async function markOne(call: AdminCall, kinds: typeof SINGLE_TARGETS | typeof KILL_SWITCHES): Promise<Response> {
    const body = await readJson(call)
    if (!body.ok) return body.error
    const setting = await settingOf(call)
    try {
      return await append(call, [readMark(body.value, kinds, setting)])
    } catch (error) {
      return malformed(error)
    }
  }

  /** All or nothing. */
  async function markMany(call: AdminCall): Promise<Response> {
    const body = await readBody(call.exchange.request, ['application/json', 'application/x-ndjson'], MOST_BYTES)
    if (!body.ok) return bodyProblem(body.error)
    const items = itemsOf(body.value)
    if (!items.ok) return problem(400, items.error)
    if (items.value.length === 0) return problem(400, 'Send at least one mark.')
    if (items.value.length > MOST_MARKS) return problem(413, `Send at most ${MOST_MARKS} marks at once.`)
    const setting = await settingOf(call)
    const [wanted, flaws] = readEach(items.value, setting)
    if (flaws.length > 0)
      return problem(400, 'Nothing was marked: some marks are not as they should be.', flaws.slice(0, MOST_FLAWS))
    return append(call, wanted)
  }

  async function append(call: AdminCall, wanted: readonly WantedMark[]): Promise<Response> {
    const context = contextOf(call)
    const marks: Mark[] = []
    // Whose a token is may be a question to its authorization server, and a whole list of them no request could wait for.
    for (let at = 0; at < wanted.length; at += ASKED_AT_ONCE) {
      const some = wanted.slice(at, at + ASKED_AT_ONCE).map((each) => marksOf(each, context))
      marks.push(...(await Promise.all(some)).flat())
    }
    const by = { author: authorOf(call.principal), origin: { via: 'admin' } } as const
    const entries = marks.map((action): NewEntry => ({ ...by, action }))
    if (!isNonEmpty(entries)) return problem(400, 'Send at least one mark.')
    const receipt = await log.append(entries)
    if ('code' in receipt) return problem(413, 'The log does not take so many entries at once.')
    const written = receipt.entries.map(({ seq }, index) => ({ entry: seq, ...shown(marks[index]) }))
    return json({ entries: written, head: receipt.head }, 201)
  }

  async function undo(call: AdminCall): Promise<Response> {
    const mark = entryOf(call)
    if (mark === undefined) return problem(400, 'The number of an entry is digits, without a zero in front.')
    const body = await readJson(call)
    if (!body.ok) return body.error
    let reason: string
    try {
      reason = readText(members(body.value, ['reason'], 'the body').reason, 'reason', MOST_REASON)
    } catch (error) {
      return malformed(error)
    }
    const author = authorOf(call.principal)
    const receipt = await log.append([{ author, origin: { via: 'admin' }, action: { kind: 'undo', mark, reason } }])
    if (!('code' in receipt))
      return json({ entries: receipt.entries.map(({ seq }) => ({ entry: seq })), head: receipt.head })
    if (receipt.code === 'already_undone') return problem(409, 'The mark has been taken back already.')
    return problem(
      404,
      'No mark has this number. It is the `entry` that revoking answered with, and the `seq` in lists of marks.',
    )
  }

  /** Names of scopes are those of the release that judges the origin's requests, and of the one that the Worker was built with. */
  async function settingOf({ exchange }: AdminCall): Promise<MarkSetting> {
    const { milliseconds, waitUntil, active: bundled } = exchange
    const live = await parts.gate.releases.current(milliseconds, waitUntil)
    const own = bundled === undefined ? NO_SCOPES : openingScopes(bundled.release)
    const scopes = new Set<string>([...(live?.release.scopes.keys() ?? []), ...(bundled?.release.scopes.keys() ?? [])])
    return {
      now: epochSeconds(milliseconds),
      issuers: issuersOf(parts),
      isKnownScope: (name) => scopes.has(name),
      isOwnScope: (name) => own.has(name),
      tokenBytes: parts.gate.environment.limits.tokenBytes,
    }
  }

  function contextOf({ exchange: { milliseconds, waitUntil } }: AdminCall): MarkContext {
    return {
      issuers: issuersOf(parts),
      now: epochSeconds(milliseconds),
      identify: (token) => identify(parts.namers, token, milliseconds, waitUntil),
    }
  }
}

const NO_SCOPES: ReadonlySet<string> = new Set()

/** What was marked, as it was understood. */
const shown = (mark: Mark | undefined): object =>
  mark === undefined ? {} : { target: mark.target, effect: mark.effect, expires: mark.expires ?? null }

async function readJson({ exchange }: AdminCall): Promise<Result<unknown, Response>> {
  const body = await readBody(exchange.request, ['application/json'], MOST_BYTES)
  if (!body.ok) return fail(bodyProblem(body.error))
  const value = parsed(body.value.text)
  return value === undefined ? fail(problem(400, 'The body is not JSON.')) : ok(value)
}

/** An array, or a mark a line; each with the name by which flaws call it. */
function itemsOf({
  type,
  text,
}: {
  readonly type: string
  readonly text: string
}): Result<readonly { readonly at: string; readonly value: unknown }[], string> {
  if (type === 'application/x-ndjson')
    return ok(
      text
        .split('\n')
        .map((line, index) => ({ at: `line ${index + 1}`, line: line.trim() }))
        .filter(({ line }) => line !== '')
        .map(({ at, line }) => ({ at, value: parsed(line) })),
    )
  const value = parsed(text)
  return Array.isArray(value)
    ? ok(value.map((each, index) => ({ at: `/${index}`, value: each })))
    : fail('The body is no JSON array of marks.')
}

function readEach(
  items: readonly { readonly at: string; readonly value: unknown }[],
  setting: MarkSetting,
): readonly [readonly WantedMark[], readonly Flaw[]] {
  const [wanted, flaws]: [WantedMark[], Flaw[]] = [[], []]
  for (const { at, value } of items) {
    try {
      wanted.push(readMark(value, SINGLE_TARGETS, setting))
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      flaws.push({ at, detail: error.message })
    }
  }
  return [wanted, flaws]
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function malformed(error: unknown): Response {
  if (!(error instanceof Malformed)) throw error
  return problem(400, error.message)
}

function bodyProblem(fault: BodyFault): Response {
  switch (fault) {
    case 'type':
      return problem(415, 'Send the body as application/json; many marks also as application/x-ndjson.')
    case 'size':
      return problem(413, `Send at most ${MOST_BYTES} bytes.`)
    case 'encoding':
      return problem(400, 'The body is not UTF-8.')
  }
}
