/** What channels are sent: as each wants it, within its limits, and with nothing in it that a stranger could make act. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Alert,
  OCCASIONS,
  pagerDutyBody,
  slackBody,
  webhookBody,
} from '../../../src/audit/incidents/alert-shapes.ts'
import { unusableChannels } from '../../../src/audit/incidents/send-alert.ts'
import { titleOf } from '../../../src/audit/incidents/title.ts'
import type { AlertChannel, Incident } from '../../../src/policy/incident.ts'
import type { SecretName } from '../../../src/policy/secret-name.ts'
import { eventOf, ruleOf } from './events.ts'

const alertAbout = (name: string, more: Partial<Incident> = {}): Alert => ({
  occasion: 'opened',
  environment: 'production',
  description: 'Ask its owner.',
  link: 'https://api.example.com/_scopewall/#/incidents/inc_7',
  key: '2f1c',
  incident: {
    id: 'inc_7',
    rule: 'probing',
    severity: 'high',
    title: titleOf(
      ruleOf({
        trigger: { kind: 'denials', codes: ['scope_insufficient'], by: 'client', count: 3, withinSeconds: 60 },
      }),
      { by: 'client', name },
      undefined,
      false,
    ),
    state: 'open',
    group: { by: 'client', name },
    openedAt: '2026-11-28T12:00:00.000Z',
    lastEventAt: '2026-11-28T12:00:09.000Z',
    count: 3,
    evidence: [eventOf(0)],
    history: [],
    alerts: [],
    ...more,
  },
})

const HOSTILE = '<!channel> *bold* <https://evil.example|click> @here `x`\u202e\u0000\n& :rocket:'

interface SlackText {
  readonly type: string
  readonly text: string
  readonly emoji?: boolean
}

/** Every text in it that people read. */
function textsIn(value: unknown): readonly SlackText[] {
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(textsIn)
  return 'type' in value && 'text' in value && typeof value.text === 'string' ? [value as SlackText, ...inner] : inner
}

test('a webhook has type, time and data, and neither evidence nor a name of a token', () => {
  const body = JSON.parse(webhookBody(alertAbout('partner'), '2026-11-28T12:00:10.000Z'))
  expect(body).toEqual({
    type: 'incident.opened',
    timestamp: '2026-11-28T12:00:10.000Z',
    data: {
      environment: 'production',
      id: 'inc_7',
      rule: 'probing',
      severity: 'high',
      state: 'open',
      title: 'scope_insufficient: 3 in 1m, client partner',
      description: 'Ask its owner.',
      group: { by: 'client', name: 'partner' },
      openedAt: '2026-11-28T12:00:00.000Z',
      lastEventAt: '2026-11-28T12:00:09.000Z',
      count: 3,
      link: 'https://api.example.com/_scopewall/#/incidents/inc_7',
    },
  })
  const ofToken = alertAbout('fingerprint-of-a-token', {
    group: { by: 'token', name: 'fingerprint-of-a-token' },
    title: 'A title',
  })
  for (const text of [webhookBody(ofToken, ''), slackBody(ofToken), pagerDutyBody(ofToken, 'k')])
    expect(text).not.toContain('fingerprint')
})

describe('Slack', () => {
  test('reads no text of a stranger as anything but text', () => {
    const body = JSON.parse(slackBody(alertAbout(HOSTILE)))
    expect(body.text).toBe('Scopewall production: inc_7 opened, severity high')
    for (const { type, emoji } of textsIn(body.blocks).filter(
      (each) => each.type !== 'section' && each.type !== 'button',
    ))
      expect([type, emoji]).toEqual(['plain_text', false].slice(0, type === 'header' ? 0 : 2))
    expect(JSON.stringify(body)).not.toMatch(/mrkdwn|\\u202e|\\u0000/)
  })

  test('gets no more than it takes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), fc.string({ maxLength: 5000 }), (name, description) => {
        const { blocks } = JSON.parse(slackBody({ ...alertAbout(name), description }))
        expect(blocks[0].text.text.length).toBeLessThanOrEqual(150)
        for (const { text } of textsIn(blocks)) expect(text.length).toBeLessThanOrEqual(2000)
      }),
    )
  })
})

describe('PagerDuty', () => {
  test('is triggered with a key, and then told by it alone', () => {
    const bodies = OCCASIONS.map((occasion) =>
      JSON.parse(pagerDutyBody({ ...alertAbout('partner'), occasion }, 'routing')),
    )
    expect(bodies[0]).toMatchObject({
      routing_key: 'routing',
      event_action: 'trigger',
      dedup_key: 'scopewall-2f1c',
      payload: {
        summary: 'production: scope_insufficient: 3 in 1m, client partner',
        source: 'scopewall-production',
        severity: 'error',
        timestamp: '2026-11-28T12:00:00.000Z',
      },
    })
    expect(bodies.slice(1)).toEqual([
      { routing_key: 'routing', event_action: 'acknowledge', dedup_key: 'scopewall-2f1c' },
      { routing_key: 'routing', event_action: 'resolve', dedup_key: 'scopewall-2f1c' },
    ])
  })

  test('gets no more than it takes', () => {
    const { payload } = JSON.parse(pagerDutyBody(alertAbout('x'.repeat(5000), { title: 'x'.repeat(5000) }), 'k'))
    expect(payload.summary.length).toBeLessThanOrEqual(1024)
  })
})

test('what the rule did, or could not do, is in the alert', () => {
  const done = alertAbout('p', { response: { kind: 'revoke', entry: 17, until: '2026-11-28T13:00:00.000Z' } })
  expect(slackBody(done)).toContain('Revoked by the rule until 2026-11-28T13:00:00.000Z: entry 17')
  expect(slackBody(alertAbout('p', { response: { kind: 'suspend', failed: 'log_full' } }))).toContain(
    'could not act: log full',
  )
})

test('a channel whose secret was pasted wrongly is known before there is anything to tell', () => {
  const channel = (name: string, kind: AlertChannel['kind'], text: string): AlertChannel => ({
    name,
    kind,
    url: 'https://receiver.example.com/',
    secret: text as SecretName,
  })
  const channels = [
    channel('good', 'webhook', `whsec_${Buffer.alloc(32).toString('base64')}`),
    channel('bare', 'webhook', Buffer.alloc(32).toString('base64')),
    channel('hook', 'slack', 'https://hooks.slack.example.com/services/T/B/x'),
    channel('token', 'slack', 'xoxb-1234'),
    channel('clear', 'slack', 'http://hooks.slack.example.com/services/T/B/x'),
    channel('pager', 'pagerduty', 'R0123456789abcdef0123456789abcde'),
    channel('account', 'pagerduty', 'u+9aPwVq2-TfEUoxdwDw'),
  ]
  expect(unusableChannels(channels, (name) => name)).toEqual(
    ['bare', 'token', 'clear', 'account'].map((name) => ({
      event: 'incident',
      code: 'channel_unusable',
      channel: name,
    })),
  )
})
