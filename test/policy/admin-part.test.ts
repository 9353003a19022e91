import { describe, expect, test } from 'vitest'
import { adminPartOf } from '../../src/policy/admin-part.ts'
import { decodeRelease, type Release } from '../../src/policy/decode.ts'
import { matchRequest } from '../../src/policy/matcher.ts'
import { encodeRelease, type RuleEntry } from '../../src/policy/release.ts'

const LOG = '/_scopewall/admin/log'
const rule = (path: string, more: Partial<RuleEntry>): RuleEntry => ({
  service: 's',
  host: 'api.example.com',
  method: 'GET',
  path,
  ...more,
})

function releaseOf(rules: readonly RuleEntry[]): Release {
  const release = decodeRelease(
    encodeRelease({
      format: 1,
      services: { s: { owner: 'o', description: 'd' } },
      scopes: { 'a:read': { service: 's', owner: 'o', reason: 'r', sensitivity: 'low' } },
      hosts: { 'api.example.com': { allow: ['semicolon'] } },
      rules,
    }),
  )
  if (!release.ok) throw new Error(release.error)
  return release.value
}

const kindAt = (release: Release, path: string) => matchRequest(release.table, 'api.example.com', path, 'GET').kind

describe('the admin part of a release', () => {
  test('has the rules about the admin API, and no other', () => {
    const part = adminPartOf(releaseOf([rule('/v1/x', { anyOf: [['a:read']] }), rule(LOG, { anyOf: [['a:read']] })]))
    expect(part.rules.map(({ path }) => path)).toEqual([LOG])
    expect(kindAt(part, '/v1/x')).toBe('unmapped')
  })

  test('is not opened by a rule that covers everything', () => {
    const part = adminPartOf(releaseOf([rule('/{path+}', { public: 'Everything is open.' })]))
    expect(kindAt(part, LOG)).toBe('unmapped')
  })

  test.each([
    ['public', { public: 'Because.' }],
    ['authenticated', { authenticated: 'Because.' }],
  ])('drops a rule that is %s, which no map of ours could hold', (_, asked) => {
    expect(adminPartOf(releaseOf([rule(LOG, asked)])).rules).toEqual([])
  })

  test('observes nothing, upgrades nothing and relaxes no path', () => {
    const part = adminPartOf(releaseOf([rule(LOG, { anyOf: [['a:read']], mode: 'observe', upgrade: 'websocket' })]))
    expect(part.rules[0]).toMatchObject({ path: LOG, allowsUpgrade: false })
    expect(part.rules[0]?.mode).toBeUndefined()
    expect(part.allowances.size).toBe(0)
  })

  test('is worked out once', () => {
    const release = releaseOf([rule(LOG, { anyOf: [['a:read']] })])
    expect(adminPartOf(release)).toBe(adminPartOf(release))
  })
})
