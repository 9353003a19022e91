/** The profiles and the sample tokens by themselves: what a profile says must be found in the tokens of its provider, and nowhere else. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ALGORITHMS } from '../../src/policy/algorithm.ts'
import { isScopeToken } from '../../src/policy/scope.ts'
import { type IssuerProfile, PROFILE_NAMES, PROFILES, type ProfileName } from '../../src/source/profiles.ts'
import { FIXTURE_NOW, FIXTURES, type SampleToken } from './fixtures.ts'

const named = PROFILE_NAMES.map((name): [ProfileName, IssuerProfile] => [name, PROFILES[name]])
const samples = FIXTURES.map((fixture) => ({
  ...fixture,
  name: `${fixture.profile}, ${fixture.variant}`,
  settings: PROFILES[fixture.profile],
}))

function valueAt(claims: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (Object.hasOwn(Object(value), name) ? Object(value)[name] : undefined),
    claims,
  )
}

const isMarked = ({ claims }: SampleToken, { tokenType }: IssuerProfile): boolean =>
  tokenType !== 'at+jwt' &&
  tokenType.distinguishedBy.some(({ claim, equals }) => {
    const value = claims[claim]
    return equals === undefined ? value !== undefined : equals.includes(String(value))
  })

const isTyped = ({ header }: SampleToken): boolean => /^(application\/)?at\+jwt$/i.test(String(header.typ))

/** How the token calls its type, as a profile would write it. */
const kindOf = ({ header }: SampleToken): string => (header.typ === undefined ? 'none' : String(header.typ))

describe('the profiles', () => {
  test('are those that have a name, in the order of the names', () => {
    expect(Object.keys(PROFILES)).toEqual([...PROFILE_NAMES])
    expect(PROFILE_NAMES).toHaveLength(12)
  })

  test.each(named)('%s finds its keys in one way, or leaves them to the author', (name, { keys, keysPath }) => {
    expect([keys, keysPath].filter((way) => way !== undefined)).toHaveLength(name === 'google' ? 0 : 1)
    expect(keysPath ?? '/').toMatch(/^\/[^?#]*$/)
  })

  test.each(named)('[JAT-2] %s allows signatures alone, and only such as can be verified here', (_, { algorithms }) => {
    expect(algorithms.length).toBeGreaterThan(0)
    for (const algorithm of algorithms) expect(ALGORITHMS).toContain(algorithm)
  })

  test.each(named)(
    '[JAT-1] %s keeps to RFC 9068, or says why not and what tells its access tokens apart',
    (_, settings) => {
      const { tokenType } = settings
      if (tokenType === 'at+jwt') return
      expect(tokenType.accept.length).toBeGreaterThan(0)
      expect(tokenType.distinguishedBy.length).toBeGreaterThan(0)
      expect(tokenType.reason).toMatch(/^[A-Z].*\.$/)
    },
  )

  test.each(named)('[SCP-2] %s reads scopes from somewhere, and from no place twice', (_, { scopes, client }) => {
    const places = scopes.map(({ claim }) => JSON.stringify(claim))
    expect(new Set(places).size).toBe(places.length)
    expect(places.length).toBeGreaterThan(0)
    expect(client.length).toBeGreaterThan(0)
  })

  test.each(named)('%s has a note of whole sentences', (_, { note }) => {
    expect(note).toMatch(/^[A-Z`].*\.$/)
    expect(note).not.toMatch(/ {2}|\n/)
  })
})

describe('the page about them', () => {
  const page = readFileSync(new URL('../../docs/profiles.md', import.meta.url), 'utf8')
  const sections = new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text]),
  )

  test('has one section for each, in their order', () => {
    expect([...sections.keys()]).toEqual([...PROFILE_NAMES])
  })

  test.each(named)('shows how %s is written, and names the claims that mark and scope its tokens', (name, settings) => {
    const section = sections.get(name) ?? ''
    const marks = settings.tokenType === 'at+jwt' ? [] : settings.tokenType.distinguishedBy
    expect(section).toContain(`  profile: ${name}\n`)
    for (const claim of [...marks.map(({ claim }) => claim), ...settings.scopes.flatMap(({ claim }) => claim)])
      expect(section).toContain(`\`${claim}\``)
    for (const claim of [settings.audienceClaim, settings.acrClaim, settings.amrMember])
      if (claim !== undefined) expect(section).toContain(claim)
  })

  test.each(named)('has a row for %s that says the same', (name, { tokenType, scopes, client, identifiers }) => {
    const row = page.split('\n').find((line) => line.startsWith(`| [\`${name}\`]`)) ?? ''
    const cells = row.split('|').map((cell) => cell.trim())
    const quoted = (names: readonly string[]) => names.map((text) => `\`${text}\``).join(', ')
    const accepted = tokenType === 'at+jwt' ? [] : tokenType.accept
    const marks = tokenType === 'at+jwt' ? [] : tokenType.distinguishedBy
    expect(cells[2]).toBe(accepted.map((kind) => (kind === 'none' ? kind : `\`${kind}\``)).join(', '))
    expect(cells[3]).toBe(
      marks
        .map(
          ({ claim, equals }) =>
            `\`${claim}\`${equals ? ` is ${equals.map((text) => `\`${text}\``).join(' or ')}` : ''}`,
        )
        .join(', '),
    )
    expect(cells[4]).toBe(scopes.map(({ claim }) => claim.map((text) => `\`${text}\``).join(' → ')).join(', '))
    expect(cells[5]).toBe(quoted(client))
    expect(cells[6]).toBe(
      Object.entries(identifiers ?? {})
        .map(([what, claim]) => `${what} \`${claim}\``)
        .join(', '),
    )
  })
})

describe('the sample tokens', () => {
  test('are there for every profile, and no two have one name', () => {
    expect(new Set(FIXTURES.map(({ profile }) => profile))).toEqual(new Set(PROFILE_NAMES))
    expect(new Set(samples.map(({ name }) => name)).size).toBe(samples.length)
  })

  test.each(named)('show every mark, scope claim and identifier of %s', (name, { tokenType, scopes, identifiers }) => {
    const tokens = FIXTURES.filter(({ profile }) => profile === name).map(({ accessToken }) => accessToken.claims)
    const values = (path: readonly string[]) =>
      tokens.map((claims) => valueAt(claims, path)).filter((value) => value !== undefined)
    for (const { claim, equals } of tokenType === 'at+jwt' ? [] : tokenType.distinguishedBy)
      expect(new Set(values([claim]))).toEqual(new Set(equals ?? [...values([claim])]))
    for (const { claim } of tokenType === 'at+jwt' ? [] : tokenType.distinguishedBy)
      expect(values([claim])).not.toEqual([])
    for (const { claim } of scopes) expect(values(claim)).not.toEqual([])
    for (const claim of Object.values(identifiers ?? {})) expect(values([claim])).not.toEqual([])
  })

  test.each(samples)('$name: both are of one issuer, for one audience, by one key, and good now', (sample) => {
    const { issuer, audience, accessToken, idToken, settings } = sample
    const audiencesOf = ({ claims }: SampleToken) => [claims[settings.audienceClaim ?? 'aud']].flat()
    for (const token of [accessToken, idToken]) {
      expect(token.claims.iss).toBe(issuer)
      expect(audiencesOf(token)).toContain(audience)
      expect(token.header.alg).toBe(settings.algorithms[0])
      expect(token.claims.exp).toBeGreaterThan(FIXTURE_NOW)
    }
    expect(idToken.header.kid).toBe(accessToken.header.kid)
  })

  test.each(samples)('[JAT-1] $name: the type is one that the profile accepts', ({ accessToken, settings }) => {
    const accepted: readonly string[] = settings.tokenType === 'at+jwt' ? [] : settings.tokenType.accept
    expect(isTyped(accessToken) || accepted.includes(kindOf(accessToken))).toBe(true)
  })

  test.each(samples)('[JAT-1] $name: a mark tells the access token from the ID token', (sample) => {
    const { accessToken, idToken, settings } = sample
    expect(isMarked(accessToken, settings)).toBe(settings.tokenType !== 'at+jwt')
    expect(isMarked(idToken, settings)).toBe(false)
    expect(isTyped(idToken)).toBe(false)
  })

  test.each(samples)(
    '[JAT-7] $name: RFC 9068 as it is has all claims that it requires',
    ({ accessToken, settings }) => {
      if (settings.tokenType !== 'at+jwt') return
      for (const claim of ['iss', 'aud', 'sub', 'client_id', 'jti'])
        expect(accessToken.claims[claim]).toEqual(expect.any(String))
      for (const claim of ['exp', 'iat']) expect(accessToken.claims[claim]).toEqual(expect.any(Number))
    },
  )

  test.each(samples)('$name: nothing but the profile gives the ID token away', ({ idToken }) => {
    for (const claim of ['nonce', 'at_hash', 'c_hash', 's_hash']) expect(idToken.claims).not.toHaveProperty(claim)
  })

  test.each(samples)('[SCP-2] $name: the expected scopes are where the profile looks', (sample) => {
    const { accessToken, settings, expected } = sample
    const found = settings.scopes.flatMap(({ claim, format }) => {
      const value = valueAt(accessToken.claims, claim)
      if (value === undefined) return []
      expect(format === 'either' || format === (Array.isArray(value) ? 'array' : 'string')).toBe(true)
      return Array.isArray(value) ? value : String(value).split(' ')
    })
    expect(new Set(found)).toEqual(new Set(expected.scopes))
    expect(found.every((scope) => isScopeToken(String(scope)))).toBe(true)
  })

  test.each(samples)('$name: the expected client, subject and authentication are where the profile looks', (sample) => {
    const { accessToken, settings, expected } = sample
    const { claims } = accessToken
    const client = settings.client.map((name) => claims[name]).find((value) => value !== undefined)
    const acr = claims[settings.acrClaim ?? 'acr']
    const amr = [claims.amr ?? []].flat()
    expect(client).toBe(expected.client)
    expect(claims.sub || undefined).toBe(expected.subject)
    expect([acr ?? []].flat()).toEqual(expected.acrs ?? [])
    expect(
      settings.amrMember === undefined ? amr : amr.map((entry) => valueAt(entry, [settings.amrMember ?? ''])),
    ).toEqual(expected.amr ?? [])
  })

  test.each(
    samples.flatMap(({ name, refused = [], ...rest }) =>
      refused.map((token) => ({ ...rest, name, token, what: token.what })),
    ),
  )('[BCP-9] $name: $what lacks what an access token has', ({ token, settings, issuer, audience }) => {
    const accepted: readonly string[] = settings.tokenType === 'at+jwt' ? [] : settings.tokenType.accept
    const isLike =
      (isTyped(token) || accepted.includes(kindOf(token))) &&
      (settings.tokenType === 'at+jwt' || isMarked(token, settings)) &&
      token.claims.iss === issuer &&
      [token.claims[settings.audienceClaim ?? 'aud']].flat().includes(audience)
    expect(isLike).toBe(false)
  })
})
