/** `npm run token`: obtains an access token from the demo's issuer and prints it, and nothing else, on stdout. */
import { parseArgs } from 'node:util'
import { DEMO_CLIENTS, type DemoClient, findClient } from './clients.ts'
import {
  fetchIssuerMetadata,
  type IssuerMetadata,
  requestClientToken,
  requestPersonToken,
  TokenRefused,
  type TokenResponse,
} from './flows.ts'

const HELP = `Prints an access token of the demo's issuer.

  npm run --silent token -- --client partner --scope "invoices:read"

  --client NAME   who asks:
${DEMO_CLIENTS.map(({ id, description }) => `                    ${id.padEnd(9)} ${description}`).join('\n')}
  --scope NAMES   scopes, separated by spaces
  --acr VALUE     how strongly the person is to log in: phr or phrh
  --json          print the whole answer of the token endpoint
  --claims        print the token's header and claims instead of the token
  --issuer URL    where the issuer is (default http://localhost:9400)
  --help          print this
`

const OPTIONS = {
  client: { type: 'string' },
  scope: { type: 'string' },
  acr: { type: 'string' },
  json: { type: 'boolean', default: false },
  claims: { type: 'boolean', default: false },
  issuer: { type: 'string', default: 'http://localhost:9400' },
  help: { type: 'boolean', default: false },
} as const

/** What the command leaves behind. Exit codes: 0 done, 1 could not, 2 usage. */
export interface CommandOutcome {
  readonly exitCode: 0 | 1 | 2
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command for these arguments. Never rejects: what goes wrong is told on `stderr`. */
export async function runTokenCommand(args: readonly string[]): Promise<CommandOutcome> {
  try {
    return { exitCode: 0, stdout: await answer(args), stderr: '' }
  } catch (error) {
    const exitCode = isUsage(error) ? 2 : 1
    const hint = exitCode === 2 ? 'npm run token -- --help says more\n' : ''
    return { exitCode, stdout: '', stderr: `${error instanceof Error ? error.message : String(error)}\n${hint}` }
  }
}

class Usage extends Error {}

/** `parseArgs` reports unknown options and missing values with codes of this family. */
const isUsage = (error: unknown): boolean =>
  error instanceof Usage ||
  (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))

async function answer(args: readonly string[]): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true })
  if (values.help) return HELP
  const client = namedClient(values.client)
  if (values.scope === undefined) throw new Usage('--scope is missing: which scopes should the token carry?')
  if (values.acr !== undefined && client.acts === 'client') throw new Usage(acrNeedsPerson(client))
  const metadata = await fetchMetadata(values.issuer)
  refuseUnknown('scope', values.scope.split(' '), metadata.scopes_supported)
  if (values.acr !== undefined) refuseUnknown('acr', [values.acr], metadata.acr_values_supported)
  const response = await requestToken(client, values.issuer, values.scope, values.acr)
  if (values.claims) return `${renderClaims(response.access_token)}\n`
  return values.json ? `${JSON.stringify(response, undefined, 2)}\n` : `${response.access_token}\n`
}

function namedClient(id: string | undefined): DemoClient {
  const names = DEMO_CLIENTS.map((client) => client.id).join(', ')
  if (id === undefined) throw new Usage(`--client is missing: one of ${names}`)
  const client = findClient(id)
  if (client === undefined) throw new Usage(`there is no client \`${id}\`: use one of ${names}`)
  return client
}

const acrNeedsPerson = (client: DemoClient): string =>
  `\`${client.id}\` acts for itself, so there is nobody to log in with --acr: use --client ` +
  DEMO_CLIENTS.filter(({ acts }) => acts === 'person').map(({ id }) => id)

async function fetchMetadata(issuer: string): Promise<IssuerMetadata> {
  try {
    return await fetchIssuerMetadata(issuer)
  } catch (cause) {
    throw new Error(`no issuer answers at ${issuer}: start the demo with \`npm start\` in another terminal`, { cause })
  }
}

function refuseUnknown(what: 'scope' | 'acr', asked: readonly string[], known: readonly string[]): void {
  const unknown = asked.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new Error(`the issuer knows no ${what} \`${unknown}\`: it knows ${known.join(', ')}`)
}

async function requestToken(
  client: DemoClient,
  issuer: string,
  scope: string,
  acr: string | undefined,
): Promise<TokenResponse> {
  try {
    if (client.acts === 'client') return await requestClientToken(issuer, { client: client.id, scope })
    return await requestPersonToken(issuer, { client: client.id, scope, ...(acr === undefined ? {} : { acr }) })
  } catch (error) {
    if (!(error instanceof TokenRefused) || error.code !== 'invalid_scope') throw error
    throw new Error(notAllowed(client, scope.split(' ')), { cause: error })
  }
}

function notAllowed(client: DemoClient, scopes: readonly string[]): string {
  const refused = scopes.filter((scope) => !client.mayAskFor(scope))
  const others = DEMO_CLIENTS.filter(({ mayAskFor }) => scopes.every(mayAskFor)).map(({ id }) => id)
  const advice = others.length === 0 ? '' : `: use --client ${others.join(' or ')}`
  return `\`${client.id}\` may not ask for \`${refused.join(' ')}\`${advice}`
}

/** Decodes without checking anything: this is for reading, the gate is for judging. */
function renderClaims(token: string): string {
  const [header, claims] = token.split('.').slice(0, 2).map(decodePart)
  return JSON.stringify({ header, claims }, undefined, 2)
}

const decodePart = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))

if (import.meta.main) {
  const { exitCode, stdout, stderr } = await runTokenCommand(process.argv.slice(2))
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = exitCode
}
