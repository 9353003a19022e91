import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Issuer, startIssuer } from '../../demo/issuer.ts'
import { runTokenCommand } from '../../demo/token.ts'

let issuer: Issuer

beforeAll(async () => {
  issuer = await startIssuer({ port: 0, scopes: ['invoices:read', 'invoices:refund'] })
})

afterAll(() => issuer.close())

const run = (...args: string[]) => runTokenCommand([...args, '--issuer', issuer.url])

test('prints the token and nothing else', async () => {
  const { exitCode, stdout, stderr } = await run('--client', 'partner', '--scope', 'invoices:read')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
})

test('--json prints the answer of the token endpoint', async () => {
  const { stdout } = await run('--client', 'partner', '--scope', 'invoices:read', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ token_type: 'Bearer', scope: 'invoices:read', expires_in: 3600 })
})

test('--claims prints what the token says', async () => {
  const { stdout } = await run('--client', 'support', '--scope', 'invoices:refund', '--acr', 'phr', '--claims')
  expect(JSON.parse(stdout)).toMatchObject({
    header: { typ: 'at+jwt' },
    claims: { acr: 'phr', scope: 'invoices:refund' },
  })
})

test('--help tells the clients and needs no issuer', async () => {
  const { exitCode, stdout } = await runTokenCommand(['--help'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('support')
})

test.each([
  ['no client', ['--scope', 'invoices:read']],
  ['an unknown client', ['--client', 'nobody', '--scope', 'invoices:read']],
  ['no scope', ['--client', 'partner']],
  ['an unknown option', ['--client', 'partner', '--scope', 'invoices:read', '--colour', 'red']],
  ['an acr where nobody logs in', ['--client', 'partner', '--scope', 'invoices:read', '--acr', 'phr']],
])('%s is a mistake in usage', async (_case, args) => {
  const { exitCode, stdout, stderr } = await run(...args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain('--help')
})

test.each([
  ['a scope that the issuer does not know', ['--client', 'partner', '--scope', 'invoices:raed'], 'invoices:read'],
  ['a scope that another client may have', ['--client', 'partner', '--scope', 'invoices:refund'], '--client support'],
  ['an acr that nobody can reach', ['--client', 'support', '--scope', 'invoices:read', '--acr', 'gold'], 'phr'],
])('%s is told with a way out', async (_case, args, wayOut) => {
  const { exitCode, stdout, stderr } = await run(...args)
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toContain(wayOut)
})

test('an issuer that is not running is told with the command that starts it', async () => {
  await issuer.close()
  const { exitCode, stderr } = await run('--client', 'partner', '--scope', 'invoices:read')
  await issuer.reopen()
  expect(exitCode).toBe(1)
  expect(stderr).toContain('npm start')
})
