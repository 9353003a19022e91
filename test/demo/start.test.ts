/** `npm start` as a process, in a folder of its own, while one of its usual ports is taken: ready, right, and gone after Ctrl-C. */
import { execFile, spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const FILES = ['src', 'demo', 'scopes', 'wrangler.toml', 'package.json', 'tsconfig.json']
const READY_MS = 90_000

let folder: string
let squatter: Server

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scopewall-start-'))
  for (const file of FILES) await cp(join(ROOT, file), join(folder, file), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  squatter = createServer()
  // Where somebody else has the port already, that is as good.
  await new Promise<void>((resolve) => squatter.once('error', () => resolve()).listen(8787, '127.0.0.1', resolve))
})
afterAll(async () => {
  squatter.close()
  await rm(folder, { recursive: true, force: true })
})

/** Everything that a process has started, and what those have. */
async function descendantsOf(pid: number): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-e', '-o', 'pid=,ppid='])
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/).map(Number))
  const below = (parent: number): readonly number[] =>
    pairs.flatMap(([child, itsParent]) => (child !== undefined && itsParent === parent ? [child, ...below(child)] : []))
  return below(pid)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('starts beside a taken port, answers as the tour says, and leaves nothing behind', async () => {
  const demo = spawn(process.execPath, ['demo/start.ts'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  let children: readonly number[] = []
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve))
  try {
    await expect.poll(() => said.includes('publish --env development --local'), { timeout: READY_MS }).toBe(true)
    expect(said).toContain('port 8787 is taken, so the gate uses')
    const gate = /curl -si localhost:(\d+)/.exec(said)?.[1]
    expect((await fetch(`http://localhost:${gate}/v1/status`)).status).toBe(200)
    const refused = await fetch(`http://localhost:${gate}/v1/invoices`)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="localhost:${gate}", scope="invoices:read", resource_metadata="http://localhost:${gate}/.well-known/oauth-protected-resource"`,
    ])
    const line = /READ=\$\((npm run .*)\)\n/.exec(said)?.[1] ?? ''
    const { stdout: token } = await promisify(execFile)('sh', ['-c', line], { cwd: folder })
    const allowed = await fetch(`http://localhost:${gate}/v1/invoices`, {
      headers: { authorization: `Bearer ${token.trim()}` },
    })
    expect(allowed.status).toBe(200)
    children = await descendantsOf(demo.pid ?? 0)
    expect(children.length).toBeGreaterThan(1)
  } finally {
    demo.kill('SIGINT')
  }
  expect(await ended).toBe(0)
  await expect.poll(() => children.filter(isAlive), { timeout: 5_000 }).toEqual([])
  expect(await readdir(join(folder, '.scopewall/demo'))).not.toContain('lock')
}, 120_000)
