/** `import` as people run it: a description becomes files that check and test hold good, or nothing is written. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GATEWAY, makeWorkplace, type Workplace } from '../support/cli.ts'

let place: Workplace
beforeAll(async () => {
  place = await makeWorkplace()
  await place.write('map/gateway.yaml', GATEWAY)
  await place.write('pets.yaml', PETS)
})
afterAll(() => place.close())

const PETS = `openapi: 3.0.3
info: { title: Pets, version: 1 }
servers: [{ url: https://api.example.com/v2 }]
components: { securitySchemes: { oauth: { type: oauth2, flows: { implicit: { scopes: { pets:read: See pets. } } } } } }
paths:
  /pets: { get: { security: [{ oauth: [pets:read] }] }, post: { security: [{ oauth: [pets:read, pets:write] }] } }
  /pets/{id}: { $ref: ./pet.json }
`

const importPets = (...more: readonly string[]) =>
  place.run(
    'import',
    'openapi',
    'pets.yaml',
    '--scopes',
    'map',
    '--owner',
    'team-pets',
    '--sensitivity',
    'low',
    ...more,
  )

test('writes a service and its tests, which hold', async () => {
  await place.write('pet.json', '{"get":{}}')
  const first = await importPets('--json', '--report', 'report.json')
  expect([first.code, first.stderr]).toEqual([0, ''])
  const result = JSON.parse(first.stdout)
  expect(result).toMatchObject({ verdicts: { exact: 4, stricter: 0, looser: 0, unrepresentable: 0 } })
  expect(result.failOpen).toMatchObject([{ construct: 'GET /pets/{id}', at: { file: 'pet.json', line: 1 } }])
  expect(JSON.parse(await readFile(join(place.folder, 'report.json'), 'utf8'))).toEqual(result)
  const checked = await place.run('test', '--scopes', 'map')
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('all hold')])
})

test('asks where nobody can answer by naming the option, and overwrites nothing without being told to', async () => {
  const asked = await place.run('import', 'openapi', 'pets.yaml', '--scopes', 'map', '--sensitivity', 'low')
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('`--owner`')])
  await place.write('pet.json', '{"get":{"security":[{"oauth":["pets:read"]}]}}')
  const refused = await importPets()
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('+     GET: pets:read')])
})

test('writes nothing where the map would be looser than the source, or have errors', async () => {
  await place.write(
    'odd.yaml',
    PETS.replace(
      '/pets/{id}: { $ref: ./pet.json }',
      "'/pets/{id}': { get: { security: [] } }\n  '/pets/{id}.json': { get: { security: [{ oauth: [a] }] } }",
    ),
  )
  const odd = (...more: readonly string[]) =>
    place.run(
      'import',
      'openapi',
      'odd.yaml',
      '--scopes',
      'odd',
      '--host',
      'api.example.com',
      '--owner',
      't',
      '--sensitivity',
      'low',
      ...more,
    )
  const looser = await odd()
  expect([looser.code, looser.stdout]).toEqual([5, ''])
  expect(looser.stderr).toContain('--accept looser')
  await place.write('odd/gateway.yaml', `naming: { pattern: "[a-z]+:[a-z]+" }\n${GATEWAY}`)
  const named = await odd('--accept', 'looser')
  expect([named.code, named.stdout]).toEqual([3, ''])
  expect(named.stderr).toContain('(scope-naming)')
  expect(await readdir(join(place.folder, 'odd'))).toEqual(['gateway.yaml'])
})

test('of what is no description says where', async () => {
  await place.write('broken.json', '{"openapi": "3.0.0", "paths": {')
  const { code, stderr } = await place.run('import', 'openapi', 'broken.json', '--owner', 't', '--sensitivity', 'low')
  expect(code).toBe(1)
  expect(stderr).toMatch(/broken\.json:1:\d+ {2}error/)
})

test('where nothing can be written, the report says why', async () => {
  const keys =
    'components: { securitySchemes: { key: { type: apiKey, in: header, name: x } } }\nsecurity: [{ key: [] }]'
  await place.write(
    'keys.yaml',
    `openapi: 3.0.3\ninfo: { title: t, version: 1 }\npaths: { /a: { get: {} } }\n${keys}\n`,
  )
  const asked = ['--owner', 't', '--sensitivity', 'low', '--host', 'api.example.com']
  const { code, stdout, stderr } = await place.run('import', 'openapi', 'keys.yaml', ...asked)
  expect([code, stdout]).toEqual([5, ''])
  expect(stderr).toMatch(/unrepresentable {2}it needs the API key `key`.*\n {4}GET \/a/)
})
