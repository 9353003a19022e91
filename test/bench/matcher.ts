/** The matcher and the loading of a release, by themselves, in this Node. */
import { decodeRelease } from '../../src/policy/decode.ts'
import { matchRequest } from '../../src/policy/matcher.ts'
import { encodeRelease } from '../../src/policy/release.ts'
import { HOST, mapOf } from './map.ts'
import { median } from './numbers.ts'

export interface MatcherFigures {
  readonly rules: number
  readonly releaseBytes: number
  readonly encodeMilliseconds: number
  /** Parse, check everything, build the tree. */
  readonly loadMilliseconds: number
  readonly lookUpNanoseconds: number
}

export function measureMatcher(rules: number): MatcherFigures {
  const { document, paths } = mapOf(rules)
  const encodeStart = performance.now()
  const text = encodeRelease(document)
  const encodeMilliseconds = performance.now() - encodeStart
  const loads = Array.from({ length: 7 }, () => timed(() => decodeRelease(text)))
  const release = decodeRelease(text)
  if (!release.ok) throw new Error(release.error)
  const { table } = release.value
  // Fresh strings, as they come off the wire: a literal's hash is already known, a request's never is.
  const rounds = Array.from({ length: 15 }, () => {
    const requests = Array.from({ length: 20_000 }, (_, index) =>
      Buffer.from(paths[(index * 7919) % paths.length] ?? '').toString('latin1'),
    )
    return timed(() => {
      for (const path of requests)
        if (matchRequest(table, HOST, path, 'GET').kind === 'ambiguous') throw new Error('unexpected')
    })
  })
  return {
    rules,
    releaseBytes: Buffer.byteLength(text),
    encodeMilliseconds,
    loadMilliseconds: median(loads),
    lookUpNanoseconds: (median(rounds) * 1e6) / 20_000,
  }
}

function timed(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}
