/** Files -> the map: which files make one, and how much of a broken one is still checked. */
import { describe, expect, test } from 'vitest'
import { readMap } from '../../src/source/read-map.ts'
import { filesOf, GATEWAY, readTexts, rulesOf, serviceOf } from './maps.ts'

const plain = serviceOf('  /x: { GET: a:read }\n')

describe('the files of a map', () => {
  test('may lie in any folder, and come in any order', () => {
    const inFolder = Object.fromEntries(Object.entries(plain).map(([name, text]) => [`some/scopes/${name}`, text]))
    const inReverse = Object.fromEntries(Object.entries(inFolder).reverse())
    const release = readTexts(plain).release
    expect(release).toBeDefined()
    expect(readTexts(inFolder).release).toEqual(release)
    expect(readTexts(inReverse).release).toEqual(release)
    expect(
      readTexts({ 'C:\\scopes\\gateway.yaml': GATEWAY, 'C:\\scopes\\tested.yaml': plain['tested.yaml'] ?? '' }).release,
    ).toEqual(release)
  })

  test.each([
    ['nothing at all', {}, ['missing-file@<service>.yaml:1:1', 'missing-file@gateway.yaml:1:1']],
    ['no gateway', { 'a/tested.yaml': plain['tested.yaml'] ?? '' }, ['missing-file@a/gateway.yaml:1:1']],
    ['no service', { 'a/gateway.yaml': GATEWAY }, ['missing-file@a/<service>.yaml:1:1']],
    ['another ending', { ...plain, 'other.yml': '' }, ['file-name@other.yml:1:1']],
    ['another kind', { ...plain, 'README.md': '' }, ['file-name@README.md:1:1']],
    ['a name that is none', { ...plain, 'Other.yaml': '' }, ['file-name@Other.yaml:1:1']],
    ['a second gateway', { ...plain, 'x/gateway.yaml': GATEWAY }, ['file-name@x/gateway.yaml:1:1']],
    [
      'a service in the wrong file',
      { 'gateway.yaml': GATEWAY, 'other.yaml': plain['tested.yaml'] ?? '' },
      ['file-name@other.yaml:1:10'],
    ],
  ])('%s', (_, texts, faults) => expect(rulesOf(readTexts(texts))).toEqual(faults))

  test('name each service once', () => {
    const { diagnostics } = readTexts({ ...plain, 'x/tested.yaml': plain['tested.yaml'] ?? '' })
    const [finding] = diagnostics.filter(({ rule }) => rule === 'duplicate-service')
    expect(finding?.at).toEqual({ file: 'x/tested.yaml', line: 1, column: 10 })
    expect(finding?.related.map(({ at }) => at)).toEqual([{ file: 'tested.yaml', line: 1, column: 10 }])
  })
})

describe('one run says everything', () => {
  test('of every file, in order', () => {
    const texts = {
      'gateway.yaml': GATEWAY.replace('[ES256]', '[HS256]').replace('zone', 'zoen'),
      'a.yaml': 'service: a\ndescription: D.\nowner: o\nroutes:\n  /x: { GET: [z:z] }\n  /y: { GET: b:raed }\n',
      'b.yaml':
        'service: b\ndescription: D.\nowner: o\nscopes:\n  b:read: { reason: R., sensitivity: no }\n  b:write: { reason: R., sensitivity: low, review: 2020-01-01 }\nroutes:\n  /y: { GET: b:write, HEAD: b:write }\n  y: { GET: b:write }\n',
      'c.yaml': 'a: [',
    }
    expect(rulesOf(readTexts(texts))).toEqual([
      'bare-list@a.yaml:5:14',
      'invalid-value@b.yaml:5:38',
      'review-overdue@b.yaml:6:52',
      'overlapping-rules@b.yaml:8:9',
      'unknown-key@b.yaml:8:23',
      'invalid-template@b.yaml:9:3',
      'yaml-syntax@c.yaml:1:5',
      'invalid-value@gateway.yaml:6:77',
      'invalid-value@gateway.yaml:7:15',
    ])
  })

  test('keys that YAML itself refuses do not hide the rest', () => {
    const routes = '  /x: { GET: a:raed, GET: a:read }\n  404: { GET: a:read }\n  /y: { FETCH: a:read }\n'
    expect(rulesOf(readTexts(serviceOf(routes)))).toEqual([
      'undefined-scope@tested.yaml:9:14',
      'duplicate-key@tested.yaml:9:22',
      'non-string-key@tested.yaml:10:3',
      'unknown-key@tested.yaml:11:9',
    ])
  })

  test('a service that cannot be placed collides with nobody', () => {
    const other = 'service: other\ndescription: D.\nowner: o\nroutes:\n  /x: { GET: a:read }\n'
    for (const [line, column] of [
      ['hosts: ["a b"]', 9],
      ['basePath: v1', 11],
    ] as const)
      expect
        .soft(rulesOf(readTexts({ ...plain, 'other.yaml': `${line}\n${other}` })))
        .toEqual([`invalid-value@other.yaml:1:${column}`])
  })

  test('without a gateway the services are checked all the same', () => {
    const { 'gateway.yaml': _, ...services } = serviceOf('  /x: { GET: a:raed }\n')
    expect(rulesOf(readTexts(services))).toEqual(['missing-file@gateway.yaml:1:1', 'undefined-scope@tested.yaml:9:14'])
  })
})

describe('an error anywhere', () => {
  test('leaves neither a release nor environments', () => {
    for (const broken of [
      { 'gateway.yaml': GATEWAY.replace('zone', 'zoen') },
      { 'other.yaml': '' },
      { 'other.yml': '' },
    ]) {
      const reading = readTexts({ ...plain, ...broken })
      expect.soft(reading.diagnostics).not.toEqual([])
      expect.soft([reading.release, reading.environments]).toEqual([undefined, undefined])
    }
  })

  test('in a file that is too large is found at once', () => {
    const files = [...filesOf(plain), { path: 'huge.yaml', bytes: new Uint8Array(10 * 1024 * 1024).fill(0x20) }]
    const { diagnostics, release } = readMap(files, '2026-11-23')
    expect(diagnostics.map(({ rule, at }) => `${rule}@${at.file}`)).toEqual(['file-too-large@huge.yaml'])
    expect(release).toBeUndefined()
  })
})
