/** The console's files, as the assets of the Worker: bundled, minified, named by what is in them. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { writeWhole } from './write-whole.ts'

const WEB = fileURLToPath(new URL('../console/web/', import.meta.url))

/** Where in the folder of assets they are: below the gate's own prefix, so that even assets that were served past the gate would answer for nothing else. */
export const CONSOLE_PATH = '_scopewall/console'

/** Bundles into `folder` and removes what an earlier build left there. Returns how many bytes the files have altogether. */
export async function buildConsole(folder: string): Promise<number> {
  const { outputFiles } = await build({
    absWorkingDir: WEB,
    entryPoints: { app: 'main.tsx', theme: 'theme-first.ts', style: 'styles/main.css', icon: 'icon.svg' },
    outdir: 'out',
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'copy' },
    legalComments: 'none',
    logLevel: 'silent',
  })
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]))
  files.set('page.txt', Buffer.from(await renderIndex([...files.keys()])))
  const target = join(folder, CONSOLE_PATH)
  await mkdir(target, { recursive: true })
  for (const [name, contents] of files) await writeWhole(join(target, name), contents)
  for (const name of await readdir(target)) if (!files.has(name)) await rm(join(target, name), { force: true })
  return [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)
}

/** The page names each file by its hashed name. */
async function renderIndex(names: readonly string[]): Promise<string> {
  const template = await readFile(join(WEB, 'index.html'), 'utf8')
  return template.replace(/\{\{(\w+)\}\}/g, (_, entry: string) => {
    const name = names.find((each) => each.startsWith(`${entry}-`))
    if (name === undefined) throw new TypeError(`the console has no file ${entry}`)
    return `/${CONSOLE_PATH}/${name}`
  })
}
