/** Ory Oathkeeper: access rules, with the configuration beside them where there is one. */
import { compareText, quoted } from '../../../diagnostic.ts'
import { NOBODY } from '../access.ts'
import type { Node } from '../node.ts'
import type { Note, Part, Plan, Resolution } from '../plan.ts'
import { settingsNotes } from '../token-settings.ts'
import { accessOfRule, type RuleAccess } from './access.ts'
import { judgeOathkeeper } from './judge.ts'
import { type OathkeeperRule, readOathkeeper } from './rules.ts'
import { readUrl, type UrlPattern } from './url.ts'

export function planOathkeeper(documents: readonly Node[]): Plan {
  const config = readOathkeeper(documents)
  const rules = config.rules.map((rule) => {
    const construct = `rule ${quoted(rule.id)}`
    return { rule, construct, url: readUrl(rule.url, config.matching), asks: accessOfRule(rule, construct) }
  })
  const looking = rules.filter(({ asks }) => asks.settings !== undefined)
  const settings = settingsNotes(looking.map(({ asks }) => asks.settings ?? new Map()))
  const parts = rules.map((each): Part => {
    const index = looking.indexOf(each)
    return partOf(each.rule, each.construct, each.url, each.asks, settings[index] ?? [])
  })
  return {
    product: 'Oathkeeper',
    parts,
    resolve,
    judge: judgeOathkeeper(rules),
    findings: [],
    failOpen: rules.flatMap(({ asks }) => asks.failOpen),
  }
}

function partOf(
  rule: OathkeeperRule,
  construct: string,
  url: UrlPattern,
  asks: RuleAccess,
  settings: readonly Note[],
): Part {
  const notes: Note[] = [...asks.notes, ...settings]
  if (url.fault !== undefined && rule.fault === undefined)
    notes.push({ verdict: 'unrepresentable', message: url.fault })
  if (rule.methods.length === 0)
    notes.push({ verdict: 'exact', message: 'it names no methods, so it matches no request' })
  return {
    construct,
    at: rule.at,
    service: rule.upstream ?? 'oathkeeper',
    hosts: url.hosts,
    methods: new Set(rule.methods),
    paths: [url.path],
    ...(url.isHostWider && { condition: 'one of fewer hosts' }),
    notes: notes.toSorted((a, b) => compareText(a.verdict, b.verdict)),
    access: asks.access,
  }
}

/** Exactly one rule must match; several are an error of the server's. */
function resolve(covering: readonly Part[]): Resolution | undefined {
  const [only] = covering
  if (only === undefined) return undefined
  if (covering.length === 1) return { access: only.access, by: [only] }
  const names = covering
    .slice(0, 4)
    .map(({ construct }) => construct)
    .join(', ')
  const message = `Oathkeeper answers with 500 what more than one of these matches, and the map refuses it: ${names}`
  return { access: NOBODY, by: covering, remark: { verdict: 'exact', message } }
}
