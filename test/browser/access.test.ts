/** The pages about access and response: in every look and with whatever names, read by axe and by people. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answersOf, HOSTILE_NAMES, hostile, ISSUER, large, SILENT, USUAL } from './support/access-answers.ts'
import { startVisitor, type Visitor } from './support/visitor.ts'

let visitor: Visitor
beforeAll(async () => {
  visitor = await startVisitor()
})
afterAll(() => visitor.close())

const client = (name: string): string => `clients/${encodeURIComponent(ISSUER)}/${encodeURIComponent(name)}`

const PAGES: Readonly<Record<string, string>> = {
  map: 'map',
  route: 'map?route=POST%20api.example.com/v1/invoices/%7BinvoiceId%7D/refunds',
  scopes: 'scopes',
  scope: 'scopes/invoices:refund',
  shadow: 'scopes/invoices:everything',
  clients: 'clients',
  client: client('legacy-batch'),
  revocations: 'revocations?show=all',
  mark: 'revocations?entry=103',
  revoke: 'revocations/new?kind=scope&value=invoices:refund',
  incidents: 'incidents',
  incident: 'incidents/inc_2',
  releases: 'releases?to=11&back=1',
}

describe('in light, in dark, and on a narrow screen', () => {
  it.each(Object.entries(PAGES))('%s is sound, and fits', async (name, address) => {
    const visit = await visitor.visit(address, answersOf(USUAL))
    expect(await visit.inspect(name)).toEqual([])
  })
})

describe('before anything has happened', () => {
  it.each([
    ['map', '0'],
    ['scopes', 'never'],
    ['clients', 'Nobody has called yet'],
    ['revocations', 'Nothing is revoked'],
    ['incidents', 'Nothing happened'],
  ])('%s says %s', async (address, words) => {
    const visit = await visitor.visit(address, answersOf(SILENT))
    await visit.page.getByText(words).first().waitFor()
    expect(await visit.inspect(`${address}-silent`)).toEqual([])
  })
})

describe('names that try something', () => {
  const PLACES = [
    'map',
    'map?route=POST%20api.example.com/v1/x',
    'scopes',
    `scopes/${encodeURIComponent('<svg/onload=window.hacked=1>')}`,
    'clients',
    ...HOSTILE_NAMES.map(client),
    'revocations',
    'revocations?entry=3',
    ...HOSTILE_NAMES.map((name) => `revocations/new?kind=client&value=${encodeURIComponent(name)}&reason=x`),
    'incidents',
    'incidents/inc_1',
    'incidents/inc_5',
    'releases?to=11',
  ]
  it.each(PLACES)('stay text at %s', async (address) => {
    const { page, inspect } = await visitor.visit(address, answersOf(hostile()))
    expect(await inspect(`hostile-${PLACES.indexOf(address)}`)).toEqual([])
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    expect(await page.locator('main img, main script, main svg[onload]').count()).toBe(0)
    expect(await page.locator('a[href^="javascript" i]').count()).toBe(0)
    // No letter turns those around it.
    expect(await page.locator('main').innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
  })
})

describe('a map of 10,000 scopes and 11,000 rules', () => {
  const told = large()

  it('is opened, walked and searched, and only what is in sight is drawn', async () => {
    const { page, inspect } = await visitor.visit('map', answersOf(told))
    const tree = page.getByRole('tree')
    await tree.focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('End')
    // Services ascend by name: the last one is the ninth.
    await page.getByText('/v1/resource-10969').waitFor()
    expect(await page.getByRole('treeitem').count()).toBeLessThan(80)
    await page.keyboard.press('/')
    await page.keyboard.type('resource-00777/')
    await page.getByText('/v1/resource-00777/').waitFor()
    expect(await page.getByRole('treeitem').count()).toBe(2)
    expect(await inspect('large-map')).toEqual([])
  })

  it('has its scopes listed, filtered and sorted', async () => {
    const { page, inspect } = await visitor.visit('scopes', answersOf(told))
    await page.getByText('10,001 scopes').waitFor()
    expect(await page.getByRole('row').count()).toBeLessThan(80)
    await page.getByRole('button', { name: /^critical/ }).click()
    await page.getByText('2,500 scopes').waitFor()
    await page.getByRole('button', { name: 'Requests' }).click()
    expect(await inspect('large-scopes')).toEqual([])
  })

  it('is compared with another in the browser', async () => {
    const { page } = await visitor.visit('releases?to=11', answersOf(told))
    await page.getByText('routes: 1 closed').waitFor({ timeout: 30_000 })
  })
})
