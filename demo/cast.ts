/** Who calls the demo's gate, so that there is something to look at: clients that do well, clients that do not, and a scanner. Each call says what comes back. */

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: object
  readonly status: number
}

export interface Actor {
  readonly name: string
  /** Absent: it has no token. */
  readonly token?: {
    readonly client: string
    readonly scope: string
    /** Who logs in, and how strongly (`acr`). Absent: the client acts for itself. */
    readonly person?: { readonly account: string; readonly acr?: string }
    /** Its signature is not what the issuer wrote. */
    readonly isForged?: true
  }
  /** On average, between two calls. */
  readonly pauseSeconds: number
  readonly calls: readonly Call[]
}

/** Nothing here adds to what the tour lists: invoices are changed, not created. */
export const CAST: readonly Actor[] = [
  {
    name: 'a partner that reads, and holds scopes that it never uses',
    token: { client: 'partner', scope: 'invoices:read customers:read payments:read reports:read' },
    pauseSeconds: 0.9,
    calls: [
      get('/v1/invoices'),
      get('/v1/invoices'),
      get('/v1/invoices/inv-1001'),
      get('/v1/invoices/inv-1002/lines'),
      get('/v1/invoices/inv-1001/attachments'),
      get('/v1/payments'),
    ],
  },
  {
    name: 'the billing run, with the widest scope that there is',
    token: { client: 'billing', scope: 'invoices:admin customers:write payments:read' },
    pauseSeconds: 1.3,
    calls: [
      { method: 'PATCH', path: '/v1/invoices/inv-1002', body: { checked: true }, status: 200 },
      { method: 'POST', path: '/v1/invoices/inv-1002/send', status: 200 },
      get('/v1/customers/cus-2'),
      get('/v1/payments/pay-1'),
    ],
  },
  {
    name: 'the support desk',
    token: {
      client: 'support',
      scope: 'invoices:read invoices:refund customers:read',
      person: { account: 'kim' },
    },
    pauseSeconds: 2,
    calls: [
      get('/v1/customers'),
      get('/v1/customers/cus-1/invoices'),
      get('/v1/invoices/inv-1001'),
      // Refunds take a stronger login.
      { method: 'POST', path: '/v1/invoices/inv-1002/refunds', status: 401 },
    ],
  },
  {
    name: 'the same person, logged in as refunds ask for it',
    token: {
      client: 'support',
      scope: 'invoices:read invoices:refund',
      person: { account: 'kim', acr: 'phr' },
    },
    pauseSeconds: 12,
    calls: [{ method: 'POST', path: '/v1/invoices/inv-1002/refunds', body: { amount: 100 }, status: 201 }],
  },
  {
    name: 'an old integration on a deprecated scope',
    token: { client: 'legacy', scope: 'invoices:write' },
    pauseSeconds: 3,
    calls: [
      { method: 'PATCH', path: '/v1/invoices/inv-1002', body: { note: 'by the old client' }, status: 200 },
      { method: 'POST', path: '/v1/invoices/inv-1002/send', status: 200 },
    ],
  },
  {
    name: 'reporting, with more than it needs and a scope that no map knows',
    token: { client: 'reporting', scope: 'reports:create reports:finance customers:read reports:preview' },
    pauseSeconds: 2.2,
    calls: [get('/v1/reports'), get('/v1/reports'), get('/v1/customers')],
  },
  {
    name: 'a shop that was given too little',
    token: { client: 'shop', scope: 'invoices:read' },
    pauseSeconds: 1.8,
    calls: [
      { method: 'POST', path: '/v1/invoices', body: { customer: 'cus-1' }, status: 403 },
      { method: 'POST', path: '/v1/invoices', body: { customer: 'cus-1' }, status: 403 },
      { method: 'POST', path: '/v1/payments/pay-1/capture', status: 403 },
    ],
  },
  {
    // `observeClients` of `development` has it.
    name: 'a courier that is being moved behind the gate, and is observed for now',
    token: { client: 'courier', scope: 'customers:read' },
    pauseSeconds: 3,
    calls: [get('/v1/customers/cus-1'), get('/v1/invoices/inv-1001')],
  },
  {
    name: 'a scanner',
    pauseSeconds: 2.5,
    calls: [
      get('/.env', 403),
      get('/wp-login.php', 403),
      get('/v1/debug', 403),
      get('/v1/users/17/keys', 403),
      get('/v1/invoices', 401),
      get('/v1/status/..%2Finvoices', 400),
    ],
  },
  {
    name: 'somebody whose token no issuer has signed',
    token: { client: 'partner', scope: 'invoices:read', isForged: true },
    pauseSeconds: 6,
    calls: [get('/v1/invoices', 401), get('/v1/payouts', 401)],
  },
  {
    name: 'a load balancer',
    pauseSeconds: 5,
    calls: [get('/v1/status')],
  },
]

function get(path: string, status = 200): Call {
  return { method: 'GET', path, status }
}
