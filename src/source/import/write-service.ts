/** What an importer found of a service -> the text of `scopes/<service>.yaml`. The same import makes the same text. */
import { RULE_METHODS } from '../../policy/method.ts'
import type { Sensitivity } from '../../policy/release.ts'
import { parseTemplate } from '../../policy/template.ts'
import { canonicalAlternatives } from '../compile.ts'
import { compareText } from '../diagnostic.ts'
import type { ImportedRequirement, ImportedRule, ImportedScope, ImportedService } from './imported.ts'
import { sentence, yamlKey, yamlText } from './yaml-text.ts'

/** What a map needs and no source knows. */
export interface Answers {
  readonly owner: string
  /** Of every scope. */
  readonly sensitivity: Sensitivity
  /** Of scopes that the source does not describe. */
  readonly reason: string
  /** `YYYY-MM-DD`, where `gateway.yaml` wants one of each scope. */
  readonly review?: string
}

/** `origin` says in a few words what it was imported from. */
export function writeService(service: ImportedService, answers: Answers, origin: string): string {
  const { name, description, hosts, scopes } = service
  return [
    '# yaml-language-server: $schema=schema/service.schema.json',
    `# Imported from ${sentence(origin)}. From here on this file is the source.`,
    `service: ${name}`,
    `description: ${yamlText(sentence(description ?? '') || `Imported from ${sentence(origin)}`)}`,
    `owner: ${yamlText(sentence(answers.owner))}`,
    ...(hosts.length === 0 ? [] : [`hosts: [${hosts.map(yamlText).join(', ')}]`]),
    ...(scopes.length === 0
      ? []
      : ['', 'scopes:', ...scopesByName(scopes).flatMap((each) => scopeLines(each, answers))]),
    ...(service.rules.length === 0 ? [] : ['', 'routes:', ...routeLines(service.rules)]),
    '',
  ].join('\n')
}

const scopesByName = (scopes: readonly ImportedScope[]): readonly ImportedScope[] =>
  scopes.toSorted((a, b) => compareText(a.name, b.name))

function scopeLines({ name, description }: ImportedScope, { sensitivity, reason, review }: Answers): readonly string[] {
  return [
    `  ${yamlKey(name)}:`,
    `    reason: ${yamlText(sentence(description ?? '') || sentence(reason))}`,
    `    sensitivity: ${sensitivity}`,
    ...(review === undefined ? [] : [`    review: ${review}`]),
  ]
}

/** Rules of the same path together, though its parameters have other names, in the order in which the paths first come. */
function routeLines(rules: readonly ImportedRule[]): readonly string[] {
  const byShape = new Map<string, ImportedRule[]>()
  for (const rule of rules) {
    const template = parseTemplate(rule.path)
    const shape = template.ok ? template.value.shape : rule.path
    const group = byShape.get(shape)
    if (group === undefined) byShape.set(shape, [rule])
    else group.push(rule)
  }
  return [...byShape.values()].flatMap((group) => [
    ...group.slice(0, 1).map(({ path }) => `  ${yamlKey(path)}:`),
    ...group.toSorted(byMethod).flatMap(({ method, requirement }) => ruleLines(method, requirement)),
  ])
}

const byMethod = (a: ImportedRule, b: ImportedRule): number =>
  RULE_METHODS.indexOf(a.method) - RULE_METHODS.indexOf(b.method)

const LONGEST_LINE = 140

function ruleLines(method: string, requirement: ImportedRequirement): readonly string[] {
  const line = `    ${method}: ${requirementText(requirement)}`
  if (line.length <= LONGEST_LINE || requirement.kind !== 'scopes') return [line]
  const alternatives = canonicalAlternatives(requirement.anyOf)
  if (alternatives.length === 1)
    return [`    ${method}:`, '      allOf:', ...alternatives.flat().map((scope) => `        - ${yamlText(scope)}`)]
  return [`    ${method}:`, '      anyOf:', ...alternatives.map((each) => `        - ${alternativeText(each)}`)]
}

function requirementText(requirement: ImportedRequirement): string {
  if (requirement.kind !== 'scopes') return `{ ${requirement.kind}: ${yamlText(sentence(requirement.reason))} }`
  const [first = [], ...others] = canonicalAlternatives(requirement.anyOf)
  if (others.length === 0) return alternativeText(first)
  return `{ anyOf: [${[first, ...others].map(alternativeText).join(', ')}] }`
}

/** A single scope by itself, otherwise all of them. */
const alternativeText = (scopes: readonly string[]): string =>
  scopes.length === 1 ? scopes.map(yamlText).join('') : `{ allOf: [${scopes.map(yamlText).join(', ')}] }`
