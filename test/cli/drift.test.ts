/** Which differences are drift, and how they are said. */
import { describe, expect, test } from 'vitest'
import { agreementOf, findingsOf, relationsOf } from '../../src/cli/drift.ts'
import type { EdgeAnswer } from '../../src/cli/edge.ts'
import type { KvStanding, Standing } from '../../src/cli/standing.ts'
import { answerOf, NEW, OLD } from '../support/edge-clock.ts'

const PUBLISHED = '2026-11-28T12:00:00.000Z'
const at = (seconds: number) => Date.parse(PUBLISHED) + seconds * 1000

const live = (digest: string, serial: number, lineage: readonly string[] = [digest]): KvStanding => ({
  kind: 'live',
  pointer: { digest, serial, publishedAt: PUBLISHED, by: 'me' },
  lineage,
})
const NOTHING: KvStanding = { kind: 'empty', isLost: false }
const bundled = (digest: string, serial: number): EdgeAnswer => ({
  kind: 'gate',
  release: { digest, serial, source: 'bundled' },
  bundled: { digest, serial },
})
const standing = (kv: KvStanding, answer: EdgeAnswer, address = 'https://api.example.com'): Standing => ({
  environment: 'production',
  kv,
  edges: [{ address, answer }],
})
const only = (kv: KvStanding, answer: EdgeAnswer, seconds = 10) => findingsOf(standing(kv, answer), at(seconds))

test('an edge with what KV says is live agrees, whatever its serial', () => {
  expect(agreementOf(live(NEW, 7), { address: '', answer: answerOf(NEW, 6) })).toBe('agrees')
  expect(only(live(NEW, 7), answerOf(NEW, 7))).toEqual([])
})

describe('drift', () => {
  test.each<[string, KvStanding, EdgeAnswer, number, string]>([
    [
      'a young publish is on its way',
      live(NEW, 7),
      answerOf(OLD, 6),
      40,
      'published 40 s ago: it takes a minute or so',
    ],
    ['an older one is not', live(NEW, 7), answerOf(OLD, 6), 1_260, 'published 21 min ago: it should have arrived'],
    ['a bundle that outranks KV', live(NEW, 7), bundled(OLD, 7), 40, 'which outranks'],
    ['an edge that is further than KV says here', live(NEW, 7), answerOf(OLD, 8), 40, 'KV shows a newer write late'],
    ['two releases of one serial', live(NEW, 7), answerOf(OLD, 7), 40, 'took the same serial'],
    ['an edge that has what this KV never saw', NOTHING, answerOf(OLD, 6), 40, 'is it the right namespace?'],
    ['a pointer that was deleted', { kind: 'empty', isLost: true }, answerOf(OLD, 6), 40, 'it was deleted'],
    [
      'the same, where the edge fell back to its bundle',
      { kind: 'empty', isLost: true },
      bundled(OLD, 0),
      40,
      'deleted',
    ],
    ['a pointer that is damaged', { kind: 'damaged', why: 'it is no JSON' }, answerOf(OLD, 6), 40, 'it is no JSON'],
  ])('%s', (_, kv, answer, seconds, text) => {
    expect(agreementOf(kv, { address: '', answer })).toBe('drift')
    expect(only(kv, answer, seconds)[0]).toEqual({ level: 'drift', text: expect.stringContaining(text) })
  })
})

test('where nothing was published the bundled release is what should serve', () => {
  expect(only(NOTHING, bundled(OLD, 0))).toEqual([])
})

test('a bundle that is not what is live is said, and is no drift', () => {
  const answer = answerOf(NEW, 7, { bundled: { digest: OLD, serial: 0 } })
  expect(only(live(NEW, 7), answer)).toEqual([{ level: 'behind', text: expect.stringContaining('a deploy renews it') }])
})

test('what cannot be asked is unknown, save a gate on this machine that nobody started', () => {
  const refused: EdgeAnswer = { kind: 'failed', why: 'it could not be reached', isAbsent: true }
  expect(only(live(NEW, 7), refused)).toMatchObject([{ level: 'unknown' }])
  expect(findingsOf(standing(live(NEW, 7), refused, 'http://localhost:8787'), at(1))).toMatchObject([
    { level: 'behind' },
  ])
  const silent: EdgeAnswer = { ...refused, isAbsent: false }
  expect(findingsOf(standing(live(NEW, 7), silent, 'http://localhost:8787'), at(1))).toMatchObject([
    { level: 'unknown' },
  ])
  expect(only({ kind: 'failed', why: 'not logged in' }, answerOf(NEW, 7))).toMatchObject([{ level: 'unknown' }])
})

test('environments are held against one another, development left out', () => {
  const named = (environment: string, lineage: readonly string[]): Standing => ({
    environment,
    kv: live(lineage.at(-1) ?? '', 1, lineage),
    edges: [],
  })
  expect(
    relationsOf([
      named('development', ['x']),
      named('production', ['a']),
      named('staging', ['a', 'b', 'c']),
      named('test', ['z']),
    ]),
  ).toEqual([
    'staging is 2 releases ahead of production',
    'production and test have different releases, and neither is simply ahead',
    'staging and test have different releases, and neither is simply ahead',
  ])
})
