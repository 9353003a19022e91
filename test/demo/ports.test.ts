import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { findFreePort } from '../../demo/ports.ts'

test('a free port is taken as it is, and a taken one is replaced', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const replacement = await findFreePort(port)
  expect(replacement).not.toBe(port)
  expect(replacement).toBeGreaterThan(0)
  server.close()
  await once(server, 'close')
  expect(await findFreePort(port)).toBe(port)
})
