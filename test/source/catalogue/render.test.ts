/** The catalogue as a page and as Markdown: what it says, and that nothing in a map becomes more than text. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type CatalogueOptions, createCatalogue } from '../../../src/source/catalogue/catalogue.ts'
import { renderHtml } from '../../../src/source/catalogue/html.ts'
import { renderMarkdown } from '../../../src/source/catalogue/markdown.ts'
import { durationText } from '../../../src/source/catalogue/phrase.ts'
import { SCRIPT, SCRIPT_HASH } from '../../../src/source/catalogue/script.ts'
import { STYLE, STYLE_HASH } from '../../../src/source/catalogue/style.ts'
import { anchorOf } from '../../../src/source/catalogue/words.ts'
import { environmentOf, GATEWAY, releaseOf, type Texts } from '../maps.ts'

const DIGEST = 'ab'.repeat(32)

const SERVICE = `service: invoices
description: Invoices.
owner: team-billing
basePath: /v1
scopes:
  invoices:read: { reason: Partners reconcile., sensitivity: low }
  invoices:refund:
    reason: Money goes back.
    sensitivity: critical
    owner: team-refunds
    stepUp: { acr: [phr, phrh], maxAge: 5m }
  invoices:admin: { reason: Repairs., sensitivity: high, implies: [invoices:read] }
  invoices:write:
    reason: Was one for all.
    sensitivity: medium
    deprecated: { since: 2026-09-01, sunset: 2031-06-30, replacedBy: [invoices:refund], link: "https://example.com/a?b=1&c='" }
routes:
  /invoices: { GET: invoices:read, POST: { scope: invoices:write, clients: [backoffice] } }
  /invoices/{id}/refunds: { POST: { allOf: [invoices:read, invoices:refund] } }
  /me: { GET: { authenticated: Everybody sees themselves. } }
  /status: { GET: { public: Load balancers probe. } }
`

const catalogueOf = (texts: Texts, options: Partial<CatalogueOptions> = {}) =>
  createCatalogue(releaseOf(texts), { digest: DIGEST, ...options })

const TEXTS = { 'gateway.yaml': GATEWAY, 'invoices.yaml': SERVICE }
const full = catalogueOf(TEXTS, {
  environment: environmentOf(TEXTS),
  since: new Map([['invoices:read', '2024-02-29']]),
})

describe('a catalogue', () => {
  test.each([
    [1, '1 second'],
    [90, '90 seconds'],
    [300, '5 minutes'],
    [5400, '90 minutes'],
    [7200, '2 hours'],
    [604_800, '7 days'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text)
  })

  test('says everything that a client needs, in both formats', () => {
    for (const text of [renderHtml(full), renderMarkdown(full)])
      for (const part of [
        'Scopes of https://api.example.com',
        'https://login.example.com',
        'Partners reconcile.',
        'team-refunds',
        '2024-02-29',
        'Deprecated since 2026-09-01.',
        'From 2031-06-30 (00:00 UTC) on it opens nothing.',
        'at most 5 minutes ago',
        'a token of the client',
        'Everybody sees themselves.',
        'any valid token',
        'Load balancers probe.',
        'ababababab',
      ])
        expect(text).toContain(part)
  })

  test('calls hosts what the clients of the environment call them, and names them only where there are several', () => {
    const aliased = {
      ...TEXTS,
      'gateway.yaml': GATEWAY.replace(
        'upstream: zone',
        'upstream: zone\n    hostAliases: { api.staging.example.com: api.example.com }',
      ),
    }
    expect(catalogueOf(aliased, { environment: environmentOf(aliased) }).hosts).toEqual(['api.staging.example.com'])
    expect(renderMarkdown(full)).toContain('| `GET` | `/v1/me` |')
    const several = catalogueOf({
      ...TEXTS,
      'gateway.yaml': GATEWAY.replace('[api.example.com]', '[a.example.com, b.example.com]'),
    })
    expect(renderMarkdown(several)).toContain('| `GET` | `a.example.com`, `b.example.com` `/v1/me` |')
    expect(several.services[0]?.scopes.flatMap(({ direct }) => direct)).toHaveLength(
      full.services[0]?.scopes.flatMap(({ direct }) => direct).length ?? 0,
    )
  })

  test('leaves out since when where nobody knows', () => {
    expect(renderHtml(catalogueOf(TEXTS))).not.toContain('Since')
    expect(renderMarkdown(catalogueOf(TEXTS))).not.toContain('Since:')
  })
})

const HOSTILE_NAME = `<img/src=x>|\`&amp;'{}[](#)*_`
const HOSTILE_TEXT = `</style><script>alert(1)</script>"' | x \`\`\` \\\\ [a](javascript:alert) &lt; @all\n\n# Heading\n- item`

/** Names and texts of a map that want to be more than text. */
const hostile = catalogueOf(
  {
    'gateway.yaml': GATEWAY,
    'evil.yaml': JSON.stringify({
      service: 'evil',
      description: HOSTILE_TEXT,
      owner: HOSTILE_TEXT,
      scopes: {
        [HOSTILE_NAME]: { reason: HOSTILE_TEXT, sensitivity: 'low', stepUp: { acr: ['<b>', '`'] } },
        '%41': { reason: 'Looks like the next in an address.', sensitivity: 'low', implies: ['A'] },
        A: { reason: 'Plain.', sensitivity: 'low' },
      },
      routes: {
        "/a'b&c/{id}": { GET: { scope: HOSTILE_NAME, clients: ['<i>', '|`|'] }, POST: '%41', PUT: 'A' },
        '/open': { GET: { public: HOSTILE_TEXT } },
      },
    }),
  },
  { digest: DIGEST },
)

describe('the page', () => {
  test('lets only its own style and script run', () => {
    const sha256 = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
    expect([STYLE_HASH, SCRIPT_HASH]).toEqual([sha256(STYLE), sha256(SCRIPT)])
    const page = renderHtml(full)
    expect(page).toContain(`<style>${STYLE}</style>`)
    expect(page).toContain(`<script>${SCRIPT}</script>`)
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
    expect(policy?.replaceAll('&#39;', "'")).toBe(
      `default-src 'none'; style-src '${STYLE_HASH}'; script-src '${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`,
    )
  })

  test.each([
    ['an ordinary map', full],
    ['a hostile map', hostile],
  ])('of %s is balanced, has each anchor once and no link into nothing', (_, catalogue) => {
    const page = renderHtml(catalogue).replace(STYLE, '').replace(SCRIPT, '')
    const open: string[] = []
    for (const [, close, tag = '', attributes = ''] of page.matchAll(
      /<(\/?)([a-z][a-z0-9]*)((?:[^<>"]|"[^"<>]*")*)>/g,
    )) {
      if (['meta', 'input', 'wbr'].includes(tag)) continue
      if (close === '') open.push(tag)
      else expect(open.pop()).toBe(tag)
      expect(attributes).not.toMatch(/\son[a-z]+=|javascript:/i)
    }
    expect(open).toEqual([])
    // Every angle bracket belongs to a tag of ours.
    expect(page.replace(/<!doctype html>|<\/?[a-z][a-z0-9]*(?:\s[a-z-]+(?:="[^"<>]*")?)*\s*>/g, '')).not.toMatch(/[<>]/)
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(([, target]) => target)
    expect(targets.filter((target) => !ids.includes(target))).toEqual([])
    expect(page.match(/<script/g)).toHaveLength(1)
  })

  test('escapes the address of an announcement', () => {
    expect(renderHtml(full)).toContain('href="https://example.com/a?b=1&amp;c=&#39;"')
  })

  test('shows text that would reorder a line as what it is', () => {
    const page = renderHtml(
      catalogueOf({ ...TEXTS, 'invoices.yaml': SERVICE.replace('Money goes back.', '"Money \\u202Egoes"') }),
    )
    expect(page).toContain('Money \uFFFDgoes')
  })
})

describe('the Markdown', () => {
  const text = renderMarkdown(hostile)

  test('holds as many cells in each row as in the header of its table', () => {
    const cells = (line: string) => line.replace(/\\[^|]/g, '').split(/(?<!\\)\|/).length
    let header = 0
    for (const line of text.split('\n')) {
      if (!line.startsWith('|')) header = 0
      else if (header === 0) header = cells(line)
      else expect([line, cells(line)]).toEqual([line, header])
    }
  })

  test('has no tag but its anchors and folded lists, no heading of others and no link into nothing', () => {
    const outside = text.replace(/(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '').replace(/\\./g, '')
    expect(outside.replace(/<a id="[^"]*"><\/a>|<\/?(?:details|summary)>/g, '')).not.toMatch(/<|\]\((?!#|<https:)/)
    expect(text.split('\n').filter((line) => /^#+ /.test(line))).toHaveLength(6)
    const ids = [...text.matchAll(/<a id="([^"]*)">/g)].map(([, id]) => id)
    const targets = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target)
    expect(targets.filter((target) => !ids.includes(target))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
  })
})

test('an anchor is the same in an attribute and in an address, and no two names share one', () => {
  expect(anchorOf('scope', 'invoices:read')).toBe('scope:invoices:read')
  expect(anchorOf('scope', '%41')).not.toBe(anchorOf('scope', 'A'))
  expect(anchorOf('scope', `"<>'()%`)).toBe('scope:%22%3C%3E%27%28%29%25')
})
