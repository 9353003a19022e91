/** KV through `wrangler kv`: what it answers becomes values, and what it refuses becomes advice. */
import { expect, test } from 'vitest'
import { EXIT, Stop } from '../../src/cli/exit.ts'
import { type RunWrangler, remoteStore } from '../../src/cli/kv-remote.ts'
import { makeWorkplace } from '../support/cli.ts'

const PLACE = { environment: 'production', isLocal: false, config: 'wrangler.toml' }
const answering =
  (stdout: string, exitCode = 0, stderr = ''): RunWrangler =>
  () =>
    Promise.resolve({ exitCode, stdout, stderr })

test('every call names the binding, the environment, the configuration and the place', async () => {
  const calls: (readonly string[])[] = []
  const store = remoteStore(PLACE, (args) => {
    calls.push(args)
    return Promise.resolve({ exitCode: 0, stdout: args.includes('list') ? '[]' : '{}', stderr: '' })
  })
  await store.read(['current'])
  await store.put('current', '{}')
  await store.list('history/')
  for (const args of calls)
    expect(args.join(' ')).toMatch(/^kv .*--binding SCOPES --remote --config wrangler\.toml --env production$/)
})

test.each([
  ['{"current":{"value":"a\\n"},"gone":{"value":null}}', [['current', 'a\n']]],
  ['some notice\n{"current":"a"}', [['current', 'a']]],
  ['{}', []],
])('reads %j', async (stdout, expected) => {
  expect([...(await remoteStore(PLACE, answering(stdout)).read(['current', 'gone']))]).toEqual(expected)
})

test.each(['', 'no JSON', '{"current":{"value":5}}', '[1'])(
  'an answer that is not understood, %j, stops instead of being taken for "nothing there"',
  async (stdout) => {
    await expect(remoteStore(PLACE, answering(stdout)).read(['current'])).rejects.toBeInstanceOf(Stop)
  },
)

test.each([
  ["it's necessary to set a CLOUDFLARE_API_TOKEN environment variable", 'wrangler login'],
  ['No KV namespace with binding "SCOPES" was found', 'wrangler kv namespace create'],
  ['fetch failed', 'try again'],
])('wrangler saying %j becomes advice', async (message, advice) => {
  const failure = await remoteStore(
    PLACE,
    answering('', 1, `\x1B[31m✘ \x1B[41;31m[\x1B[41;97mERROR\x1B[41;31m]\x1B[0m ${message}`),
  )
    .read(['current'])
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({
    exitCode: EXIT.couldNotRun,
    message: expect.stringContaining(message),
    help: expect.stringContaining(advice),
  })
})

test('the real wrangler: what is written is read back to the byte, and what is not there is not', {
  timeout: 30_000,
}, async () => {
  const place = await makeWorkplace()
  const store = remoteStore({ environment: undefined, isLocal: true, config: `${place.folder}/wrangler.toml` })
  const value = '{"text":"Value not found\\n é \\u2028"}'
  await store.put('history/0000000001', value)
  expect(await store.read(['history/0000000001', 'current'])).toEqual(new Map([['history/0000000001', value]]))
  expect(await store.list('history/')).toEqual(['history/0000000001'])
  await place.close()
})
