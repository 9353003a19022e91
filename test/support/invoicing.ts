/** A small map with one of everything, for tests of the whole Worker. Written by hand, so that those tests stand on the release format alone. */
import type { ReleaseDocument, RuleEntry } from '../../src/policy/release.ts'

const HOST = 'api.example.com'
const scope = (entry: Partial<ReleaseDocument['scopes'][string]> = {}) =>
  ({ service: 'invoices', owner: 'team-billing', reason: 'Tested.', sensitivity: 'low', ...entry }) as const

const rule = (method: RuleEntry['method'], path: string, rest: Partial<RuleEntry>): RuleEntry => ({
  service: 'invoices',
  host: HOST,
  method,
  path,
  ...rest,
})

export const INVOICING: ReleaseDocument = {
  format: 1,
  services: { invoices: { owner: 'team-billing', description: 'Invoices.' } },
  scopes: {
    'events:subscribe': scope(),
    'invoices:admin': scope({ implies: ['invoices:read', 'invoices:refund'] }),
    'invoices:create': scope(),
    'invoices:read': scope(),
    'invoices:refund': scope({ sensitivity: 'critical', stepUp: { acr: ['phr', 'phrh'], maxAgeSeconds: 300 } }),
    'invoices:old': scope({
      deprecated: { since: '2020-01-01', sunset: '2021-01-01', replacedBy: ['invoices:create'] },
    }),
    'reports:read': scope({ maxTokenAgeSeconds: 600 }),
  },
  hosts: {},
  rules: [
    rule('GET', '/v1/customers', { anyOf: [['invoices:read']], mode: 'observe' }),
    rule('GET', '/v1/events', { anyOf: [['events:subscribe']], upgrade: 'websocket' }),
    rule('GET', '/v1/invoices', { anyOf: [['invoices:read']] }),
    rule('POST', '/v1/invoices', { anyOf: [['invoices:create']] }),
    rule('GET', '/v1/invoices/export', { anyOf: [['invoices:admin']] }),
    rule('GET', '/v1/invoices/stream', { anyOf: [['invoices:read']] }),
    rule('DELETE', '/v1/invoices/{invoiceId}', { anyOf: [['invoices:admin']] }),
    rule('GET', '/v1/invoices/{invoiceId}', { anyOf: [['invoices:read']] }),
    rule('PUT', '/v1/invoices/{invoiceId}', { anyOf: [['invoices:old']] }),
    // A stricter exception beside a tail.
    rule('GET', '/v1/invoices/{invoiceId}/attachments/audit', { anyOf: [['invoices:admin']] }),
    rule('GET', '/v1/invoices/{invoiceId}/attachments/{path+}', { anyOf: [['invoices:read']] }),
    rule('PUT', '/v1/invoices/{invoiceId}/attachments/{path+}', { anyOf: [['invoices:create']] }),
    rule('POST', '/v1/invoices/{invoiceId}/refunds', { anyOf: [['invoices:read', 'invoices:refund']] }),
    rule('GET', '/v1/payments', { anyOf: [['invoices:admin'], ['invoices:create', 'invoices:read']] }),
    rule('GET', '/v1/reports', { anyOf: [['reports:read']] }),
    rule('GET', '/v1/status', { public: 'Load balancers probe it.' }),
    rule('POST', '/v1/uploads', { anyOf: [['invoices:create']] }),
  ],
}
