/** `npm run bench:diff`: two maps of 11,000 rules, read from YAML and compared; seconds, and the most memory that was needed. */
import { stringify } from 'yaml'
import { decodeRelease } from '../../src/policy/decode.ts'
import { encodeRelease, type RuleEntry } from '../../src/policy/release.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import { compareVersions, type Version } from '../../src/source/diff/difference.ts'
import { readMap } from '../../src/source/read-map.ts'
import type { SourceFile } from '../../src/source/source-text.ts'
import { mapOf } from './map.ts'

const RULES = 11_000
const SERVICES = 50
const NOW = (Date.parse('2026-11-01T00:00:00Z') / 1000) as EpochSeconds

const GATEWAY = `hosts: [api.example.com]
environments:
  test:
    resource: https://api.example.com
    audience: https://api.example.com
    issuers: [{ issuer: https://login.example.com, keys: oidc, algorithms: [ES256] }]
    upstream: zone
`

/** A map as a repository has it: a file a service. */
function filesOf(rules: readonly RuleEntry[]): readonly SourceFile[] {
  const services = new Map<string, Record<string, Record<string, unknown>>>()
  for (const { path, method, anyOf } of rules) {
    const number = Number(/resource-(\d+)/.exec(path)?.[1]) % SERVICES
    const routes = services.get(`service-${number}`) ?? {}
    services.set(`service-${number}`, routes)
    routes[path] = {
      ...routes[path],
      [method]: { allOf: (anyOf?.[0] ?? []).map((name) => `service-${number}:${name.slice(6)}`) },
    }
  }
  const encoder = new TextEncoder()
  const files = [...services].map(([service, routes]) => {
    const names = new Set(JSON.stringify(routes).match(/service-\d+:scope-\d+/g))
    const scopes = Object.fromEntries([...names].map((name) => [name, { reason: 'Measured.', sensitivity: 'low' }]))
    const text = stringify({ service, description: 'Bench.', owner: 'bench', scopes, routes })
    return { path: `${service}.yaml`, bytes: encoder.encode(text) }
  })
  return [...files, { path: 'gateway.yaml', bytes: encoder.encode(GATEWAY) }]
}

function read(files: readonly SourceFile[]): Version {
  const { release: document, environments, diagnostics } = readMap(files, '2026-11-01')
  if (document === undefined || environments === undefined) throw new Error(diagnostics[0]?.message)
  const release = decodeRelease(encodeRelease(document))
  if (!release.ok) throw new Error(release.error)
  return { release: release.value, environments }
}

const { document } = mapOf(RULES)
const change = (every: number, to: (rule: RuleEntry) => RuleEntry): readonly RuleEntry[] =>
  document.rules.map((rule, index) => (index % every === 0 ? to(rule) : rule))
const stricter = (rule: RuleEntry): RuleEntry => ({ ...rule, anyOf: [[...(rule.anyOf?.[0] ?? []), 'bench:scope-99']] })
const moved = (rule: RuleEntry): RuleEntry => ({ ...rule, path: rule.path.replace('/v1/', '/v2/') })

const CASES: readonly (readonly [string, readonly RuleEntry[]])[] = [
  ['nothing', document.rules],
  ['11 rules stricter', change(1000, stricter)],
  ['every rule stricter', change(1, stricter)],
  ['literals removed', document.rules.filter(({ path }) => !path.endsWith('/export'))],
  ['every path moved', change(1, moved)],
]

console.log(`Two maps of ${RULES} rules in ${SERVICES + 1} files`)
console.log('what differs            routes   read s   compare s   CPU s   most memory MB')
const before = filesOf(document.rules)
for (const [name, rules] of CASES) {
  const after = filesOf(rules)
  const start = performance.now()
  const [old, next] = [read(before), read(after)]
  const middle = performance.now()
  const cpu = process.cpuUsage()
  const { routes } = compareVersions(old, next, NOW)
  const end = performance.now()
  const seconds = [middle - start, end - middle, process.cpuUsage(cpu).user / 1000].map((ms) => (ms / 1000).toFixed(2))
  const memory = (process.resourceUsage().maxRSS / 1024).toFixed(0)
  console.log(
    [
      name.padEnd(22),
      String(routes.length).padStart(7),
      ...seconds.map((each, index) => each.padStart([8, 11, 7][index] ?? 0)),
      memory.padStart(16),
    ].join(' '),
  )
}
