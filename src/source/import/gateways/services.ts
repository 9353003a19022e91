/** Regions -> services of the map: one for each thing behind the gateway and each set of hosts, with rules for what is let in. */
import { METHODS, type Method, RULE_METHODS, type RuleMethod } from '../../../policy/method.ts'
import { RESERVED_PREFIXES } from '../../../policy/reserved.ts'
import { compareText } from '../../diagnostic.ts'
import { serviceName } from '../host-groups.ts'
import type { ImportedRequirement, ImportedRule, ImportedService } from '../imported.ts'
import { type Access, isSame, isWithin, NOBODY, scopesOf } from './access.ts'
import { hostHolds } from './plan.ts'
import type { Outcome, Region } from './regions.ts'
import { holds, shapeKey, templateOf } from './shape.ts'

/** What the map asks for where the source refuses everybody amid paths that it lets somebody into: no token has it. */
export const DENIED_SCOPE = 'imported:denied'

/** A rule before it is known which hosts share it. */
interface HostRule extends ImportedRule {
  readonly host: string
  readonly service: string
}

export function servicesOf(
  regions: readonly Region[],
  product: string,
  wanted: string,
  named: readonly string[],
  descriptions: ReadonlyMap<string, string>,
): readonly ImportedService[] {
  const hosts = [...new Set([...regions.map(({ host }) => host), ...named])]
  const ofHost = new Map(
    hosts.map((host) => [host, rulesOfHost(keptOf(regions.filter((region) => region.host === host)), product)]),
  )
  const rules = hosts.flatMap((host) => ofHost.get(host) ?? []).concat(closedHosts(ofHost, regions))
  const declared = new Set<string>()
  const names = new Set<string>()
  const isOne = new Set(rules.map(({ service }) => service)).size < 2
  return groupByHosts(rules).map(({ service, hosts, rules }) => {
    const fresh = [...new Set(rules.flatMap(({ requirement }) => scopesIn(requirement)))].filter(
      (name) => !declared.has(name),
    )
    for (const name of fresh) declared.add(name)
    return {
      name: freeName(isOne ? wanted : `${wanted}-${serviceName(service)}`, names),
      description: `Imported from ${product}: ${service}`,
      hosts: hosts.filter((host) => host !== ''),
      scopes: fresh.sort(compareText).map((name) => {
        const description = name === DENIED_SCOPE ? DENIED_REASON : descriptions.get(name)
        return description === undefined ? { name } : { name, description }
      }),
      rules,
    }
  })
}

/** A host that lets nobody in, amid others that do, is named all the same: else a wider pattern would answer for it. */
function closedHosts(
  ofHost: ReadonlyMap<string, readonly HostRule[]>,
  regions: readonly Region[],
): readonly HostRule[] {
  return [...ofHost].flatMap(([host, rules]) => {
    if (rules.length > 0) return []
    const around = [...ofHost].find(
      ([other, rules]) => rules.length > 0 && other !== host && hostHolds(other, host),
    )?.[1][0]
    const by = regions
      .filter((region) => region.host === host)
      .flatMap(({ outcomes }) => [...outcomes.values()])
      .flatMap(({ by }) => by)[0]
    if (around === undefined) return []
    const requirement = { kind: 'scopes', anyOf: [[DENIED_SCOPE]] } as const
    return [
      { host, service: by?.service ?? around.service, method: 'ANY', path: '/', requirement, at: by?.at ?? around.at },
    ]
  })
}

const DENIED_REASON = 'What asks for it was refused to everybody: give it to nobody.'

const scopesIn = (requirement: ImportedRequirement): readonly string[] =>
  requirement.kind === 'scopes' ? requirement.anyOf.flat() : []

/** From the templates that rank lowest on: those that exist only to tell others apart stay where what is around them says something else. */
function keptOf(regions: readonly Region[]): readonly Region[] {
  const kept: Region[] = []
  for (const region of regions) {
    const around = kept.findLast(({ shape }) => holds(shape, region.shape))
    const isNeeded = letsIn(region)
      ? around === undefined || region.isDeclared || !isAlike(region, around)
      : around !== undefined && letsIn(around)
    if (isNeeded) kept.push(region)
  }
  return kept
}

const accessOf = (region: Region, method: Method): Access => region.outcomes.get(method)?.access ?? NOBODY

const letsIn = (region: Region): boolean => METHODS.some((method) => accessOf(region, method).kind !== 'nobody')

const isAlike = (a: Region, b: Region): boolean =>
  METHODS.every((method) => isSame(accessOf(a, method), accessOf(b, method)))

function rulesOfHost(regions: readonly Region[], product: string): readonly HostRule[] {
  return regions.flatMap((region) => {
    const path = templateOf(region.shape)
    if (RESERVED_PREFIXES.some((prefix) => path.startsWith(prefix))) return []
    const rules = methodsOf(region).map(([method, outcome]) => ruleOf(region, path, method, outcome, product))
    if (rules.length > 0) return rules
    const refused = [...region.outcomes.values()][0]
    const around = regions.findLast(
      ({ shape }) => holds(shape, region.shape) && shapeKey(shape) !== shapeKey(region.shape),
    )
    const by = refused?.by[0] ?? [...(around?.outcomes.values() ?? [])].flatMap(({ by }) => by)[0]
    if (by === undefined) return []
    const requirement = { kind: 'scopes', anyOf: [[DENIED_SCOPE]] } as const
    return [{ host: region.host, service: by.service, method: 'ANY' as const, path, requirement, at: by.at }]
  })
}

const EXPLICIT = RULE_METHODS.filter((method) => method !== 'ANY')

/** The methods that let somebody in; where all do, `ANY` says what most of them ask for. */
function methodsOf(region: Region): readonly (readonly [RuleMethod, Outcome])[] {
  const open = EXPLICIT.flatMap((method) => {
    const outcome = region.outcomes.get(method)
    return outcome === undefined || outcome.access.kind === 'nobody' ? [] : [[method, outcome] as const]
  })
  const isAll = open.length === EXPLICIT.length && accessOf(region, 'HEAD').kind !== 'nobody'
  const alike = (outcome: Outcome) => open.filter(([, other]) => isAlikeOutcome(outcome, other)).length
  const usual = open.toSorted(([, a], [, b]) => alike(b) - alike(a))[0]?.[1]
  if (!isAll || usual === undefined || alike(usual) < 3) return open
  return [...open.filter(([, outcome]) => !isAlikeOutcome(outcome, usual)), ['ANY', usual]]
}

const isAlikeOutcome = (a: Outcome, b: Outcome): boolean =>
  isSame(a.access, b.access) && a.by[0]?.service === b.by[0]?.service

function ruleOf(region: Region, path: string, method: RuleMethod, { access, by }: Outcome, product: string): HostRule {
  const [first] = by
  const construct = first?.construct ?? 'the source'
  return {
    host: region.host,
    service: first?.service ?? product,
    method,
    path,
    requirement: requirementOf(
      access,
      `${product} lets everybody in here: ${construct}.`,
      `${product} asks for a valid token and for no scope here: ${construct}.`,
    ),
    at: first?.at ?? { file: '', line: 1, column: 1 },
  }
}

function requirementOf(access: Access, whyPublic: string, whyAuthenticated: string): ImportedRequirement {
  switch (access.kind) {
    case 'public':
      return { kind: 'public', reason: whyPublic }
    case 'authenticated':
      return { kind: 'authenticated', reason: whyAuthenticated }
    case 'nobody':
      return { kind: 'scopes', anyOf: [[DENIED_SCOPE]] }
    case 'scopes':
      return access
  }
}

interface Group {
  readonly service: string
  readonly hosts: readonly string[]
  readonly rules: readonly ImportedRule[]
}

/** Rules that are the same on several hosts are written once; a service has one list of hosts. */
function groupByHosts(rules: readonly HostRule[]): readonly Group[] {
  const same = new Map<string, { readonly rule: HostRule; readonly hosts: string[] }>()
  for (const rule of rules) {
    const key = JSON.stringify([rule.service, rule.method, rule.path, rule.requirement])
    const known = same.get(key)
    if (known === undefined) same.set(key, { rule, hosts: [rule.host] })
    else known.hosts.push(rule.host)
  }
  const groups = new Map<
    string,
    { readonly service: string; readonly hosts: readonly string[]; readonly rules: ImportedRule[] }
  >()
  for (const { rule, hosts } of same.values()) {
    const { host: _, service, ...imported } = rule
    const key = JSON.stringify([service, hosts])
    const group = groups.get(key) ?? { service, hosts, rules: [] }
    group.rules.push(imported)
    groups.set(key, group)
  }
  return [...groups.values()].map((group) => ({ ...group, rules: group.rules.toSorted(byPath) }))
}

const byPath = (a: ImportedRule, b: ImportedRule): number =>
  compareText(a.path, b.path) || RULE_METHODS.indexOf(a.method) - RULE_METHODS.indexOf(b.method)

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`
  taken.add(name)
  return name
}

/** Whether somebody may ask for `HEAD` and not for `GET`, whose rule answers both. That whoever may `GET` may `HEAD` gives nothing away. */
export const headIsWider = (region: Region): boolean => !isWithin(accessOf(region, 'HEAD'), accessOf(region, 'GET'))

export const namedScopes = (regions: readonly Region[]): readonly string[] => [
  ...new Set(regions.flatMap(({ outcomes }) => [...outcomes.values()].flatMap(({ access }) => scopesOf(access)))),
]
