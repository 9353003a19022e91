/** Chromium at the built console, with canned answers behind it; what axe finds; and screenshots for people to look at. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { buildConsole } from '../../../src/cli/console-build.ts'
import { pageHeaders } from '../../../src/console/content-policy.ts'
import { type Answers, type FixtureServer, startFixtureServer } from './fixture-server.ts'

/** Where screenshots go: kept by CI. */
const SHOTS = process.env.SCREENSHOTS ?? '.scopewall/screenshots'
const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export const LOOKS = {
  light: { viewport: { width: 1280, height: 860 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 860 }, colorScheme: 'dark' },
  narrow: { viewport: { width: 375, height: 812 }, colorScheme: 'light', hasTouch: true },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>
export type Look = keyof typeof LOOKS

export interface Visitor {
  readonly server: FixtureServer
  /** A fresh page of the console at an address such as `map?route=x`, once nothing is loading any more. */
  visit(address: string, answers: Answers, look?: Look): Promise<Visit>
  close(): Promise<void>
}

export interface Visit {
  readonly page: Page
  /** What the browser complained about: exceptions, what the content policy kept from happening. */
  readonly complaints: readonly string[]
}

export async function startVisitor(): Promise<Visitor> {
  const assets = await mkdtemp(join(tmpdir(), 'console-'))
  await buildConsole(assets)
  const { 'content-type': _, ...headers } = pageHeaders()
  const server = await startFixtureServer(assets, headers)
  const browser = await chromium.launch({ args: ['--no-sandbox'], ...executable() })
  return {
    server,
    async visit(address, answers, look = 'light') {
      server.answers = answers
      const context = await browser.newContext(LOOKS[look])
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        // What the fixture answers with 4xx is meant.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          complaints.push(message.text())
      })
      await page.goto(`${server.url}#/${address}`)
      await page.locator('h1').waitFor()
      await settled(page)
      return { page, complaints }
    },
    async close() {
      await browser.close()
      await server.close()
      await rm(assets, { recursive: true, force: true })
    },
  }
}

const executable = () => {
  const path = [process.env.CHROMIUM ?? '', ...INSTALLED].find((each) => existsSync(each))
  return path === undefined ? {} : { executablePath: path }
}

/** Until nothing is on its way. */
export async function settled(page: Page): Promise<void> {
  // One after the other: what came may ask for more.
  while ((await page.locator('[aria-busy]').count()) > 0)
    await page.locator('[aria-busy]').first().waitFor({ state: 'detached' })
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

/** What axe finds wrong with the page as it stands: rule and element. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const found = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as readonly Violation[]
  return found.flatMap(({ id, nodes }) => nodes.slice(0, 5).map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}

/** How many pixels the page is wider than the window. */
export const overflow = async (page: Page): Promise<number> =>
  Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'))

export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`) })
}
