/** Finding a port that nobody listens on. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** `localhost` may mean either; a stranger on one of them would answer in our place. */
const LOOPBACK = ['127.0.0.1', '::1'] as const

/** Returns the preferred port where it is free, else any free one. Somebody may still take it before it is used. */
export async function findFreePort(preferred: number): Promise<number> {
  for (const host of LOOPBACK) {
    const taken = await isTaken(preferred, host)
    if (taken) return anyFreePort()
  }
  return preferred
}

/** A machine without IPv6 has no `::1`: only "in use" counts as taken. */
async function isTaken(port: number, host: string): Promise<boolean> {
  const server = createServer().listen(port, host)
  try {
    await once(server, 'listening')
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  } finally {
    server.close()
  }
}

async function anyFreePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK[0])
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
