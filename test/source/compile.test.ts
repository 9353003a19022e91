/** The map as it was written -> the release: canonical, whatever the order and the spelling of the source. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeRelease } from '../../src/policy/decode.ts'
import { encodeRelease } from '../../src/policy/release.ts'
import { canonicalAlternatives } from '../../src/source/compile.ts'
import { GATEWAY, onlyErrors, readTexts, releaseOf, scopesOf, serviceOf, type Texts } from './maps.ts'
import { anyMap, shuffled } from './random-map.ts'

const encoded = (texts: Texts) => encodeRelease(releaseOf(texts))

describe('canonical', () => {
  test('the order of files, keys and lists changes nothing', () => {
    const pair = anyMap.chain((map) => fc.tuple(fc.constant(map), shuffled(map)))
    fc.assert(
      fc.property(pair, ([map, other]) => {
        expect(encoded(other.texts())).toBe(encoded(map.texts()))
      }),
      { numRuns: 25 },
    )
  })

  test('every map without errors makes a release that the gate loads', () => {
    fc.assert(
      fc.property(anyMap, (map) => {
        const { release, diagnostics } = readTexts(map.texts())
        expect(onlyErrors(diagnostics)).toEqual([])
        expect(release && decodeRelease(encodeRelease(release)).ok).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  test('alternatives ascend by their number of scopes, then by their text, each once', () => {
    expect(canonicalAlternatives([['b', 'a'], ['c'], ['a', 'b', 'a'], ['a', 'aa'], ['B'], ['c', 'c']])).toEqual([
      ['B'],
      ['c'],
      ['a', 'aa'],
      ['a', 'b'],
    ])
  })

  test('rules ascend by host, path and method', () => {
    const rules = '  /b: { PUT: a:read, GET: a:read }\n  /a/{x}: { GET: a:read }\n  /a: { GET: a:read }\n'
    const texts = serviceOf(rules)
    const twoHosts = { ...texts, 'tested.yaml': `hosts: [b.example, "*.a.example"]\n${texts['tested.yaml']}` }
    expect(releaseOf(twoHosts).rules.map(({ host, path, method }) => `${host} ${path} ${method}`)).toEqual(
      ['*.a.example', 'b.example'].flatMap((host) =>
        ['/a GET', '/a/{x} GET', '/b GET', '/b PUT', '/used GET'].map((rest) => `${host} ${rest}`),
      ),
    )
  })

  test('hosts are in lower case and literals percent-encoded, however they were written', () => {
    const texts = serviceOf(
      '  /caf\u00e9/{x}: { GET: a:read }\n  "/a b": { GET: a:read }\n  /%c3%a9: { GET: a:read }\n',
    )
    const { rules } = releaseOf({ ...texts, 'gateway.yaml': GATEWAY.replace('hosts: [api', 'hosts: [API') })
    expect(new Set(rules.map(({ host }) => host))).toEqual(new Set(['api.example.com']))
    expect(rules.map(({ path }) => path)).toEqual(['/%C3%A9', '/a%20b', '/caf%C3%A9/{x}', '/used'])
  })

  test('the order of preference of acr is kept', () => {
    const release = releaseOf(serviceOf('  /x: { GET: { scope: a:read, stepUp: { acr: [z, a, m] } } }\n'))
    expect(release.rules.find(({ path }) => path === '/x')?.stepUp).toEqual({ acr: ['z', 'a', 'm'] })
  })

  test('the day changes nothing', () => {
    const texts = serviceOf('  /x: { GET: a:read }\n')
    expect(readTexts(texts, '2030-01-01').release).toEqual(readTexts(texts, '2026-01-01').release)
  })
})

describe('compiled', () => {
  test('implications are closed', () => {
    const scopes = [
      ['a', '[b, c]'],
      ['b', '[d]'],
      ['c', '[d, e]'],
      ['d', '[e]'],
    ]
      .map(
        ([name, implies]) =>
          `  s:${name}: { reason: R., sensitivity: low, implies: ${implies?.replace(/[a-e]/g, 's:$&')} }\n`,
      )
      .concat('  s:e: { reason: R., sensitivity: low }\n')
    const release = releaseOf(scopesOf(scopes.join(''), '  /x: { GET: s:e }\n'))
    expect(Object.entries(release.scopes).map(([name, { implies }]) => [name, implies])).toEqual([
      ['s:a', ['s:b', 's:c', 's:d', 's:e']],
      ['s:b', ['s:d', 's:e']],
      ['s:c', ['s:d', 's:e']],
      ['s:d', ['s:e']],
      ['s:e', undefined],
    ])
  })

  test("a service's mode goes into each of its rules that has none of its own", () => {
    const texts = serviceOf(
      '  /x: { GET: { scope: a:read, mode: enforce } }\n  /y: { GET: a:read }\n  /z: { GET: { anyOf: [a:read] } }\n',
    )
    const { rules } = releaseOf({ ...texts, 'tested.yaml': `mode: observe\n${texts['tested.yaml']}` })
    expect(rules.map(({ path, mode }) => [path, mode])).toEqual([
      ['/used', 'observe'],
      ['/x', 'enforce'],
      ['/y', 'observe'],
      ['/z', 'observe'],
    ])
  })

  test('a scope has what it says of itself, and the owner of its service where it names none', () => {
    const scopes = `  a:b:
    reason: >
      R.
    sensitivity: critical
    owner: team-b
    stepUp: { acr: phr, maxAge: 5m }
    maxTokenAge: 10m
    review: 2027-03-01
    deprecated: { since: 2026-01-01, sunset: 2027-01-01, replacedBy: [a:d, a:c], link: "https://a.example/x" }
  a:c: { reason: R., sensitivity: low }
  a:d: { reason: R., sensitivity: low, deprecated: { since: 2026-01-01 } }
`
    expect(releaseOf(scopesOf(scopes, '  /x: { GET: { anyOf: [a:b, a:c, a:d] } }\n')).scopes).toEqual({
      'a:b': {
        service: 'tested',
        owner: 'team-b',
        reason: 'R.',
        sensitivity: 'critical',
        stepUp: { acr: ['phr'], maxAgeSeconds: 300 },
        maxTokenAgeSeconds: 600,
        review: '2027-03-01',
        deprecated: {
          since: '2026-01-01',
          sunset: '2027-01-01',
          replacedBy: ['a:c', 'a:d'],
          link: 'https://a.example/x',
        },
      },
      'a:c': { service: 'tested', owner: 'team', reason: 'R.', sensitivity: 'low' },
      'a:d': {
        service: 'tested',
        owner: 'team',
        reason: 'R.',
        sensitivity: 'low',
        deprecated: { since: '2026-01-01' },
      },
    })
  })

  test('what a host relaxes is there, its reason is not', () => {
    const options = 'hostOptions: { api.example.com: { allow: [semicolon, encodedSlash], reason: Old clients. } }\n'
    const release = releaseOf({ ...serviceOf('  /x: { GET: a:read }\n'), 'gateway.yaml': options + GATEWAY })
    expect(release.hosts).toEqual({ 'api.example.com': { allow: ['encodedSlash', 'semicolon'] } })
  })

  test('a trust anchor is not', () => {
    const text = encoded(serviceOf('  /x: { GET: a:read }\n'))
    expect(text).not.toContain('login.example.com')
    expect(text).not.toContain('zone')
  })
})
