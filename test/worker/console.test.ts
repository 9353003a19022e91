/** The console's addresses in the deployed Worker, with its assets: what is served, with which headers, and that assets answer for nothing else. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import { buildConsole, CONSOLE_PATH } from '../../src/cli/console-build.ts'
import type { ConsoleSettings } from '../../src/policy/console-answers.ts'
import { WITH_ADMIN } from '../support/admin-map.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { environmentOf } from '../support/environment.ts'
import { type StaticIssuer, startStaticIssuer } from '../support/static-issuer.ts'

const folder = fileURLToPath(new URL('../../.scopewall/console', import.meta.url))

let issuer: StaticIssuer
let origin: Origin
let gate: Deployment
let files: readonly string[]

beforeAll(async () => {
  await buildConsole(folder)
  files = await readdir(join(folder, CONSOLE_PATH))
  ;[issuer, origin] = await Promise.all([startStaticIssuer(), startOrigin({ port: 0 })])
  gate = await startDeployment({
    environment: environmentOf(issuer.issuer, origin.url, {
      console: {
        issuer: issuer.issuer,
        clientId: 'console',
        scopes: ['scopewall:observe'],
        endpoints: { authorization: 'https://login.example.com/authorize', token: 'https://tokens.example.com/token' },
      },
    }),
    document: WITH_ADMIN,
  })
})

afterAll(() => Promise.all([gate?.close(), origin?.close(), issuer?.close()]))

const ask = (path: string, init: RequestInit = {}) => fetch(gate.url + path, { redirect: 'manual', ...init })
const fileNamed = (entry: string): string => `/_scopewall/console/${files.find((file) => file.startsWith(`${entry}-`))}`

describe('the page', () => {
  test('may run its own scripts, talk to the gate and to the token endpoint, and nothing else', async () => {
    const answer = await ask('/_scopewall/')
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain(fileNamed('app'))
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' https://tokens.example.com; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    })
  })

  test('is told where to sign in, and nothing that is secret', async () => {
    const answer = await ask('/_scopewall/console.json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toEqual({
      environment: 'test',
      signIn: {
        kind: 'oauth',
        issuer: issuer.issuer,
        clientId: 'console',
        authorizationEndpoint: 'https://login.example.com/authorize',
        tokenEndpoint: 'https://tokens.example.com/token',
        scopes: ['scopewall:observe'],
      },
    } satisfies ConsoleSettings)
  })

  test('has files that are kept for ever, because their names say what is in them', async () => {
    for (const [entry, type] of [
      ['app', 'text/javascript'],
      ['theme', 'text/javascript'],
      ['style', 'text/css'],
      ['icon', 'image/svg+xml'],
    ] as const) {
      const answer = await ask(fileNamed(entry))
      expect(answer.status, entry).toBe(200)
      expect(answer.headers.get('content-type')).toContain(type)
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  test('answers HEAD like GET, and nothing that would change something', async () => {
    expect((await ask('/_scopewall/', { method: 'HEAD' })).status).toBe(200)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await ask('/_scopewall/', { method })).status, method).toBe(404)
  })
})

describe('assets', () => {
  test.each([
    '/_scopewall/console/',
    '/_scopewall/console/page.txt',
    '/_scopewall/console/app-00000000.js',
    '/_scopewall/console/../console/page.txt',
    '/_scopewall/console/%70age.txt',
    '/_scopewall/console/app.js',
    '/_scopewall/page.txt',
  ])('%s is nothing', async (path) => {
    const answer = await ask(path)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
  })

  test('never answer for the origin: whatever is no reserved address is judged, and refused', async () => {
    const paths = [
      '/',
      '/index.html',
      '/page.txt',
      '/console/page.txt',
      ...files.flatMap((file) => [
        `/${file}`,
        `/console/${file}`,
        `//_scopewall/console/${file}`,
        `/_SCOPEWALL/console/${file}`,
      ]),
      ...files.map((file) => `/%5fscopewall/console/${file}`),
    ]
    const before = origin.requests.length
    for (const path of paths) {
      const answer = await ask(path)
      expect([400, 401, 403], path).toContain(answer.status)
      expect(answer.headers.get('content-type'), path).toBe('application/problem+json')
      expect(answer.headers.has('scopewall-decision'), path).toBe(true)
    }
    expect(origin.requests.length).toBe(before)
  })

  test('do not stand in the way of what the gate answers or lets through', async () => {
    expect((await ask('/_scopewall/health')).status).toBe(200)
    const token = await issuer.mint({ scope: 'invoices:read' })
    const answer = await ask('/v1/invoices', { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
    expect(origin.requests.at(-1)?.url).toBe('/v1/invoices')
  })
})

test('what it shows is there although nothing is ever revoked here; the routes about marks say so', async () => {
  const authorization = `Bearer ${await issuer.mint({ scope: 'scopewall:review scopewall:revoke' })}`
  const status = async (path: string, method = 'GET') => {
    const { status } = await ask(`/_scopewall/${path}`, { method, headers: { authorization } })
    return status
  }
  expect(await status('admin/overview')).toBe(200)
  expect(await status('admin/usage/traffic')).toBe(200)
  expect(await status('admin/tail', 'POST')).toBe(200)
  expect(await status('admin/log')).toBe(404)
  expect(await status('revoke', 'POST')).toBe(404)
})
