/**
 * `npm run bench:map [rules]`: how long it takes to parse, lint and compile a map, and how much memory. A process of its own, so that the memory
 * is that of this alone; the first run is the one that people wait for, the others show what is left once the code is warm.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readMap } from '../../src/source/read-map.ts'
import { mapFiles } from './map-files.ts'

export interface CheckFigures {
  readonly rules: number
  readonly scopes: number
  readonly files: number
  readonly bytes: number
  readonly findings: number
  readonly firstSeconds: number
  readonly firstCpuSeconds: number
  /** The median of the others. */
  readonly warmSeconds: number
  readonly peakMemoryBytes: number
}

const SERVICES = 12
const RUNS = 5

function measureCheck(rules: number): CheckFigures {
  const files = mapFiles(rules, SERVICES)
  const first = timed(files)
  const peakMemoryBytes = peakMemory()
  const warm = Array.from({ length: RUNS }, () => timed(files).seconds).sort((a, b) => a - b)
  const { release, diagnostics } = first.reading
  return {
    rules: release?.rules.length ?? 0,
    scopes: Object.keys(release?.scopes ?? {}).length,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
    findings: diagnostics.length,
    firstSeconds: first.seconds,
    firstCpuSeconds: first.cpuSeconds,
    warmSeconds: warm[Math.floor(RUNS / 2)] ?? 0,
    peakMemoryBytes,
  }
}

function timed(files: ReturnType<typeof mapFiles>) {
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  const reading = readMap(files, '2026-12-01')
  const { user, system } = process.cpuUsage(cpu)
  return { reading, seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 }
}

/** Linux counts the largest of a process apart from that of whoever started it. */
function peakMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  const [, kibibytes = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kibibytes) * 1024
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const figures = measureCheck(Number(positionals[0] ?? 11_000))
if (values.json) console.log(JSON.stringify(figures))
else
  console.log(
    [
      `${figures.rules} rules, ${figures.scopes} scopes, ${figures.files} files, ${(figures.bytes / 1024).toFixed(0)} KiB, ${figures.findings} findings`,
      `parse, lint and compile  first ${figures.firstSeconds.toFixed(2)} s (${figures.firstCpuSeconds.toFixed(2)} s of CPU), warm ${figures.warmSeconds.toFixed(2)} s`,
      `peak memory of the first ${(figures.peakMemoryBytes / 1024 / 1024).toFixed(0)} MiB`,
    ].join('\n'),
  )
