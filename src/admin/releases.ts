/** The routes about releases: what was ever published, the text of one, and the way back to an older one. */
import type { AdminRoute } from '../policy/admin-routes.ts'
import type { ReleasesAnswer, RollbackAnswer, RollbackRequest } from '../policy/console-answers.ts'
import type { Environment } from '../policy/environment.ts'
import type { Principal } from '../policy/principal.ts'
import type { PublishFault } from '../release/change.ts'
import { isDigest, sha256Hex } from '../release/digest.ts'
import { historyKeys, type ReadEntry, type Reader, readEntries, readPointer } from '../release/history.ts'
import type { ActiveRelease } from '../release/loader.ts'
import type { Pointer } from '../release/pointer.ts'
import { rollbackRelease } from '../release/publish.ts'
import { trustOf } from '../release/signature.ts'
import { historyKey, readKey, releaseKey } from '../release/store.ts'
import { json, problem } from './answers.ts'
import type { Handler } from './call.ts'
import type { AdminParts } from './parts.ts'
import { readReleaseQuery, readRollback } from './read-release.ts'

type ReleaseRoute = Extract<AdminRoute, `${string} /_scopewall/admin/releases${string}`>
/** The digits of a serial at the end of a key. */
const SERIAL_DIGITS = 10

type ReleaseParts = Pick<AdminParts, 'gate' | 'bundled' | 'releases' | 'report'>

export function releaseHandlers(parts: ReleaseParts): Readonly<Record<ReleaseRoute, Handler>> {
  const { environment } = parts.gate
  const store = parts.releases
  const readerAt = (now: number): Reader => ({ trust: trustOf(environment), now })

  return {
    async 'GET /_scopewall/admin/releases'({ exchange, target }) {
      const query = readReleaseQuery(target.query)
      if (!query.ok) return problem(400, `${query.error}.`)
      const { before = Number.POSITIVE_INFINITY, limit } = query.value
      const reader = readerAt(exchange.milliseconds)
      const [pointer, keys] = await Promise.all([readPointer(store, reader), historyKeys(store)])
      const live = pointer.ok ? pointer.value : undefined
      const older = before === Number.POSITIVE_INFINITY ? keys : keys.filter((key) => key < historyKey(before))
      const page = older.slice(-limit)
      const read = await readEntries(store, page, reader)
      const first = page[0]
      return json({
        live: live?.serial ?? null,
        ...possibility(environment),
        isProtected: environment.isProtected === true,
        releases: read.flatMap(({ entry }) => (entry === undefined ? [] : [toldOf(entry, live)])).reverse(),
        next: first === undefined || older.length <= limit ? null : String(Number(first.slice(-SERIAL_DIGITS))),
      } satisfies ReleasesAnswer)
    },

    async 'GET /_scopewall/admin/releases/{digest}'({ target }) {
      const digest = target.path.slice(target.path.lastIndexOf('/') + 1)
      if (!isDigest(digest)) return problem(400, 'A release is named by all 64 digits of its SHA-256.')
      const { bundled } = parts
      const text = digest === bundled.digest ? bundled.text : await readKey(store, releaseKey(digest))
      if (text === undefined) return problem(404, 'There is no release of this digest.')
      // Whoever can write KV can put anything there.
      if ((await sha256Hex(text)) !== digest) return problem(409, 'The bytes in KV are not the release of this digest.')
      return new Response(text, { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } })
    },

    async 'POST /_scopewall/admin/releases/rollback'({ exchange, principal }) {
      const { canRollBack, why } = possibility(environment)
      if (!canRollBack) return problem(409, why ?? '')
      const wanted = await readRollback(exchange.request, environment)
      if (!wanted.ok) return problem(wanted.error.status, wanted.error.detail)
      const { serial, expect, note } = wanted.value
      const reader = readerAt(exchange.milliseconds)
      const [live, active, [{ entry } = {}]] = await Promise.all([
        readPointer(store, reader),
        parts.gate.releases.current(exchange.milliseconds, exchange.waitUntil),
        readEntries(store, [historyKey(serial)], reader),
      ])
      if (!live.ok) return problem(409, describe(live.error))
      const refusal = faultOf(wanted.value, entry, live.value, active)
      if (refusal !== undefined || entry === undefined) return problem(409, refusal ?? '')
      const done = await rollbackRelease({
        store,
        trust: reader.trust,
        by: authorNameOf(principal),
        now: new Date(exchange.milliseconds).toISOString(),
        to: entry.digest,
        expect,
        ...(note !== undefined && { note }),
      })
      if (!done.ok) return problem(409, describe(done.error))
      const { pointer, changed } = done.value
      const { digest, publishedAt } = pointer
      if (changed) parts.report({ event: 'release', code: 'rolled_back', digest, serial: pointer.serial })
      return json({ changed, live: { serial: pointer.serial, digest, publishedAt } } satisfies RollbackAnswer)
    },
  }
}

/** Where releases are signed, whoever holds the key decides what is live: the Worker has none. */
const possibility = ({ name, releaseSigning }: Environment): Pick<ReleasesAnswer, 'canRollBack' | 'why'> =>
  releaseSigning === undefined
    ? { canRollBack: true }
    : {
        canRollBack: false,
        why: `Releases are signed in this environment, and the key is not here: run \`scopewall rollback --env ${name} --to <serial> --key <file>\`.`,
      }

function toldOf(entry: ReadEntry, live: Pointer | undefined): ReleasesAnswer['releases'][number] {
  const { serial, digest, kind, publishedAt, by, commit, note, signature, distrust } = entry
  return {
    serial,
    digest,
    kind,
    publishedAt,
    by,
    ...(commit !== undefined && { commit }),
    ...(note !== undefined && { note }),
    isLive: serial === live?.serial && digest === live.digest,
    isInterrupted: serial > (live?.serial ?? 0),
    isSigned: signature !== undefined,
    ...(distrust !== undefined && { distrust }),
  }
}

/** Why what is asked for is not done; in words for whoever asked. */
function faultOf(
  { serial, expect, digest }: RollbackRequest,
  entry: ReadEntry | undefined,
  live: Pointer | undefined,
  active: ActiveRelease | undefined,
): string | undefined {
  if (live === undefined) return 'Nothing has been published here: there is nothing to roll back.'
  // A data centre may read an older pointer for a while; a change that builds upon one would give a serial out twice.
  if (active !== undefined && active.serial > live.serial)
    return 'What is live changed a moment ago, and KV does not tell everywhere yet: look again in a minute.'
  if (live.digest !== expect) return `Live is ${live.digest}, serial ${live.serial}, and not what was expected.`
  if (entry === undefined) return `The history has no entry ${serial} that can be read.`
  if (entry.distrust !== undefined) return `Entry ${serial} of the history is not to be believed: ${entry.distrust}.`
  if (serial >= live.serial) return `Serial ${serial} was never live before what is live now.`
  return digest === undefined || digest === entry.digest
    ? undefined
    : `Entry ${serial} of the history is release ${entry.digest}, and not the one that was meant.`
}

/** Whoever asked, as the history names people: one line, of a length that a pointer has room for. */
export function authorNameOf({ issuer, subject, client, email }: Principal): string {
  const name = email ?? subject ?? client ?? 'somebody'
  return `${name} (${issuer})`.replace(/\p{Cc}/gu, ' ').slice(0, MOST_AUTHOR_CHARACTERS)
}
const MOST_AUTHOR_CHARACTERS = 400

/** What kept it from completing. The command line knows more ways out. */
function describe(fault: PublishFault): string {
  switch (fault.code) {
    case 'overtaken':
      return `Somebody else changed what is live at the same moment: it is serial ${fault.live.serial} now.`
    case 'release_damaged':
      return 'The bytes of that release in KV are not that release: publish the map that it was made from again.'
    case 'release_unreadable':
      return `This version of the gate cannot read that release: ${fault.detail}.`
    case 'pointer_malformed':
    case 'pointer_untrusted':
      return `What KV says is live cannot be believed (\`${fault.key}\`): see \`scopewall status\`, and roll back with \`scopewall rollback\`.`
    default:
      return `It was not done (${fault.code}): see \`scopewall history\`, and roll back with \`scopewall rollback\`.`
  }
}
