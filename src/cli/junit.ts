/** Policy tests as JUnit XML, which CI systems show: a suite for each file, a case for each request and caller. */
import type { Tested } from '../source/policy-test/run-tests.ts'
import type { TestRun } from './policy-tests.ts'
import { describeDecided, describeExpected } from './test-report.ts'

export function renderJunit({ files, tested }: TestRun): string {
  const suites = files.flatMap(({ path, about }) => {
    const own = tested.filter(({ file }) => file.path === path)
    if (own.length === 0) return []
    const failed = own.filter(({ passed }) => !passed).length
    return [
      `  <testsuite name="${escaped(about)}" file="${escaped(path)}" tests="${own.length}" failures="${failed}">`,
      ...own.map(renderCase),
      '  </testsuite>',
    ]
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="scopewall test">',
    ...suites,
    '</testsuites>',
  ].join('\n')
}

function renderCase({ file, test, expectation, decision, passed }: Tested): string {
  const { caller, expected, at } = expectation
  const named = `name="${escaped(`${test.text} as ${caller}`)}" classname="${escaped(file.path)}" file="${escaped(at.file)}" line="${at.line}"`
  if (passed) return `    <testcase ${named}/>`
  const message = `expected ${describeExpected(expected)}, decided ${describeDecided(decision, expected)}`
  const rule = `${at.file}:${at.line}:${at.column} ${decision.rule?.id ?? 'no rule'}`
  return `    <testcase ${named}><failure message="${escaped(message)}">${escaped(rule)}</failure></testcase>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Control characters have no spelling in XML 1.0. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
