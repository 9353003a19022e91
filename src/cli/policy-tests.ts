/** The policy tests beside a map: found, read, run. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Release } from '../policy/decode.ts'
import type { Environment } from '../policy/environment.ts'
import { epochSeconds } from '../policy/result.ts'
import type { Diagnostic } from '../source/diagnostic.ts'
import type { TestThresholds } from '../source/model.ts'
import { type Coverage, coverageOf, reaches, type Share, shareOf } from '../source/policy-test/coverage.ts'
import type { TestFile } from '../source/policy-test/model.ts'
import { readPolicyTests } from '../source/policy-test/read-tests.ts'
import { runPolicyTests, type Tested } from '../source/policy-test/run-tests.ts'
import type { SourceFile } from '../source/source-text.ts'
import type { SoundMap } from './map.ts'

/** What was run, and what came of it. */
export interface TestRun {
  readonly folder: string
  readonly sources: readonly SourceFile[]
  readonly files: readonly TestFile[]
  readonly diagnostics: readonly Diagnostic[]
  readonly release: Release
  readonly environment?: Environment
  readonly tested: readonly Tested[]
  readonly coverage: Coverage
}

export const testsFolder = (scopes: string): string => join(scopes, 'tests')

/** Every YAML file below `<scopes>/tests`, or none where there is no such folder. */
export async function loadTestFiles(scopes: string): Promise<readonly SourceFile[]> {
  const folder = testsFolder(scopes)
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const tests = names.filter((name) => /\.ya?ml$/.test(name)).sort()
  return Promise.all(
    tests.map(async (name) => ({ path: join(folder, name), bytes: await readFile(join(folder, name)) })),
  )
}

/** Runs what could be read; with an environment, as it is judged there. */
export function runTests(
  scopes: string,
  sources: readonly SourceFile[],
  map: SoundMap,
  environment?: Environment,
): TestRun {
  const today = new Date().toISOString().slice(0, 10)
  const { release } = map
  const { files, diagnostics } = readPolicyTests(sources, map.map)
  const pathBytes = map.environments[0]?.limits.pathBytes ?? 0
  const tested = runPolicyTests(files, { release, pathBytes, today, ...(environment && { environment }) })
  return {
    folder: testsFolder(scopes),
    sources,
    files,
    diagnostics,
    release,
    ...(environment && { environment }),
    tested,
    coverage: coverageOf(release, tested, epochSeconds(Date.parse(today))),
  }
}

/** A threshold, and what is there. */
export interface Threshold {
  readonly name: 'rules' | 'scopes'
  readonly percent: number
  readonly share: Share
  readonly isReached: boolean
}

/** Only what was asked for. */
export function thresholdsOf(
  { rules, scopes }: Coverage,
  { minRules, minScopes }: TestThresholds,
): readonly Threshold[] {
  const threshold = (name: Threshold['name'], share: Share, percent: number | undefined) =>
    percent === undefined ? [] : [{ name, percent, share, isReached: reaches(share, percent) }]
  return [...threshold('rules', shareOf(rules), minRules), ...threshold('scopes', shareOf(scopes), minScopes)]
}
