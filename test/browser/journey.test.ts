/**
 * A person with a browser, the example map, a real gate with the demo's traffic, and a real provider: sees what is going on, finds out why a request was refused, revokes a
 * client and takes it back, rolls a release back, answers an incident, and leaves.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CAST } from '../../demo/cast.ts'
import { clientToken } from '../../demo/flows.ts'
import { type Issuer, startIssuer } from '../../demo/issuer.ts'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import { copyRelocated } from '../../demo/relocate.ts'
import { startTraffic } from '../../demo/traffic.ts'
import { buildConsole } from '../../src/cli/console-build.ts'
import { requireSoundMap } from '../../src/cli/map.ts'
import { encodeRelease, type ReleaseDocument } from '../../src/policy/release.ts'
import { kvStore } from '../../src/release/kv.ts'
import { publishRelease } from '../../src/release/publish.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { inspect, openPage, settled, startBrowser, step, type Watched } from './support/browser.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What browsers say of an answer that is a refusal: this person meets a few. */
const REFUSED = [/Failed to load resource: the server responded with a status of 40[13]/]

let browser: Browser
let issuer: Issuer
let origin: Origin
let gate: Deployment
let watched: Watched
let page: Page
/** As the provider knows the page: its clients live on localhost. */
let home: string
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  await buildConsole(join(root, '.scopewall/console'))
  ;[browser, origin] = await Promise.all([startBrowser(), startOrigin({ port: 0 })])
  ends.push(() => browser.close(), origin.close)
  const example = await requireSoundMap(join(root, 'scopes'))
  issuer = await startIssuer({ port: 0, scopes: [...Object.keys(example.document.scopes), 'reports:preview'] })
  ends.push(issuer.close)

  const folder = await mkdtemp(join(tmpdir(), 'scopewall-journey-'))
  ends.push(() => rm(folder, { recursive: true, force: true }))
  await copyRelocated(
    join(root, 'scopes'),
    folder,
    new Map([
      [9400, issuer.port],
      [9401, origin.port],
    ]),
  )
  const { document, environments } = await requireSoundMap(folder)
  const development = environments.find(({ name }) => name === 'development')
  if (development === undefined) throw new Error('the example has no `development`')
  gate = await startDeployment({ environment: { ...development, refreshSeconds: 1 }, document })
  ends.push(gate.close)
  home = `${gate.url.replace('127.0.0.1', 'localhost')}/_scopewall/`
  await publish(document)
  ends.push(startTraffic({ gateUrl: gate.url, issuerUrl: issuer.url }, CAST))
  watched = await openPage(browser, REFUSED)
  page = watched.page
}, 120_000)

afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

async function publish(document: ReleaseDocument): Promise<void> {
  const store = kvStore(gate.bindings.SCOPES as Parameters<typeof kvStore>[0])
  const text = encodeRelease(document)
  const published = await publishRelease({ store, text, by: 'ci', now: new Date().toISOString() })
  expect(published.ok).toBe(true)
}

async function call(client: string, scope: string, method: string, path: string): Promise<Response> {
  const token = await clientToken(issuer.url, { client, scope })
  const response = await fetch(gate.url + path, { method, headers: { authorization: `Bearer ${token}` } })
  await response.arrayBuffer()
  return response
}

async function open(name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
  await settled(page)
}

/** Does it, and signs in as often as the gate asks for another scope or a stronger login, and does it again. */
async function insist(button: string, done: () => Promise<unknown>): Promise<void> {
  const mend = page.getByRole('alert').getByRole('button', { name: /^Sign in/ })
  for (let times = 0; times < 3; times++) {
    await page.getByRole('button', { name: button, exact: true }).click()
    const isDone = await Promise.race([done().then(() => true), mend.waitFor().then(() => false)])
    if (isDone) return
    await mend.click()
    await page.waitForURL((address) => address.search === '' && address.href.startsWith(home))
    await settled(page)
  }
  throw new Error(`"${button}" was refused three times: ${await page.getByRole('alert').innerText()}`)
}

test('a day with the console', { timeout: 300_000 }, async () => {
  await step(watched, 'signs in, and nothing of that is kept or to be seen', async () => {
    await page.goto(`${home}#/overview`)
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await inspect(watched, 'welcome')).toEqual([])
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    expect(page.url()).toBe(`${home}#/overview`)
    expect(await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])')).toBe(
      '[{},{},""]',
    )
  })

  await step(watched, 'finds the overview alive', async () => {
    await settled(page)
    const requests = page.locator('.figure').filter({ hasText: 'Requests' }).locator('dd')
    await expect.poll(async () => Number(await requests.innerText()), { timeout: 30_000 }).toBeGreaterThan(0)
    await page.locator('.figure').filter({ hasText: 'Live release' }).getByText('#1').waitFor()
    expect(await inspect(watched, 'journey-overview')).toEqual([])
  })

  await step(watched, 'sees a request in the tail that was made a moment ago, and why it was refused', async () => {
    await open('Live tail')
    await page.getByText('Live', { exact: true }).waitFor()
    const refused = await call('shop', 'invoices:read', 'POST', '/v1/reports')
    expect(refused.status).toBe(403)
    const decision = refused.headers.get('scopewall-decision') ?? ''
    // Nobody else asks for this.
    await page.getByRole('row').filter({ hasText: 'POST api.example.com/v1/reports' }).getByRole('button').click()
    const details = page.getByRole('complementary', { name: 'The decision' })
    await details.getByText(decision).waitFor()
    expect(await details.getByRole('link', { name: 'shop' }).getAttribute('href')).toBe(
      `#/clients/${encodeURIComponent(issuer.url)}/shop`,
    )
    expect(await inspect(watched, 'journey-tail')).toEqual([])

    await page.getByRole('link', { name: 'Why?' }).click()
    await page.getByRole('heading', { name: 'Why refused?' }).waitFor()
    await page.getByText('The access token lacks a scope').first().waitFor()
    await settled(page)
    expect(await inspect(watched, 'journey-why')).toEqual([])
  })

  await step(watched, 'finds how busy each route is on the map', async () => {
    await open('Map')
    const row = page.getByRole('treeitem').filter({ hasText: 'GET/v1/invoices' }).first()
    await expect.poll(async () => row.locator('.requests').innerText(), { timeout: 20_000 }).toMatch(/[1-9]/)
    await row.click()
    await page.getByText('Who calls it').waitFor()
    expect(await inspect(watched, 'journey-map')).toEqual([])
  })

  await step(watched, 'revokes a client from its page, and the next request is refused', async () => {
    expect((await call('partner', 'invoices:read', 'GET', '/v1/invoices')).status).toBe(200)
    await open('Clients')
    await page.getByRole('link', { name: 'partner' }).click()
    await page.getByRole('heading', { name: 'partner' }).waitFor()
    await settled(page)
    await page.getByText('Granted and used').waitFor()
    expect(await inspect(watched, 'journey-client')).toEqual([])

    await page.getByRole('link', { name: 'Revoke…' }).first().click()
    await page.getByRole('textbox', { name: 'Reason' }).fill('Its secret was found in a log.')
    expect(await inspect(watched, 'journey-revoke')).toEqual([])
    await insist('Revoke', () => page.getByRole('complementary', { name: 'Entry 1' }).waitFor())
    await settled(page)
    expect(await inspect(watched, 'journey-revoked')).toEqual([])
    await expect
      .poll(async () => (await call('partner', 'invoices:read', 'GET', '/v1/invoices')).status, { timeout: 10_000 })
      .toBe(401)
  })

  await step(watched, 'takes the revocation back with a stronger login, and requests are let in again', async () => {
    const reason = page.getByRole('textbox', { name: 'Take it back because' })
    await reason.fill('The secret was exchanged.')
    await insist('Undo', () => reason.waitFor({ state: 'detached' }))
    await expect
      .poll(async () => (await call('partner', 'invoices:read', 'GET', '/v1/invoices')).status, { timeout: 10_000 })
      .toBe(200)
  })

  await step(watched, 'rolls a release back', async () => {
    const { document } = await requireSoundMap(join(root, 'scopes'))
    const search = () => call('billing', 'customers:read', 'GET', '/v1/customers')
    expect((await search()).status).toBe(200)
    await publish({
      ...document,
      rules: document.rules.filter(({ method, path }) => !(method === 'GET' && path === '/v1/customers')),
    })
    await expect.poll(async () => (await search()).status, { timeout: 20_000 }).toBe(403)

    await open('Releases')
    await page.getByText('serial 2 is live').waitFor()
    await page.getByText('routes: 1 closed').waitFor()
    expect(await inspect(watched, 'journey-releases')).toEqual([])
    await page.getByRole('link', { name: /^1\b/ }).click()
    await page.getByText('routes: 1 opened').waitFor()
    await page.getByRole('button', { name: /^Roll back to 1/ }).click()
    await page.getByRole('textbox', { name: 'Note' }).fill('It turned customers away.')
    const confirm = page.getByRole('textbox', { name: 'Type development to confirm' })
    const done = page.getByText('Serial 3 is live')
    const button = page.getByRole('button', { name: 'Roll back', exact: true })
    for (let times = 0; times < 3 && !(await done.isVisible()); times++) {
      await confirm.fill('development')
      if (times === 0) expect(await inspect(watched, 'journey-roll-back')).toEqual([])
      await button.click()
      const mend = page.getByRole('alert').getByRole('button', { name: /^Sign in/ })
      await Promise.race([done.waitFor(), mend.waitFor()])
      if (await mend.isVisible()) {
        await mend.click()
        await confirm.waitFor()
        await settled(page)
      }
    }
    await done.waitFor()
    await expect.poll(async () => (await search()).status, { timeout: 20_000 }).toBe(200)
  })

  await step(watched, 'answers an incident', async () => {
    const token = await clientToken(issuer.url, { client: 'shop', scope: 'invoices:read' })
    for (let times = 0; times < 21; times++)
      await fetch(`${gate.url}/v1/invoices`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    await open('Incidents')
    const incident = page.getByRole('link', { name: /scope_insufficient/ }).first()
    await incident.waitFor({ timeout: 40_000 })
    await settled(page)
    expect(await page.locator('main').innerText()).not.toMatch(/\bnull\b/)
    expect(await inspect(watched, 'journey-incidents')).toEqual([])
    await incident.click()
    await page.getByRole('button', { name: 'Acknowledge' }).waitFor()
    await settled(page)
    expect(await inspect(watched, 'journey-incident')).toEqual([])
    await insist('Acknowledge', () => page.getByRole('button', { name: 'Acknowledge' }).waitFor({ state: 'detached' }))
    await page.getByRole('textbox', { name: 'Note' }).fill('The shop was told to ask for invoices:create.')
    await insist('Close', () => page.getByRole('button', { name: 'Close', exact: true }).waitFor({ state: 'detached' }))
    await settled(page)
    expect(await inspect(watched, 'journey-incident-closed')).toEqual([])
  })

  await step(watched, 'signs out, and coming back shows nothing', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await page.getByRole('navigation').count()).toBe(0)
  })
})
