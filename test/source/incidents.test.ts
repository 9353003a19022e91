/** Incidents as `gateway.yaml` writes them: what holds without a word, what rules are made of, and what is wrong with what was written. */
import { describe, expect, test } from 'vitest'
import { secretNames } from '../../src/policy/environment-needs.ts'
import { environmentOf, GATEWAY, readTexts, rulesOf, serviceOf, type Texts } from './maps.ts'

/** The member `incidents` of the one environment, in flow style, at line 8. */
const mapWith = (incidents: string, more = ''): Texts => ({
  ...serviceOf('  /x: { GET: a:read }\n'),
  'gateway.yaml': `${GATEWAY}    incidents: ${incidents}\n${more}`,
})
const policyOf = (incidents: string) => environmentOf(mapWith(incidents)).incidents
const ruleOf = (name: string, incidents: string) => policyOf(incidents)?.rules.find((rule) => rule.name === name)
const faults = (incidents: string, more = '') => rulesOf(readTexts(mapWith(incidents, more)))
/** `rule@file:line:column` of what begins with a text. */
const at = (rule: string, incidents: string, text: string): string =>
  `${rule}@gateway.yaml:8:${'    incidents: '.length + incidents.lastIndexOf(text) + 1}`
const helps = (incidents: string) => readTexts(mapWith(incidents)).diagnostics.map(({ help }) => help)

const BUILTINS = [
  'use-after-revocation',
  'invalid-signatures',
  'scope-probing',
  'critical-first-use',
  'release-refused',
  'revocation-impaired',
  'events-lost',
]
const OWN = 'severity: high, description: Look.'

describe('the built-in rules', () => {
  test('are on without a word, and told nobody', () => {
    const { incidents } = environmentOf(serviceOf('  /x: { GET: a:read }\n'))
    expect(incidents?.rules.map(({ name }) => name)).toEqual(BUILTINS)
    expect(incidents?.rules.flatMap(({ alerts, response }) => [...alerts, response ?? 'nothing'])).toEqual(
      BUILTINS.map(() => 'nothing'),
    )
    expect(incidents?.channels).toEqual([])
  })

  test('go off one by one, with a reason each, or all at once', () => {
    expect(policyOf('{ rules: { events-lost: { off: A test. } } }')?.rules.map(({ name }) => name)).toEqual(
      BUILTINS.slice(0, -1),
    )
    expect(policyOf('{ off: Another system watches. }')).toBeUndefined()
    const empty = '{ rules: { events-lost: { off: "" } } }'
    const both = '{ rules: { events-lost: { off: A test., severity: low } } }'
    const wrong = '{ rules: { event-lost: { off: A test. } } }'
    expect(faults(empty)).toEqual([at('empty-value', empty, '""')])
    expect(faults(both)).toEqual([at('invalid-value', both, 'low')])
    expect(faults(wrong)).toEqual([at('invalid-value', wrong, 'A test')])
    expect(helps(wrong)).toEqual(['did you mean `events-lost`?'])
    expect(faults('{ off: No., rules: { events-lost: { severity: low } } }')).toHaveLength(1)
  })

  test('take what is written over, and keep the rest', () => {
    expect(
      ruleOf(
        'scope-probing',
        '{ rules: { scope-probing: { count: 5, severity: critical, respond: { revoke: token, for: 1h } } } }',
      ),
    ).toMatchObject({
      severity: 'critical',
      description: expect.stringContaining('again and again'),
      trigger: { kind: 'denials', codes: ['scope_insufficient'], by: 'token', count: 5, withinSeconds: 60 },
      quietSeconds: 900,
      response: { kind: 'revoke', target: 'token', forSeconds: 3600 },
    })
    expect(
      ruleOf('critical-first-use', '{ rules: { critical-first-use: { firstUse: high, learn: 0s } } }')?.trigger,
    ).toEqual({
      kind: 'first-use',
      sensitivity: 'high',
      rememberDays: 90,
      learnSeconds: 0,
    })
    expect(
      ruleOf('release-refused', '{ rules: { release-refused: { notice: { release: serial_lower, fault: any } } } }')
        ?.trigger,
    ).toEqual({
      kind: 'notice',
      notices: [
        { event: 'release', codes: ['serial_lower'] },
        { event: 'fault', codes: 'any' },
      ],
    })
  })
})

describe('channels', () => {
  const CHANNELS = `channels: {
      on-call: { kind: pagerduty, secret: PAGER, from: high },
      chat: { kind: slack, secret: CHAT },
      tools: { kind: webhook, url: https://tools.example/incidents, secret: TOOLS } }`

  test('are told by severity, or by name, or not at all', () => {
    const rules = 'rules: { events-lost: { alerts: [on-call] }, release-refused: { alerts: [] } }'
    const told = policyOf(`{ ${CHANNELS}, ${rules} }`)?.rules.map(({ name, alerts }) => [name, alerts.join(' ')])
    expect(told).toEqual([
      ['use-after-revocation', 'on-call chat tools'],
      ['invalid-signatures', 'on-call chat tools'],
      ['scope-probing', 'chat tools'],
      ['critical-first-use', 'chat tools'],
      ['release-refused', ''],
      ['revocation-impaired', 'on-call chat tools'],
      ['events-lost', 'on-call'],
    ])
  })

  test('their secrets are needs of the environment, each with one use', () => {
    expect(secretNames(environmentOf(mapWith(`{ ${CHANNELS} }`)))).toEqual(['PAGER', 'CHAT', 'TOOLS'])
    const shared = '{ channels: { a: { kind: slack, secret: S }, b: { kind: slack, secret: S } } }'
    expect(faults(shared)).toEqual([at('shared-secret', shared, 'S } } }')])
  })

  test.each([
    ['a webhook without an address', '{ channels: { a: { kind: webhook, secret: S } } }', 'missing-key', 'a: {'],
    [
      'a webhook in the clear',
      '{ channels: { a: { kind: webhook, url: http://a.example, secret: S } } }',
      'invalid-value',
      'http:',
    ],
    [
      'the address of a Slack hook in the file',
      '{ channels: { a: { kind: slack, url: https://hooks.example/x, secret: S } } }',
      'invalid-value',
      'https:',
    ],
    [
      'an address for PagerDuty',
      '{ channels: { a: { kind: pagerduty, url: https://a.example, secret: S } } }',
      'invalid-value',
      'https:',
    ],
    ['a kind that is not known', '{ channels: { a: { kind: slak, secret: S } } }', 'invalid-value', 'slak'],
    [
      'a channel that no rule tells',
      '{ channels: { a: { kind: slack, secret: S, from: critical } }, rules: { release-refused: { severity: high } } }',
      'unused-channel',
      'a: {',
    ],
    [
      'a rule that tells a channel that is not there',
      '{ channels: { chat: { kind: slack, secret: S } }, rules: { events-lost: { alerts: [caht] } } }',
      'unknown-channel',
      'caht',
    ],
  ])('%s', (_, text, rule, place) => {
    expect(faults(text)).toEqual([at(rule, text, place)])
  })
})

describe("rules of one's own", () => {
  const with_ = (rule: string) => `{ rules: { mine: { ${OWN}, ${rule} } } }`

  test('come after the built-in ones', () => {
    const policy = policyOf(
      with_(
        'denials: [proof_invalid, token_invalid], details: [replayed, audience], by: client, count: 5, within: 10m, quiet: 1h',
      ),
    )
    expect(policy?.rules.at(-1)).toEqual({
      name: 'mine',
      severity: 'high',
      description: 'Look.',
      trigger: {
        kind: 'denials',
        codes: ['proof_invalid', 'token_invalid'],
        details: ['replayed', 'audience'],
        by: 'client',
        count: 5,
        withinSeconds: 600,
      },
      quietSeconds: 3600,
      alerts: [],
    })
  })

  test.each([
    ['no trigger', 'quiet: 1h', ['missing-key']],
    ['two triggers', 'firstUse: high, notice: { sink: lost }', ['invalid-value']],
    ['no count, window and group', 'denials: scope_insufficient', ['missing-key', 'missing-key', 'missing-key']],
    ['a member of another trigger', 'firstUse: high, count: 3', ['invalid-value']],
    [
      'a detail of another code',
      'denials: scope_insufficient, details: signature, by: all, count: 1, within: 1m',
      ['invalid-value'],
    ],
    ['a code of another event', 'notice: { sink: stale }', ['invalid-value']],
    ['an event without codes', 'notice: {}', ['empty-value']],
    ['an event that there is not', 'notice: { releases: any }', ['unknown-key']],
    ['a window of more than a day', 'denials: unmapped, by: all, count: 1, within: 2d', ['invalid-value']],
    ['a count of nothing', 'denials: unmapped, by: all, count: 0, within: 1m', ['invalid-value']],
    ['a memory of half a day', 'firstUse: high, remember: 12h', ['invalid-value']],
    ['a scope that is not there', 'firstUse: high, scopes: [a:raed]', ['undefined-scope']],
    ['a response that never ends', 'firstUse: high, respond: { revoke: client }', ['missing-key']],
    ['a response of eight days', 'firstUse: high, respond: { revoke: client, for: 8d }', ['invalid-value']],
    [
      'a response that does two things',
      'firstUse: high, respond: { revoke: client, suspend: scope, for: 1h }',
      ['invalid-value'],
    ],
  ])('%s is refused', (_, rule, expected) => {
    expect(faults(with_(rule)).map((label) => label.replace(/@.*/, ''))).toEqual(expected)
  })

  test.each([
    ['denials: scope_insufficent, by: all, count: 1, within: 1m', 'did you mean `scope_insufficient`?'],
    ['denials: token_invalid, details: [signatur], by: all, count: 1, within: 1m', 'did you mean `signature`?'],
    ['denials: unmapped, by: tokn, count: 1, within: 1m', 'did you mean `token`?'],
    ['notice: { releese: any }', 'did you mean `release`?'],
    ['notice: { release: [serial_lwoer] }', 'did you mean `serial_lower`?'],
    ['firstUse: critcal', 'did you mean `critical`?'],
    ['firstUse: high, respnd: { suspend: scope, for: 1h }', 'did you mean `respond`?'],
  ])('%s: %s', (rule, help) => {
    expect(helps(with_(rule))).toContain(help)
  })
})

describe('a response', () => {
  const denial = (codes: string, by: string, revoke: string) =>
    `{ rules: { mine: { ${OWN}, denials: ${codes}, by: ${by}, count: 1, within: 1m, respond: { revoke: ${revoke}, for: 1h } } } }`

  test.each([
    ['scope_insufficient', 'token', 'token'],
    ['scope_insufficient', 'token', 'client'],
    ['[client_refused, actor_refused]', 'subject', 'subject'],
    ['step_up_required', 'client', 'client'],
    ['token_invalid, details: revoked', 'token', 'client'],
  ])('to %s by %s can revoke the %s', (codes, by, revoke) => {
    expect(faults(denial(codes, by, revoke))).toEqual([])
  })

  test.each([
    ['the token of events that only a rule has in common', denial('scope_insufficient', 'rule', 'token')],
    ['the client of one person', denial('scope_insufficient', 'subject', 'client')],
    ['the token of a client', denial('scope_insufficient', 'client', 'token')],
    ['whom a forged token names', denial('token_invalid', 'client', 'client')],
    [
      'whom a forged token names, beside one that is good',
      denial('[scope_insufficient, token_invalid]', 'client', 'client'),
    ],
    [
      'whom a forged token names, among details',
      denial('token_invalid, details: [revoked, signature]', 'client', 'client'),
    ],
    ['a scope because of a refusal', `{ rules: { scope-probing: { respond: { suspend: scope, for: 1h } } } }`],
    ['a token because of a first use', `{ rules: { critical-first-use: { respond: { revoke: token, for: 1h } } } }`],
    ['anything because of a notice', `{ rules: { release-refused: { respond: { revoke: client, for: 1h } } } }`],
  ])('never revokes %s', (_, text) => {
    expect(faults(text).map((label) => label.replace(/@.*/, ''))).toEqual(['impossible-response'])
  })

  test('needs revocation', () => {
    const off = '    revocation: { off: Tokens live for a minute. }\n'
    const text = denial('scope_insufficient', 'token', 'token')
    expect(faults(text, off)).toEqual([at('impossible-response', text, 'respond')])
  })

  test('never touches a scope of the admin API', () => {
    const rule = `firstUse: high, scopes: [a:read, a:own], respond: { suspend: scope, for: 1h }`
    const texts: Texts = {
      ...mapWith(`{ rules: { mine: { ${OWN}, ${rule} } } }`),
      'admin.yaml': `service: admin\ndescription: Tested.\nowner: team\nscopes:\n  a:own: { reason: Tested., sensitivity: low }\nroutes:\n  /_scopewall/admin/log: { GET: a:own }\n`,
    }
    expect(rulesOf(readTexts(texts))).toEqual([expect.stringMatching(/^impossible-response@gateway\.yaml:8:\d+$/)])
  })
})
