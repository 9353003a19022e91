import { describe, expect, it } from 'vitest'
import { choosePair } from '../../../src/console/web/model/release-pair.ts'
import { affectedClients, replayUsage } from '../../../src/console/web/model/replayed-usage.ts'
import type { ReleasesAnswer } from '../../../src/policy/console-answers.ts'
import type { UsageRow } from '../../../src/policy/usage.ts'
import { releaseOf, ruleOf, scopesOf } from '../../policy/build.ts'

const entry = (serial: number, digest: string, isLive = false): ReleasesAnswer['releases'][number] => ({
  serial,
  digest,
  kind: 'publish',
  publishedAt: '2026-11-28T00:00:00Z',
  isLive,
  isInterrupted: false,
  isSigned: false,
})

describe('the two releases that are compared', () => {
  const releases = [entry(4, 'd', true), entry(3, 'd'), entry(2, 'b'), entry(1, 'a')]
  const chosen = (from?: string, to?: string) => {
    const pair = choosePair(releases, from, to)
    return pair && [pair.from.serial, pair.to.serial]
  }

  it('are, unless chosen, what was there before and what is live; a release that came twice is one', () => {
    expect(chosen()).toEqual([2, 4])
  })

  it('begin at what is live where only the other one is chosen', () => {
    expect(chosen(undefined, '1')).toEqual([4, 1])
    expect(chosen('1', '2')).toEqual([1, 2])
    expect(chosen('99', '2')).toEqual([4, 2])
  })

  it('are not there where there is one release', () => {
    expect(choosePair([entry(1, 'a', true)], undefined, undefined)).toBeUndefined()
    expect(choosePair([], undefined, undefined)).toBeUndefined()
  })
})

describe('usage judged by both', () => {
  const scopes = scopesOf(['a:read', 'a:write'])
  const asking = (name: string) =>
    releaseOf({ scopes, rules: [ruleOf('GET /a', { anyOf: [[name]] }), ruleOf('GET /b', { anyOf: [[name]] })] })
  const row = (client: string, path: string, scope: string, outcome: UsageRow['outcome'], count: number): UsageRow => ({
    format: 1,
    environment: 'production',
    release: '0'.repeat(64),
    from: '2026-11-01T00:00:00Z',
    to: '2026-11-02T00:00:00Z',
    host: 'api.example.com',
    method: 'GET',
    path,
    credential: 'verified',
    client,
    scopes: [scope],
    forDefault: true,
    outcome,
    count,
  })

  it('names who would be refused, then who would be let in, with all their routes together', () => {
    const rows = [
      row('reader', '/a', 'a:read', 'allow', 10),
      row('reader', '/b', 'a:read', 'allow', 5),
      row('writer', '/a', 'a:write', 'scope_insufficient', 99),
      row('busy', '/a', 'a:read', 'allow', 70),
    ]
    const replay = replayUsage(asking('a:read'), asking('a:write'), rows, Date.UTC(2026, 10, 28))
    expect(
      affectedClients(replay).map(({ client, change, requests, routes }) => [client, change, requests, routes.length]),
    ).toEqual([
      ['busy', 'refused', 70, 1],
      ['reader', 'refused', 15, 2],
      ['writer', 'admitted', 99, 1],
    ])
  })
})
