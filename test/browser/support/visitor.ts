/** Somebody who opens pages of the console one after the other, each loaded anew, with canned answers behind it. */
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { buildConsole } from '../../../src/cli/console-build.ts'
import { inspect, openPage, settled, startBrowser } from './browser.ts'
import { type Answers, type FixtureServer, startFixtureServer } from './fixture-server.ts'

const FOLDER = fileURLToPath(new URL('../../../.scopewall/console', import.meta.url))
/** What the browser says of an answer that is a refusal. */
const REFUSED = /Failed to load resource/

export interface Visit {
  readonly page: Page
  /** A picture in each look, and all that is wrong with it: nothing, where all is well. */
  inspect(name: string): Promise<readonly string[]>
}

export interface Visitor {
  readonly server: FixtureServer
  /** `address`: what follows `#/`, such as `map?route=x`. */
  visit(address: string, answers: Answers): Promise<Visit>
  close(): Promise<void>
}

export async function startVisitor(): Promise<Visitor> {
  await buildConsole(FOLDER)
  const [browser, server] = await Promise.all([startBrowser(), startFixtureServer(FOLDER)])
  const watched = await openPage(browser, [REFUSED])
  return {
    server,
    async visit(address, answers) {
      await watched.leave()
      server.answers = answers
      await watched.page.goto(`${server.url}#/${address}`)
      await settled(watched.page)
      return { page: watched.page, inspect: (name) => inspect(watched, name) }
    },
    async close() {
      await browser.close()
      await server.close()
    },
  }
}
