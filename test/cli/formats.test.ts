/** What `check` writes for other tools: SARIF, annotations of GitHub, and the changes of `--fix` as a diff. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderAnnotations } from '../../src/cli/annotations.ts'
import { fixMap } from '../../src/cli/fix-map.ts'
import { unifiedDiff } from '../../src/cli/line-diff.ts'
import { sarifLog } from '../../src/cli/sarif.ts'
import { type Diagnostic, diagnostic, FIRM_RULES, LINT_LEVELS } from '../../src/source/diagnostic.ts'
import { readMap } from '../../src/source/read-map.ts'
import { filesOf, scopesOf, TODAY } from '../source/maps.ts'

const AT = { file: 'scopes/my invoices.yaml', line: 3, column: 7 }
const FOUND = diagnostic('unused-scope', {
  at: AT,
  subject: 'a:b',
  message: 'the scope `a:b` lets no request in',
  help: 'remove it',
  related: [{ message: 'here, too', at: { ...AT, line: 9 } }],
})

interface Sarif {
  readonly version: string
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly Record<string, unknown>[] } }
    readonly results: readonly (Record<string, unknown> & { readonly partialFingerprints: Record<string, string> })[]
    readonly properties: { readonly excused: readonly unknown[] }
  }[]
}

const logOf = (diagnostics: readonly Diagnostic[], page?: string): Sarif =>
  JSON.parse(JSON.stringify(sarifLog(diagnostics, { version: '1.0.0', excused: [], ...(page && { page }) })))

const runOf = (diagnostics: readonly Diagnostic[], page?: string) => {
  const [run] = logOf(diagnostics, page).runs
  if (run === undefined) throw new Error('no run')
  return run
}

describe('SARIF', () => {
  test('has a result with its place, from the root of the repository', () => {
    const { results, tool } = runOf([FOUND])
    const physicalLocation = {
      artifactLocation: { uri: 'scopes/my%20invoices.yaml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 3, startColumn: 7 },
    }
    expect(results).toMatchObject([
      {
        ruleId: 'unused-scope',
        level: 'warning',
        message: { text: 'the scope `a:b` lets no request in\nHelp: remove it' },
        locations: [{ physicalLocation, logicalLocations: [{ fullyQualifiedName: 'a:b' }] }],
        relatedLocations: [{ id: 1, message: { text: 'here, too' }, physicalLocation: { region: { startLine: 9 } } }],
      },
    ])
    expect(tool.driver.rules[Number(results[0]?.ruleIndex)]?.id).toBe('unused-scope')
  })

  test('knows every rule, its level and where it is explained', () => {
    const { rules } = runOf([], 'https://example.com/docs/lint.md').tool.driver
    expect(rules.map(({ id }) => id)).toEqual([...Object.keys(FIRM_RULES), ...Object.keys(LINT_LEVELS)])
    for (const rule of rules) {
      expect.soft(rule.helpUri).toBe(`https://example.com/docs/lint.md#${rule.id}`)
      expect.soft(rule.name).toMatch(/^([A-Z][a-z0-9]*)+$/)
      expect.soft(rule.shortDescription).toEqual({ text: expect.stringMatching(/^[A-Z`].*\.$/) })
    }
    const levelOf = (id: string) => rules.find((rule) => rule.id === id)?.defaultConfiguration
    expect(levelOf('review-overdue')).toEqual({ enabled: true, level: 'error' })
    expect(levelOf('redundant-implies')).toEqual({ enabled: false, level: 'warning' })
    expect(runOf([]).tool.driver.rules.every((rule) => rule.helpUri === undefined)).toBe(true)
  })

  test('gives a finding the same fingerprint when lines move, and two alike different ones', () => {
    const moved = { ...FOUND, at: { ...AT, line: 80 } }
    const other = { ...FOUND, subject: 'a:c' }
    const of = (diagnostics: readonly Diagnostic[]) =>
      runOf(diagnostics).results.map(({ partialFingerprints }) => partialFingerprints['scopewall/v1'])
    expect(of([moved])).toEqual(of([FOUND]))
    expect(new Set(of([FOUND, moved, other])).size).toBe(3)
  })
})

test('annotations name the place, and no text ends them early', () => {
  const tricky = { ...FOUND, at: { ...AT, file: 'a,b:c.yaml' }, message: '100%\r\n::error::gotcha', help: 'x' }
  expect(renderAnnotations([FOUND, tricky])).toBe(
    [
      '::warning file=scopes/my invoices.yaml,line=3,col=7,title=unused-scope::the scope `a:b` lets no request in%0Aremove it',
      '::warning file=a%2Cb%3Ac.yaml,line=3,col=7,title=unused-scope::100%25%0D%0A::error::gotcha%0Ax',
    ].join('\n'),
  )
})

describe('a diff', () => {
  test('shows what changes, with three lines around it', () => {
    const before = '1\n2\n3\n4\n5\n6\n7\n8\n9\n'
    expect(unifiedDiff('x.yaml', before, before.replace('5\n', 'five\n'))).toBe(
      '--- a/x.yaml\n+++ b/x.yaml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8',
    )
    expect(unifiedDiff('x.yaml', before, before)).toBe('')
  })

  test('holds what it takes to make one text of the other', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 30 })
      .map((lines) => `${lines.join('\n')}\n`)
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(apply(before, unifiedDiff('x', before, after))).toBe(after)
      }),
      { numRuns: 500 },
    )
  })

  /** As `patch` does. */
  function apply(text: string, diff: string): string {
    const old = text.slice(0, -1).split('\n')
    const lines: string[] = []
    let next = 0
    for (const hunk of diff.split(/^@@ /m).slice(1)) {
      const [head = '', ...body] = hunk.replace(/\n$/, '').split('\n')
      const [, start = '', count = '', , freshCount = ''] = /^-(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(head) ?? []
      lines.push(...old.slice(next, Number(start) - 1))
      next = Number(start) - 1 + Number(count)
      expect(body.filter((line) => line[0] !== '+').map((line) => line.slice(1))).toEqual(
        old.slice(Number(start) - 1, next),
      )
      const fresh = body.filter((line) => line[0] !== '-').map((line) => line.slice(1))
      expect(fresh).toHaveLength(Number(freshCount))
      lines.push(...fresh)
    }
    return `${[...lines, ...old.slice(next)].join('\n')}\n`
  }
})

test('`--fix` mends in rounds: what the map could not be compiled for, then what shows once it can', () => {
  const texts = scopesOf(
    '  a:b: { reason: R., sensitivity: low }\n',
    '  /x: { GET: { scope: a:b, clients: [c, c] } }\n  /y: { GET: { anyOf: [a:b, a:b] } }\n',
  )
  const files = filesOf(texts)
  const loaded = { files, ...readMap(files, TODAY) }
  expect(loaded.release).toBeUndefined()
  const { map, mended, changes } = fixMap(loaded, TODAY)
  expect([mended, map.diagnostics, changes.map(({ path }) => path)]).toEqual([2, [], ['tested.yaml']])
  expect(changes[0]?.after).toContain('clients: [c] } }\n  /y: { GET: { anyOf: [a:b] } }\n')
  expect(fixMap(map, TODAY)).toMatchObject({ mended: 0, changes: [] })
})
