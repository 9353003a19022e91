/** KV at Cloudflare, through `wrangler kv` with wrangler's own login and configuration. There is no second set of credentials. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ReleaseStore } from '../release/store.ts'
import { EXIT, Stop } from './exit.ts'
import { BINDING, type Place } from './place.ts'
import { withFile } from './with-file.ts'

interface Answer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs wrangler with these arguments. A parameter, so that tests can put other answers in its place. */
export type RunWrangler = (args: readonly string[]) => Promise<Answer>

/** What one `wrangler kv bulk get` takes. */
const MOST_KEYS = 100

export function remoteStore(place: Place, run: RunWrangler = runWrangler): ReleaseStore {
  const where = [
    '--binding',
    BINDING,
    place.isLocal ? '--local' : '--remote',
    '--config',
    place.config,
    // Wrangler warns where environments exist and none is named; the empty name is the top level.
    '--env',
    place.environment ?? '',
  ]
  const kv = async (args: readonly string[]) => {
    const answer = await run(['kv', ...args, ...where])
    if (answer.exitCode !== 0) throw wranglerFailed(answer)
    return answer.stdout
  }
  return {
    async read(keys) {
      const found = new Map<string, string>()
      for (let from = 0; from < keys.length; from += MOST_KEYS) {
        const wanted = keys.slice(from, from + MOST_KEYS)
        const output = await withFile(JSON.stringify(wanted), (path) => kv(['bulk', 'get', path]))
        for (const [key, value] of readValues(output, wanted)) found.set(key, value)
      }
      return found
    },
    async put(key, value) {
      await withFile(value, (path) => kv(['key', 'put', key, '--path', path]))
    },
    async list(prefix) {
      const entries: unknown = parseOutput(await kv(['key', 'list', '--prefix', prefix]), '[')
      if (!Array.isArray(entries)) throw unexpected('key list')
      return entries.map((entry: { name?: unknown }) => {
        if (typeof entry.name !== 'string') throw unexpected('key list')
        return entry.name
      })
    },
  }
}

/** `{ key: { value } }`, or `{ key: value }`; null where the key is not there. */
function readValues(output: string, keys: readonly string[]): ReadonlyMap<string, string> {
  const values = parseOutput(output, '{') as Readonly<Record<string, unknown>>
  const found = new Map<string, string>()
  for (const key of keys) {
    const entry = Object.hasOwn(values, key) ? values[key] : null
    const value = typeof entry === 'object' && entry !== null && 'value' in entry ? entry.value : entry
    if (typeof value === 'string') found.set(key, value)
    else if (value !== null && value !== undefined) throw unexpected('kv bulk get')
  }
  return found
}

/** Wrangler may say more before its JSON; the JSON begins at the first line that opens it. */
function parseOutput(output: string, opening: string): unknown {
  const start = output.split('\n').findIndex((line) => line.startsWith(opening))
  try {
    return JSON.parse(output.split('\n').slice(start).join('\n'))
  } catch {
    throw unexpected('wrangler kv')
  }
}

const unexpected = (command: string): Stop =>
  new Stop(
    EXIT.couldNotRun,
    `\`${command}\` answered something that this version does not understand`,
    'use the wrangler version of package-lock.json (npm ci)',
  )

/** The first error that wrangler names, and what usually mends it. */
function wranglerFailed({ stdout, stderr }: Answer): Stop {
  const said = `${stderr}\n${stdout}`
  const message = /\[ERROR\]\s*(.+)/.exec(stripStyle(said))?.[1] ?? 'it gave no reason'
  const help = HELP.find(([pattern]) => pattern.test(said))?.[1]
  return new Stop(EXIT.couldNotRun, `wrangler could not reach KV: ${message.trim()}`, help)
}

const HELP: readonly (readonly [RegExp, string])[] = [
  [
    /CLOUDFLARE_API_TOKEN|not logged in|authentication|Unauthorized|10000/i,
    'log in with `npx wrangler login`, or set CLOUDFLARE_API_TOKEN in CI',
  ],
  [
    /No KV namespace with binding|kv_namespaces|namespace not found|10013/i,
    'create it with `npx wrangler kv namespace create SCOPES --env ENV` and put its id into wrangler.toml',
  ],
  [/No environment found|environment/i, 'wrangler.toml needs a section for that environment'],
  [/fetch failed|ENOTFOUND|ECONN|network/i, 'check the connection and try again: nothing was half published'],
]

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out
const stripStyle = (text: string): string => text.replace(/\x1B\[[0-9;]*m/g, '')

function runWrangler(args: readonly string[]): Promise<Answer> {
  const script = join(dirname(createRequire(import.meta.url).resolve('wrangler/package.json')), 'bin', 'wrangler.js')
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    })
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => (output.stdout += chunk))
    child.stderr.on('data', (chunk) => (output.stderr += chunk))
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode: exitCode ?? 1, ...output }))
  })
}
