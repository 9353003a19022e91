/** Overview, live tail and "why", in a browser, on canned answers: every state that they can be in, looked at by axe and kept as pictures. */
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildConsole } from '../../src/cli/console-build.ts'
import { hostile, SILENT } from './support/access-answers.ts'
import { inspect, openPage, settled, startBrowser, step } from './support/browser.ts'
import type { Answers } from './support/fixture-server.ts'
import { type FixtureServer, startFixtureServer } from './support/fixture-server.ts'
import { DECISION, decisionEvent, nowAnswers } from './support/now-answers.ts'

const folder = fileURLToPath(new URL('../../.scopewall/console', import.meta.url))

let browser: Browser
let server: FixtureServer

beforeAll(async () => {
  await buildConsole(folder)
  ;[browser, server] = await Promise.all([startBrowser(), startFixtureServer(folder)])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})
beforeEach(() => {
  server.answers = nowAnswers()
  server.recent = { kind: 'recent', decisions: [] }
})

const STATES: Readonly<Record<string, { readonly answers: Answers; readonly complaints?: readonly RegExp[] }>> = {
  usual: { answers: nowAnswers() },
  silent: { answers: nowAnswers(SILENT) },
  hostile: { answers: nowAnswers(hostile()) },
  refused: {
    answers: () => ({
      status: 403,
      headers: { 'www-authenticate': 'Bearer realm="x", error="insufficient_scope", scope="scopewall:observe"' },
      body: {},
    }),
    complaints: [/403/],
  },
  away: {
    answers: () => ({
      status: 503,
      headers: { 'retry-after': '5' },
      body: { title: 'The request cannot be judged at the moment', detail: 'Try again after the time in Retry-After.' },
    }),
    complaints: [/503/],
  },
}

const PAGES = {
  overview: '#/overview',
  'overview-day': '#/overview?span=day',
  tail: '#/tail',
  why: '#/why',
  'why-decision': `#/why/${DECISION}`,
  'why-request': `#/why?request=${encodeURIComponent('POST https://api.example.com/v1/invoices/42/refunds')}&scopes=${encodeURIComponent('invoices:read invoices:refund')}`,
  nowhere: '#/nowhere',
} as const

test.each(Object.entries(STATES))('all pages, %s', { timeout: 120_000 }, async (state, { answers, complaints }) => {
  server.answers = answers
  server.recent = {
    kind: 'recent',
    decisions:
      state === 'silent'
        ? []
        : Array.from({ length: 60 }, (_, place) => decisionEvent(59 - place, Date.now() - (59 - place) * 1300)),
  }
  server.tailAnswer = complaints === undefined ? undefined : answers('POST tail', new URLSearchParams(), undefined)
  const watched = await openPage(browser, complaints)
  for (const [name, address] of Object.entries(PAGES))
    await step(watched, `${name} ${state}`, async () => {
      await watched.page.goto(server.url + address)
      await settled(watched.page)
      if (name === 'tail' && complaints === undefined) await watched.page.getByText('Live', { exact: true }).waitFor()
      expect(await inspect(watched, `${name}-${state}`)).toEqual([])
    })
  await watched.close()
})

test('an answer that makes no sense takes one page away, and not the console', async () => {
  const usual = nowAnswers()
  server.answers = (route, query, body) =>
    route === 'GET usage/scopes' ? { body: { scopes: 7 } } : usual(route, query, body)
  const watched = await openPage(browser)
  await watched.page.goto(`${server.url}#/scopes`)
  await watched.page.getByText('This page could not be drawn').waitFor()
  expect(await inspect(watched, 'senseless')).toEqual([])
  await watched.page.getByRole('link', { name: 'Live tail' }).click()
  await watched.page.getByRole('heading', { name: 'Live tail' }).waitFor()
  await watched.close()
})
