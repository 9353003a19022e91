/** The console's files as the build makes them: small, all its own, and without a place where a text could become markup. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsole, CONSOLE_PATH } from '../../src/cli/console-build.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const web = join(root, 'src/console/web')
const MAX_COMPRESSED_BYTES = 150_000

let folder: string
let files: ReadonlyMap<string, Buffer>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scopewall-console-'))
  await mkdir(join(folder, CONSOLE_PATH), { recursive: true })
  await writeFile(join(folder, CONSOLE_PATH, 'app-OLDOLDOL.js'), 'of an earlier build')
  await buildConsole(folder)
  const names = await readdir(join(folder, CONSOLE_PATH))
  files = new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, CONSOLE_PATH, name))] as const)),
  )
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const textOf = (entry: string): string =>
  String([...files].find(([name]) => name.startsWith(entry))?.[1] ?? `there is no ${entry}`)

describe('the build', () => {
  test('makes a page and four files named by what is in them, below the reserved prefix, and leaves nothing of an earlier one', async () => {
    expect([...files.keys()].map((name) => name.replace(/-[A-Z0-9]{8}\./, '-#.')).sort()).toEqual([
      'app-#.js',
      'icon-#.svg',
      'page.txt',
      'style-#.css',
      'theme-#.js',
    ])
    expect(await readdir(folder)).toEqual(['_scopewall'])
  })

  test('makes the same files of the same sources', async () => {
    await buildConsole(folder)
    expect((await readdir(join(folder, CONSOLE_PATH))).sort()).toEqual([...files.keys()].sort())
  })

  test(`is below ${MAX_COMPRESSED_BYTES} bytes, compressed`, () => {
    const bytes = [...files.values()].reduce((sum, content) => sum + gzipSync(content, { level: 9 }).byteLength, 0)
    expect(bytes).toBeLessThan(MAX_COMPRESSED_BYTES)
  })
})

describe('the page', () => {
  test('has no script and no style of its own, and names its files alone', () => {
    const page = textOf('page')
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i)
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/i)
    const named = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address)
    expect(named.map((address) => address.replace(`/${CONSOLE_PATH}/`, '')).sort()).toEqual(
      [...files.keys()].filter((name) => name !== 'page.txt').sort(),
    )
  })

  test('asks nothing of other places', () => {
    expect(textOf('style')).not.toMatch(/url\(|@import|https?:/)
    const addresses = [...textOf('app').matchAll(/https?:\/\/[\w.-]+/g)].map(([address]) => address)
    // A vocabulary, examples in texts, an issuer that there is not: nobody fetches them, and the content security policy lets nobody.
    expect(
      addresses.filter((address) => !/^https?:\/\/(?:www\.w3\.org|api\.example\.com|[\w.]*\.invalid)$/.test(address)),
    ).toEqual([])
  })
})

describe('the sources', () => {
  const sources = readdirSync(web, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => [name, readFileSync(join(web, name), 'utf8')] as const)

  test('never make markup or code of a text', () => {
    expect(sources.length).toBeGreaterThan(20)
    for (const [name, text] of sources)
      expect(text, name).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|DOMParser|\beval\(|new Function|srcdoc|createContextualFragment/,
      )
  })

  test('keep nothing but the theme, and what a sign-in that is under way needs', () => {
    const keeping = sources.filter(([, text]) =>
      /localStorage|sessionStorage|indexedDB|document\.cookie|caches\./.test(text),
    )
    expect(keeping.map(([name]) => name).sort()).toEqual(['sign-in.ts', 'theme.ts'])
  })
})

test('in every environment the gate comes first, and assets never answer by themselves', () => {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8')
  const blocks = [...toml.matchAll(/^\[((?:env\.\w+\.)?assets)\]\n((?:[^[\n].*\n)+)/gm)]
  expect(blocks.map(([, name]) => name)).toEqual(['assets', 'env.staging.assets', 'env.production.assets'])
  for (const [, , settings = ''] of blocks)
    expect(settings.trim().split('\n')).toEqual([
      'directory = ".scopewall/console"',
      'binding = "ASSETS"',
      'run_worker_first = true',
      'html_handling = "none"',
      'not_found_handling = "none"',
    ])
})
