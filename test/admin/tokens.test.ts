/** The route that tells which tokens were seen: what it asks the ledger, and what it says where there is none. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { AdminCall } from '../../src/admin/call.ts'
import { tokenHandlers } from '../../src/admin/tokens.ts'
import type { GateParts } from '../../src/gateway/exchange.ts'
import type { EpochSeconds } from '../../src/policy/result.ts'
import type { TokenAuditPolicy, TokenQuery } from '../../src/policy/token-audit.ts'
import { environmentOf } from '../support/environment.ts'

const ANSWER = { at: 0 as EpochSeconds, sampling: [], missed: 0, kept: 0, estimated: 0, tokens: [] }

async function ask(query: string, tokenAudit: TokenAuditPolicy | undefined, isBound = true) {
  const asked: TokenQuery[] = []
  const environment = environmentOf('https://issuer.example', 'https://origin.example', tokenAudit && { tokenAudit })
  const handlers = tokenHandlers({
    gate: { environment } as GateParts,
    ...(isBound && {
      ledger: {
        record: async () => ({ level: 0 }),
        ask: async (each: TokenQuery) => {
          asked.push(each)
          return ANSWER
        },
      },
    }),
  })
  const answer = await handlers['GET /_scopewall/admin/tokens']({ target: { query } } as AdminCall)
  return { status: answer.status, body: await answer.json(), asked }
}

const USUAL = { sort: 'remaining', expired: false, limit: 50, offset: 0 }

test('the question goes to the ledger, and the answer says how subjects are remembered', async () => {
  const { status, body, asked } = await ask('?client=a&sort=uses', { subjects: 'plain' })
  expect(status).toBe(200)
  expect(body).toEqual({ subjects: 'plain', ...ANSWER })
  expect(asked).toEqual([{ ...USUAL, client: 'a', sort: 'uses' }])
})

const HASH = `sha256:${createHash('sha256').update('alice').digest('hex').slice(0, 32)}`

test.each([
  ['plain', 'alice', 'alice'],
  ['hashed', 'alice', HASH],
  ['hashed', HASH, HASH],
  ['plain', HASH, HASH],
] as const)('subjects %s: %s is asked for as %s', async (subjects, named, expected) => {
  const { asked } = await ask(`?subject=${encodeURIComponent(named)}`, { subjects })
  expect(asked).toEqual([{ ...USUAL, subject: expected }])
})

test.each<[string, string, TokenAuditPolicy | undefined, boolean, number]>([
  ['a parameter that is not known', '?clients=a', { subjects: 'plain' }, true, 400],
  ['a subject where none are remembered', '?subject=alice', { subjects: 'omitted' }, true, 400],
  ['no ledger', '', { subjects: 'plain' }, false, 404],
  ['an environment that remembers nothing', '', undefined, true, 404],
])('%s is a problem, and nothing is asked', async (_, query, policy, isBound, status) => {
  const found = await ask(query, policy, isBound)
  expect([found.status, found.asked]).toEqual([status, []])
  expect(JSON.stringify(found.body)).not.toContain('alice')
})
