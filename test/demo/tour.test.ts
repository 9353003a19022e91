/** The tour as a person takes it: every line pasted into a shell, against the built Worker, the issuer and the origin. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CAST } from '../../demo/cast.ts'
import { type Issuer, startIssuer } from '../../demo/issuer.ts'
import { type Origin, startOrigin } from '../../demo/origin.ts'
import { relocate } from '../../demo/relocate.ts'
import { createTour, type TourStep } from '../../demo/tour.ts'
import { fetchToken, send, startTraffic } from '../../demo/traffic.ts'
import { EVENTS_PATH, RECEIVER, UNKNOWN_SCOPE } from '../../demo/world.ts'
import type { ReleaseDocument } from '../../src/policy/release.ts'
import { OWN_PREFIX } from '../../src/policy/reserved.ts'
import { readMap } from '../../src/source/read-map.ts'
import { parseChallenge } from '../support/challenge.ts'
import { type RunningGate, startGate } from '../support/gate.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Before every review date of the example map. */
const TODAY = '2026-11-01'

let release: ReleaseDocument
let issuer: Issuer
let origin: Origin
let gate: RunningGate

async function readExampleMap(moves: ReadonlyMap<number, number>) {
  const names = (await readdir(join(ROOT, 'scopes'))).filter((name) => name.endsWith('.yaml'))
  const files = names.map(async (path) => {
    const text = relocate(await readFile(join(ROOT, 'scopes', path), 'utf8'), moves)
    return { path, bytes: new TextEncoder().encode(text) }
  })
  const { release, environments, diagnostics } = readMap(await Promise.all(files), TODAY)
  const environment = environments?.find(({ name }) => name === 'development')
  if (release === undefined || environment === undefined) throw new Error(JSON.stringify(diagnostics))
  return { release, environment }
}

beforeAll(async () => {
  const scopes = Object.keys((await readExampleMap(new Map())).release.scopes)
  issuer = await startIssuer({
    port: 0,
    scopes: [...scopes, UNKNOWN_SCOPE],
    receiver: () => ({ url: `http://127.0.0.1:${gate.port}${EVENTS_PATH}`, audience: RECEIVER }),
  })
  origin = await startOrigin({ port: 0 })
  const moves = new Map([
    [9400, issuer.port],
    [9401, origin.port],
  ])
  const map = await readExampleMap(moves)
  release = map.release
  gate = await startGate({ environment: map.environment, document: release })
})

afterAll(() => Promise.all([gate.close(), issuer.close(), origin.close()]))

interface Answer {
  readonly status: number
  readonly challenge: string | null
  readonly code: unknown
}

const SEPARATOR = '=====\n'

/** Pastes all steps into one shell. curl reaches the gate wherever it listens, under the address that the tour says. */
async function takeTour(steps: readonly TourStep[]): Promise<readonly Answer[]> {
  const home = await mkdtemp(join(tmpdir(), 'scopewall-tour-'))
  await writeFile(join(home, '.curlrc'), `connect-to = "localhost:8787:127.0.0.1:${gate.port}"\n`)
  const lines = steps.flatMap(({ before, command }) => [before, command, `printf '\\n${SEPARATOR.trim()}\\n'`])
  const { stdout } = await promisify(execFile)('sh', ['-c', lines.filter((line) => line !== undefined).join('\n')], {
    cwd: ROOT,
    env: { ...process.env, CURL_HOME: home },
  })
  await rm(home, { recursive: true })
  return stdout.split(SEPARATOR).slice(0, -1).map(parseAnswer)
}

function parseAnswer(text: string): Answer {
  const [head = '', body = ''] = text.trim().split('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
    challenge: /^www-authenticate: (.+)$/im.exec(head)?.[1]?.trim() ?? null,
    code: body === '' ? undefined : JSON.parse(body).code,
  }
}

/** Each line starts a process. */
const PATIENTLY = { timeout: 60_000 }

test('every call of the traffic is answered as it says', async () => {
  const answers = await Promise.all(
    CAST.map(async (actor) => {
      const token = await fetchToken(actor, issuer.url)
      const statuses: number[] = []
      for (const call of actor.calls) statuses.push(await send(call, `http://127.0.0.1:${gate.port}`, token))
      return [actor.name, statuses]
    }),
  )
  expect(answers).toEqual(CAST.map(({ name, calls }) => [name, calls.map(({ status }) => status)]))
})

test('traffic begins by itself, and none comes after it was stopped', async () => {
  const before = origin.requests.length
  const hasty = CAST.map((actor) => ({ ...actor, pauseSeconds: 0.01 }))
  const stop = startTraffic({ gateUrl: `http://127.0.0.1:${gate.port}`, issuerUrl: issuer.url }, hasty)
  await expect.poll(() => origin.requests.length, { timeout: 10_000 }).toBeGreaterThan(before + 20)
  await stop()
  // What was on its way may still arrive.
  await setTimeout(300)
  const after = origin.requests.length
  await setTimeout(300)
  expect(origin.requests.length).toBe(after)
})

test('every step of the tour brings what it says', PATIENTLY, async () => {
  const { steps } = createTour({ gateUrl: 'http://localhost:8787', issuerUrl: issuer.url, scopes: 'scopes' })
  const answers = await takeTour(steps)
  expect(answers).toHaveLength(steps.length)
  for (const [index, { title, expected }] of steps.entries()) {
    const answer = answers[index]
    expect.soft({ status: answer?.status, code: answer?.code }, title).toEqual({
      status: expected.status,
      code: expected.code,
    })
    expectChallenge(title, answer?.challenge ?? null, expected.challenge)
  }
})

function expectChallenge(title: string, value: string | null, expected: TourStep['expected']['challenge']): void {
  if (expected === undefined) {
    expect.soft(value, title).toBeNull()
    return
  }
  const { scheme, parameters } = parseChallenge(value)
  const { realm, resource_metadata, error } = parameters
  expect.soft(parameters, title).toMatchObject(expected)
  expect.soft({ scheme, realm, resource_metadata, error }, title).toEqual({
    scheme: 'Bearer',
    realm: 'localhost:8787',
    resource_metadata: 'http://localhost:8787/.well-known/oauth-protected-resource',
    error: expected.error,
  })
}

test('the commands that stop a scope for everybody and take it back do so', PATIENTLY, async () => {
  const { revoke } = createTour({ gateUrl: `http://localhost:${gate.port}`, issuerUrl: issuer.url, scopes: 'scopes' })
  const [scopes = '', token = '', stop = '', list = '', undo = '', ...others] = revoke
  const stopped = await paste([scopes, token, stop])
  const entry = /entry (\d+)/.exec(stopped)?.[1] ?? ''
  const told = await paste([scopes, token, list, undo.replace('<entry>', entry), ...others])
  expect(told).toContain('A tour of the gate.')
  expect(told).toContain(`undone entry ${entry}`)
  // Of the tour that was taken before.
  expect(told).toContain('invoices:read')
  expect(told).toMatch(/^intact /m)
})

/** Rejects where one of the lines fails. */
async function paste(lines: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-ec', lines.join('\n')], { cwd: ROOT })
  return stdout
}

test('the origin has a route for every rule of the example map', async () => {
  for (const { method, path } of release.rules) {
    // Those that the gate answers by itself.
    if (path.startsWith(OWN_PREFIX)) continue
    const target = path.replace(/\{[^}]+\}/g, 'x')
    const reader = new AbortController()
    const response = await fetch(origin.url + target, { method, signal: reader.signal })
    const answer = response.status === 404 ? await response.text() : ''
    expect.soft(answer, `${method} ${path}`).not.toContain('no_route')
    reader.abort()
  }
})
