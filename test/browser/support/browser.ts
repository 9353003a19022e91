/**
 * A real Chromium, and pages in it that are watched: what the page says on the console and what it throws is a fault of the test. Pictures lie in `.scopewall/screenshots/`
 * for people to look at.
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const SCREENSHOTS = join(root, '.scopewall/screenshots')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Rejects with what to do where there is no Chromium. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (!existsSync(executablePath))
    throw new Error(`there is no Chromium at ${executablePath}: install one, or name it in the variable CHROMIUM`)
  // Containers have no user namespaces for its sandbox; it opens pages of this machine alone.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

export const LOOKS = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  narrow: { colorScheme: 'light', viewport: { width: 375, height: 760 } },
} as const
export type LookName = keyof typeof LOOKS

export interface Watched {
  readonly page: Page
  /** What the page complained about, in words. */
  readonly faults: readonly string[]
  readonly close: () => Promise<void>
}

/** No page takes that long, not even on a machine that is busy; who waits for longer than this waits for nothing. */
const PATIENCE_MS = 20_000

/** `allowed`: complaints that this test provokes. */
export async function openPage(browser: Browser, allowed: readonly RegExp[] = []): Promise<Watched> {
  const context = await browser.newContext({
    ...LOOKS.light,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const faults: string[] = []
  const note = (text: string) => {
    if (!allowed.some((pattern) => pattern.test(text))) faults.push(text)
  }
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') note(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => note(`error: ${error.message}`))
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? ''
    // Whoever goes to another page no longer waits for what the first one asked.
    if (why !== 'net::ERR_ABORTED') note(`request: ${request.url()} ${why}`)
  })
  return { page, faults, close: () => context.close() }
}

/** Once nothing is on its way. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
}

/** The same page in another light, or narrow. */
export async function lookAs(page: Page, look: LookName): Promise<void> {
  const { colorScheme, viewport } = LOOKS[look]
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  await page.setViewportSize(viewport)
}

async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, animations: 'disabled' })
}

/** A picture in each look, and what axe, the page and its width have to say: nothing, where all is well. The page is left as it was. */
export async function inspect({ page, faults }: Watched, name: string): Promise<readonly string[]> {
  const findings: string[] = []
  for (const look of Object.keys(LOOKS) as LookName[]) {
    await lookAs(page, look)
    await shoot(page, `${name}-${look}`)
    // A narrow page is the light one with its parts below one another.
    if (look !== 'narrow') findings.push(...(await axeFindings(page)).map((finding) => `${look}: ${finding}`))
    const beyond = await overflow(page)
    if (beyond > 0) findings.push(`${look}: the page is ${beyond} px too wide`)
    const unused = await unusedInTables(page)
    if (unused > 1) findings.push(`${look}: a table leaves ${unused} px to columns that there are not`)
  }
  await lookAs(page, 'light')
  return [...findings, ...faults]
}

/** Does it, and where that fails says where the page was and what was on it, with a picture of it beside the others. */
export async function step<T>({ page, faults }: Watched, name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    const picture = `failed-${name.replace(/\W+/g, '-')}`
    await shoot(page, picture).catch(() => undefined)
    const seen = await page
      .locator('body')
      .innerText({ timeout: 1000 })
      .catch(() => 'nothing')
    throw new Error(
      [
        `${name}: ${cause instanceof Error ? cause.message : String(cause)}`,
        `at ${page.url()}, picture ${picture}.png`,
        ...faults,
        seen.slice(0, MOST_SEEN),
      ].join('\n'),
      { cause },
    )
  }
}

const MOST_SEEN = 1500

/** What axe finds, each as a line. */
async function axeFindings(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe)
  const results: { readonly violations: readonly AxeViolation[] } = await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

interface AxeViolation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** Whether the page is wider than its window: then it scrolls sideways, which no page should. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

/** How much of a table stands empty to the right of its last column. */
const unusedInTables = (page: Page): Promise<number> =>
  page.evaluate(`Math.max(0, ...[...document.querySelectorAll('.table')].map((table) =>
    table.getBoundingClientRect().right - Math.max(...[...table.querySelectorAll('th')].map((cell) => cell.getBoundingClientRect().right))))`)
