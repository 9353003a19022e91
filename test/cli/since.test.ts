/** Since when a scope stands in the map. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scopesSince, sinceFromLog } from '../../src/cli/since.ts'

const NAMES = new Set(['a:read', 'a:write', 'b'])
const since = (...lines: readonly string[]) => Object.fromEntries(sinceFromLog(lines, NAMES))

test('a scope is there since the day on which its name came', () => {
  expect(
    since('commit 2024-01-02', '+  a:read:', '+    reason: x', 'commit 2024-03-04', '+  "a:write": { reason: x }'),
  ).toEqual({
    'a:read': '2024-01-02',
    'a:write': '2024-03-04',
  })
})

test('moving and rewriting it changes nothing, removing it does', () => {
  const moved = ['commit 2024-01-02', '+  a:read:', 'commit 2024-02-03', '-  a:read:', '+  a:read: { reason: x }']
  expect(since(...moved)).toEqual({ 'a:read': '2024-01-02' })
  expect(since(...moved, 'commit 2024-03-04', '-  a:read: { reason: x }')).toEqual({})
  expect(since(...moved, 'commit 2024-03-04', '-  a:read:', 'commit 2024-05-06', '+  a:read:')).toEqual({
    'a:read': '2024-05-06',
  })
})

test('a route that asks for it, a comment and a name that is longer are no definition', () => {
  expect(
    since('commit 2024-01-02', '+    GET: a:read', '+  # a:read:', '+  a:reader:', '+  xa:read:', '+++ b/a:read:'),
  ).toEqual({})
})

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scopewall-since-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('git is asked once, and without its history there is no answer', async () => {
  expect(await scopesSince(folder, NAMES)).toEqual(new Map())
  const git = (day: string, ...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
      cwd: folder,
      env: { ...process.env, GIT_AUTHOR_DATE: `${day}T12:00:00Z`, GIT_COMMITTER_DATE: `${day}T12:00:00Z` },
      stdio: 'pipe',
    })
  git('2024-01-02', 'init', '--quiet')
  await writeFile(join(folder, 'a.yaml'), 'scopes:\n  a:read:\n    reason: x\n')
  git('2024-01-02', 'add', '.')
  git('2024-01-02', 'commit', '--quiet', '--message', 'one')
  await rename(join(folder, 'a.yaml'), join(folder, 'c.yaml'))
  await writeFile(join(folder, 'b.yaml'), 'scopes:\n  b:\n    reason: x\n')
  git('2024-03-04', 'add', '.')
  git('2024-03-04', 'commit', '--quiet', '--message', 'two')
  await writeFile(join(folder, 'd.yaml'), 'scopes:\n  a:write:\n    reason: not committed\n')
  expect(Object.fromEntries(await scopesSince(folder, NAMES))).toEqual({ 'a:read': '2024-01-02', b: '2024-03-04' })
  const shallow = join(folder, 'shallow')
  git('2024-03-04', 'clone', '--quiet', '--depth=1', `file://${folder}`, shallow)
  expect(await scopesSince(shallow, NAMES)).toEqual(new Map())
})
