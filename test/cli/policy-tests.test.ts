/** `scopewall test`: what it says and how it ends, and that nothing is published past a test that fails. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type TestOptions, test as testCommand } from '../../src/cli/commands/test.ts'
import { Stop } from '../../src/cli/exit.ts'
import { requireSoundMap } from '../../src/cli/map.ts'
import { requirePassingTests } from '../../src/cli/passing-tests.ts'
import { GATEWAY, makeWorkplace, type Workplace } from '../support/cli.ts'

let place: Workplace
beforeAll(async () => {
  place = await makeWorkplace()
})
afterAll(() => place.close())

const HEAD = 'tests: Invoices.\ncallers:\n  reader: { scopes: [invoices:read] }\ncases:\n'
const writeCase = (line: string) => place.write('scopes/tests/invoices.yaml', `${HEAD}  - ${line}\n`)
const HOLDS = '{ request: GET /v1/invoices, expect: { reader: allow, nobody: credential_missing } }'
const FAILS = '{ request: GET /v1/invoice, expect: { reader: allow, nobody: deny } }'

/** What the command writes in one go, in this process: a process of its own takes seconds. */
async function captured<T>(work: () => Promise<T>): Promise<{ result: T | Stop; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      texts[name] += String(text).replaceAll(`${place.folder}/`, '')
      return true
    }),
  )
  try {
    return { result: await work(), ...texts }
  } catch (error) {
    if (error instanceof Stop) return { result: error, ...texts }
    throw error
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

async function run(options: Partial<TestOptions> = {}) {
  const { result, stdout } = await captured(() =>
    testCommand({ scopes: join(place.folder, 'scopes'), format: 'human', ...options }),
  )
  return {
    code: result instanceof Stop ? result.exitCode : result,
    said: result instanceof Stop ? result.message : stdout,
  }
}

/** How `publish` would end. */
async function publishing() {
  const scopes = join(place.folder, 'scopes')
  const { result, stderr } = await captured(async () => requirePassingTests(scopes, await requireSoundMap(scopes)))
  return result instanceof Stop
    ? { code: result.exitCode, said: stderr + result.message.replaceAll(`${place.folder}/`, '') }
    : { code: 0, said: stderr }
}

test('without any test it says so, and is not green; publishing asks for none', async () => {
  const { code, said } = await run()
  expect(code).toBe(3)
  expect(said).toContain('there are no policy tests in')
  expect(await publishing()).toEqual({ code: 0, said: '' })
})

test('tests that hold are summed up, with what they leave open', async () => {
  await writeCase(HOLDS)
  const { code, said } = await run({ coverage: true })
  expect(code).toBe(0)
  expect(said).toContain('scopes/tests: 1 file, 1 request, 2 expectations: all hold')
  expect(said).toContain('covered: rules 0 of 3 (0 %), scopes 0 of 2 (0 %), alternatives 1 of 2 (50 %)')
  expect(said).toMatch(
    /scopes\/invoices\.yaml:10:\d+ +POST api\.example\.com\/v1\/invoices\/\{id\}\/refunds +nobody is let in/,
  )
  expect(await publishing()).toEqual({ code: 0, said: '' })
})

test('a threshold of gateway.yaml that is missed fails, and keeps the map from being published', async () => {
  await writeCase(HOLDS)
  await place.write('scopes/gateway.yaml', `${GATEWAY}tests: { minRules: 50 }\n`)
  const whole = await run()
  const lowered = await run({ minRules: 0 })
  const filtered = await run({ filter: 'READER' })
  const published = await publishing()
  await place.write('scopes/gateway.yaml', GATEWAY)
  expect([whole.code, lowered.code, filtered.code, published.code]).toEqual([4, 0, 0, 4])
  expect(whole.said).toContain('rules 0 of 3 (0 %) is less than the 50 % that are asked for')
  expect(filtered.said).toContain('1 expectation: all hold\ncoverage is that of all tests')
  expect(published.said).toContain('the policy tests cover rules 0 of 3 (0 %), less than the 50 % of gateway.yaml')
})

test('thresholds without any test keep the map from being published', async () => {
  await place.write('untested/gateway.yaml', `${GATEWAY}tests: { minScopes: 1 }\n`)
  await place.write(
    'untested/invoices.yaml',
    'service: invoices\ndescription: D.\nowner: o\nscopes: { a:b: { reason: R., sensitivity: low } }\nroutes: { /a: { GET: a:b } }\n',
  )
  const scopes = join(place.folder, 'untested')
  await expect(requirePassingTests(scopes, await requireSoundMap(scopes))).rejects.toMatchObject({ exitCode: 4 })
})

test('a test that fails says where it stands, what was expected, what came, and which rule is near', async () => {
  await writeCase(FAILS)
  const { code, said } = await run()
  expect(code).toBe(4)
  for (const text of [
    'scopes/tests/invoices.yaml:5:43  failed  GET /v1/invoice as reader',
    '    - allow\n    + unmapped\n',
    'none covers this request',
    'near:     GET api.example.com/v1/invoices',
    'note: 1 expectation of `deny` holds because no rule decides, as at scopes/tests/invoices.yaml:5:58',
    '2 expectations: 1 failed',
  ])
    expect(said).toContain(text)
  expect((await publishing()).said).toContain('1 of 2 expectations in scopes/tests do not hold: nothing was published')
})

test('a refusal is told apart in the words of the expectation, with the reason', async () => {
  await writeCase(
    '{ request: POST /v1/invoices/1/refunds, expect: { reader: { deny: scope_insufficient, missing: [invoices:refund] } } }',
  )
  const { said } = await run()
  expect(said).toContain('    - { deny: scope_insufficient, missing: [invoices:refund] }')
  expect(said).toContain('    + { deny: [step_up_required, scope_insufficient], missing: [invoices:refund] }')
  expect(said).toMatch(/requires +invoices:read and invoices:refund/)
  expect(said).toContain('step_up_required: needs an authentication of level phr at most 300 s old')
})

test('what a terminal would act upon is not printed', async () => {
  const caller = String.raw`"a\x1b[2Jb"`
  await place.write(
    'scopes/tests/invoices.yaml',
    String.raw`tests: T.
callers: { ${caller}: { scopes: [] } }
cases: [{ request: "GET /v1/\x1b[2J", expect: { ${caller}: allow } }]
`,
  )
  const { code, said } = await run()
  expect(code).toBe(4)
  expect(said).toContain('+ target_ambiguous')
  expect(said).not.toContain('\x1b[2J')
})

test('the same as JSON and as JUnit XML', async () => {
  await writeCase(FAILS)
  expect(JSON.parse((await run({ json: true })).said)).toMatchObject({
    ok: false,
    expectations: 2,
    failed: 1,
    failures: [
      {
        at: { line: 5, column: 43 },
        request: 'GET /v1/invoice',
        caller: 'reader',
        expected: 'allow',
        decided: 'unmapped',
        rule: null,
      },
    ],
    coverage: { rules: { covered: 0, total: 3, percent: 0 } },
  })
  const junit = await run({ format: 'junit' })
  expect(junit.code).toBe(4)
  expect(junit.said).toMatch(/<testsuite name="Invoices\." file="[^"]+" tests="2" failures="1">/)
  expect(junit.said).toContain('<failure message="expected allow, decided unmapped">')
})

test('a mistake in a test file is 3, with its place, also for publishing', async () => {
  await writeCase('{ request: GET /v1/invoices, expect: { raeder: deny } }')
  for (const { code, said } of [await run(), await publishing()]) {
    expect(code).toBe(3)
    expect(said).toContain('scopes/tests/invoices.yaml:5:44  error  the file has no caller `raeder`')
    expect(said).toContain('did you mean `reader`?')
  }
  expect(await run({ json: true })).toMatchObject({ code: 3 })
})

test('a filter that fits nothing is a mistake in usage', async () => {
  await writeCase(HOLDS)
  expect(await run({ filter: 'nonsense' })).toMatchObject({ code: 2 })
})

test('publish asks, before it looks at KV', { timeout: 60_000 }, async () => {
  await writeCase(FAILS)
  expect(await place.run('publish')).toMatchObject({ code: 4, stdout: '' })
})
