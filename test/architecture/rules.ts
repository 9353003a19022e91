/** What must hold of the texts of `src/`, as functions of texts, so that each rule can be shown to fail. */
import { dirname, join } from 'node:path/posix'

/** Path from the project's root -> text. */
export type Sources = ReadonlyMap<string, string>

interface Room {
  /** Other rooms that it may import. */
  readonly rooms: readonly string[]
  /** Packages that it may import; `node:*` stands for all that Node brings. */
  readonly packages: readonly string[]
}

/** A room is a folder of `src/`, or a file beside them. One that is not here may not exist. */
const ROOMS: Readonly<Record<string, Room>> = {
  policy: { rooms: [], packages: [] },
  source: { rooms: ['policy'], packages: ['yaml', 'zod'] },
  token: { rooms: ['policy'], packages: ['jose', 'oauth4webapi', 'cloudflare:workers'] },
  release: { rooms: ['policy'], packages: ['@cloudflare/workers-types'] },
  revocation: {
    rooms: ['policy'],
    packages: ['@noble/hashes', 'jose', 'cloudflare:workers', '@cloudflare/workers-types'],
  },
  audit: { rooms: ['policy'], packages: ['cloudflare:workers', '@cloudflare/workers-types'] },
  gateway: { rooms: ['policy', 'token', 'release', 'revocation', 'audit'], packages: ['hono'] },
  admin: { rooms: ['policy', 'token', 'release', 'revocation', 'audit', 'gateway'], packages: ['hono'] },
  // What runs in the browser takes the pure rooms alone; `foreignInputs` keeps them out of the Worker.
  console: { rooms: ['policy', 'token', 'audit', 'gateway'], packages: ['hono'] },
  'console/web': { rooms: ['policy', 'source'], packages: ['preact'] },
  cli: {
    rooms: ['policy', 'source', 'release', 'token', 'revocation', 'audit'],
    packages: ['commander', 'node:*', 'esbuild', 'wrangler', 'miniflare', '@cloudflare/workers-types'],
  },
  'worker.ts': {
    rooms: [
      'policy',
      'token',
      'release',
      'revocation',
      'audit',
      'gateway',
      'admin',
      'console',
      'background.ts',
      'bindings.ts',
    ],
    packages: ['cloudflare:workers', 'scopewall:bundle', '@cloudflare/workers-types'],
  },
  // The other half of the composition root, and what both of them are given.
  'background.ts': {
    rooms: ['policy', 'release', 'revocation', 'audit', 'gateway', 'admin', 'bindings.ts'],
    packages: ['scopewall:bundle', '@cloudflare/workers-types'],
  },
  'bindings.ts': { rooms: ['audit', 'revocation', 'token'], packages: ['@cloudflare/workers-types'] },
  'modules.d.ts': { rooms: ['policy'], packages: ['@cloudflare/workers-types'] },
}

const roomOf = (path: string): string =>
  path.startsWith('src/console/web/') ? 'console/web' : (path.split('/')[1] ?? '')

const STATIC = /^\s*(?:import|export)\s+(?:[\w$*{},\s]+\s+from\s+)?['"]([^'"\n]+)['"]/gm
const DYNAMIC = /\b(?:import|require)\s*\(\s*['"`]([^'"`\n]+)['"`]/g

/** What a text imports, types included, as it is written. */
export const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)].map(([, specifier = '']) => specifier)

const resolved = (path: string, specifier: string): string | undefined =>
  specifier.startsWith('.') ? join(dirname(path), specifier) : undefined

/** `hono/tiny` -> `hono`, `node:fs` -> `node:*`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:*'
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

/** Imports of a room, a file or a package that the importing room may not name. */
export function importViolations(sources: Sources): readonly string[] {
  return [...sources].flatMap(([path, text]) => {
    const room = ROOMS[roomOf(path)]
    if (room === undefined) return [`${path} is in no known room`]
    return importsOf(text).flatMap((specifier) => {
      const target = resolved(path, specifier)
      if (target === undefined)
        return room.packages.includes(packageOf(specifier)) ? [] : [`${path} names ${specifier}`]
      if (!sources.has(target)) return [`${path} imports ${target}, which is not there`]
      const isAllowed = roomOf(target) === roomOf(path) || room.rooms.includes(roomOf(target))
      return isAllowed ? [] : [`${path} imports ${target}`]
    })
  })
}

/** The files of one cycle, in order, or nothing. */
export function findCycle(sources: Sources): readonly string[] {
  const done = new Set<string>()
  const visit = (path: string, above: readonly string[]): readonly string[] => {
    if (above.includes(path)) return [...above.slice(above.indexOf(path)), path]
    if (done.has(path)) return []
    done.add(path)
    for (const specifier of importsOf(sources.get(path) ?? '')) {
      const cycle = visit(resolved(path, specifier) ?? '', [...above, path])
      if (cycle.length > 0) return cycle
    }
    return []
  }
  for (const path of sources.keys()) {
    const cycle = visit(path, [])
    if (cycle.length > 0) return cycle
  }
  return []
}

const TEXT = /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|(`(?:\\.|[^`\\\n])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g

/** The text without comments and without what stands in quotation marks. Templates stay: they hold code. */
const codeOf = (text: string): string =>
  text.replace(TEXT, (_, quoted, template) => (quoted === undefined ? (template ?? '') : "''"))

interface Ban {
  readonly why: string
  readonly pattern: RegExp
  readonly where: (path: string) => boolean
}

const isPure = (path: string): boolean => ['policy', 'source'].includes(roomOf(path))

const BANS: readonly Ban[] = [
  {
    // `new Date(text)` reads no clock.
    why: 'time, chance, network and process come in as arguments',
    pattern:
      /\bDate\.now\b|\bDate\(\s*\)|\bMath\.random\b|\bfetch\s*\(|\b(?:process|crypto|console|performance|globalThis)\s*(?:\?\.|[.[])|\b(?:setTimeout|setInterval|queueMicrotask)\b|\basync\b|\bawait\b/,
    where: isPure,
  },
  { why: 'an exception must never open the gate', pattern: /passThroughOnException/, where: () => true },
  {
    why: 'nothing escapes the types',
    pattern: /:\s*any\b|\bas\s+any\b|<any\b|\bany\[\]|\bas\s+never\b/,
    where: () => true,
  },
  {
    why: 'only the composition root sees the bindings',
    pattern: /\bEnv\b/,
    where: (path) => !['src/worker.ts', 'src/background.ts', 'src/bindings.ts', 'src/modules.d.ts'].includes(path),
  },
  {
    why: 'the table of denials alone says which status a refusal has',
    pattern: /(?<![\w.])[45]\d\d(?![\w.])/,
    where: (path) => roomOf(path) === 'gateway' || path === 'src/worker.ts',
  },
]

/** Lines that may stay, with the reason. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  "if (active === undefined) return context.json({ status: 'no_release' }, 503, headers)":
    'the health page says how the gate is; it refuses no request',
  'const DEFAULT_PORTS: Readonly<Record<string, RegExp>> = { http: /:(?:80)?$/, https: /:(?:443)?$/ }':
    'a port, not a status',
}

/** Files that hold what is banned there, with the reason of the ban. */
export function banViolations(sources: Sources): readonly string[] {
  return [...sources].flatMap(([path, text]) => {
    const kept = text.split('\n').map((line) => (Object.hasOwn(EXCEPTIONS, line.trim()) ? '' : line))
    const code = codeOf(kept.join('\n'))
    const bans = BANS.filter(({ where, pattern }) => where(path) && pattern.test(code))
    const silenced = /@ts-(?:ignore|nocheck|expect-error)/.test(text) ? [`${path}: the type checker is silenced`] : []
    return [...bans.map(({ why }) => `${path}: ${why}`), ...silenced]
  })
}

/** How long a file may be. */
export const LINES = 300

/** Files that are longer. */
export const longFiles = (sources: Sources): readonly string[] =>
  [...sources].filter(([, text]) => text.trimEnd().split('\n').length > LINES).map(([path]) => path)

/** What may not be part of the Worker: the map's compiler, the command line, and what only they use. */
export const foreignInputs = (inputs: readonly string[]): readonly string[] =>
  inputs.filter((input) => /^src\/(?:source|cli)\/|(?:^|\/)node_modules\/(?:yaml|zod|commander)\//.test(input))
