/** `npm run bench:diff`: two maps of 11,000 rules, read from YAML and compared; seconds of the clock and of the processor, and the most memory that was needed. */
import type { EpochSeconds } from '../../src/policy/result.ts'
import { compareVersions, type Version } from '../../src/source/diff/difference.ts'
import type { FileMemory } from '../../src/source/parse.ts'
import { compileMap } from '../../src/source/read-map.ts'
import type { SourceFile } from '../../src/source/source-text.ts'
import { mapFiles } from './map-files.ts'

const RULES = 11_000
const SERVICES = 12
const NOW = (Date.parse('2026-12-01T00:00:00Z') / 1000) as EpochSeconds

function read(files: readonly SourceFile[], memory: FileMemory): Version {
  const compiled = compileMap(files, memory)
  if (!compiled.ok) throw new Error(compiled.error[0]?.message)
  const { loaded, environments } = compiled.value
  return { release: loaded.release, environments }
}

const before = mapFiles(RULES, SERVICES)

/** Another text in the first files of services. */
const edited = (services: number, from: string, to: string): readonly SourceFile[] =>
  before.map((file, index) => {
    if (index === 0 || index > services) return file
    return { ...file, bytes: Buffer.from(Buffer.from(file.bytes).toString().replace(from, to)) }
  })

const CASES: readonly (readonly [string, readonly SourceFile[]])[] = [
  ['nothing', before],
  ['a service stricter', edited(1, 'basePath: /v1', 'basePath: /v1\nmaxTokenAge: 5m')],
  ['every rule stricter', edited(SERVICES, 'basePath: /v1', 'basePath: /v1\nmaxTokenAge: 5m')],
  ['a service moved', edited(1, 'basePath: /v1', 'basePath: /v2')],
  ['every path moved', edited(SERVICES, 'basePath: /v1', 'basePath: /v2')],
]

console.log(`Two maps of ${RULES} rules in ${before.length} files`)
console.log('what differs          routes   read both s (CPU)   compare s (CPU)   most memory MB')
for (const [name, after] of CASES) {
  const start = usage()
  // As the command does: what is the same on both sides is read once.
  const known: FileMemory = new Map()
  const [old, next] = [read(before, known), read(after, known)]
  const middle = usage()
  const { routes } = compareVersions(old, next, NOW)
  const times = [between(start, middle).padStart(19), between(middle, usage()).padStart(17)]
  const memory = (process.resourceUsage().maxRSS / 1024).toFixed(0).padStart(16)
  console.log(`${name.padEnd(20)} ${String(routes.length).padStart(7)} ${times.join(' ')} ${memory}`)
}

function usage() {
  const { user, system } = process.cpuUsage()
  return { clock: performance.now() / 1000, processor: (user + system) / 1e6 }
}

function between(from: ReturnType<typeof usage>, to: ReturnType<typeof usage>): string {
  return `${(to.clock - from.clock).toFixed(2)} (${(to.processor - from.processor).toFixed(2)})`
}
