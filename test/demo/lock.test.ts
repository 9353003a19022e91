import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { lockUntilExit } from '../../demo/lock.ts'
import { runChild } from '../../demo/processes.ts'

const folder = mkdtempSync(join(tmpdir(), 'scopewall-lock-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a lock holds until its process ends', async () => {
  const path = join(folder, 'demo', 'held')
  lockUntilExit(path)
  expect(readFileSync(path, 'utf8')).toBe(String(process.pid))
  expect(() => lockUntilExit(path)).toThrow(`process ${process.pid}`)
})

test('a process that ends gives its lock back', async () => {
  const path = join(folder, 'given-back')
  const lock = new URL('../../demo/lock.ts', import.meta.url).href
  await runChild({
    name: 'the child',
    command: process.execPath,
    args: [
      '--input-type=module',
      '-e',
      `import { lockUntilExit } from '${lock}'; lockUntilExit(${JSON.stringify(path)})`,
    ],
    folder,
    environment: {},
    onOutput: () => {},
  })
  expect(existsSync(path)).toBe(false)
})

test.each([
  ['of a process that is dead', '4194305'],
  ['that is no number', 'nonsense'],
  ['that is empty', ''],
])('a lock %s is taken over', (_case, content) => {
  const path = join(folder, 'left-behind')
  writeFileSync(path, content)
  lockUntilExit(path)
  expect(readFileSync(path, 'utf8')).toBe(String(process.pid))
})
