/** What the method and the path of a route say of what it does. */
import type { RuleMethod } from '../../policy/method.ts'
import { quoted } from '../diagnostic.ts'
import type { DeclaredRule } from '../model.ts'
import { wordsOf } from './words.ts'

/** Words of a path that mean money going out, power over others, or destruction. */
const SENSITIVE_WORDS: ReadonlySet<string> = new Set([
  ...['refund', 'refunds', 'payout', 'payouts', 'chargeback', 'chargebacks', 'withdrawal', 'withdrawals'],
  ...['disbursement', 'disbursements', 'admin', 'admins', 'administration', 'impersonate', 'impersonation'],
  ...['purge', 'wipe', 'erase', 'erasure'],
])

/** Words of which reading alone is sensitive, too. */
const ADMIN_WORDS: ReadonlySet<string> = new Set(['admin', 'admins', 'administration'])

const MAY_BE_SENSITIVE = new RegExp([...SENSITIVE_WORDS].join('|'), 'i')

/** What a `POST` does that only asks, because its question does not fit an address. */
const ASKING_WORDS: ReadonlySet<string> = new Set([
  ...['search', 'query', 'queries', 'find', 'filter', 'lookup', 'list', 'count', 'match', 'suggest', 'autocomplete'],
  ...['preview', 'validate', 'validation', 'verify', 'check', 'estimate', 'quote', 'calculate', 'compare', 'diff'],
  ...['export', 'download', 'render', 'batchget', 'graphql', 'introspect', 'rpc', 'mcp', 'tail'],
])

const READING: ReadonlySet<RuleMethod> = new Set(['GET', 'OPTIONS'])

/** `OPTIONS` reads nothing that belongs to anybody. */
export const isRead = ({ method }: DeclaredRule): boolean => method === 'GET' || method === 'ANY'

/** A `POST` that only asks is neither a read nor a write here: what it does, its address does not tell. */
export function isWrite({ method, template }: DeclaredRule): boolean {
  if (READING.has(method)) return false
  const last = template.segments.findLast((segment) => segment.kind === 'literal')
  return method !== 'POST' || last === undefined || !wordsOf(last.text).some((word) => ASKING_WORDS.has(word))
}

/** Why the route is one where a mistake is dear, as the end of a sentence; undefined where it is not. */
export function sensitivityOf(rule: DeclaredRule): string | undefined {
  const word = wordIn(rule, READING.has(rule.method) ? ADMIN_WORDS : SENSITIVE_WORDS)
  if (word !== undefined) return `its path says ${quoted(word)}`
  return rule.method === 'DELETE' ? 'it deletes' : undefined
}

/**
 * The same for a route that asks for no scope, so that all it covers is open: `ANY` covers deletions that have no rule of their own, and a tail
 * right below the host whatever nobody has thought of.
 */
export function opennessOf(rule: DeclaredRule, rules: readonly DeclaredRule[]): string | undefined {
  const why = sensitivityOf(rule)
  if (why !== undefined) return why
  const { method, host, template } = rule
  const isDeletionBeside = (other: DeclaredRule) =>
    other.method === 'DELETE' && other.host === host && other.template.shape === template.shape
  if (method === 'ANY' && !rules.some(isDeletionBeside)) return '`ANY` deletes, too'
  return template.segments[0]?.kind === 'tail' && method !== 'OPTIONS'
    ? 'it covers every path that no other rule names'
    : undefined
}

function wordIn({ template }: DeclaredRule, words: ReadonlySet<string>): string | undefined {
  // Nearly all paths hold none, and this is asked of every rule.
  if (!MAY_BE_SENSITIVE.test(template.text)) return undefined
  return template.segments
    .flatMap((segment) => (segment.kind === 'literal' ? wordsOf(segment.text) : []))
    .find((word) => words.has(word))
}
