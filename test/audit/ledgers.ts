/** Ledgers in memory, and sightings for them. */
import { createHash } from 'node:crypto'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Sql } from '../../src/audit/ledger.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { TokenQuery, TokenSighting } from '../../src/policy/token-audit.ts'

export const NOW = 1_800_000_000

export function sqlInMemory(): Sql {
  const database = new DatabaseSync(':memory:')
  const statements = new Map<string, StatementSync>()
  return {
    exec(query: string, ...bindings: SQLInputValue[]) {
      const statement = statements.get(query) ?? database.prepare(query)
      statements.set(query, statement)
      const rows = statement.all(...bindings)
      return { toArray: () => rows }
    },
  }
}

export const fingerprintOf = (name: string): string => createHash('sha256').update(name).digest('base64url')

export interface Facts {
  readonly name: string
  readonly issuer?: string
  readonly client?: string | undefined
  readonly subject?: string | undefined
  readonly scopes?: readonly string[]
  readonly issuedAt?: number | undefined
  /** `null`: no end that is known. */
  readonly expiresAt?: number | null | undefined
  readonly seen?: number
  readonly uses?: number
}

export function sightingOf({ name, issuedAt, seen = NOW, ...facts }: Facts): TokenSighting {
  const expiresAt = facts.expiresAt === undefined ? seen + 3600 : facts.expiresAt
  return {
    fingerprint: fingerprintOf(name),
    issuer: facts.issuer ?? 'https://login.example.com',
    ...(facts.client !== undefined && { client: facts.client }),
    ...(facts.subject !== undefined && { subject: facts.subject }),
    scopes: facts.scopes ?? ['orders:read'],
    ...(issuedAt !== undefined && { issuedAt: issuedAt as EpochSeconds }),
    ...(issuedAt !== undefined && expiresAt !== null && { lifetimeSeconds: expiresAt - issuedAt }),
    ...(expiresAt !== null && { expiresAt: expiresAt as EpochSeconds }),
    bound: [],
    acr: [],
    firstSeen: seen as EpochSeconds,
    lastSeen: seen as EpochSeconds,
    uses: facts.uses ?? 1,
  }
}

export const queryOf = (query: Partial<TokenQuery> = {}): TokenQuery => ({
  sort: 'remaining',
  expired: false,
  limit: 50,
  offset: 0,
  ...query,
})
