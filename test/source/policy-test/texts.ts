/** A small map, and policy tests of it from text. */
import { decodeRelease, type Release } from '../../../src/policy/decode.ts'
import { encodeRelease } from '../../../src/policy/release.ts'
import type { TestFile } from '../../../src/source/policy-test/model.ts'
import { readPolicyTests, type TestsReading } from '../../../src/source/policy-test/read-tests.ts'
import { runPolicyTests, type Tested } from '../../../src/source/policy-test/run-tests.ts'
import type { MapReading } from '../../../src/source/read-map.ts'
import { filesOf, labelOf, readTexts, type Texts, TODAY } from '../maps.ts'

export const MAP: Texts = {
  'gateway.yaml': `hosts: [api.example.com]
environments:
  test:
    resource: https://api.test
    audience: https://api.test
    issuers: [{ issuer: https://login.test, keys: oidc, algorithms: [ES256], maxLifetime: 10m }]
    upstream: zone
    hostAliases: { api.test: api.example.com }
    mode: observe
    queryToken: reject
`,
  'shop.yaml': `service: shop
description: D.
owner: o
scopes:
  shop:read: { reason: R., sensitivity: low }
  shop:write: { reason: R., sensitivity: low, stepUp: { acr: phr, maxAge: 5m } }
  shop:all: { reason: R., sensitivity: low, implies: [shop:read, shop:write] }
  shop:old: { reason: R., sensitivity: low, deprecated: { since: 2026-01-01, sunset: 2026-12-01 } }
routes:
  /items: { GET: shop:read, POST: { allOf: [shop:read, shop:write] } }
  /items/{id}: { GET: { anyOf: [shop:read, shop:old] }, DELETE: { scope: shop:write, clients: desk, maxTokenAge: 1m } }
  /mine: { GET: { authenticated: Everybody has a profile. } }
  /health: { GET: { public: Probes. } }
`,
}

const readings = new Map<Texts, MapReading>()

/** Reads each map once: the tests ask for the same one again and again. */
function mapOf(map: Texts): MapReading {
  const reading = readings.get(map) ?? readTexts(map)
  readings.set(map, reading)
  return reading
}

export const readTests = (text: string, map = MAP, path = 'tests/t.yaml'): TestsReading =>
  readPolicyTests(filesOf({ [path]: text }), mapOf(map).map)

/** `rule@file:line:column message`. */
export const problemsOf = (text: string, map = MAP): readonly string[] =>
  readTests(text, map).diagnostics.map((each) => `${labelOf(each)} ${each.message}${each.help ? `; ${each.help}` : ''}`)

export function mapRelease(map = MAP): Release {
  const { release } = mapOf(map)
  const decoded = release && decodeRelease(encodeRelease(release))
  if (!decoded?.ok) throw new Error('the map is broken')
  return decoded.value
}

export function soundTests(text: string, map = MAP): readonly TestFile[] {
  const { files, diagnostics } = readTests(text, map)
  if (files.length === 0) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return files
}

export const runTexts = (text: string, map = MAP, environment?: 'test'): readonly Tested[] => {
  const found = mapOf(map).environments?.find(({ name }) => name === environment)
  return runPolicyTests(soundTests(text, map), {
    release: mapRelease(map),
    pathBytes: 4096,
    today: TODAY,
    ...(found && { environment: found }),
  })
}

/** One case: what each caller is expected to get, and whether that is so. */
export const verdicts = (text: string, environment?: 'test'): Readonly<Record<string, boolean>> =>
  Object.fromEntries(
    runTexts(text, MAP, environment).map(({ test, expectation, passed }) => [
      `${test.text} ${expectation.caller}`,
      passed,
    ]),
  )
