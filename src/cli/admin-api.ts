/** The admin API as commands reach it: whose token, which gate, and what its answers mean for whoever typed. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { ADMIN_PREFIX } from '../policy/admin-routes.ts'
import { EXIT, Stop } from './exit.ts'
import { loadAddress } from './map.ts'
import { scopesOption } from './program.ts'
import { visible } from './terminal.ts'

export interface AdminOptions {
  readonly env: string
  readonly scopes: string
  readonly url?: string
  readonly tokenFile?: string
}

/** The options of whatever asks the admin API. A token is no option: other users of a machine can see those. */
export const withAdminApi = (target: Command): Command =>
  target
    .option('--env <name>', 'environment of gateway.yaml', 'development')
    .addOption(scopesOption())
    .option('--url <url>', 'an address behind the gate (default: `resource` of the environment)')
    .option('--token-file <file>', 'holds the access token to ask with (default: SCOPEWALL_TOKEN holds it)')

const DEADLINE_MS = 30_000
const MOST_BYTES = 4 * 1024 * 1024

/** `path` below `/_scopewall/admin/`. Gives what the gate answered, parsed and not checked; stops where that was a refusal. */
export async function askAdmin(
  options: AdminOptions,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const address = addressOf(options.url ?? (await loadAddress(options.scopes, options.env)), path)
  const token = await tokenFrom(options)
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'user-agent': 'scopewall' }
  const response = await fetch(address, {
    method,
    redirect: 'error',
    signal: AbortSignal.timeout(DEADLINE_MS),
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Stop(EXIT.couldNotRun, `${address.origin} could not be reached, or did not answer in time`)
  })
  const answer = parseAnswer(await response.text())
  if (response.ok && answer !== undefined) return answer
  throw refused(address, response, answer)
}

function addressOf(url: string, path: string): URL {
  const address = URL.canParse(url) ? new URL(`${ADMIN_PREFIX}${path}`, url) : undefined
  if (address === undefined || !/^https?:$/.test(address.protocol))
    throw new Stop(EXIT.usage, `\`${url}\` is no URL`, 'give the address of the API, as in https://api.example.com')
  if (address.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(address.hostname))
    throw new Stop(EXIT.usage, 'the token would travel in the clear', 'give an https address')
  return address
}

async function tokenFrom({ tokenFile }: AdminOptions): Promise<string> {
  const given =
    tokenFile === undefined
      ? process.env.SCOPEWALL_TOKEN
      : await readFile(tokenFile, 'utf8').catch(() => {
          throw new Stop(EXIT.usage, `\`${tokenFile}\` could not be read`)
        })
  const token = given?.trim() ?? ''
  if (token === '')
    throw new Stop(
      EXIT.usage,
      'the admin API is asked with an access token, and there is none',
      'put it into SCOPEWALL_TOKEN, or into a file and name that with --token-file',
    )
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) throw new Stop(EXIT.usage, 'what should be the access token is none')
  return token
}

function parseAnswer(text: string): unknown {
  if (text.length > MOST_BYTES) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A refusal of the gate, a problem with what was asked, or no gate at all. */
function refused(address: URL, response: Response, answer: unknown): Stop {
  const { title, detail, scope } = Object(answer) as Readonly<Record<string, unknown>>
  const words = [title, detail].filter((each) => typeof each === 'string').map((each) => visible(String(each)))
  const said = words.length === 0 ? 'nothing that a gate says' : words.join(': ')
  const asked = typeof scope === 'string' ? scope : scopeOf(response.headers.get('www-authenticate'))
  if (response.status === 401 || response.status === 403)
    return new Stop(
      EXIT.denied,
      `${address.origin} refused: ${said}`,
      asked === undefined ? 'is the token good, and of an issuer that the admin API accepts?' : `it asks for ${asked}`,
    )
  return new Stop(EXIT.couldNotRun, `${address.origin} answered ${response.status}: ${said}`)
}

function scopeOf(challenge: string | null): string | undefined {
  const [, scope] = /\bscope="([^"]*)"/.exec(challenge ?? '') ?? []
  return scope === undefined ? undefined : `the scope ${visible(scope)}`
}
