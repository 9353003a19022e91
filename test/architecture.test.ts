/** Who may import whom, and what may not be there at all (ARCHITECTURE.md). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  banViolations,
  EXCEPTIONS,
  findCycle,
  foreignInputs,
  importsOf,
  importViolations,
  LINES,
  longFiles,
  type Sources,
} from './architecture/rules.ts'
import { COMPATIBILITY } from './support/workerd.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function readSources(folder: string): Sources {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  )
  return new Map(files.sort().map((file) => [`${folder}/${file}`, readFileSync(join(root, folder, file), 'utf8')]))
}

const sources = readSources('src')

describe('the house', () => {
  test('is there', () => {
    expect([...sources.keys()]).toContain('src/worker.ts')
    expect(sources.size).toBeGreaterThan(20)
  })

  test('each room imports only the rooms and the packages that it may', () => {
    expect(importViolations(sources)).toEqual([])
  })

  test('no file imports itself, however long the way', () => {
    expect(findCycle(sources)).toEqual([])
  })

  test('nothing that is banned is anywhere', () => {
    expect(banViolations(sources)).toEqual([])
  })

  test('each exception is still needed', () => {
    const lines = new Set([...sources.values()].flatMap((text) => text.split('\n').map((line) => line.trim())))
    for (const line of Object.keys(EXCEPTIONS)) expect(lines).toContain(line)
  })

  test(`no file is longer than ${LINES} lines`, () => {
    expect(longFiles(sources)).toEqual([])
  })
})

describe("the Worker's bundle", () => {
  let metafile: Metafile
  beforeAll(async () => {
    const result = await build({
      absWorkingDir: root,
      entryPoints: ['src/worker.ts'],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:workers', 'scopewall:bundle'],
      logLevel: 'silent',
    })
    metafile = result.metafile
  })

  test('holds neither the compiler of maps nor the command line, nor what only they use', () => {
    const inputs = Object.keys(metafile.inputs)
    expect(inputs).toEqual(expect.arrayContaining(['src/worker.ts', 'src/gateway/handle.ts', 'src/token/verify.ts']))
    expect(foreignInputs(inputs)).toEqual([])
  })

  test('leaves nothing outside but what the runtime and the build bring', () => {
    const external = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
    expect([...new Set(external)].sort()).toEqual(['cloudflare:workers', 'scopewall:bundle'])
  })

  test('is built of no import that the rules above have not seen', () => {
    for (const [path, { imports }] of Object.entries(metafile.inputs)) {
      if (!path.startsWith('src/')) continue
      const seen = importsOf(sources.get(path) ?? '')
      for (const { original, path: name } of imports) expect(seen, path).toContain(original ?? name)
    }
  })
})

test('the tests run with the compatibility date and flags that are deployed', () => {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8')
  expect([...toml.matchAll(/^\s*compatibility_date\s*=\s*(.*)$/gm)].map(([, value]) => value)).toEqual([
    `"${COMPATIBILITY.date}"`,
  ])
  const flags = [...toml.matchAll(/^\s*compatibility_flags\s*=\s*(\[.*\])$/gm)].map(([, value = '']) =>
    JSON.parse(value),
  )
  expect(flags).toEqual([COMPATIBILITY.flags])
})

describe('the rules can fail', () => {
  const house = (files: Readonly<Record<string, string>>): Sources => new Map(Object.entries(files))

  test.each([
    ["import type { A } from './b.ts'", './b.ts'],
    ['import {\n  type A,\n  b,\n} from "./b.ts"', './b.ts'],
    ["import a, * as b from 'b'", 'b'],
    ["import 'b'", 'b'],
    ["export * from './b.ts'", './b.ts'],
    ["export type { A } from './b.ts'", './b.ts'],
    ["const b = await import('b')", 'b'],
    ["let b: import('./b.ts').B", './b.ts'],
    ["const b = require('b')", 'b'],
  ])('%j is an import', (text, specifier) => {
    expect(importsOf(text)).toEqual([specifier])
  })

  test.each(["const text = 'from b'", "export const from = 'b'", "export interface A { from: 'b' }"])(
    '%j is none',
    (text) => {
      expect(importsOf(text)).toEqual([])
    },
  )

  test.each<[string, string, string]>([
    ['src/policy/a.ts', "import { b } from '../source/b.ts'", 'src/source/b.ts'],
    ['src/token/a.ts', "import type { B } from '../release/b.ts'", 'src/release/b.ts'],
    ['src/audit/a.ts', "export * from '../gateway/b.ts'", 'src/gateway/b.ts'],
    ['src/gateway/a.ts', "import '../source/b.ts'", 'src/source/b.ts'],
    ['src/gateway/a.ts', "import '../worker.ts'", 'src/worker.ts'],
    ['src/cli/a.ts', "import '../gateway/b.ts'", 'src/gateway/b.ts'],
    ['src/worker.ts', "import './cli/b.ts'", 'src/cli/b.ts'],
    ['src/policy/a.ts', "import '../../demo/b.ts'", 'demo/b.ts'],
    ['src/helpers/a.ts', '', 'src/helpers/a.ts'],
    ['src/gateway/a.ts', "import { jwtVerify } from 'jose'", 'jose'],
    ['src/token/a.ts', "import { Hono } from 'hono/tiny'", 'hono/tiny'],
    ['src/release/a.ts', "import { readFileSync } from 'node:fs'", 'node:fs'],
    ['src/gateway/a.ts', "import { parse } from 'yaml'", 'yaml'],
    ['src/cli/a.ts', "import { z } from 'zod'", 'zod'],
    ['src/source/a.ts', "import { Command } from 'commander'", 'commander'],
    ['src/gateway/a.ts', "import type { KVNamespace } from '@cloudflare/workers-types'", '@cloudflare/workers-types'],
    ['src/gateway/a.ts', "import { DurableObject } from 'cloudflare:workers'", 'cloudflare:workers'],
    ['src/policy/a.ts', "const b = await import('unheard-of')", 'unheard-of'],
    ['src/policy/a.ts', "import { c } from './c'", 'src/policy/c'],
  ])('%s with %s', (path, text, named) => {
    const violations = importViolations(
      house({
        'src/policy/b.ts': '',
        'src/source/b.ts': '',
        'src/release/b.ts': '',
        'src/gateway/b.ts': '',
        'src/cli/b.ts': '',
        'src/worker.ts': '',
        [path]: text,
      }),
    )
    expect(violations).toHaveLength(1)
    expect(violations[0]).toContain(named)
  })

  test('a cycle through types is a cycle', () => {
    const sources = house({
      'src/policy/a.ts': "import type { B } from './b.ts'",
      'src/policy/b.ts': "import './c.ts'\nimport './d.ts'",
      'src/policy/c.ts': '',
      'src/policy/d.ts': "export { a } from './a.ts'",
    })
    expect(findCycle(sources)).toEqual(['src/policy/a.ts', 'src/policy/b.ts', 'src/policy/d.ts', 'src/policy/a.ts'])
  })

  test.each<[string, string]>([
    ['src/policy/a.ts', 'const now = Date.now()'],
    ['src/source/a.ts', 'const today = new Date()'],
    ['src/policy/a.ts', 'const url = `https://x`; Math.random()'],
    ['src/source/a.ts', 'return fetch(url)'],
    ['src/policy/a.ts', 'process.exit()'],
    ['src/policy/a.ts', 'crypto.subtle'],
    ['src/source/a.ts', "console.log('x')"],
    ['src/policy/a.ts', 'setTimeout(f)'],
    ['src/policy/a.ts', 'globalThis["fetch"]'],
    ['src/worker.ts', 'context.passThroughOnException()'],
    ['src/audit/a.ts', 'const a: any = b'],
    ['src/audit/a.ts', 'f(a as any)'],
    ['src/audit/a.ts', 'let a: Map<string, any[]>'],
    ['src/audit/a.ts', '// @ts-ignore\nf()'],
    ['src/gateway/a.ts', 'const env: Env = b'],
    ['src/gateway/a.ts', 'return new Response(null, { status: 403 })'],
    ['src/gateway/a.ts', "const url = 'https://x'; return context.json({}, 503)"],
  ])('%s with %j', (path, text) => {
    expect(banViolations(house({ [path]: text }))).toHaveLength(1)
  })

  test.each<[string, string]>([
    ['src/policy/a.ts', "// Date.now() is not for us\nconst text = 'console.log'"],
    ['src/source/a.ts', 'const day = new Date(text)'],
    ['src/token/a.ts', 'const now = Date.now()'],
    ['src/audit/a.ts', '/** all: any of them */'],
    ['src/policy/denial.ts', 'status: 403'],
    ['src/gateway/a.ts', 'context.json({}, 200, limit(4096))'],
  ])('%s may have %j', (path, text) => {
    expect(banViolations(house({ [path]: text }))).toEqual([])
  })

  test('a long file, and a bundle with too much in it', () => {
    expect(
      longFiles(house({ 'src/policy/a.ts': 'a\n'.repeat(LINES), 'src/policy/b.ts': 'b\n'.repeat(LINES + 1) })),
    ).toEqual(['src/policy/b.ts'])
    const inputs = [
      'src/worker.ts',
      'src/source/lint.ts',
      'src/cli/main.ts',
      'node_modules/yaml/dist/index.js',
      'node_modules/zod/index.js',
    ]
    expect(foreignInputs(inputs)).toEqual(inputs.slice(1))
    expect(foreignInputs(['node_modules/hono/dist/index.js', 'src/policy/source.ts'])).toEqual([])
  })
})
