/** A load of real HTTP over kept connections, and what it cost the server's process. */
import { readdirSync, readFileSync } from 'node:fs'
import http from 'node:http'

export interface Load {
  readonly requestsPerSecond: number
  /** Processor time of the server's whole process, user and system. */
  readonly cpuMicrosecondsPerRequest: number
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>
}

export interface Server {
  readonly port: number
  readonly pid: number
}

const CONNECTIONS = 8

/** Sends `count` requests; `authorization(n)` gives the header of the n-th, so that every token can be a new one. */
export async function load(
  server: Server,
  path: string,
  count: number,
  authorization: (n: number) => string | undefined,
): Promise<Load> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const statuses: Record<number, number> = {}
  let next = 0
  const cpuBefore = processorMilliseconds(server.pid)
  const start = performance.now()
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let n = next++; n < count; n = next++) {
        const status = await send(agent, server.port, path, authorization(n))
        statuses[status] = (statuses[status] ?? 0) + 1
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  const cpu = processorMilliseconds(server.pid) - cpuBefore
  agent.destroy()
  return { requestsPerSecond: count / seconds, cpuMicrosecondsPerRequest: (cpu * 1000) / count, statuses }
}

function send(agent: http.Agent, port: number, path: string, authorization: string | undefined): Promise<number> {
  const headers = {
    accept: 'application/json',
    'accept-encoding': 'gzip',
    'user-agent': 'bench',
    'x-request-id': '7d9f0c1e',
    ...(authorization !== undefined && { authorization }),
  }
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      })
      .on('error', reject)
  })
}

/** Time on a processor, of all threads, from the scheduler's own accounting in nanoseconds. */
export function processorMilliseconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
  )
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6
}
