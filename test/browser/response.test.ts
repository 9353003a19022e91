/** What people do on the pages: walk the map by keys, revoke, undo, answer an incident, roll back; and what they see when that is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answersOf, USUAL } from './support/access-answers.ts'
import { settled } from './support/browser.ts'
import type { Answers, Canned } from './support/fixture-server.ts'
import { startVisitor, type Visitor } from './support/visitor.ts'

let visitor: Visitor
beforeAll(async () => {
  visitor = await startVisitor()
})
afterAll(() => visitor.close())

interface Sent {
  readonly route: string
  readonly body: unknown
}

/** The usual answers, with these in their place; and what was sent. */
function answering(special: Readonly<Record<string, Canned | undefined>>): {
  readonly answers: Answers
  readonly sent: Sent[]
} {
  const usual = answersOf(USUAL)
  const sent: Sent[] = []
  return {
    sent,
    answers: (route, query, body) => {
      if (route.startsWith('POST ')) sent.push({ route, body })
      return Object.hasOwn(special, route) ? special[route] : usual(route, query, body)
    },
  }
}

const STEP_UP: Canned = {
  status: 401,
  headers: {
    'www-authenticate':
      'Bearer error="insufficient_user_authentication", acr_values="phr phrh", max_age="900", scope="scopewall:suspend"',
  },
  body: { title: 'A stronger or more recent authentication is required' },
}

const WRITTEN: Canned = {
  status: 201,
  body: { entries: [{ entry: 104, expires: null }], head: { seq: 104, hash: 'x' } },
}

describe('the map', () => {
  it('is walked by the keys of a tree, and a route opens beside it', async () => {
    const { page } = await visitor.visit('map', answersOf(USUAL))
    const tree = page.getByRole('tree')
    const first = page.getByRole('treeitem').first()
    await tree.focus()
    await page.keyboard.press('ArrowLeft')
    expect(await first.getAttribute('aria-expanded')).toBe('false')
    await page.keyboard.press('ArrowRight')
    expect(await first.getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const panel = page.getByRole('complementary', { name: 'Route' })
    await panel.getByText('What it asks').waitFor()
    await panel.getByText('Who calls it').waitFor()
    expect(page.url()).toContain('route=')
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
    await page.context().close()
  })

  it('leads from a route to the answer to why, and from a scope to its page', async () => {
    const { page } = await visitor.visit('map?route=GET%20api.example.com/v1/invoices', answersOf(USUAL))
    const why = page.getByRole('link', { name: 'Why would a request be refused?' })
    expect(await why.getAttribute('href')).toContain('request=GET+https')
    await page.getByRole('complementary').getByRole('link', { name: 'invoices:read' }).click()
    await page.getByRole('heading', { level: 1, name: 'invoices:read' }).waitFor()
    await page.context().close()
  })

  it('asks for the counts of a service that is open where those of all are too many to tell', async () => {
    const { page } = await visitor.visit('map', answersOf(USUAL))
    const rows = page.getByRole('treeitem', { level: 2 })
    await expect.poll(() => rows.first().locator('.requests').innerText()).toMatch(/\d/)
    expect(await page.getByText('few', { exact: true }).count()).toBe(0)
    await page.context().close()
  })

  it('is worth seeing while nobody knows the counts', async () => {
    const { answers } = answering({
      'GET usage/traffic': { status: 503, body: { title: 'The counts cannot be read' } },
    })
    const { page } = await visitor.visit('map', answers)
    expect(await page.getByRole('treeitem').count()).toBeGreaterThan(5)
    expect(await page.getByText('not used').count()).toBe(0)
    await page.context().close()
  })
})

describe('revoking', () => {
  it('says what will happen, asks for the name of what touches everybody, and shows the entry', async () => {
    const { answers, sent } = answering({ 'POST kill-switches': WRITTEN })
    const { page, inspect } = await visitor.visit('revocations/new?kind=scope&value=invoices:refund', answers)
    await page.getByText('requests that rest on it are refused').waitFor()
    const act = page.getByRole('button', { name: 'Suspend' })
    expect(await act.isDisabled()).toBe(true)
    await page.getByRole('button', { name: '1 hour' }).click()
    await page.getByLabel('Reason').fill('pays twice')
    await page.getByLabel('Type invoices:refund to confirm').fill('invoices:refund')
    expect(await inspect('revoke-filled')).toEqual([])
    await act.click()
    await page.getByRole('complementary', { name: 'Entry 104' }).waitFor()
    expect(sent).toEqual([
      {
        route: 'POST kill-switches',
        body: {
          target: { kind: 'scope', scope: 'invoices:refund' },
          reason: 'pays twice',
          expires: expect.any(String),
        },
      },
    ])
    await page.context().close()
  })

  it('says at each field what to mend, and sends nothing', async () => {
    const { answers, sent } = answering({})
    const { page, inspect } = await visitor.visit('revocations/new', answers)
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Say whom or what.').waitFor()
    await page.getByText('Say why: it stays on record.').waitFor()
    await page.getByLabel('Or a length, a day or a time').fill('soon')
    await page.getByText('Write a length such as').waitFor()
    expect(await inspect('revoke-faults')).toEqual([])
    expect(sent).toEqual([])
    await page.context().close()
  })

  it('keeps what was filled in where a stronger sign-in is asked for', async () => {
    const { answers } = answering({ 'POST kill-switches': STEP_UP })
    const address = 'revocations/new?kind=scope&value=invoices:refund&client=legacy-batch&reason=pays+twice'
    const { page, inspect } = await visitor.visit(address, answers)
    await page.getByRole('button', { name: 'Suspend' }).click()
    await page.getByText('This needs a stronger sign-in').waitFor()
    expect(await inspect('revoke-step-up')).toEqual([])
    expect(page.url()).toContain('reason=pays+twice')
    expect(await page.getByLabel('Reason').inputValue()).toBe('pays twice')
    await page.context().close()
  })

  it('never puts a token into the address', async () => {
    const { answers, sent } = answering({ 'POST revocations': WRITTEN })
    const { page } = await visitor.visit('revocations/new?kind=token&reason=leaked', answers)
    await page.getByLabel('The token').fill('eyJhbGciOi.secret.token')
    expect(page.url()).not.toContain('secret')
    await page.getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('complementary', { name: 'Entry 104' }).waitFor()
    expect(page.url()).not.toContain('secret')
    expect(sent).toMatchObject([{ body: { target: { kind: 'token', token: 'eyJhbGciOi.secret.token' } } }])
    await page.context().close()
  })

  it('is undone with a reason', async () => {
    const { answers, sent } = answering({ 'POST revocations/103/undo': { body: { entries: [{ entry: 105 }] } } })
    const { page } = await visitor.visit('revocations?entry=103', answers)
    expect(await page.getByRole('button', { name: 'Undo' }).isDisabled()).toBe(true)
    await page.getByLabel('Take it back because').fill('it was another')
    await page.getByRole('button', { name: 'Undo' }).click()
    await settled(page)
    expect(sent).toEqual([{ route: 'POST revocations/103/undo', body: { reason: 'it was another' } }])
    await page.context().close()
  })

  it('has older entries, page by page', async () => {
    const { page } = await visitor.visit('revocations?show=all', answersOf(USUAL))
    await page.getByRole('button', { name: 'Older entries' }).click()
    await page.getByText('u-12', { exact: true }).waitFor()
    await page.context().close()
  })
})

describe('an incident', () => {
  it('is acknowledged with a note, and leads to a revocation with a reason', async () => {
    const { answers, sent } = answering({ 'POST incidents/inc_2/acknowledge': { body: {} } })
    const { page } = await visitor.visit('incidents/inc_2', answers)
    await page.getByLabel('Note').fill('asked them')
    await page.getByRole('button', { name: 'Acknowledge' }).click()
    await settled(page)
    expect(sent).toEqual([{ route: 'POST incidents/inc_2/acknowledge', body: { note: 'asked them' } }])
    await page.getByRole('link', { name: 'Revoke the client…' }).click()
    expect(await page.getByLabel('Its client id').inputValue()).toBe('partner-reconciler')
    expect(await page.getByLabel('Reason').inputValue()).toContain('inc_2')
    await page.context().close()
  })
})

describe('rolling back', () => {
  const DONE: Canned = {
    body: { changed: true, live: { serial: 13, digest: 'e'.repeat(64), publishedAt: '2026-11-28T00:00:00Z' } },
  }

  it('names what is live as it was seen, and says what is live now', async () => {
    const { answers, sent } = answering({ 'POST releases/rollback': DONE })
    const { page, inspect } = await visitor.visit('releases?to=11', answers)
    await page.getByText('routes: 1 looser').waitFor()
    await page.getByRole('button', { name: 'Roll back to 11…' }).click()
    const act = page.getByRole('button', { name: 'Roll back', exact: true })
    expect(await act.isDisabled()).toBe(true)
    await page.getByLabel('Type staging to confirm').fill('staging')
    await act.click()
    await page.getByText('Serial 13 is live').waitFor()
    expect(await inspect('rolled-back')).toEqual([])
    expect(sent).toEqual([
      {
        route: 'POST releases/rollback',
        body: {
          serial: 11,
          expect: expect.stringMatching(/^[0-9a-f]{64}$/),
          digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      },
    ])
    await page.context().close()
  })

  it('is not offered where releases are signed, and says what to do instead', async () => {
    const usual = answersOf(USUAL)
    const answers: Answers = (route, query, body) => {
      const canned = usual(route, query, body)
      return route === 'GET releases'
        ? { body: { ...(canned?.body as object), canRollBack: false, why: 'Run `scopewall rollback`.' } }
        : canned
    }
    const { page } = await visitor.visit('releases?to=11', answers)
    await page.getByText('scopewall rollback').waitFor()
    expect(await page.getByRole('button', { name: /Roll back/ }).count()).toBe(0)
    await page.context().close()
  })
})

describe('what goes wrong', () => {
  it.each([
    ['map', 'GET overview'],
    ['scopes', 'GET overview'],
    ['clients', 'GET usage/clients'],
    ['revocations', 'GET revocations'],
    ['incidents', 'GET incidents'],
    ['releases', 'GET releases'],
  ])('%s says that a scope is needed, and asks for it', async (address, route) => {
    const canned: Canned = {
      status: 403,
      headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="scopewall:observe"' },
      body: { title: 'The access token lacks a scope' },
    }
    const { page, inspect } = await visitor.visit(address, answering({ [route]: canned }).answers)
    await page.getByText('Your sign-in does not cover this').first().waitFor()
    expect(await inspect(`${address}-refused`)).toEqual([])
    await page.context().close()
  })

  it('keeps the counts of scopes apart from the scopes', async () => {
    const { answers } = answering({ 'GET usage/scopes': { status: 503, body: { title: 'The counts cannot be read' } } })
    const { page } = await visitor.visit('scopes', answers)
    await page.getByText('How scopes are used is not known').waitFor()
    await page.getByRole('link', { name: 'invoices:read' }).waitFor()
    await page.context().close()
  })

  it('waits in its place while nothing is answered', async () => {
    const { answers } = answering({ 'GET usage/clients': undefined })
    const { page, inspect } = await visitor.visit('scopes', answers)
    await page.goto(`${visitor.server.url}#/clients`)
    await page.locator('[aria-busy]').waitFor()
    expect(await inspect('clients-waiting')).toEqual([])
    await page.context().close()
  })
})
