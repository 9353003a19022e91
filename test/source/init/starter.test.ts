/** What `init` writes is a sound map, whatever the answers. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ADMIN_ROUTES } from '../../../src/policy/admin-routes.ts'
import { ADMIN_SCOPES, adminText } from '../../../src/source/init/admin-text.ts'
import type { InitAnswers } from '../../../src/source/init/answers.ts'
import { gatewayText } from '../../../src/source/init/gateway-text.ts'
import { fillPlaceholders } from '../../../src/source/init/placeholders.ts'
import { serviceText } from '../../../src/source/init/service-text.ts'
import { PROFILE_NAMES } from '../../../src/source/profiles.ts'
import { readMap } from '../../../src/source/read-map.ts'

const ANSWERS: InitAnswers = {
  service: 'orders',
  owner: 'team-orders',
  production: { host: 'api.acme.test', issuer: 'https://login.acme.test/', audience: 'https://api.acme.test' },
  staging: {
    host: 'api.staging.acme.test',
    issuer: 'https://login.staging.acme.test',
    audience: 'https://api.acme.test',
  },
  review: '2027-11-28',
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const read = (answers: InitAnswers, names: readonly string[] = []) =>
  readMap(
    [
      { path: 'scopes/gateway.yaml', bytes: bytes(gatewayText(answers, names)) },
      { path: `scopes/${answers.service}.yaml`, bytes: bytes(serviceText(answers)) },
    ],
    '2026-11-28',
  )

describe('a new map', () => {
  test('is sound, without a warning, and knows its environments', () => {
    const { diagnostics, environments, release } = read(ANSWERS)
    expect(diagnostics).toEqual([])
    expect(environments?.map(({ name }) => name)).toEqual(['development', 'production', 'staging'])
    expect(environments?.find(({ name }) => name === 'staging')?.hostAliases).toEqual({
      'api.staging.acme.test': 'api.acme.test',
    })
    expect(release?.rules).toHaveLength(5)
  })

  test('opens the whole admin API, each route to a scope', () => {
    const { diagnostics, release } = readMap(
      [
        { path: 'scopes/gateway.yaml', bytes: bytes(gatewayText(ANSWERS, ADMIN_SCOPES)) },
        { path: 'scopes/scopewall.yaml', bytes: bytes(adminText(ANSWERS)) },
      ],
      '2026-11-28',
    )
    expect(diagnostics).toEqual([])
    expect(release?.rules.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...ADMIN_ROUTES].sort())
    expect(Object.keys(release?.scopes ?? {}).sort()).toEqual([...ADMIN_SCOPES].sort())
  })

  test('needs no staging', () => {
    const { staging: _, ...answers } = ANSWERS
    const { diagnostics, environments } = read(answers)
    expect(diagnostics).toEqual([])
    expect(environments?.map(({ name }) => name)).toEqual(['development', 'production'])
  })

  test.each(PROFILE_NAMES.filter((name) => !['cloudflare-access', 'google'].includes(name)))(
    'takes the profile %s as far as that goes without further settings',
    (profile) => {
      const { diagnostics } = read({ ...ANSWERS, profile })
      const about = diagnostics.filter(({ severity }) => severity === 'error')
      for (const { message, help } of about) expect(`${message} ${help}`).toMatch(/keys|audience|issuer/)
    },
  )

  test('keeps the convention only where the names that are there follow it', () => {
    expect(gatewayText(ANSWERS, ['orders:read', 'a:b:c'])).toMatch(/^ {2}pattern:/m)
    expect(gatewayText(ANSWERS, ['https://api.test/auth/orders'])).not.toMatch(/^ {2}pattern:/m)
  })

  test('quotes whatever is written for an owner', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom('yes', 'null', '1', '@team', 'team: a', 'a #b', '- a', '{a}', '"', "'", '|', '&a', '!x', '%'),
          fc.string({ unit: 'grapheme-ascii', minLength: 1 }).filter((text) => text.trim() !== ''),
        ),
        (owner) => {
          const { diagnostics, release } = read({ ...ANSWERS, owner })
          // That an owner looks like a placeholder is worth a warning; that it does not come through would be an error.
          expect(diagnostics.filter(({ rule }) => rule !== 'placeholder-metadata')).toEqual([])
          expect(release?.services.orders?.owner).toBe(owner.trim())
        },
      ),
    )
  })
})

describe('the placeholders of wrangler.toml', () => {
  const TEMPLATE = readFileSync(new URL('../../../wrangler.toml', import.meta.url), 'utf8')

  test('become the hosts of the new map', () => {
    const filled = fillPlaceholders(TEMPLATE, ANSWERS, 'acme.test')
    expect(filled).toContain('routes = [{ pattern = "api.acme.test/*", zone_name = "acme.test" }]')
    expect(filled).toContain('routes = [{ pattern = "api.staging.acme.test/*", zone_name = "acme.test" }]')
    expect(filled.split('\n')).toHaveLength(TEMPLATE.split('\n').length)
  })

  test('are left where somebody has written there already', () => {
    const edited = TEMPLATE.replaceAll('example.com/*"', 'other.test/*"')
    expect(fillPlaceholders(edited, ANSWERS, 'acme.test')).toBe(edited)
  })
})
