/** A person with a browser, a real gate, a real provider: signs in, sees the request that was just refused, and why. */
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientToken } from '../../demo/flows.ts'
import { type Issuer, startIssuer } from '../../demo/issuer.ts'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import { AUDIENCE } from '../../demo/provider.ts'
import { buildConsole } from '../../src/cli/console-build.ts'
import { WITH_ADMIN } from '../support/admin-map.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { environmentOf, issuerAt } from '../support/environment.ts'
import { inspect, openPage, settled, startBrowser } from './support/browser.ts'

const folder = fileURLToPath(new URL('../../.scopewall/console', import.meta.url))

let browser: Browser
let issuer: Issuer
let origin: Origin
let gate: Deployment
/** As the provider knows the page: its clients live on localhost. */
let home: string

beforeAll(async () => {
  await buildConsole(folder)
  ;[browser, issuer, origin] = await Promise.all([
    startBrowser(),
    startIssuer({ port: 0, scopes: Object.keys(WITH_ADMIN.scopes) }),
    startOrigin({ port: 0 }),
  ])
  gate = await startDeployment({
    environment: environmentOf(issuer.url, origin.url, {
      issuers: [issuerAt(issuer.url, { audiences: [AUDIENCE] })],
      revocation: { pollSeconds: 1, maxAgeSeconds: 1, maxStaleSeconds: 60, whenStale: 'serve', senders: [], roles: {} },
      console: { issuer: issuer.url, clientId: 'console', scopes: ['scopewall:review', 'scopewall:revoke'] },
    }),
    document: WITH_ADMIN,
  })
  home = `${gate.url.replace('127.0.0.1', 'localhost')}/_scopewall/`
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([gate?.close(), origin?.close(), issuer?.close()])
})

test('signs in, sees a request made a moment ago in the tail, and why it was refused', async () => {
  const watched = await openPage(browser)
  const { page } = watched
  await page.goto(`${home}#/tail`)
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(await inspect(watched, 'welcome')).toEqual([])
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Live tail' }).waitFor()

  // The code is nowhere to be seen, and nothing of the sign-in is kept.
  expect(page.url()).toBe(`${home}#/tail`)
  expect(await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])')).toBe(
    '[{},{},""]',
  )

  await page.getByText('Live', { exact: true }).waitFor()
  const token = await clientToken(issuer.url, { client: 'partner', scope: 'invoices:read' })
  const refused = await fetch(`${gate.url}/v1/invoices`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  expect(refused.status).toBe(403)
  const decision = refused.headers.get('scopewall-decision') ?? ''
  const row = page.getByRole('row').filter({ hasText: 'POST api.example.com/v1/invoices' })
  await row.waitFor()
  await row.getByRole('button').click()
  await page.getByText(decision).waitFor()
  expect(await inspect(watched, 'journey-tail')).toEqual([])

  await page.getByRole('link', { name: 'Why?' }).click()
  await page.getByRole('heading', { name: 'Why refused?' }).waitFor()
  await settled(page)
  await page.getByText('The access token lacks a scope').waitFor()
  expect(await inspect(watched, 'journey-why')).toEqual([])
  await watched.close()
})
