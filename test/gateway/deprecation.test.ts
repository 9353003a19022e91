/** RFC 9745 and RFC 8594 on answers whose access rested on a deprecated scope. */
import { expect, test } from 'vitest'
import { announceDeprecation } from '../../src/gateway/deprecation.ts'
import type { DeprecationEntry } from '../../src/policy/release.ts'
import type { NonEmpty } from '../../src/policy/result.ts'
import type { ScopeToken } from '../../src/policy/scope.ts'
import { documentOf, scopesOf } from '../policy/build.ts'

function announced(deprecations: Readonly<Record<string, DeprecationEntry>>, origin: Record<string, string> = {}) {
  const details = Object.fromEntries(Object.entries(deprecations).map(([name, deprecated]) => [name, { deprecated }]))
  const headers = new Headers(origin)
  const names = Object.keys(deprecations) as string[] as unknown as NonEmpty<ScopeToken>
  announceDeprecation(headers, names, documentOf({ scopes: scopesOf([], details) }))
  return Object.fromEntries(headers)
}

test('[DEP-1] the day of the announcement is a structured date in whole seconds', () => {
  expect(announced({ a: { since: '2023-06-30' } })).toEqual({ deprecation: '@1688083200' })
})

test('[DEP-3] the sunset is an HTTP date in GMT', () => {
  expect(announced({ a: { since: '2023-06-30', sunset: '2024-06-30' } }).sunset).toBe('Sun, 30 Jun 2024 00:00:00 GMT')
})

test('[DEP-2] the announcement is linked to, beside what the origin links to', () => {
  const link = 'https://example.com/why'
  expect(announced({ a: { since: '2023-06-30', link } }, { link: '</next>; rel="next"' }).link).toBe(
    `</next>; rel="next", <${link}>; rel="deprecation"; type="text/html"`,
  )
})

test('[DEP-4] what the origin says of itself stays, each once', () => {
  const origin = { deprecation: '@1', sunset: 'Thu, 01 Jan 1970 00:00:01 GMT' }
  expect(announced({ a: { since: '2023-06-30', sunset: '2024-06-30' } }, origin)).toEqual(origin)
})

test('[DEP-3] beside a sunset of the origin no later deprecation is added', () => {
  const link = 'https://example.com/why'
  const of = (sunset: string) => announced({ a: { since: '2023-06-30', link } }, { sunset })
  expect(of('Thu, 29 Jun 2023 23:59:59 GMT')).not.toHaveProperty('deprecation')
  expect(of('Thu, 29 Jun 2023 23:59:59 GMT')).toHaveProperty('link')
  expect(of('Fri, 30 Jun 2023 00:00:00 GMT')).toMatchObject({ deprecation: '@1688083200' })
})

test('[DEP-3] beside a deprecation of the origin no sunset is added, which could come before it', () => {
  const origin = { deprecation: '@1900000000' }
  expect(announced({ a: { since: '2023-06-30', sunset: '2024-06-30' } }, origin)).toEqual(origin)
})

test('of several scopes the earliest days count, and each link is there once', () => {
  const link = 'https://example.com/why'
  expect(
    announced({
      a: { since: '2023-06-30', sunset: '2025-01-01', link },
      b: { since: '2023-01-01', sunset: '2026-01-01', link },
    }),
  ).toEqual({
    deprecation: '@1672531200',
    sunset: 'Wed, 01 Jan 2025 00:00:00 GMT',
    link: `<${link}>; rel="deprecation"; type="text/html"`,
  })
})
