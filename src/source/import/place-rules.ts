/** Operations -> the rules that say what they ask for, host by host. Two that cover the same requests and ask for different things get none. */
import { isRuleMethod } from '../../policy/method.ts'
import { parseTemplate } from '../../policy/template.ts'
import { canonicalAlternatives } from '../compile.ts'
import type { ImportedRequirement, ImportedRule } from './imported.ts'
import type { SourceOperation } from './operation.ts'
import { exampleValue, readTemplate, type TemplateReading } from './template.ts'

/** An operation at one of its addresses. */
export interface PlacedOperation {
  readonly operation: SourceOperation
  /** Empty: the hosts of `gateway.yaml`. */
  readonly host: string
  readonly reading: TemplateReading
}

export interface PlacedRules {
  readonly placed: readonly PlacedOperation[]
  /** By host, in the order of the operations. */
  readonly rules: ReadonlyMap<string, readonly ImportedRule[]>
  /** Those whose rule matches more than they do themselves. */
  readonly widened: ReadonlySet<PlacedOperation>
  /** Placed operations that have no rule because another asks for something else -> that one. */
  readonly conflicts: ReadonlyMap<PlacedOperation, SourceOperation>
}

export function placeRules(operations: readonly SourceOperation[], acceptsLooser: boolean): PlacedRules {
  const placed = placeOperations(operations)
  const rules = new Map<string, ImportedRule[]>()
  const widened = new Set<PlacedOperation>()
  const conflicts = new Map<PlacedOperation, SourceOperation>()
  for (const group of sameRequests(placed, acceptsLooser)) {
    const [first] = group
    if (first === undefined) continue
    const key = keyOf(first.rule.requirement)
    const other = group.find(({ rule }) => keyOf(rule.requirement) !== key)
    if (other === undefined) {
      const ofHost = rules.get(first.placed.host)
      if (ofHost === undefined) rules.set(first.placed.host, [first.rule])
      else ofHost.push(first.rule)
      for (const each of group) if (each.placed.reading.verdict === 'looser') widened.add(each.placed)
    } else
      for (const each of group)
        conflicts.set(each.placed, (keyOf(each.rule.requirement) === key ? other : first).placed.operation)
  }
  return { placed, rules, widened, conflicts }
}

function placeOperations(operations: readonly SourceOperation[]): readonly PlacedOperation[] {
  const value = exampleValue(
    operations.flatMap(({ path, addresses }) => [path, ...addresses.map((each) => each.basePath)]),
  )
  return operations.flatMap((operation) => {
    const distinct = new Map(
      operation.addresses.map(({ host = '', basePath }) => [`${host}${basePath}`, { host, basePath }]),
    )
    return [...distinct.values()].map(({ host, basePath }) => ({
      operation,
      host,
      reading: readTemplate(
        operation.path.startsWith('/') ? basePath + operation.path : operation.path,
        operation.slashParameters,
        value,
      ),
    }))
  })
}

interface Candidate {
  readonly placed: PlacedOperation
  readonly rule: ImportedRule
}

/** What could be a rule, by host, method and shape. Where some say exactly what is meant, those that are only near it stand back. */
function sameRequests(placed: readonly PlacedOperation[], acceptsLooser: boolean): Iterable<readonly Candidate[]> {
  const groups = new Map<string, Candidate[]>()
  for (const each of placed) {
    const rule = ruleOf(each, acceptsLooser)
    if (rule === undefined) continue
    const template = parseTemplate(rule.path)
    const key = `${rule.method} ${each.host}/${template.ok ? template.value.shape : rule.path}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [{ placed: each, rule }])
    else group.push({ placed: each, rule })
  }
  return [...groups.values()].map((group) => {
    const exact = group.filter((each) => each.placed.reading.verdict !== 'looser')
    return exact.length === 0 ? group : exact
  })
}

function ruleOf({ operation, reading }: PlacedOperation, acceptsLooser: boolean): ImportedRule | undefined {
  const { method, at, asked } = operation
  if (!isRuleMethod(method) || asked.requirement === undefined || reading.template === undefined) return undefined
  if (reading.verdict === 'looser' && !acceptsLooser) return undefined
  return { method, path: reading.template, requirement: asked.requirement, at }
}

/** Equal where the same is asked for; reasons ask for nothing. */
export const keyOf = (requirement: ImportedRequirement): string =>
  requirement.kind === 'scopes' ? JSON.stringify(canonicalAlternatives(requirement.anyOf)) : requirement.kind
