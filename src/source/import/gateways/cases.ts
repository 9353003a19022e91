/** The table that proves an import: requests on, beside, above and below each region, callers with just enough and just too little. */
import type { Method } from '../../../policy/method.ts'
import { canonicalPath } from '../../../policy/target.ts'
import type { ImportedCaller, ImportedCase } from '../imported.ts'
import type { Access } from './access.ts'
import { type AnswerTo, DEFAULT_HOST } from './answer.ts'
import type { Note, Part, SourceRequest, Survey } from './plan.ts'
import { hostHolds } from './plan.ts'
import type { Region } from './regions.ts'
import { namedScopes } from './services.ts'
import { type Shape, templateOf } from './shape.ts'

/** More rows than these prove nothing more that anybody would read. */
const MOST_CASES = 4000
const MOST_ALTERNATIVES_TRIED = 6
const METHODS_TRIED: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export interface CaseInput {
  readonly plan: Survey
  readonly regions: readonly Region[]
  readonly answerTo: AnswerTo
  readonly notesOf: (part: Part) => readonly Note[]
}

export function casesOf(input: CaseInput): readonly ImportedCase[] {
  const { regions, plan } = input
  const all: ImportedCaller = { kind: 'holder', scopes: namedScopes(regions) }
  const room = Math.max(12, Math.floor(MOST_CASES / Math.max(1, regions.length + plan.parts.length)))
  const rows = new Map<string, ImportedCase>()
  const add = (probes: Iterable<Probe>) => {
    let left = room
    for (const { request, caller } of probes) {
      if (left <= 0 || rows.size >= MOST_CASES) return
      const key = JSON.stringify([request, caller])
      if (rows.has(key)) continue
      const row = rowOf(input, request, caller)
      if (row === undefined) continue
      rows.set(key, row)
      left--
    }
  }
  const hosts = [...new Set(regions.map(({ host }) => host))]
  for (const region of regions) add(probesOfRegion(region, all))
  for (const part of plan.parts) add(probesOfPart(part, hosts, all))
  return [...rows.values()]
}

interface Probe {
  readonly request: SourceRequest
  readonly caller: ImportedCaller
}

const NOBODY_AT_ALL: ImportedCaller = { kind: 'nobody' }

function* probesOfRegion({ host, shape, outcomes }: Region, all: ImportedCaller): Iterable<Probe> {
  const [path = '/', ...others] = pathsOf(shape)
  const seen = new Set<string>()
  for (const method of METHODS_TRIED) {
    const access = outcomes.get(method)?.access
    // Methods that are treated alike need not each be tried with everybody.
    const key = JSON.stringify(access)
    const callers = seen.has(key) ? [NOBODY_AT_ALL, all] : callersOf(access, all)
    seen.add(key)
    for (const caller of callers) yield { request: requestTo(host, method, path), caller }
  }
  const method = outcomes.has('GET') ? 'GET' : (METHODS_TRIED.find((each) => outcomes.has(each)) ?? 'GET')
  for (const other of [...others, ...besides(path)])
    for (const caller of [NOBODY_AT_ALL, all]) yield { request: requestTo(host, method, other), caller }
}

/** Paths that the source's own pattern has, which templates may or may not say. */
function* probesOfPart(
  { paths, methods, hosts }: Part,
  known: readonly string[],
  all: ImportedCaller,
): Iterable<Probe> {
  const method = METHODS_TRIED.find((each) => methods?.has(each) ?? true) ?? 'GET'
  const host = (hosts.length === 0 ? known : hosts)[0] ?? ''
  for (const sample of paths.flatMap(({ samples }) => samples))
    for (const path of [sample, ...besides(sample)])
      for (const caller of [NOBODY_AT_ALL, all]) yield { request: requestTo(host, method, path), caller }
}

const requestTo = (host: string, method: string, path: string): SourceRequest => ({
  method,
  ...(host !== '' && { host: host.replace(/^\*/, 'some') }),
  path,
})

/** With a word, with a number, and deeper. No literal that anybody writes is one of these. */
function pathsOf(shape: Shape): readonly string[] {
  if (shape.every(({ kind }) => kind === 'literal')) return [templateOf(shape)]
  const fill = (word: string, tail: string) =>
    `/${shape.map((each) => (each.kind === 'literal' ? each.text : each.kind === 'parameter' ? word : tail)).join('/')}`
  return [fill('xylem', 'xylem'), fill('407', '407'), fill('xylem', 'xylem/407')]
}

/** Below, above, and what only looks alike. */
function besides(path: string): readonly string[] {
  const stem = path.replace(/\/$/, '')
  const above = stem.slice(0, stem.lastIndexOf('/'))
  return [`${stem}/xylem`, above === '' ? '/' : above, `${stem}xylem`, path === stem ? `${stem}/` : stem].filter(
    (each) => each.startsWith('/'),
  )
}

function callersOf(access: Access | undefined, all: ImportedCaller): readonly ImportedCaller[] {
  const alternatives = access?.kind === 'scopes' ? access.anyOf.slice(0, MOST_ALTERNATIVES_TRIED) : []
  const holders = alternatives.flatMap((scopes) => [
    scopes,
    ...(scopes.length > 1 ? scopes.map((lacking) => scopes.filter((scope) => scope !== lacking)) : []),
  ])
  const others = all.kind === 'holder' ? [all.scopes.filter((scope) => !alternatives.flat().includes(scope))] : []
  const sets = [[], ...holders, ...others].map((scopes): ImportedCaller => ({ kind: 'holder', scopes }))
  return [NOBODY_AT_ALL, ...sets, all]
}

function rowOf(input: CaseInput, request: SourceRequest, caller: ImportedCaller): ImportedCase | undefined {
  if (!canonicalPath(request.path).ok) return undefined
  const source = input.plan.judge(request, caller)
  if (source === undefined) return undefined
  const { verdict, rule, isAmbiguous } = input.answerTo(request, caller)
  const differs = verdict !== source && (isAmbiguous || isExplained(input, request, rule, verdict))
  return { ...request, caller, source, expected: differs ? verdict : source }
}

/** Whether a finding says that they differ in this way. Where none does, the row must hold, and shows a mistake of ours where it does not. */
function isExplained(
  { plan, regions, notesOf }: CaseInput,
  request: SourceRequest,
  rule: string | undefined,
  verdict: 'allow' | 'deny',
): boolean {
  const fitting = verdict === 'allow' ? ['looser'] : ['stricter', 'unrepresentable']
  const place = rule?.slice(rule.indexOf(' ') + 1)
  const region = regions.find(({ host, shape }) => place === `${host || DEFAULT_HOST}${templateOf(shape)}`)
  const involved = new Set(region === undefined ? [] : [...region.outcomes.values()].flatMap(({ by }) => by))
  for (const part of plan.parts) if (isAbout(part, request)) involved.add(part)
  return [...involved].some((part) => notesOf(part).some((note) => fitting.includes(note.verdict)))
}

const isAbout = ({ hosts, methods, paths }: Part, { method, host, path }: SourceRequest): boolean =>
  (hosts.length === 0 || (host !== undefined && hosts.some((pattern) => hostHolds(pattern, host)))) &&
  (methods?.has(method) ?? true) &&
  paths.some((pattern) => pattern.matches(path) !== false)
