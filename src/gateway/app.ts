/** The Hono shell: the gate's own addresses, and one catch-all for everything else. The scope map is never registered as routes. */
import { Hono } from 'hono'
import { faultEvent } from '../audit/fault-event.ts'
import { type Denial, isDenialCode, WIRE } from '../policy/denial.ts'
import { isReserved, METADATA_PREFIX, OWN_PREFIX } from '../policy/reserved.ts'
import { epochSeconds, type NonEmpty } from '../policy/result.ts'
import { splitUrl } from '../policy/target.ts'
import { answerPublicPreflight, exposeToBrowser, isPreflight } from './cors.ts'
import type { GateParts, WaitUntil } from './exchange.ts'
import { createGate } from './handle.ts'
import { addressOf, metadataDocument, metadataResources } from './metadata.ts'
import { renderRefusal } from './refuse.ts'
import type { Voice } from './voice.ts'

export type App = (request: Request, waitUntil: WaitUntil) => Response | Promise<Response>

/** One of the gate's own addresses that another room answers; it sees the request as it came. */
export interface Door {
  /** A path of Hono's below `/_scopewall/`, such as `/_scopewall/events/:sender`. */
  readonly path: string
  readonly open: (request: Request, waitUntil: WaitUntil) => Response | Promise<Response>
}

type Shell = { Bindings: { readonly waitUntil: WaitUntil } }

export function createApp(parts: GateParts, doors: readonly Door[] = []): App {
  const gate = createGate(parts)
  const shell = createShell(parts, doors)
  return (request, waitUntil) =>
    isReserved(request.url) ? shell.fetch(request, { waitUntil }) : gate(request, waitUntil)
}

/** The app of a deployment that cannot judge at all: its configuration contradicts itself. Refuses everything, reserved addresses too. */
export function createRefusingApp(voice: Voice, newDecisionId: () => string): App {
  const denials: NonEmpty<Denial> = [{ code: 'unavailable', what: 'configuration', retryAfterSeconds: 60 }]
  return (request) =>
    renderRefusal({ denials, asks: [], decisionId: newDecisionId() }, voice, request.method === 'HEAD')
}

/** Never forwards anything: what it does not know is `not_found`. */
function createShell(parts: GateParts, doors: readonly Door[]): Hono<Shell> {
  const { environment, voice } = parts
  const shell = new Hono<Shell>({ getPath: rawPath })
  const resources = metadataResources(environment)

  shell.use(async (context, next) => {
    const url = splitUrl(context.req.url)
    if (!url.ok) return answer(context.req.raw, { code: 'target_ambiguous', detail: url.error })
    return next()
  })

  shell.options(`${METADATA_PREFIX}/*`, (context) =>
    isPreflight(context.req.raw) ? answerPublicPreflight(context.req.raw) : context.notFound(),
  )

  shell.get(`${METADATA_PREFIX}/*`, async (context) => {
    const asked = resources.get(addressOf(context.req.url))
    if (asked === undefined) return context.notFound()
    const active = await parts.releases.current(parts.clock(), context.env.waitUntil)
    if (active === undefined)
      return answer(context.req.raw, { code: 'unavailable', what: 'release', retryAfterSeconds: 5 })
    const document = metadataDocument(environment, asked, active.release, epochSeconds(parts.clock()))
    return context.json(document, 200, PUBLIC)
  })

  shell.options(`${OWN_PREFIX}jwks.json`, (context) =>
    isPreflight(context.req.raw) ? answerPublicPreflight(context.req.raw) : context.notFound(),
  )

  shell.get(`${OWN_PREFIX}jwks.json`, async (context) =>
    parts.signer === undefined ? context.notFound() : context.json(await parts.signer.jwks(), 200, PUBLIC),
  )

  shell.get(`${OWN_PREFIX}health`, async (context) => {
    const active = await parts.releases.current(parts.clock(), context.env.waitUntil)
    const headers = { 'cache-control': 'no-store' }
    if (active === undefined) return context.json({ status: 'no_release' }, 503, headers)
    const { digest, serial, source, expires, candidate } = active
    const { bundled } = parts.releases
    // What an isolate that was only just born knows is what it learns now.
    await parts.revocations?.ready(parts.clock(), context.env.waitUntil)
    const release = { digest, serial, source, ...(expires !== undefined && { expires }) }
    return context.json(
      {
        status: 'ok',
        environment: environment.name,
        release,
        ...(candidate && { candidate: { digest: candidate.digest, since: candidate.since } }),
        bundled,
        revocation: parts.revocations?.status(parts.clock()) ?? 'off',
        tokenAudit: parts.sightings?.standing() ?? 'off',
        events: parts.recorder.health(),
        unbound: parts.unbound,
      },
      200,
      headers,
    )
  })

  shell.get(`${OWN_PREFIX}problems/:code`, (context) => {
    const code = context.req.param('code')
    if (!isDenialCode(code)) return context.notFound()
    const { status, title, remedy } = WIRE[code]
    return context.json({ code, status, title, remedy }, 200, { 'cache-control': 'public, max-age=3600' })
  })

  for (const { path, open } of doors) shell.all(path, (context) => open(context.req.raw, context.env.waitUntil))

  shell.notFound((context) => answer(context.req.raw, { code: 'not_found' }))
  shell.onError((fault, context) => {
    const decisionId = parts.newDecisionId()
    parts.recorder.note(faultEvent(fault, parts.clock(), environment.name, decisionId))
    return answer(context.req.raw, { code: 'unavailable', what: 'internal', retryAfterSeconds: 5 }, decisionId)
  })

  function answer(request: Request, denial: Denial, decisionId: string = parts.newDecisionId()): Response {
    const response = renderRefusal({ denials: [denial], asks: [], decisionId }, voice, request.method === 'HEAD')
    exposeToBrowser(response.headers, request, environment.cors)
    return response
  }
  return shell
}

/** What every page may read. */
const PUBLIC = { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' }

/** The path as it was sent, undecoded: Hono's own would decode it once. */
function rawPath(request: Request): string {
  const start = request.url.indexOf('/', 8)
  const question = request.url.indexOf('?', start)
  return question < 0 ? request.url.slice(start) : request.url.slice(start, question)
}
