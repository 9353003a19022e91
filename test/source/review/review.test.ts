/** The access review as data and as a page: what it says, what it admits not to know, and that no name in it becomes more than text. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fail } from '../../../src/policy/result.ts'
import { DIGEST_PLACE } from '../../../src/source/review/evidence.ts'
import { renderReview } from '../../../src/source/review/html.ts'
import { createReview, holdsTooMuch, missingSerials } from '../../../src/source/review/review.ts'
import { STYLE, STYLE_HASH } from '../../../src/source/review/style.ts'
import { factsWith } from './facts.ts'

const pageOf = (...change: Parameters<typeof factsWith>) => renderReview(createReview(factsWith(...change)))
const figureOf = (review: ReturnType<typeof createReview>, wanted: string) =>
  review.figures.find(({ name }) => name === wanted)?.value

/** The element that begins a section, up to the next one. */
function sectionOf(page: string, anchor: string): string {
  const from = page.indexOf(`<h2 id="${anchor}">`)
  return page.slice(from, page.indexOf('</section>', from))
}

describe('an access review', () => {
  test('tells overdue scopes of each owner first, and how each is used', () => {
    const { owners } = createReview(factsWith())
    expect(
      owners.map(({ owner, scopes }) => [owner, scopes.map(({ name, reviewState }) => [name, reviewState])]),
    ).toEqual([
      [
        'team-billing',
        [
          ['invoices:admin', 'due'],
          ['invoices:write', 'none'],
          ['invoices:read', 'later'],
        ],
      ],
      ['team-refunds', [['invoices:refund', 'overdue']]],
    ])
    expect(owners[0]?.scopes[0]).toMatchObject({
      routes: 1,
      routesThroughImplied: 2,
      usage: { requests: 12, clients: 2 },
    })
    expect(owners[1]?.scopes[0]?.usage).toEqual({ requests: 0, clients: 0 })
  })

  test('lists every exception with its reason, and says where none is given', () => {
    const groups = createReview(factsWith()).exceptions.map(({ exceptions }) =>
      exceptions.map(({ subject, reason }) => [subject, reason]),
    )
    expect(groups).toEqual([
      [
        ['POST api.example.com/v1/hooks/{id}', 'Providers call it.'],
        ['GET api.example.com/v1/status', 'Load balancers probe.'],
      ],
      [['GET api.example.com/v1/me', 'Everybody sees themselves.']],
      [['courier', undefined]],
      [
        ['tokenAudit', 'The works council is still to agree.'],
        ['releaseKeys', undefined],
      ],
      [['api.example.com', 'The origin is from 1999.']],
      [['POST api.example.com/v1/hooks/{id}', 'Hooks are signed.']],
      [['invoices:refund', undefined]],
    ])
  })

  test('counts what it lists', () => {
    const review = createReview(factsWith())
    expect(Object.fromEntries(review.figures.map(({ name, value }) => [name, value]))).toMatchObject({
      scopes: 4,
      'reviews overdue': 1,
      exceptions: 9,
      'clients that hold more than they use': 1,
      'scopes that nobody used': 1,
      'shadow scopes': 1,
      'releases in the window': 3,
      'kill switches': 1,
      incidents: 1,
      'incidents that are open': 0,
    })
  })

  test('a client that uses all of a wide scope holds too much where less would have done', () => {
    const { usage } = factsWith()
    if (!usage.ok) throw new Error(usage.error)
    const [client] = usage.value.clients.clients
    if (client === undefined) throw new Error('there is none')
    const granted = [{ scope: 'invoices:admin', exercised: 5 }]
    expect(holdsTooMuch({ ...client, granted, suggested: ['invoices:read'] })).toBe(true)
    expect(holdsTooMuch({ ...client, granted, suggested: ['invoices:admin'] })).toBe(false)
  })

  test('names serials that are not there, and no more than anybody reads', () => {
    const { history } = factsWith()
    if (!history.ok) throw new Error(history.error)
    expect(missingSerials(history.value)).toEqual([4])
    const [first] = history.value.releases
    if (first === undefined) throw new Error('there is none')
    expect(missingSerials({ ...history.value, releases: [{ ...first, serial: 9_999_999_999 }] })).toHaveLength(50)
  })

  test('keeps what happened as evidence of incidents to itself', () => {
    expect(JSON.stringify(createReview(factsWith()).incidents)).not.toContain('evidence')
  })
})

describe('its page', () => {
  test('is the same for the same facts, loads nothing and runs nothing', () => {
    const page = pageOf()
    expect(page).toBe(pageOf())
    expect(STYLE_HASH).toBe(`sha256-${createHash('sha256').update(STYLE).digest('base64')}`)
    expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;${STYLE_HASH}&#39;;`)
    expect(page).not.toMatch(
      /<(?:link|img|iframe|object|embed|form|input|button)|\son\w+=|\ssrc=|\sstyle=|url\(|@import/,
    )
    expect(page.match(/<script[^>]*>/g)).toEqual(['<script type="application/json" id="review">'])
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, target = '']) => target.startsWith('#'))).toBe(true)
  })

  test('says what every section has to say', () => {
    const page = pageOf()
    const said: Readonly<Record<string, readonly string[]>> = {
      summary: ['https://login.example.com', '1 hour'],
      scopes: ['Partners reconcile.', '12\u202F345\u202F678', 'since 2024-02-29', 'opens nothing from 2031-06-30'],
      reviews: ['2026-10-01', '2026-12-24'],
      exceptions: ['Hooks are signed.', 'a client that is observed'],
      clients: ['no client in the token', 'reduce to', '4 requests since 2026-09-30 could not be counted'],
      lifecycle: ['invoices:preview', 'in 1674 days', 'legacy'],
      changes: ['refunds need step-up', 'rollback', 'routes: 1 looser', '7 more are not listed here'],
      revocations: ['It pays twice.', 'kill switch', '1 more are not listed here'],
      incidents: ['acknowledged', 'It is the new partner.', 'entry 39 of the log'],
      'sign-off': ['team-refunds', 'Reviewer, for the whole'],
      evidence: [
        'signature_invalid',
        'history/0000000009',
        'serials are not there: 4',
        `41:${'Z'.repeat(43)}`,
        'scopes/gateway.yaml',
      ],
    }
    for (const [anchor, texts] of Object.entries(said))
      for (const text of texts) expect.soft(sectionOf(page, anchor), `${anchor}: ${text}`).toContain(text)
    expect([...page.matchAll(/<h2 id="([^"]+)">/g)].map(([, id]) => id)).toEqual(['contents', ...Object.keys(said)])
  })

  test('says in each section that nobody could be asked, and puts a dash where a figure would be', () => {
    const why = 'It was made without asking the gate.'
    const offline = { usage: fail(why), ledger: fail(why), incidents: fail(why) }
    const page = pageOf(offline)
    for (const anchor of ['scopes', 'clients', 'lifecycle', 'revocations', 'incidents', 'evidence'])
      expect.soft(sectionOf(page, anchor), anchor).toContain(why)
    expect(page).toContain('This report is not complete.')
    expect(figureOf(createReview(factsWith(offline)), 'shadow scopes')).toBeNull()
    expect(sectionOf(page, 'summary')).toContain('<b>–</b><span>shadow scopes</span>')
    expect(pageOf()).not.toContain('This report is not complete.')
  })

  test('says that the log is broken', () => {
    const { ledger } = factsWith()
    if (!ledger.ok) throw new Error(ledger.error)
    const broken = { ...ledger.value, broken: { entry: 17, why: 'entries are missing before it' } }
    expect(sectionOf(pageOf({ ledger: { ok: true, value: broken } }), 'evidence')).toContain(
      'At entry 17: entries are missing',
    )
  })

  test('holds the same facts as JSON', () => {
    const page = pageOf()
    const [, data = ''] = /<script type="application\/json" id="review">(.*)<\/script>/.exec(page) ?? []
    expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify(createReview(factsWith()))))
    expect(page.split(DIGEST_PLACE).length - 1).toBe(3)
  })
})

const HOSTILE = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '\u202Egnp.exe\u2066',
  '\u001B]0;owned\u0007\u001B[2J',
  '=cmd|\u0027/c calc\u0027!A1',
  '`</code>`',
  '{{constructor}}',
]

test.each(HOSTILE)('a hostile name is text and nothing else: %j', (name) => {
  const { release, history, usage, ledger, incidents } = factsWith()
  if (!history.ok || !usage.ok || !ledger.ok || !incidents.ok) throw new Error('the facts lack something')
  const clean = pageOf()
  const renamed = <T>(list: readonly T[], change: Partial<T>) => list.map((each) => ({ ...each, ...change }))
  const { clients, scopes } = usage.value
  // A map with control characters in it does not compile; whoever writes KV could still put them there.
  const { scopes: known, ...document } = release.document
  const hostile = Object.entries(known).map(([scope, entry]) => [scope, { ...entry, owner: name, reason: name }])
  const page = pageOf({
    generatedBy: name,
    release: { ...release, document: { ...document, scopes: Object.fromEntries(hostile) } },
    history: {
      ok: true,
      value: {
        ...history.value,
        releases: renamed(history.value.releases, { by: name, commit: name, note: name }),
        damaged: [name],
      },
    },
    usage: {
      ok: true,
      value: {
        ...usage.value,
        clients: { ...clients, clients: renamed(clients.clients, { client: name, issuer: name, suggested: [name] }) },
        scopes: { ...scopes, scopes: [...scopes.scopes, ...renamed(scopes.scopes.slice(-1), { scope: name })] },
      },
    },
    ledger: {
      ok: true,
      value: {
        ...ledger.value,
        rows: renamed(ledger.value.rows, { what: name, by: name, reason: name, until: name }),
      },
    },
    incidents: { ok: true, value: renamed(incidents.value, { title: name, rule: name }) },
    inputs: [{ name, sha256: name }],
    options: name,
  })
  const tagsOf = (text: string) => new Set(text.match(/<[^>]*>/g))
  // A backtick makes code of what stands between two of them, and a tag of nothing.
  expect([...tagsOf(page)].filter((tag) => !tagsOf(clean).has(tag))).toEqual([])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(page).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/)
})
