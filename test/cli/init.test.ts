/** A new repository, from nothing to a passing check and test. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorkplace, type Workplace } from '../support/cli.ts'

let place: Workplace
beforeAll(async () => {
  place = await makeWorkplace()
})
afterAll(() => place.close())

const FLAGS = ['--host', 'api.acme.test', '--owner', 'team-orders', '--issuer', 'https://login.acme.test/']
const text = (path: string) => readFileSync(join(place.folder, path), 'utf8')

test('writes a map that checks and passes its tests, and the pipeline', async () => {
  await place.write('wrangler.toml', 'routes = [{ pattern = "api.example.com/*", zone_name = "example.com" }]\n')
  const args = ['--scopes', 'fresh', '--service', 'orders', '--staging', 'api.staging.acme.test', '--ci', 'github']
  const { code, stdout, stderr } = await place.run('init', ...FLAGS, ...args)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/fresh: no errors, no warnings: \d+ rules, \d+ scopes, 2 services;/)
  expect(stdout).toMatch(/covered: rules (\d+) of \1 \(100 %\), scopes (\d+) of \2 \(100 %\)/)
  expect(stdout).toMatch(/fresh\/tests: 2 files, \d+ requests, \d+ expectations: all hold/)
  expect(text('wrangler.toml')).toBe('routes = [{ pattern = "api.acme.test/*", zone_name = "acme.test" }]\n')
  expect(text('.github/workflows/scopes.yml')).toContain('promote staging production')
  expect(existsSync(join(place.folder, 'fresh/schema/service.schema.json'))).toBe(true)
})

test('a new map opens the admin API to the very routes that the gate has', async () => {
  const map = (await place.run('explain', 'POST', 'https://api.acme.test/_scopewall/admin/revocations', '--scopes', 'fresh', '--scope', 'scopewall:revoke')).stdout // biome-ignore format: one call
  expect(map).toContain('allow')
  const shipped = readFileSync(new URL('../../scopes/scopewall.yaml', import.meta.url), 'utf8')
  const routes = (file: string) => file.slice(file.indexOf('\nroutes:'))
  expect(routes(text('fresh/scopewall.yaml'))).toBe(routes(shipped))
})

test('begins with an OpenAPI description, and leaves nothing where that fails', async () => {
  const api = { openapi: '3.1.0', info: { title: 'Orders', version: '1' }, paths: { '/orders': { get: { security: [{ oauth: ['orders:read'] }] } } },
    components: { securitySchemes: { oauth: { type: 'oauth2', flows: {} } } } } // biome-ignore format: as short as it is read
  await place.write('api.json', JSON.stringify(api))
  const args = ['--scopes', 'described', '--service', 'orders']
  const failed = await place.run('init', ...FLAGS, ...args, '--openapi', 'nothing.json')
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('`nothing.json` cannot be read')])
  expect(existsSync(join(place.folder, 'described/gateway.yaml'))).toBe(false)
  const { code, stdout } = await place.run('init', ...FLAGS, ...args, '--openapi', 'api.json', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout).written).toEqual(
    expect.arrayContaining(['described/orders.yaml', 'described/tests/orders.yaml', 'described/scopewall.yaml']),
  )
  expect(text('described/orders.yaml')).toMatch(/\/orders:\n {4}GET: orders:read/)
})

test('says what is missing where nobody can be asked, and writes nothing', async () => {
  const { code, stderr } = await place.run('init', '--scopes', 'silent', '--host', 'api.acme.test')
  expect(code).toBe(2)
  expect(stderr).toContain('`--service`, `--owner`, `--issuer` are missing')
  expect(existsSync(join(place.folder, 'silent'))).toBe(false)
})

test('a pipeline that would publish to a staging that is not there is not written', async () => {
  const args = ['--scopes', 'unstaged', '--service', 'orders', '--ci', 'gitlab']
  const { code, stderr } = await place.run('init', ...FLAGS, ...args)
  expect([code, stderr]).toEqual([2, expect.stringContaining('give `--staging <host>`')])
  expect(existsSync(join(place.folder, 'unstaged'))).toBe(false)
})

test('replaces a map only where git has it', async () => {
  const again = ['init', ...FLAGS, '--service', 'orders']
  const refused = await place.run(...again)
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('holds a map already')])
  const unsaved = await place.run(...again, '--replace')
  expect([unsaved.code, unsaved.stderr]).toEqual([2, expect.stringContaining('changes that git does not have')])
  expect(existsSync(join(place.folder, 'scopes/invoices.yaml'))).toBe(true)
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: place.folder })
  git('init', '--quiet')
  git('add', 'scopes')
  git('commit', '--quiet', '-m', 'the map')
  expect((await place.run(...again, '--replace')).code).toBe(0)
  expect(existsSync(join(place.folder, 'scopes/invoices.yaml'))).toBe(false)
})
