/** The command as people run it: a process, its output and its exit code. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { declareCommands } from '../../src/cli/declare-commands.ts'
import { createProgram } from '../../src/cli/program.ts'
import { makeWorkplace, SERVICE, type Workplace } from '../support/cli.ts'

function declared(): Command {
  const program = createProgram()
  declareCommands(program)
  return program
}

/** Every command that does something, by what is typed for it. */
function commandPaths(parent: Command, above = ''): readonly (readonly [string, Command])[] {
  return parent.commands.flatMap((command) => {
    const path = `${above}${command.name()}`
    return command.commands.length > 0 ? commandPaths(command, `${path} `) : [[path, command] as const]
  })
}

let place: Workplace
beforeAll(async () => {
  place = await makeWorkplace()
})
afterAll(() => place.close())

describe('check', () => {
  test('says what a sound map holds', async () => {
    const { code, stdout, stderr } = await place.run('check')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/no errors, no warnings: 3 rules, 2 scopes, 1 service\b/)
  })

  test('reports every error of every file in one run, with place, line and remedy, and exits with 3', async () => {
    await place.write('broken/gateway.yaml', 'hosts: [api.example.com]\nenvironmnets: {}\n')
    await place.write(
      'broken/invoices.yaml',
      SERVICE.replace('reason: Partners', 'raeson: Partners').replace(
        '{ GET: invoices:read }',
        '{ GET: [invoices:read] }',
      ),
    )
    const { code, stdout } = await place.run('check', '--scopes', 'broken')
    expect(code).toBe(3)
    expect(stdout).toMatch(/broken\/gateway\.yaml:2:1 {2}error .*environmnets/)
    expect(stdout).toMatch(/broken\/invoices\.yaml:6:20 {2}error .*raeson/)
    expect(stdout).toMatch(/broken\/invoices\.yaml:9:\d+ {2}error .*\(bare-list\)/)
    expect(stdout).toMatch(/ {4} +6 \| {3}invoices:read/)
    expect(stdout).toMatch(/did you mean/)
  })

  test('prints diagnostics as JSON', async () => {
    const { code, stdout } = await place.run('check', '--scopes', 'broken', '--json')
    const { ok, diagnostics } = JSON.parse(stdout)
    expect([code, ok]).toEqual([3, false])
    expect(diagnostics[0]).toMatchObject({
      severity: 'error',
      rule: 'missing-key',
      at: { file: 'broken/gateway.yaml' },
    })
  })

  test('with --strict a warning fails', async () => {
    await place.write('unused/gateway.yaml', await readFile(join(place.folder, 'scopes/gateway.yaml'), 'utf8'))
    await place.write(
      'unused/invoices.yaml',
      SERVICE.replace('routes:', '  invoices:unused: { reason: Nobody needs it., sensitivity: low }\nroutes:'),
    )
    expect((await place.run('check', '--scopes', 'unused')).code).toBe(0)
    expect((await place.run('check', '--scopes', 'unused', '--strict')).code).toBe(3)
  })

  test('--fix writes what it mends, --dry-run shows it alone, and what is excused is counted', async () => {
    const before = SERVICE.replace('{ GET: invoices:read }', '{ GET: { anyOf: [invoices:read, invoices:read] } } # why')
    const gateway = await readFile(join(place.folder, 'scopes/gateway.yaml'), 'utf8')
    await place.write('mended/gateway.yaml', `${gateway}lint: { unused-scope: off }\n`)
    await place.write(
      'mended/invoices.yaml',
      before.replace('routes:', '  invoices:idle: { reason: Soon., sensitivity: low }\nroutes:'),
    )
    const text = () => readFile(join(place.folder, 'mended/invoices.yaml'), 'utf8')
    const dry = await place.run('check', '--scopes', 'mended', '--fix', '--dry-run')
    expect(dry.stdout).toMatch(/^\+ {2}\/invoices: \{ GET: \{ anyOf: \[invoices:read\] \} \} # why$/m)
    expect(await text()).toContain('[invoices:read, invoices:read]')
    const { code, stdout } = await place.run('check', '--scopes', 'mended', '--fix', '--json')
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        ok: true,
        fixed: { mended: 1, files: ['mended/invoices.yaml'], written: true },
        excused: [{ rule: 'unused-scope', subject: 'invoices:idle' }],
        stats: { files: 2 },
      },
    ])
    expect(await text()).toContain('[invoices:read] } } # why')
  })
})

describe('build', () => {
  test('writes the environment and the release as a module, the same every time', async () => {
    const first = await place.run('build', '--json')
    expect(first.code).toBe(0)
    const { digest } = JSON.parse(first.stdout) as { digest: string }
    const bundle = (await import(pathToFileURL(join(place.folder, '.scopewall/bundle.js')).href)) as {
      environment: { name: string }
      release: { digest: string; serial: number; text: string }
    }
    expect(bundle.environment.name).toBe('development')
    expect(bundle.release).toMatchObject({ digest, serial: 0 })
    expect(JSON.parse((await place.run('build', '--json')).stdout)).toMatchObject({ digest })
  })

  test('of an unknown environment says which there are', async () => {
    const { code, stderr } = await place.run('build', '--env', 'prod')
    expect(code).toBe(2)
    expect(stderr).toContain('it has: development')
  })

  test('of a broken map writes nothing and fails', async () => {
    const { code } = await place.run('build', '--scopes', 'broken', '--out', 'never.js')
    expect(code).toBe(3)
    await expect(readFile(join(place.folder, 'never.js'))).rejects.toThrow()
  })
})

describe('explain', () => {
  const REFUNDS = ['explain', 'POST', 'http://localhost:8787/v1/invoices/42/refunds'] as const

  test.each<[string, readonly string[], Record<string, unknown>]>([
    ['no token', [], { kind: 'deny', denials: [{ code: 'credential_missing' }] }],
    [
      'a missing scope and a weak login',
      ['--scope', 'invoices:read'],
      {
        kind: 'deny',
        denials: [
          { code: 'step_up_required', acr: ['phr'], maxAgeSeconds: 300 },
          { code: 'scope_insufficient', missing: ['invoices:refund'] },
        ],
      },
    ],
    [
      'enough',
      ['--scope', 'invoices:read invoices:refund', '--acr', 'phr', '--auth-age', '2m'],
      { kind: 'allow', by: ['invoices:read', 'invoices:refund'] },
    ],
    [
      'a login too long ago',
      ['--scope', 'invoices:read', 'invoices:refund', '--acr', 'phr', '--auth-age', '6m'],
      { kind: 'deny', denials: [{ code: 'step_up_required' }] },
    ],
    [
      'a token that nobody issued',
      ['--token', 'e30.e30.AA'],
      { kind: 'deny', denials: [{ code: 'token_invalid', detail: 'issuer' }] },
    ],
  ])('judges %s as the gate would', async (_, options, decision) => {
    const { code, stdout } = await place.run(...REFUNDS, ...options, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      match: { kind: 'rule', id: 'POST api.example.com/v1/invoices/{id}/refunds' },
      decision,
    })
  })

  test('names the rule, the owner and what lacks, in words', async () => {
    const { stdout } = await place.run(...REFUNDS, '--scope', 'invoices:read')
    for (const text of [
      'POST api.example.com/v1/invoices/{id}/refunds',
      'team-billing',
      'lacks invoices:refund',
      '401 insufficient_user_authentication',
    ])
      expect(stdout).toContain(text)
  })

  test('says which scopes of an allowed request will go', async () => {
    await place.write('leaving/gateway.yaml', await readFile(join(place.folder, 'scopes/gateway.yaml'), 'utf8'))
    await place.write(
      'leaving/invoices.yaml',
      SERVICE.replace(
        'sensitivity: low }',
        'sensitivity: low, deprecated: { since: 2026-01-01, sunset: 2099-01-01, replacedBy: [invoices:refund] } }',
      ),
    )
    const asked = ['http://localhost:8787/v1/invoices', '--scopes', 'leaving', '--scope', 'invoices:read'] as const
    expect((await place.run('explain', 'GET', ...asked)).stdout).toMatch(/deprecated: .*invoices:read/)
  })

  test('never prints the token, and says that it was not verified', async () => {
    const token = `e30.${Buffer.from('{"iss":"secret-issuer"}').toString('base64url')}.c2VjcmV0`
    const { stdout, stderr } = await place.run(...REFUNDS, '--token', token)
    expect(stderr).toContain('NOT verified')
    expect(stdout + stderr).not.toMatch(/secret-issuer|c2VjcmV0/)
  })

  test('with --exit-code a refusal is 4', async () => {
    expect((await place.run('explain', 'GET', 'http://localhost:8787/v1/status', '--exit-code')).code).toBe(0)
    expect((await place.run('explain', 'GET', 'http://localhost:8787/v1/nothing', '--exit-code')).code).toBe(4)
    expect((await place.run('explain', 'GET', 'http://localhost:8787/v1//status', '--exit-code')).code).toBe(4)
  })
})

describe('export catalogue', () => {
  test('writes a page, and says how much is in it', async () => {
    const { code, stdout, stderr } = await place.run(
      'export',
      'catalogue',
      '--format',
      'html',
      '--env',
      'development',
      '--out',
      'out/scopes.html',
    )
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toContain('out/scopes.html: 2 scopes of 1 service\n')
    expect(await readFile(join(place.folder, 'out/scopes.html'), 'utf8')).toContain('Scopes of http://localhost:8787')
  })
})

describe('export openapi', () => {
  test('writes the description itself, and says what it could not say', async () => {
    await place.write(
      'out.yaml',
      `openapi: 3.0.3
servers: [{ url: https://api.example.com/v1 }]
paths:
  /invoices: { get: {} } # kept
  /nothing: { get: {} }
`,
    )
    const { code, stderr } = await place.run(
      'export',
      'openapi',
      'out.yaml',
      '--in-place',
      '--token-url',
      'https://login.example.com/token',
    )
    expect(code).toBe(0)
    expect(stderr).toContain('out.yaml:5:15  warning')
    const text = await readFile(join(place.folder, 'out.yaml'), 'utf8')
    expect(text).toContain(
      '/invoices: { get: { security: [{ oauth: ["invoices:read"] }] } } # kept'.replaceAll('"', ''),
    )
    expect(text).toContain('            invoices:read: Partners reconcile.')
  })
})

describe('coverage', () => {
  const API = `openapi: 3.0.3
info: { title: T, version: '1' }
servers: [{ url: https://api.example.com/v1 }]
components: { securitySchemes: { oauth: { type: oauth2, flows: {} } } }
paths:
  /status: { get: { security: [] } }
  /invoices: { get: { security: [{ oauth: [invoices:refund] }] } }
  /nothing: { get: { security: [] } }
`

  test('says what is amiss on both sides, with places, and exits with 5 above a threshold', async () => {
    await place.write('api.yaml', API)
    const { code, stdout } = await place.run('coverage', 'api.yaml')
    expect(code).toBe(5)
    for (const text of [
      'no rule  GET https://api.example.com/v1/nothing',
      'api.yaml:8:15',
      'map different',
      'no operation  POST',
      'scopes/invoices.yaml:10:',
      '1 of 3 operations covered (33.3%)',
    ])
      expect(stdout).toContain(text)
    const { code: enough } = await place.run(
      'coverage',
      'api.yaml',
      '--max-unmapped',
      '1',
      '--max-mismatch',
      '50%',
      '--max-stale',
      '40%',
    )
    expect(enough).toBe(0)
  })

  test('takes documents and thresholds from gateway.yaml, and prints annotations', async () => {
    const gateway = await readFile(join(place.folder, 'scopes/gateway.yaml'), 'utf8')
    await place.write(
      'covered/gateway.yaml',
      `${gateway}coverage: { documents: [../api.yaml], maxUnmapped: 1, maxMismatch: 1, maxStale: 1 }\n`,
    )
    await place.write('covered/invoices.yaml', SERVICE)
    const { code, stdout } = await place.run('coverage', '--scopes', 'covered', '--format', 'github')
    expect(code).toBe(0)
    expect(stdout).toContain('::error file=api.yaml,line=8,col=15::GET https://api.example.com/v1/nothing has no rule')
  })
})

describe('usage', () => {
  test.each([
    [['nonsense']],
    [['publish', '--nonsense']],
    [['explain', 'GET']],
    [['publish', '--local', '--remote']],
    [['explain', 'GET', '/v1/status']],
    [['explain', 'GET', 'http://localhost:8787/v1/status', '--acr', 'phr']],
    [['explain', 'GET', 'http://localhost:8787/v1/status', '--token-age', '5m', '--token', 'e30.e30.AA']],
    [['explain', 'GET', 'http://localhost:8787/v1/status', '--scope', 'a', '--token', 'e30.e30.AA']],
    [['explain', 'GET', 'http://localhost:8787/v1/invoices', '--scope', 'a', '--authorization-details', '{']],
    [['promote', 'staging']],
    [['promote', 'development', 'development']],
    [['wait', '--connections', '0']],
    [['wait', '--timeout', 'soon']],
    [['probe', '--connections', '501']],
    [['status', '--url', 'http://localhost:8787']],
    [['check', '--scopes', 'nowhere']],
    [['coverage']],
    [['export', 'openapi', 'api.yaml', '--in-place', '--out', 'x.yaml']],
    [['coverage', 'api.yaml', '--max-stale', 'some']],
  ])('%j is a mistake in usage: 2, and no stack', async (args) => {
    const { code, stderr } = await place.run(...args)
    expect(code).toBe(2)
    expect(stderr).not.toMatch(/ {4}at /)
  })

  test.each(commandPaths(declared()))('%s has help with examples and exit codes', (name, command) => {
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
    for (const text of ['Examples:', `scopewall ${name}`, 'Exit codes:', '--json']) expect(help).toContain(text)
  })
})
