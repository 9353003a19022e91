/** The real runtime with nothing in front of it: workerd serves the built Worker on a loopback socket, and no proxy touches a request. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The dates and flags of wrangler.toml; a test holds the two together. */
export const COMPATIBILITY = { date: '2026-10-20', flags: ['no_nodejs_compat', 'no_nodejs_compat_v2'] } as const

export interface WorkerModule {
  readonly name: string
  readonly code: string
}

export interface WorkerdService {
  readonly name: string
  readonly modules: readonly WorkerModule[]
  /** Text bindings. */
  readonly vars?: Readonly<Record<string, string>>
  /** KV bindings: name -> `host:port` of a server that speaks KV's protocol. */
  readonly kv?: Readonly<Record<string, string>>
  /** Bindings of queues to send to: name -> `host:port` of a server that takes what is sent. */
  readonly queues?: Readonly<Record<string, string>>
  /** Durable Object bindings: name -> class that this Worker exports, or that of another service; SQLite, in the folder of this run. */
  readonly durableObjects?: Readonly<Record<string, string | { readonly className: string; readonly service: string }>>
  /** A request header with the JSON of `request.cf`, as Cloudflare's edge would set it. */
  readonly cfHeader?: string
  /** Bindings to other services of the same process. */
  readonly services?: Readonly<Record<string, { readonly service: string; readonly entrypoint?: string }>>
}

export interface Workerd {
  readonly pid: number
  /** Port of each service's socket, by the service's name. */
  readonly ports: Readonly<Record<string, number>>
  /** What the Workers logged: one string a line. */
  readonly lines: readonly string[]
  close(): Promise<void>
}

export interface WorkerdOptions {
  /** What `caches` of all services keep: nothing, or what is put there for as long as it says. */
  readonly cache?: 'nothing' | 'memory'
  /** A folder for Durable Objects that outlives the process. */
  readonly objects?: string
}

/** Starts one workerd with a socket for each service and waits until all of them listen. */
export async function startWorkerd(
  services: readonly WorkerdService[],
  { cache = 'nothing', objects }: WorkerdOptions = {},
): Promise<Workerd> {
  const folder = await mkdtemp(join(tmpdir(), 'scopewall-workerd-'))
  for (const { name, modules } of services) {
    for (const [index, { code }] of modules.entries()) await writeFile(join(folder, `${name}-${index}.js`), code)
  }
  await mkdir(join(folder, 'objects'))
  await writeFile(
    join(folder, 'config.capnp'),
    renderConfig(services, objects ?? join(folder, 'objects'), CACHES[cache]),
  )
  const child = spawn(binary(), ['serve', join(folder, 'config.capnp'), '--control-fd=3', '--experimental'], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => lines.push(line))
  }
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const close = async () => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  const ports = await Promise.race([
    listeningPorts(child.stdio[3] as Readable, services.length),
    exited.then(() => Promise.reject(new Error(`workerd ended early:\n${lines.join('\n')}`))),
  ])
  return { pid: child.pid ?? 0, ports, lines, close }
}

function binary(): string {
  const require = createRequire(import.meta.url)
  return require.resolve('workerd/bin/workerd')
}

function listeningPorts(control: Readable, count: number): Promise<Record<string, number>> {
  return new Promise((resolve) => {
    const ports: Record<string, number> = {}
    createInterface({ input: control }).on('line', (line) => {
      const message: { event?: string; socket?: string; port?: number } = JSON.parse(line)
      if (message.event !== 'listen' || message.socket === undefined || message.port === undefined) return
      ports[message.socket] = message.port
      if (Object.keys(ports).length === count) resolve(ports)
    })
  })
}

function renderConfig(services: readonly WorkerdService[], objects: string, cacheScript: string): string {
  const servers = [
    ...new Set(services.flatMap(({ kv, queues }) => [...Object.values(kv ?? {}), ...Object.values(queues ?? {})])),
  ]
  const serverName = (address: string) => `server-${address.replace(/\W/g, '-')}`
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.map(({ name }) => `(name = ${text(name)}, worker = .${constant(name)}),`).join('\n    ')}
    ${servers.map((address) => `(name = ${text(serverName(address))}, external = (address = ${text(address)}, http = ())),`).join('\n    ')}
    (name = "internet", network = (allow = ["public", "private", "local"])),
    (name = "cache", worker = .cache),
    (name = "objects", disk = (path = ${text(objects)}, writable = true)),
  ],
  sockets = [
    ${services.map(({ name, cfHeader }) => `(name = ${text(name)}, address = "127.0.0.1:0", http = (${cfHeader === undefined ? '' : `cfBlobHeader = ${text(cfHeader)}`}), service = ${text(name)}),`).join('\n    ')}
  ]
);
const cache :Workerd.Worker = (
  serviceWorkerScript = ${text(cacheScript)},
  compatibilityDate = ${text(COMPATIBILITY.date)},
);
${services.map((service) => renderWorker(service, serverName)).join('\n')}`
}

/** Who answers the Cache API: a look is a GET, what is kept comes as a PUT whose body is the response as it goes over the wire. */
const CACHES: Readonly<Record<NonNullable<WorkerdOptions['cache']>, string>> = {
  nothing: `
const miss = () => new Response(null, { status: 504, headers: { 'cf-cache-status': 'MISS' } })
addEventListener('fetch', (event) => event.respondWith(miss()))`,
  memory: `
const kept = new Map()
const miss = () => new Response(null, { status: 504, headers: { 'cf-cache-status': 'MISS' } })
async function answer(request) {
  const key = request.headers.get('cf-cache-namespace') + ' ' + request.url
  if (request.method === 'PUT') {
    const wire = await request.text()
    const end = wire.indexOf('\\r\\n\\r\\n')
    const seconds = /max-age=([0-9]+)/.exec(wire.slice(0, end))
    kept.set(key, { body: wire.slice(end + 4), until: Date.now() + 1000 * Number(seconds === null ? 0 : seconds[1]) })
    return new Response(null, { status: 204 })
  }
  const hit = kept.get(key)
  if (hit === undefined || hit.until <= Date.now()) return miss()
  return new Response(hit.body, { headers: { 'cf-cache-status': 'HIT' } })
}
addEventListener('fetch', (event) => event.respondWith(answer(event.request)))`,
}

function renderWorker(service: WorkerdService, serverName: (address: string) => string): string {
  const bindings = [
    ...Object.entries(service.vars ?? {}).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...Object.entries(service.kv ?? {}).map(
      ([name, address]) => `(name = ${text(name)}, kvNamespace = ${text(serverName(address))})`,
    ),
    ...Object.entries(service.queues ?? {}).map(
      ([name, address]) => `(name = ${text(name)}, queue = ${text(serverName(address))})`,
    ),
    ...Object.entries(service.durableObjects ?? {}).map(([name, target]) =>
      typeof target === 'string'
        ? `(name = ${text(name)}, durableObjectNamespace = ${text(target)})`
        : `(name = ${text(name)}, durableObjectNamespace = (className = ${text(target.className)}, serviceName = ${text(target.service)}))`,
    ),
    ...Object.entries(service.services ?? {}).map(
      ([name, { service: target, entrypoint }]) =>
        `(name = ${text(name)}, service = (name = ${text(target)}${entrypoint === undefined ? '' : `, entrypoint = ${text(entrypoint)}`}))`,
    ),
  ]
  return `const ${constant(service.name)} :Workerd.Worker = (
  modules = [${service.modules.map(({ name }, index) => `(name = ${text(name)}, esModule = embed ${text(`${service.name}-${index}.js`)})`).join(', ')}],
  bindings = [${bindings.join(', ')}],
  compatibilityDate = ${text(COMPATIBILITY.date)},
  compatibilityFlags = [${COMPATIBILITY.flags.map(text).join(', ')}],
  globalOutbound = "internet",
  cacheApiOutbound = "cache",
  durableObjectNamespaces = [${ownClasses(service)
    .map(
      (className) =>
        `(className = ${text(className)}, uniqueKey = ${text(`${service.name}-${className}`)}, enableSql = true)`,
    )
    .join(', ')}],
  durableObjectStorage = (localDisk = "objects"),
);`
}

const ownClasses = ({ durableObjects = {} }: WorkerdService): readonly string[] => [
  ...new Set(Object.values(durableObjects).flatMap((target) => (typeof target === 'string' ? [target] : []))),
]

const text = (value: string): string => JSON.stringify(value)
const constant = (name: string): string =>
  `worker${name.replace(/\W/g, '').replace(/^./, (first) => first.toUpperCase())}`
