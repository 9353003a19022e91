/** A refusal as an HTTP answer: RFC 9457, RFC 6750, and nothing that the client did not know. */
import { describe, expect, test } from 'vitest'
import { renderRefusal } from '../../src/gateway/refuse.ts'
import { type Denial, WIRE } from '../../src/policy/denial.ts'
import type { NonEmpty } from '../../src/policy/result.ts'
import { DENIALS, scopes } from './denials.ts'

const VOICE = {
  realm: 'api.example.com',
  metadataUrl: 'https://api.example.com/.well-known/oauth-protected-resource',
  problemsUrl: 'https://api.example.com/_scopewall/problems/',
  metadataUrls: new Map(),
  schemes: ['bearer'] as const,
  dpopAlgorithms: '',
}
const refusal = (denials: NonEmpty<Denial>, isHead = false) =>
  renderRefusal({ denials, asks: scopes('a:read'), decisionId: 'decision-1' }, VOICE, isHead)
const problemOf = async (denials: NonEmpty<Denial>): Promise<Record<string, unknown>> =>
  JSON.parse(await refusal(denials).text())

describe.each(DENIALS.map((denial) => [JSON.stringify(denial), denial] as const))('%s', (_, denial) => {
  test('[PRB-1] [PRB-2] is problem+json with the status, title and remedy of the table', async () => {
    const response = refusal([denial])
    const { status, title, remedy } = WIRE[denial.code]
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({
      type: `${VOICE.problemsUrl}${denial.code}`,
      title,
      status,
      detail: remedy,
      code: denial.code,
      decision: 'decision-1',
    })
  })

  test('[ERR-1] [ERR-2] is never stored, names its decision, and has a challenge exactly where the table says so', () => {
    const { headers } = refusal([denial])
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('scopewall-decision')).toBe('decision-1')
    expect(headers.has('www-authenticate')).toBe(WIRE[denial.code].challenge.kind !== 'none')
  })

  test('[ERR-3] has the same status and headers for HEAD, and no body', async () => {
    const [head, get] = [refusal([denial], true), refusal([denial], false)]
    expect([head.status, [...head.headers]]).toEqual([get.status, [...get.headers]])
    expect(head.body).toBeNull()
    expect(await head.text()).toBe('')
  })

  test('[PRB-4] is the same JSON for everybody, whatever they accept', async () => {
    // The renderer never sees the request: there is nothing that `Accept` could change.
    expect(JSON.parse(await refusal([denial]).text())).toMatchObject({ status: WIRE[denial.code].status })
  })

  test('tells when to come back only where the gate itself could not judge', () => {
    expect(refusal([denial]).headers.get('retry-after')).toBe(denial.code === 'unavailable' ? '5' : null)
  })

  test('[PRB-1] has only extension members whose names RFC 9457 allows', async () => {
    for (const name of Object.keys(await problemOf([denial]))) expect(name).toMatch(/^[a-z][a-z_]{2,}$/)
  })
})

test('all that lacks is named, the first as the code and the others beside it', async () => {
  const denials: NonEmpty<Denial> = [
    { code: 'step_up_required', acr: ['phr'] },
    { code: 'token_too_old', maxSeconds: 600 },
    { code: 'scope_insufficient', required: scopes('a', 'b'), missing: scopes('b') },
  ]
  expect(await problemOf(denials)).toMatchObject({
    code: 'step_up_required',
    also: ['token_too_old', 'scope_insufficient'],
    required_scopes: ['a', 'b'],
  })
})

test('a single denial has nothing beside it', async () => {
  expect(Object.keys(await problemOf([{ code: 'unmapped', otherMethods: ['GET', 'POST'] }])).sort()).toEqual([
    'code', 'decision', 'detail', 'status', 'title', 'type',
  ]) // biome-ignore format: one line reads as the list it is
})

test('[ERR-2] [ERR-4] [PRB-3] neither what the token holds, nor what of it is missing, nor why it was rejected is told', async () => {
  const insufficient: Denial = {
    code: 'scope_insufficient',
    required: scopes('held:one', 'lacking:two'),
    missing: scopes('lacking:two'),
  }
  expect(await problemOf([insufficient])).not.toHaveProperty('missing')
  const whole = async (denial: Denial) => {
    const response = refusal([denial])
    return [...response.headers].join('\n') + (await response.text())
  }
  expect(await whole({ code: 'token_invalid', detail: 'unknown_key' })).not.toContain('unknown_key')
  expect(await whole({ code: 'target_ambiguous', detail: 'method_parameter' })).not.toContain('method_parameter')
  expect(await whole({ code: 'credential_malformed', detail: 'not_token68' })).not.toContain('not_token68')
  expect(await whole({ code: 'unavailable', what: 'configuration', retryAfterSeconds: 5 })).not.toContain(
    'configuration',
  )
  expect(await whole({ code: 'unmapped', otherMethods: ['PATCH'] })).not.toMatch(/PATCH|a:read/)
})
