import { expect, test } from 'vitest'
import { runChild, startChild } from '../../demo/processes.ts'

/** A node process that runs this script, and what it has said. */
function script(code: string) {
  const said: string[] = []
  const options = {
    name: 'the child',
    command: process.execPath,
    args: ['-e', code],
    folder: import.meta.dirname,
    environment: { GREETING: 'hello' },
    onOutput: (text: string) => said.push(text),
  }
  return { options, said }
}

const SLEEP = 'setInterval(() => {}, 1000)'
/** Starts a grandchild that shares the output: the output ends only when both are gone. */
const PARENT = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(SLEEP)}], { stdio: 'inherit' })`

test('a child that ends well resolves, and is heard on both streams', async () => {
  const { options, said } = script('console.log(process.env.GREETING); console.error(process.cwd())')
  await runChild(options)
  expect(said.join('').split('\n').sort()).toEqual(['', import.meta.dirname, 'hello'])
})

test('a child that fails is told by its name, its end and its last words', async () => {
  const { options } = script("console.log('the disk is full'); process.exitCode = 3")
  await expect(runChild(options)).rejects.toThrow(/the child ended with 3\nthe disk is full/)
})

test('a command that does not exist is a failure like any other', async () => {
  const { options } = script('')
  await expect(runChild({ ...options, command: '/no/such/command' })).rejects.toThrow(/ENOENT/)
})

test('stopping takes grandchildren along', async () => {
  const child = startChild(script(`${PARENT}; ${SLEEP}`).options)
  await child.stop()
  expect(await child.ended).toBe('SIGTERM')
})

test('a child that dies takes its own children along', async () => {
  const child = startChild(script(`${PARENT}; setTimeout(() => process.exit(7), 200)`).options)
  expect(await child.ended).toBe(7)
})

test('a child that will not stop is stopped for certain', async () => {
  const { options, said } = script(`process.on('SIGTERM', () => {}); console.log('deaf'); ${SLEEP}`)
  const child = startChild(options)
  await expect.poll(() => said.join('')).toContain('deaf')
  await child.stop()
  expect(await child.ended).toBe('SIGKILL')
})
