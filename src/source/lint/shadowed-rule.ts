/**
 * Rules that no request reaches. The matcher itself is asked who wins, for requests that stand for all that a template matches: every
 * parameter is a word that no literal equals, a tail is every number of such words that can make a difference, with and without a
 * trailing slash. What beats a template there beats it everywhere, since it matched whatever the word was.
 */
import { foldSegment } from '../../policy/fold.ts'
import { matchRequest } from '../../policy/matcher.ts'
import { METHODS } from '../../policy/method.ts'
import type { MatchTable } from '../../policy/table.ts'
import type { Template } from '../../policy/template.ts'
import { type Finding, quoted } from '../diagnostic.ts'
import { type DeclaredRule, ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'

export const shadowedRule: WholeLint = {
  rule: 'shadowed-rule',
  find: ({ rules }, { table }) => {
    const word = freshWord(rules)
    const depths = new Map<string, number>()
    for (const { host, template } of rules) depths.set(host, Math.max(depths.get(host) ?? 0, template.segments.length))
    const byId = new Map(rules.map((rule) => [ruleId(rule), rule]))
    return rules.flatMap((rule) =>
      check(table, rule, pathsOf(rule.template, word, depths.get(rule.host) ?? 0), word, byId),
    )
  },
}

/** A word that is no literal, no folded literal and no label of a host. */
function freshWord(rules: readonly DeclaredRule[]): string {
  const hosts = new Set(rules.map(({ host }) => host))
  const taken = new Set([...hosts].flatMap((host) => host.split('.')))
  for (const { template } of rules)
    for (const segment of template.segments) if (segment.kind === 'literal') taken.add(segment.text)
  for (const text of [...taken]) taken.add(foldSegment(text))
  let number = 0
  while (taken.has(`word${number}`)) number++
  return `word${number}`
}

/** Past the deepest template of the host, a further segment changes nothing. */
function pathsOf({ segments }: Template, word: string, depth: number): readonly string[] {
  const fixed = segments.flatMap((segment) =>
    segment.kind === 'tail' ? [] : [segment.kind === 'literal' ? segment.text : word],
  )
  if (fixed.length === segments.length) return [`/${fixed.join('/')}`]
  const lengths = Array.from({ length: depth - fixed.length + 1 }, (_, index) => index + 1)
  return lengths.flatMap((length) => {
    const path = `/${[...fixed, ...Array(length).fill(word)].join('/')}`
    return [path, `${path}/`]
  })
}

function check(
  table: MatchTable,
  rule: DeclaredRule,
  paths: readonly string[],
  word: string,
  byId: ReadonlyMap<string, DeclaredRule>,
): readonly Finding[] {
  const id = ruleId(rule)
  const host = rule.host.replace(/^\*/, word)
  const methods = rule.method === 'ANY' ? METHODS : [rule.method]
  const winners = new Set<string>()
  let isAmbiguous = false
  for (const path of paths)
    for (const method of methods) {
      const match = matchRequest(table, host, path, method)
      if (match.kind === 'rule' && match.rule.id === id) return []
      if (match.kind === 'rule') winners.add(match.rule.id)
      isAmbiguous ||= match.kind === 'ambiguous'
    }
  return [describe(rule, winners, isAmbiguous, byId)]
}

function describe(
  rule: DeclaredRule,
  winners: ReadonlySet<string>,
  isAmbiguous: boolean,
  byId: ReadonlyMap<string, DeclaredRule>,
): Finding {
  const related = [...winners].flatMap((id) => {
    const winner = byId.get(id)
    return winner === undefined ? [] : [{ message: `${quoted(id)} is answered here`, at: winner.at }]
  })
  const reason = isAmbiguous
    ? 'an origin that ignores case, suffixes or a final slash would take its path for another one, so its requests are refused'
    : 'more specific rules decide all its requests'
  return {
    at: rule.at,
    subject: ruleId(rule),
    message: `no request reaches ${quoted(ruleId(rule))}: ${reason}`,
    help: 'remove it',
    related,
  }
}
