import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { isHmacOf, isSameSecret } from '../../src/token/shared-secret.ts'

test.each([
  ['secret', 'secret', true],
  ['secret', 'Secret', false],
  ['secret', 'secret ', false],
  ['', 'secret', false],
  ['secre', 'secret', false],
  ['ü', 'ü', true],
])('%o against %o', async (given, expected, isSame) => {
  expect(await isSameSecret(given, expected)).toBe(isSame)
})

test('an HMAC is of this text and under this secret, in hexadecimal digits', async () => {
  const hex = createHmac('sha256', 'key').update('text').digest('hex')
  expect(await isHmacOf('text', 'key', hex)).toBe(true)
  expect(await isHmacOf('text', 'key', hex.toUpperCase())).toBe(true)
  expect(await isHmacOf('text2', 'key', hex)).toBe(false)
  expect(await isHmacOf('text', 'key2', hex)).toBe(false)
  for (const other of [
    '',
    hex.slice(2),
    `${hex}00`,
    hex.replace(/^../, 'zz'),
    createHmac('sha1', 'key').update('text').digest('hex'),
  ])
    expect(await isHmacOf('text', 'key', other), other).toBe(false)
})
