import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyRelocated, relocate } from '../../demo/relocate.ts'

const MOVES = new Map([
  [9400, 9401],
  [9401, 9400],
])

test.each([
  ['issuer: http://localhost:9400', 'issuer: http://localhost:9401'],
  ['http://127.0.0.1:9401/path http://localhost:9400', 'http://127.0.0.1:9400/path http://localhost:9401'],
  ['http://localhost:94001', 'http://localhost:94001'],
  ['https://login.example.com:9400', 'https://login.example.com:9400'],
  ['http://notlocalhost:9400', 'http://notlocalhost:9400'],
  ['limit: 9400', 'limit: 9400'],
])('%s becomes %s', (text, moved) => {
  expect(relocate(text, MOVES)).toBe(moved)
})

test('a copy holds every file, with nothing left of an earlier copy', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'scopewall-relocate-'))
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  await mkdir(join(from, 'tests'), { recursive: true })
  await mkdir(to)
  await writeFile(join(from, 'gateway.yaml'), 'upstream: http://127.0.0.1:9401\n')
  await writeFile(join(from, 'tests', 'invoices.yaml'), 'at: http://localhost:9400\n')
  await writeFile(join(to, 'old.yaml'), '')
  await copyRelocated(from, to, MOVES)
  expect(await readFile(join(to, 'gateway.yaml'), 'utf8')).toBe('upstream: http://127.0.0.1:9400\n')
  expect(await readFile(join(to, 'tests', 'invoices.yaml'), 'utf8')).toBe('at: http://localhost:9401\n')
  await expect(readFile(join(to, 'old.yaml'))).rejects.toMatchObject({ code: 'ENOENT' })
  await rm(folder, { recursive: true })
})
