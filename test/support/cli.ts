/** The real command in a folder of its own: a copy of a small map and a wrangler.toml with a KV binding. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { runCommand } from '../../src/cli/run-command.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Workplace {
  readonly folder: string
  write(path: string, text: string): Promise<void>
  /** The command in this process, one at a time: to start a hundred processes takes longer than all that they do. */
  run(...args: readonly string[]): Promise<Ran>
  /** The command as people run it. */
  runProcess(...args: readonly string[]): Promise<Ran>
  /** Starts the command and kills it, and all that it started, as soon as its standard error holds the text. */
  killAt(text: string, ...args: readonly string[]): Promise<void>
  close(): Promise<void>
}

export const GATEWAY = `hosts: [api.example.com]
environments:
  development:
    resource: http://localhost:8787
    audience: https://api.example.com
    issuers: [{ issuer: http://localhost:9400, keys: oidc, algorithms: [ES256] }]
    upstream: http://127.0.0.1:9401
    hostAliases: { localhost: api.example.com }
`

export const SERVICE = `service: invoices
description: Invoices.
owner: team-billing
basePath: /v1
scopes:
  invoices:read: { reason: Partners reconcile., sensitivity: low }
  invoices:refund: { reason: Money goes back., sensitivity: critical, stepUp: { acr: phr, maxAge: 5m } }
routes:
  /invoices: { GET: invoices:read }
  /invoices/{id}/refunds: { POST: { allOf: [invoices:read, invoices:refund] } }
  /status: { GET: { public: Probes. } }
`

export const WRANGLER = `name = "tested"
compatibility_date = "2026-10-20"
[[kv_namespaces]]
binding = "SCOPES"
id = "development"
`

const ENVIRONMENT = { NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false', GITHUB_ACTOR: 'tester' }

/** What the work says and returns, with the folder as the current one. */
async function inside(folder: string, work: () => Promise<number>): Promise<Ran> {
  const before = { folder: process.cwd(), environment: { ...process.env } }
  const said = { stdout: '', stderr: '' }
  const listeners = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      said[stream] += String(chunk)
      return true
    }),
  )
  Object.assign(process.env, ENVIRONMENT)
  delete process.env.FORCE_COLOR
  process.chdir(folder)
  try {
    const code = await work()
    return { code, ...said }
  } finally {
    process.chdir(before.folder)
    process.env = before.environment
    for (const listener of listeners) listener.mockRestore()
  }
}

export async function makeWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'scopewall-cli-'))
  const write = async (path: string, text: string) => {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await write('wrangler.toml', WRANGLER)
  await write('scopes/gateway.yaml', GATEWAY)
  await write('scopes/invoices.yaml', SERVICE)
  const environment = { ...process.env, ...ENVIRONMENT }
  const start = (args: readonly string[]) =>
    spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
  const runProcess = (...args: readonly string[]) =>
    new Promise<Ran>((resolve) => {
      const child = start(args)
      const output = { stdout: '', stderr: '' }
      child.stdout?.on('data', (chunk) => {
        output.stdout += chunk
      })
      child.stderr?.on('data', (chunk) => {
        output.stderr += chunk
      })
      child.on('close', (code) => resolve({ code: code ?? -1, ...output }))
    })
  const killAt = (text: string, ...args: readonly string[]) =>
    new Promise<void>((resolve, reject) => {
      const child = start(args)
      let stderr = ''
      child.stderr.on('data', (chunk) => {
        stderr += chunk
        if (stderr.includes(text) && child.pid !== undefined && child.exitCode === null)
          process.kill(-child.pid, 'SIGKILL')
      })
      child.on('close', () => (stderr.includes(text) ? resolve() : reject(new Error(`never said ${text}: ${stderr}`))))
    })
  const run = (...args: readonly string[]) => inside(folder, () => runCommand(args))
  return { folder, write, run, runProcess, killAt, close: () => rm(folder, { recursive: true, force: true }) }
}
