/** Scope names: RFC 6749 section 3.3. Compared exactly, case-sensitively, never by prefix. */
import type { Brand } from './result.ts'

/** One `scope-token` of RFC 6749 section 3.3: `1*( %x21 / %x23-5B / %x5D-7E )`. */
export type ScopeToken = Brand<string, 'ScopeToken'>

const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/

/** Whether the text is a `scope-token`. Checks syntax only, not whether any map defines it. */
export const isScopeToken = (text: string): text is ScopeToken => SCOPE_TOKEN.test(text)

/**
 * Splits the value of a `scope` member on U+0020 only: a tab or a line feed is no delimiter (RFC 6749 section 3.3).
 * Returns undefined when an item is no `scope-token`; empty items are dropped and duplicates fold together.
 */
export function parseScopeString(text: string): ReadonlySet<ScopeToken> | undefined {
  return parseScopeList(text.split(' ').filter((item) => item !== ''))
}

/** The same for a list of names. Returns undefined when any item is not a string or no `scope-token`. */
export function parseScopeList(items: readonly unknown[]): ReadonlySet<ScopeToken> | undefined {
  const scopes = new Set<ScopeToken>()
  for (const item of items) {
    if (typeof item !== 'string' || !isScopeToken(item)) return undefined
    scopes.add(item)
  }
  return scopes
}
