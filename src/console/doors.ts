/**
 * The console's addresses: the page, its files, and what it must know before anybody has signed in. They are open to everybody and tell nothing that an attacker could
 * use; everything else the page asks of the admin API. Assets are reached through here alone, and only by names that a build gives.
 */
import type { Door } from '../gateway/app.ts'
import type { GateParts } from '../gateway/exchange.ts'
import { renderRefusal } from '../gateway/refuse.ts'
import type { ConsoleSettings } from '../policy/console-answers.ts'
import type { Environment } from '../policy/environment.ts'
import { OWN_PREFIX } from '../policy/reserved.ts'
import type { FetchDocument } from '../token/discovery.ts'
import { fileHeaders, pageHeaders } from './content-policy.ts'
import { createEndpointFinder, type FindEndpoints } from './endpoints.ts'

export interface ConsoleParts {
  readonly gate: Pick<GateParts, 'environment' | 'voice' | 'newDecisionId' | 'clock'>
  readonly fetch: FetchDocument
  /** A file of the build, by its path; absent where no assets are bound. */
  readonly asset?: (path: string) => Promise<Response>
}

const FILES = `${OWN_PREFIX}console/`
/** As `scopewall build` names them. */
const FILE = /^[a-z]+-[A-Z0-9]{8}\.(js|css|svg)$/
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

export function createConsoleDoors(parts: ConsoleParts): readonly Door[] {
  const { gate, asset } = parts
  const { environment } = gate
  const endpoints = endpointFinderOf(parts)

  const notFound = (request: Request): Response =>
    renderRefusal(
      { denials: [{ code: 'not_found' }], asks: [], decisionId: gate.newDecisionId() },
      gate.voice,
      request.method === 'HEAD',
    )

  async function page(): Promise<Response> {
    if (asset === undefined) return new Response(NO_ASSETS, { status: 404, headers: TEXT })
    const file = await asset(`${FILES}page.txt`)
    if (!file.ok) return new Response(NO_BUILD, { status: 404, headers: TEXT })
    return new Response(file.body, { headers: pageHeaders((await endpoints?.())?.token) })
  }

  async function file(request: Request): Promise<Response> {
    const name = new URL(request.url).pathname.slice(FILES.length)
    const [, kind = ''] = FILE.exec(name) ?? []
    const type = TYPES[kind]
    if (type === undefined || asset === undefined) return notFound(request)
    const found = await asset(`${FILES}${name}`)
    return found.ok ? new Response(found.body, { headers: fileHeaders(type) }) : notFound(request)
  }

  async function settings(request: Request): Promise<Response> {
    const policy = environment.console
    if (policy === undefined || endpoints === undefined)
      return environment.admin?.access === undefined ? notFound(request) : told({ kind: 'access' })
    const found = await endpoints()
    if (found === undefined) return Response.json({ title: AWAY }, { status: 503, headers: NO_STORE })
    return told({
      kind: 'oauth',
      issuer: policy.issuer,
      clientId: policy.clientId,
      authorizationEndpoint: found.authorization,
      tokenEndpoint: found.token,
      ...(policy.resource !== undefined && { resource: policy.resource }),
      scopes: policy.scopes,
    })
  }

  const told = (signIn: ConsoleSettings['signIn']): Response =>
    Response.json({ environment: environment.name, signIn } satisfies ConsoleSettings, { headers: NO_STORE })

  /** Nothing here can be changed: what is no GET finds nothing. */
  const door = (path: string, answer: (request: Request) => Promise<Response>): Door => ({
    path,
    async open(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return notFound(request)
      const response = await answer(request)
      return request.method === 'HEAD' ? new Response(null, response) : response
    },
  })
  return [door(OWN_PREFIX, page), door(`${OWN_PREFIX}console.json`, settings), door(`${FILES}:file`, file)]
}

/** Nothing where the console is off. */
function endpointFinderOf({ gate, fetch }: ConsoleParts): FindEndpoints | undefined {
  const { console: policy } = gate.environment
  const issuer = issuersOf(gate.environment).find((each) => each.issuer === policy?.issuer)
  return policy && issuer && createEndpointFinder({ policy, issuer, fetch, clock: gate.clock })
}

const issuersOf = ({ issuers, admin }: Environment): Environment['issuers'] => admin?.issuers ?? issuers

const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
const TEXT = { ...NO_STORE, 'content-type': 'text/plain; charset=utf-8' }
const NO_ASSETS = 'The console is not part of this deployment: wrangler.toml binds no ASSETS (docs/console.md).\n'
const NO_BUILD = 'The console was not built into this deployment: `scopewall build` makes it (docs/console.md).\n'
const AWAY = 'The identity provider cannot be asked where to sign in'
