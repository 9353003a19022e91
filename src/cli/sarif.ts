/** Diagnostics as SARIF 2.1.0, for code scanning and every other tool that reads it. */
import { createHash } from 'node:crypto'
import {
  type Diagnostic,
  type DiagnosticRule,
  FIRM_RULES,
  isFirm,
  LINT_LEVELS,
  type Place,
} from '../source/diagnostic.ts'
import type { Excused } from '../source/lint/settle.ts'
import { RULE_NOTES } from '../source/rule-notes.ts'

export interface SarifOptions {
  readonly version: string
  /** Where the page of the rules is on the web, without a fragment; absent where nobody knows. */
  readonly page?: string
  readonly excused: readonly Excused[]
}

/** A log with one run. Paths are those of the diagnostics, relative to the root of the repository. */
export function sarifLog(diagnostics: readonly Diagnostic[], { version, page, excused }: SarifOptions): object {
  const driver = {
    name: 'scopewall',
    semanticVersion: version,
    ...(page !== undefined && { informationUri: page }),
    rules: RULES.map((rule) => describeRule(rule, page)),
  }
  const results = withFingerprints(diagnostics).map(([each, fingerprint]) => describeResult(each, fingerprint))
  const run = {
    tool: { driver },
    columnKind: 'utf16CodeUnits',
    originalUriBaseIds: { [ROOT]: { description: { text: 'The root of the repository.' } } },
    results,
    // What the map itself excuses: on record, but no result, which would be shown as open.
    properties: { excused },
  }
  return { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] }
}

const ROOT = '%SRCROOT%'
const PAGE = 'docs/lint.md'

const isRule = (name: string): name is DiagnosticRule => Object.hasOwn(RULE_NOTES, name)
const RULES: readonly DiagnosticRule[] = [...Object.keys(FIRM_RULES), ...Object.keys(LINT_LEVELS)].filter(isRule)

function describeRule(rule: DiagnosticRule, page: string | undefined): object {
  const note = RULE_NOTES[rule]
  const level = isFirm(rule) ? 'error' : LINT_LEVELS[rule]
  const firm = isFirm(rule)
    ? 'It is always an error.'
    : `Its level is \`${level}\` unless \`gateway.yaml\` sets another.`
  return {
    id: rule,
    name: rule.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: note },
    fullDescription: { text: `${note} ${firm}` },
    help: {
      text: `${note} ${firm} ${PAGE}#${rule} says why it matters, with a bad and a good example.`,
      markdown: `${note} ${firm}\n\nWhy it matters, with a bad and a good example: \`${PAGE}#${rule}\`.`,
    },
    ...(page !== undefined && { helpUri: `${page}#${rule}` }),
    defaultConfiguration: level === 'off' ? { enabled: false, level: 'warning' } : { enabled: true, level },
    properties: {
      tags: ['security', 'authorization'],
      precision: 'high',
      'problem.severity': level === 'error' ? 'error' : 'warning',
    },
  }
}

function describeResult(
  { rule, severity, at, message, help, subject, related }: Diagnostic,
  fingerprint: string,
): object {
  return {
    ruleId: rule,
    ruleIndex: RULES.indexOf(rule),
    level: severity,
    message: { text: help === undefined ? message : `${message}\nHelp: ${help}` },
    locations: [
      {
        physicalLocation: physicalLocation(at),
        ...(subject !== undefined && { logicalLocations: [{ fullyQualifiedName: subject }] }),
      },
    ],
    ...(related.length > 0 && {
      relatedLocations: related.map((other, index) => ({
        id: index + 1,
        physicalLocation: physicalLocation(other.at),
        message: { text: other.message },
      })),
    }),
    partialFingerprints: { 'scopewall/v1': fingerprint, primaryLocationLineHash: fingerprint },
  }
}

const physicalLocation = ({ file, line, column }: Place): object => ({
  artifactLocation: { uri: uriOf(file), uriBaseId: ROOT },
  region: { startLine: line, startColumn: column },
})

const uriOf = (file: string): string => file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/')

/** The same for the same finding when lines move: by what it is about and, where several are alike, which of them it is. */
function withFingerprints(diagnostics: readonly Diagnostic[]): readonly (readonly [Diagnostic, string])[] {
  const counts = new Map<string, number>()
  return diagnostics.map((each) => {
    const key = JSON.stringify([each.rule, uriOf(each.at.file), each.subject ?? each.message])
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return [each, createHash('sha256').update(`${key} ${count}`).digest('hex').slice(0, 32)]
  })
}
