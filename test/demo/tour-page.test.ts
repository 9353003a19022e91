import { expect, test } from 'vitest'
import { createTour, type TourAddresses } from '../../demo/tour.ts'
import { renderTour } from '../../demo/tour-page.ts'

const USUAL: TourAddresses = {
  gateUrl: 'http://localhost:8787',
  issuerUrl: 'http://localhost:9400',
  scopes: 'scopes',
}

const render = (addresses: TourAddresses) => renderTour(createTour(addresses), (_style, text) => text)

test('fits a terminal of 100 columns', () => {
  for (const line of render(USUAL).split('\n')) expect.soft(line.length, line).toBeLessThanOrEqual(100)
})

test('shows every command on a line of its own, ready to paste', () => {
  const lines = render(USUAL).split('\n')
  const { steps, watch, revoke, change } = createTour(USUAL)
  const commands = [
    ...steps.flatMap(({ before, command }) => [before, command]),
    watch.console,
    ...watch.commands,
    ...revoke,
    ...change,
  ]
  for (const command of commands) if (command !== undefined) expect(lines).toContain(`    ${command}`)
})

test('says what to expect of a refusal as it will stand in the answer', () => {
  expect(render(USUAL)).toContain('→ 403  scope_insufficient  error="insufficient_scope"  scope="invoices:create"')
})

test('names other addresses where the usual ports are taken', () => {
  const page = render({ gateUrl: 'http://localhost:1', issuerUrl: 'http://localhost:2', scopes: 'elsewhere' })
  expect(page).toContain('curl -si localhost:1/v1/status')
  expect(page).toContain('--issuer http://localhost:2')
  expect(page).toContain('--scopes elsewhere')
  expect(page).not.toContain('8787')
})
