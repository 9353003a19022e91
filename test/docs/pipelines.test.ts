/** The pipelines that people copy: sound YAML, and what is promoted is what was published. `commands.test.ts` looks at their commands. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const read = (name: string) => readFileSync(new URL(`../../docs/pipelines/${name}.yml`, import.meta.url), 'utf8')

/** The words behind each `scopewall --`, up to what the shell takes for itself. */
const calls = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/scopewall -- ([^|>;\n]+)/g)].map(([, words = '']) => words.trim().split(/\s+/))

describe.each(['github', 'gitlab'])('the pipeline for %s', (name) => {
  const text = read(name)

  test('checks, tests, compares, publishes, waits and promotes', () => {
    const found = calls(text)
    expect(new Set(found.map(([command]) => command))).toEqual(
      new Set(['check', 'test', 'diff', 'publish', 'wait', 'promote']),
    )
  })

  test('promotes what it published, by its digest', () => {
    const [promote] = calls(text).filter(([command]) => command === 'promote')
    expect(promote).toEqual(['promote', 'staging', 'production', '--expect', '"$DIGEST"'])
  })
})

test('on GitHub only the comment may write, and nothing keeps its credentials', () => {
  const { permissions, jobs } = parse(read('github'))
  expect(permissions).toEqual({ contents: 'read' })
  expect(jobs.diff.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' })
  for (const job of Object.values<{ permissions?: unknown; steps: { uses?: string; with?: object }[] }>(jobs)) {
    if (job !== jobs.diff) expect(job.permissions).toBeUndefined()
    for (const { uses, with: settings } of job.steps)
      if (uses?.startsWith('actions/checkout@')) expect(settings).toMatchObject({ 'persist-credentials': false })
  }
  expect([jobs.publish.environment, jobs.promote.environment]).toEqual(['staging', 'production'])
})

test('on GitHub no text of a pull request reaches a shell', () => {
  const { jobs } = parse(read('github'))
  const scripts = Object.values<{ steps: { run?: string }[] }>(jobs).flatMap(({ steps }) =>
    steps.map(({ run }) => run ?? ''),
  )
  expect(scripts.filter((script) => script.includes('${{'))).toEqual([])
})

test('on GitLab production waits for somebody', () => {
  const { promote } = parse(read('gitlab'))
  expect(promote.environment).toBe('production')
  expect(promote.rules).toEqual([expect.objectContaining({ when: 'manual' })])
})
