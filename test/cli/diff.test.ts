/** `scopewall diff` against a real repository. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorkplace, SERVICE, type Workplace } from '../support/cli.ts'

let place: Workplace
const git = (...args: readonly string[]) =>
  promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: place.folder })

beforeAll(async () => {
  place = await makeWorkplace()
  await git('init', '--quiet')
  await git('add', 'scopes')
  await git('commit', '--quiet', '--message', 'The map.')
  await place.write(
    'scopes/invoices.yaml',
    SERVICE.replace('{ allOf: [invoices:read, invoices:refund] }', 'invoices:refund'),
  )
})
afterAll(() => place.close())

test('the working tree is compared with the last commit, in words and as an exit code', async () => {
  const { code, stdout, stderr } = await place.run('diff', '--fail-on', 'looser,open', '--stats')
  expect(stdout).toContain('routes: 1 looser')
  expect(stdout).toContain(
    'a token with `invoices:refund`, acr `phr`, authenticated 5m ago, gets in now; before, it also needed `invoices:read`',
  )
  expect(stderr).toMatch(/3 and 3 rules: read in \d+ ms, compared in \d+ ms; \d+ MB/)
  expect([code, stderr]).toEqual([5, expect.stringContaining('--fail-on looser')])
})

test('two commits, a folder elsewhere, Markdown', async () => {
  await git('commit', '--quiet', '--all', '--message', 'Looser.')
  const { code, stdout } = await place.run(
    'diff',
    'git:HEAD~1',
    'git:HEAD',
    '--format',
    'markdown',
    '--scopes',
    './scopes/',
  )
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^### Scope map: routes: 1 looser\n/)])
  expect((await place.run('diff', '--fail-on', 'any')).stdout).toBe('nothing differs\n')
})

test('recorded usage is judged by both, and a line that is none ends the command', async () => {
  const row = {
    format: 1,
    environment: 'development',
    release: '0'.repeat(64),
    from: '2026-11-01T00:00:00Z',
    to: '2026-11-02T00:00:00Z',
    host: 'api.example.com',
    method: 'POST',
    path: '/v1/invoices/{id}/refunds',
    credential: 'verified',
    client: 'support',
    scopes: ['invoices:refund'],
    acr: ['phr'],
    authAge: 60,
    outcome: 'scope_insufficient',
    count: 1204,
  }
  await place.write('usage.jsonl', `${JSON.stringify(row)}\n\n`)
  const { stdout } = await place.run('diff', 'git:HEAD~1', 'git:HEAD', '--usage', 'usage.jsonl')
  expect(stdout).toContain('Recorded requests that would get in: 1,204 requests of 1 client')
  await place.write('usage.jsonl', `${JSON.stringify(row)}\n${JSON.stringify({ ...row, count: 0 })}\n`)
  const { code, stderr } = await place.run('diff', '--usage', 'usage.jsonl')
  expect([code, stderr]).toEqual([2, expect.stringContaining('usage.jsonl:2: `count` is no whole number from 1')])
})

test('a side that has errors is named, with the errors', async () => {
  await place.write('scopes/broken.yaml', 'service: broken\n')
  await git('add', 'scopes')
  await git('commit', '--quiet', '--message', 'Broken.')
  const { code, stderr } = await place.run('diff', 'git:HEAD~1', 'git:HEAD')
  expect([code, stderr]).toEqual([3, expect.stringContaining('the scope map of `git:HEAD` has errors')])
  expect(stderr).toContain('scopes/broken.yaml:1:1')
})

test.each([
  [['diff', 'HEAD'], '`HEAD` is nothing that can be compared'],
  [['diff', 'git:nowhere'], 'git knows no commit `nowhere`'],
  [['diff', '--fail-on', 'loser'], 'did you mean `looser`?'],
  [['diff', '--today', '2026-02-30'], '`2026-02-30` is no day'],
])('%j is a mistake in usage, and says what would be right', async (args, message) => {
  const { code, stderr } = await place.run(...args)
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
})
